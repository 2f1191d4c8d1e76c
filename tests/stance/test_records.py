"""The record: its columns, missing against null, and the rules across columns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from stance.errors import InputError
from stance.records import COLUMNS, COLUMNS_OF, MENTION, TASKS, Record, below, check, from_row, to_row, to_table, undecide
from stance.spans import Span

RECORD = Record(
    "a", 0, 4, 12, "He left.", "Wang Yi", 0.9, 4, 6, "assertion", 0.8, "oppose", 0.7, "China", 7, 11, 0.6, model="m/1"
)  # fmt: skip
BARE = {"article_id": "a", "sentence": 0, "start": 0, "end": 3, "text": "Hi."}


CONTRACT = """article_id sentence start end text speaker speaker_score mention_start mention_end claim_type claim_type_score
stance stance_score target target_start target_end target_score labelled model"""


def test_columns_are_the_contract_in_order() -> None:
    assert list(COLUMNS) == CONTRACT.split()
    assert {c for columns in COLUMNS_OF.values() for c in columns} == {*COLUMNS[5:17]}


def test_there_and_back() -> None:
    record = replace(RECORD, extra={"outlet": "X"})
    row = to_row(record)
    assert list(row) == [*COLUMNS, "outlet"]
    assert row["labelled"] == "speaker,claim_type,stance,target"
    assert from_row(row) == record


def test_spans() -> None:
    assert (RECORD.span, RECORD.mention, RECORD.target_span) == (Span(4, 12), Span(4, 6), Span(7, 11))
    plain = Record("a", 0, 0, 3, "Hi.")
    assert plain.mention is None and plain.target_span is None


@pytest.mark.parametrize(
    ("row", "labelled"),
    [
        ({}, set()),
        ({"speaker": None}, {"speaker"}),
        ({"speaker": ""}, {"speaker"}),
        ({"claim_type": "none", "target": None}, {"claim_type", "target"}),
        ({"claim_type": None, "stance": ""}, set()),
        ({"claim_type": "none", "labelled": ""}, set()),
        ({"claim_type": "none", "labelled": None}, set()),
        ({"claim_type": "none", "speaker": None, "labelled": " claim_type ,"}, {"claim_type"}),
        ({"speaker": "a source", "labelled": "mention"}, {MENTION}),
    ],
)
def test_missing_is_not_null(row: dict[str, Any], labelled: set[str]) -> None:
    assert from_row({**BARE, **row}).labelled == labelled


def test_a_table_of_strings_reads_as_its_numbers() -> None:
    row = from_row(
        {**BARE, "sentence": "2", "start": "0", "end": 3.0, "speaker_score": "0.5", "article_id": 7, "target": math.nan}
    )
    assert (row.article_id, row.sentence, row.end, row.speaker_score, row.target) == ("7", 2, 3, 0.5, None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"article_id": None}, "record without article_id"),
        ({"start": ""}, "record without start"),
        ({"end": "x"}, "column end holds 'x'"),
        ({"start": 0.5}, "column start holds 0.5"),
        ({"end": math.inf}, "column end holds inf"),
        ({"speaker_score": "high"}, "column speaker_score holds 'high'"),
        ({"start": 3}, "start 3 and end 3 are no span"),
        ({"start": -1}, "start -1"),
        ({"mention_start": 1}, "mention_start 1 and mention_end None are no span"),
        ({"target_start": 2, "target_end": 2}, "target_start 2 and target_end 2"),
        ({"speaker": None, "mention_start": 0, "mention_end": 2}, "a mention without a speaker"),
        ({"labelled": "speaker,mood"}, "labelled names ['mood']"),
        ({"claim_type": None, "labelled": "claim_type"}, "claim_type is null but labelled says"),
        ({"stance": None, "labelled": "stance"}, "stance is null but labelled says"),
    ],
)
def test_what_breaks_the_contract_is_one_line(row: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        from_row({**BARE, **row})
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_an_empty_name_is_not_null() -> None:
    with pytest.raises(InputError, match="article 'a', sentence 0: speaker is an empty string"):
        check(replace(RECORD, speaker="", mention_start=None, mention_end=None))


@pytest.mark.parametrize("task", TASKS)
def test_undecided_is_out_of_labelled_with_null_columns(task: str) -> None:
    record = undecide(RECORD, [task])
    assert record.labelled == set(TASKS) - {task}
    assert all(getattr(record, column) is None for column in COLUMNS_OF[task])
    others = [c for t in TASKS if t != task for c in COLUMNS_OF[t]]
    assert all(getattr(record, c) == getattr(RECORD, c) for c in others)
    check(record)


def test_undecide_nothing() -> None:
    assert undecide(RECORD, []) is RECORD


def test_below() -> None:
    assert below(RECORD, 0.75) == ["stance", "target"]
    assert below(RECORD, 0.6) == []
    assert below(replace(RECORD, stance_score=None), 0.75) == ["target"], "a person's label has no score and stays"
    assert below(undecide(RECORD, ["target"]), 1.0) == ["speaker", "claim_type", "stance"]


def test_to_table() -> None:
    import pyarrow as pa

    table = to_table([replace(RECORD, extra={"n": 3}), Record("b", 0, 0, 1, "x")], {"n": pa.int8()})
    assert table.column_names == [*COLUMNS, "n"]
    assert table["n"].to_pylist() == [3, None] and table["speaker"].to_pylist() == ["Wang Yi", None]
    assert to_table([]).num_rows == 0
