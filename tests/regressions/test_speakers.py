"""The shipped model on mistakes that other systems are known for."""

from __future__ import annotations

import json

import pytest

from stance.labeler import load
from stance.sentences import split
from tests.conftest import ROOT
from tests.regressions.rows import Row, Verdict, counts, judge, read

ROWS = read()
NO_NAMES = {"", "unknown", "none", "null", "nobody", "nan", "-", "n/a", "somebody", "outlet", "author"}
"""What must never stand for null."""


@pytest.fixture(scope="module")
def verdicts() -> dict[Row, Verdict]:
    labeler = load()
    return {row: judge(labeler, row) for row in ROWS}


@pytest.mark.parametrize("row", [r for r in ROWS if not r.known_wrong], ids=lambda r: f"{r.kind}: {r.text[:30]}")
def test_rows_that_are_not_marked_are_right(row: Row, verdicts: dict[Row, Verdict]) -> None:
    assert not verdicts[row].errors, "\n".join(verdicts[row].errors)


def test_the_number_of_right_rows_has_a_floor(verdicts: dict[Row, Verdict]) -> None:
    floor = json.loads((ROOT / "tests" / "floors.json").read_text("utf-8"))["regressions"]
    assert sum(not v.errors for v in verdicts.values()) >= floor, counts(verdicts.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.kind}: {r.text[:30]}")
def test_what_no_model_decides(row: Row, verdicts: dict[Row, Verdict]) -> None:
    records = verdicts[row].records
    assert [r.span for r in records] == split(row.text) and len(records) == len(row.expect)
    for record in records:
        assert record.text == row.text[record.start : record.end]
        assert record.speaker is None or record.speaker.casefold() not in NO_NAMES
        assert record.speaker is not None or record.mention is None
        assert record.mention is None or record.start <= record.mention.start < record.mention.end <= record.end


def test_rows_are_sound() -> None:
    assert len({row.text for row in ROWS}) == len(ROWS) >= 60
    for row in ROWS:
        for span, expected in zip(split(row.text), row.expect, strict=True):
            if expected is not None:
                assert expected[0] is not None or expected[1:] in ((), (None,)), row.text
                assert all(mention is None or mention in row.text[slice(*span)] for mention in expected[1:]), row.text
                assert expected[0] is None or expected[0].casefold() in row.text.casefold(), row.text
