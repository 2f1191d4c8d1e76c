"""Labels to read again, on labels of which a few were turned on purpose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance.articles import Article
from stance.errors import UsageError
from stance.records import Record
from stance.rows import row
from training import audit
from training.doubts import _items, doubts_of
from training.gold import Labelled, read

pytest.importorskip("cleanlab", reason="cleanlab is not installed (the extra `audit`)")
KINDS = ("fact", "view", "call")
TURNED = {7, 21, 40}


def records() -> tuple[list[Record], list[Record]]:
    """Sixty labelled sentences, three of them turned, and predictions that are right where they are sure."""
    draw = np.random.default_rng(0)
    gold, predicted = [], []
    for i in range(60):
        kind = KINDS[i % 3]
        plain = Record("a", i, 21 * i, 21 * i + 20, f"This is sentence {i:02}.", labelled=frozenset({"claim_type"}))
        gold.append(replace(plain, claim_type=KINDS[(i + 1) % 3] if i in TURNED else kind))
        unsure = i % 10 == 5 and i not in TURNED
        says, score = (KINDS[(i + 2) % 3], 0.4) if unsure else (kind, 0.9 + draw.uniform(0, 0.09))
        predicted.append(replace(plain, claim_type=says, claim_type_score=score, model="m/1"))
    return gold, predicted


def test_turned_labels_are_found_and_unsure_predictions_accuse_nobody() -> None:
    found = doubts_of(*records(), "claim_type")
    assert {d.record.sentence for d in found} == TURNED
    assert all(d.predicted == KINDS[d.record.sentence % 3] and d.support < 0.06 for d in found)
    assert [d.support for d in found] == sorted(d.support for d in found)


def test_what_nobody_decided_is_no_label() -> None:
    gold, predicted = records()
    gold[7] = replace(gold[7], labelled=frozenset())
    assert {d.record.sentence for d in doubts_of(gold, predicted, "claim_type")} == TURNED - {7}


def test_the_rows_are_written_to_be_corrected(tmp_path: Path) -> None:
    gold, predicted = records()
    for name, rows in (("gold", gold), ("predicted", predicted)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row(r)) + "\n" for r in rows), "utf-8")
    found = audit(tmp_path / "predicted.jsonl", tmp_path / "gold.jsonl", tmp_path / "again.jsonl", ["claim_type"])
    (item,) = read(tmp_path / "again.jsonl")
    assert {r.sentence for r in item.records} == TURNED == {d.record.sentence for d in found}
    assert {r.extra["doubt_predicted"] for r in item.records} <= set(KINDS)


def test_a_sentence_stands_in_one_row_whatever_is_doubtful_of_it() -> None:
    gold, predicted = records()
    doubts = doubts_of(gold, predicted, "claim_type")
    again = [replace(d, task="stance", predicted="oppose", support=0.0) for d in doubts]
    (item,) = _items([Labelled(Article("a", "x" * 9000), tuple(gold))], [*doubts, *again])
    assert len(item.records) == len(doubts)
    assert {r.extra["doubt_task"] for r in item.records} == {"claim_type,stance"}
    assert all(r.extra["doubt_predicted"].endswith(",oppose") and r.extra["doubt_support"] == 0 for r in item.records)


def test_what_cannot_be_audited_is_one_line(tmp_path: Path) -> None:
    gold, predicted = records()
    with pytest.raises(UsageError, match="claim_type: labels of 1 class, expected at least 2"):
        doubts_of([replace(r, claim_type="fact") for r in gold], [replace(r, claim_type="fact") for r in predicted], "claim_type")
    with pytest.raises(UsageError, match="--tasks speaker: expected some of claim_type, stance"):
        audit("default", tmp_path / "gold.jsonl", tasks=["speaker"])
    with pytest.raises(UsageError, match=r"none\.jsonl: no such file"):
        audit("default", tmp_path / "none.jsonl")
