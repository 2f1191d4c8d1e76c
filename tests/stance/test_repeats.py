"""Articles printed word for word more than once are labelled once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stance.articles import Article
from stance.scoring.job import plan
from stance.scoring.progress import total
from stance.scoring.repeats import Repeats
from stance.scoring.run import score
from stance.spans import Span
from stance.targets import Target
from tests.stance.fake_labeler import FakeLabeler


def test_a_copy_has_the_records_of_its_own_label() -> None:
    fake = FakeLabeler()
    once = Repeats(fake)
    first, copy = (once.label(Article(name, "He said so. Rain.")) for name in ("a", "b"))
    assert fake.seen == ["a"]
    assert first.records == fake.label(Article("a", "He said so. Rain.")).records
    assert copy.records == fake.label(Article("b", "He said so. Rain.")).records
    assert copy.records == tuple(replace(r, article_id="b") for r in first.records)


def test_other_text_or_sentences_are_no_copy() -> None:
    fake = FakeLabeler()
    once = Repeats(fake)
    once.label(Article("a", "One. Two."))
    once.label(Article("b", "One. Two. "))
    once.label(Article("c", "One. Two.", (Span(0, 4),)))
    assert fake.seen == ["a", "b", "c"]


def test_targets_of_one_article_are_no_others() -> None:
    fake = FakeLabeler()
    once = Repeats(fake)
    for name in ("a", "b"):
        once.label(Article(name, "One."), [Target("China", article_id="b")])
    assert fake.seen == ["a", "b"]


def test_the_oldest_are_forgotten() -> None:
    fake = FakeLabeler()
    once = Repeats(fake, memory=1_000)
    for n in [*range(20), 19, 0]:
        once.label(Article("a", f"Number {n}."))
    assert len(fake.seen) == 21
    assert sum(map(len, once._known.values())) <= 1_000 and once._left >= 0


def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    once = Repeats(FakeLabeler(), memory=10)
    once.label(Article("a", "One."))
    assert not once._known and once._left == 10


def test_an_error_is_not_remembered() -> None:
    fake = FakeLabeler()
    once = Repeats(fake)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            once.label(Article("a", "fail"))
    assert len(fake.seen) == 2


def test_a_run_labels_wire_copy_once(tmp_path: Path) -> None:
    lines = [f'{{"id": "a{n}", "text": "Number {n % 3}. He said."}}\n' for n in range(30)]
    (tmp_path / "in.jsonl").write_text("".join(lines))
    fake = FakeLabeler(threads=1)
    summary = score(fake, plan([str(tmp_path / "in.jsonl")], str(tmp_path / "o.jsonl")))
    assert summary.articles == 30 and len(fake.seen) == 3


def test_total_is_known_where_it_is_cheap(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n" * 5)
    (tmp_path / "b.txt").write_text("Text.")
    (tmp_path / "c.csv").write_text('text\n"a\nb"\n')
    (tmp_path / "d.parquet").write_text("broken")
    paths = [str(p) for p in sorted(tmp_path.iterdir())]
    assert total(paths[:2]) == 6
    assert total(paths[:3]) is None and total(paths[3:]) is None
