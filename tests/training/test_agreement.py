"""Agreement of two people on a few invented sentences, against the libraries and by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from stance.records import Record
from stance.rows import json_line, row
from training import agreement
from training.pairs import join

TASKS = frozenset({"speaker", "claim_type"})


def labels(seed: int) -> list[Record]:
    draw = np.random.default_rng(seed)
    kinds, names = ["none", "none", "demand", "assertion"], [None, "Ada Lind", "Bo Ek"]
    return [
        Record(
            f"a{k}", i, 10 * i, 10 * i + 9, "x" * 9, names[draw.integers(3)], claim_type=kinds[draw.integers(4)], labelled=TASKS
        )
        for k in range(6)
        for i in range(10)
    ]


def test_values_are_the_libraries_and_intervals_hold_them() -> None:
    first, second = labels(1), [*labels(1)[:40], *labels(2)[40:]]
    table = agreement.table(join(first, second)).set_index("task")
    a, b = [r.claim_type for r in first], [r.claim_type for r in second]
    found = table.loc["claim_type"]
    assert found.kappa == cohen_kappa_score(a, b) and found.n == 60
    codes = [[["none", "demand", "assertion"].index(str(label)) for label in side] for side in (a, b)]
    assert found.alpha == pytest.approx(krippendorff.alpha(codes, level_of_measurement="nominal"))
    assert found.kappa_low < found.kappa < found.kappa_high and found.alpha_low < found.alpha < found.alpha_high
    assert list(table.index) == ["speaker", "claim_type"]


def test_formulas_of_the_intervals_agree_with_the_libraries() -> None:
    first, second = np.array([0, 1, 2, 0, 1, 1.0]), np.array([0, 1, 1, 0, 2, 1.0])
    counts = agreement._counts(first, second, 3, ["a"] * 6).sum(0)
    assert agreement.kappa_of(counts) == pytest.approx(cohen_kappa_score(first, second))
    assert agreement.alpha_of(counts) == pytest.approx(krippendorff.alpha([first, second], level_of_measurement="nominal"))


def test_names_agree_as_names_do_and_one_label_alone_proves_nothing(tmp_path: Path) -> None:
    first = [replace(r, speaker="Ada Lind", claim_type="none") for r in labels(1)[:4]]
    second = [replace(r, speaker="the  ada LIND") for r in first]
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path, rows in zip(paths, (first, second), strict=True):
        path.write_bytes(b"".join(json_line(row(r)) for r in rows))
    table = agreement.agreement(*paths).set_index("task")
    assert list(table.agreed) == [1, 1] and table.kappa.isna().all() and table.alpha_low.isna().all()
    assert agreement.agreement(paths[0], paths[0]).n.tolist() == [4, 4]


def test_sentences_of_one_side_only_are_left_out() -> None:
    first, second = labels(1), [replace(r, labelled=frozenset({"speaker"}), claim_type=None) for r in labels(1)[:10]]
    table = agreement.table(join(first, second))
    assert table[["task", "kappa", "n"]].to_numpy().tolist() == [["speaker", 1.0, 10]]
