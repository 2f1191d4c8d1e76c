"""The flat record of CONTRACT.md: its columns, their types, and the rules across them. No files, no label names.

Missing is not null: a task's columns count only where the task is in ``labelled``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from stance.errors import InputError
from stance.spans import Span

TASKS: tuple[str, ...] = ("speaker", "claim_type", "stance", "target")
"""What a row can decide, in the order in which ``labelled`` lists them."""

MENTION = "mention"
"""A fifth word in ``labelled``, for corpora that mark the words of the source but not whom they name (PolNeAR): the row
decides whether somebody speaks and by which words; ``speaker`` then holds those words as written, not a name."""

SCHEMA = pa.schema(
    [
        ("article_id", pa.string()),
        ("sentence", pa.int32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("speaker", pa.string()),
        ("speaker_score", pa.float32()),
        ("mention_start", pa.int64()),
        ("mention_end", pa.int64()),
        ("claim_type", pa.string()),
        ("claim_type_score", pa.float32()),
        ("stance", pa.string()),
        ("stance_score", pa.float32()),
        ("target", pa.string()),
        ("target_start", pa.int64()),
        ("target_end", pa.int64()),
        ("target_score", pa.float32()),
        ("labelled", pa.string()),
        ("model", pa.string()),
    ]
)
"""The columns in file order, with their Arrow types."""

COLUMNS: tuple[str, ...] = tuple(SCHEMA.names)

COLUMNS_OF: Mapping[str, tuple[str, ...]] = {
    "speaker": ("speaker", "speaker_score", "mention_start", "mention_end"),
    "claim_type": ("claim_type", "claim_type_score"),
    "stance": ("stance", "stance_score"),
    "target": ("target", "target_start", "target_end", "target_score"),
}
"""The columns that each task decides."""


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled sentence, whether a person wrote it or the model did.

    Attributes are the contract's columns. ``labelled`` is the set of tasks that the row decides (files hold it
    comma-separated); ``extra`` holds every column that the contract does not name.
    """

    article_id: str
    sentence: int
    start: int
    end: int
    text: str
    speaker: str | None = None
    speaker_score: float | None = None
    mention_start: int | None = None
    mention_end: int | None = None
    claim_type: str | None = None
    claim_type_score: float | None = None
    stance: str | None = None
    stance_score: float | None = None
    target: str | None = None
    target_start: int | None = None
    target_end: int | None = None
    target_score: float | None = None
    labelled: frozenset[str] = frozenset(TASKS)
    model: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def span(self) -> Span:
        """Characters of the sentence in the article's text."""
        return Span(self.start, self.end)

    @property
    def mention(self) -> Span | None:
        """Characters that name the speaker, or ``None``."""
        return None if self.mention_start is None or self.mention_end is None else Span(self.mention_start, self.mention_end)

    @property
    def target_span(self) -> Span | None:
        """Characters of the target, or ``None``."""
        return None if self.target_start is None or self.target_end is None else Span(self.target_start, self.target_end)


def to_row(record: Record) -> dict[str, Any]:
    """The record as a flat dict in column order, ``extra`` last.

    >>> to_row(Record("a", 0, 0, 3, "Hi.", labelled=frozenset({"stance", "speaker"})))["labelled"]
    'speaker,stance'
    """
    row: dict[str, Any] = {name: getattr(record, name) for name in COLUMNS}
    row["labelled"] = ",".join([task for task in (*TASKS, MENTION) if task in record.labelled])
    return {**row, **record.extra}


def from_row(row: Mapping[str, Any]) -> Record:
    """A record from a row of a file; ``labelled`` absent means that every label column that is present is decided.

    Empty strings in nullable columns (CSV has no null) and NaN count as null, and so do labels of white space alone; white
    space around a label is none of it.

    Raises:
        InputError: a column is missing, of a wrong type, or breaks :func:`check`.
    """
    given = {str(k): _clean(str(k), v) for k, v in row.items()}
    missing = [c for c in ("article_id", "sentence", "start", "end") if given.get(c) is None]
    if missing:
        raise InputError(f"record without {', '.join(missing)}: expected at least article_id, sentence, start, end")
    # A `labelled` that is there but empty decides nothing: that is what --min-score writes where all is unsure.
    tasks = [t.strip() for t in str(given["labelled"] or "").split(",")] if "labelled" in given else _present(given)
    values = {name: _typed(name, given.get(name)) for name in COLUMNS if name != "labelled"}
    values["text"] = values["text"] or ""
    record = Record(
        **values,
        labelled=frozenset(t for t in tasks if t),
        extra={k: v for k, v in given.items() if k not in SCHEMA.names},
    )
    check(record)
    return record


def check(record: Record) -> None:
    """The rules across columns, so that they are stated once.

    Raises:
        InputError: naming the article, the sentence, the column and what is wrong with it.
    """
    unknown = record.labelled - {*TASKS, MENTION}
    if unknown:
        raise _bad(record, f"labelled names {sorted(unknown)}, which is none of {', '.join(TASKS)}")
    _check_spans(record)
    for name in ("speaker", "target"):
        if getattr(record, name) == "":
            raise _bad(record, f"{name} is an empty string; null says that there is none")
    if record.speaker is None and record.mention_start is not None and record.labelled & {"speaker", MENTION}:
        raise _bad(record, "a mention without a speaker")
    for task in ("claim_type", "stance"):
        if task in record.labelled and getattr(record, task) is None:
            raise _bad(record, f"{task} is null but labelled says that it is decided; take it out of labelled")


def _check_spans(record: Record) -> None:
    if not 0 <= record.start < record.end:
        raise _bad(record, f"start {record.start} and end {record.end} are no span")
    if record.text and len(record.text) != record.end - record.start:
        raise _bad(
            record,
            f"start {record.start} and end {record.end} are not those of a text of {len(record.text)} characters; "
            "offsets count Unicode code points, not bytes or UTF-16 units",
        )
    for name in ("mention", "target"):
        start, end = getattr(record, f"{name}_start"), getattr(record, f"{name}_end")
        if (start is None) != (end is None) or (start is not None and not 0 <= start < end):
            raise _bad(record, f"{name}_start {start} and {name}_end {end} are no span")


def undecide(record: Record, tasks: Collection[str]) -> Record:
    """The record with ``tasks`` left undecided: out of ``labelled``, their columns null."""
    gone: dict[str, Any] = {column: None for task in tasks for column in COLUMNS_OF[task]}
    return replace(record, labelled=record.labelled - set(tasks), **gone) if gone else record


def below(record: Record, minimum: float) -> list[str]:
    """The decided tasks whose score is below ``minimum`` (a task without a score is a person's and stays)."""
    scores = {task: getattr(record, f"{task}_score") for task in TASKS if task in record.labelled}
    return [task for task, score in scores.items() if score is not None and score < minimum]


def to_table(records: Iterable[Record], extra: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Records as an Arrow table with :data:`SCHEMA` and the ``extra`` columns."""
    schema = SCHEMA
    for name, kind in (extra or {}).items():
        schema = schema.append(pa.field(name, kind))
    return pa.Table.from_pylist([to_row(r) for r in records], schema=schema)


def _bad(record: Record, what: str) -> InputError:
    return InputError(f"article {record.article_id!r}, sentence {record.sentence}: {what}")


def _present(given: Mapping[str, Any]) -> list[str]:
    """Tasks whose column is there; an empty claim type or stance is no label, an empty speaker or target is one."""
    return [t for t in TASKS if t in given and (t in ("speaker", "target") or given[t] is not None)]


def _clean(name: str, value: Any) -> Any:
    if name in TASKS and isinstance(value, str):
        value = value.strip()
    if value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def _typed(name: str, value: Any) -> Any:
    kind = SCHEMA.field(name).type
    if value is None or (pa.types.is_string(kind) and isinstance(value, str)):
        return value
    try:
        if pa.types.is_integer(kind):
            if float(value) != int(float(value)):
                raise ValueError
            return int(float(value))
        return float(value) if pa.types.is_floating(kind) else str(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"column {name} holds {value!r}, expected {kind}") from None
