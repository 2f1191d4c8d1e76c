"""The rows, and whether a labeler is right on them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.labeler import Labeler
from stance.names import same_name
from stance.records import Record


@dataclass(frozen=True, slots=True)
class Row:
    """An article and what is expected of its sentences; see the package.

    Attributes:
        kind: of the mistake.
        text: the article.
        expect: of each sentence the speaker, and perhaps the words that name him in it; ``None`` where it is not judged.
        known_wrong: whether the shipped model errs.
    """

    kind: str
    text: str
    expect: tuple[tuple[str | None, ...] | None, ...]
    known_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a labeler made of a row; right where ``errors`` is empty."""

    row: Row
    records: tuple[Record, ...]
    errors: tuple[str, ...]


def read() -> list[Row]:
    """All rows, in the order of files and lines."""
    return [_row(given) for path in _files() for given in _given(path)]


def mark(wrong: Collection[str]) -> None:
    """Write the files anew, with ``known_wrong`` where the text is one of these."""
    for path in _files():
        rows = [{**{k: v for k, v in g.items() if k != "known_wrong"}, **_mark(g["text"] in wrong)} for g in _given(path)]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _mark(is_wrong: bool) -> dict[str, bool]:
    return {"known_wrong": True} if is_wrong else {}


def _files() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.jsonl"))


def _given(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _row(given: dict[str, Any]) -> Row:
    expect = tuple(None if e is None else tuple(e) for e in given["expect"])
    return Row(given["kind"], given["text"], expect, given.get("known_wrong", False))


def judge(labeler: Labeler, row: Row) -> Verdict:
    """Label the row's article and compare; names as in evaluation, mentions by overlap."""
    records = labeler.label(row.text).records
    if len(records) != len(row.expect):
        return Verdict(row, records, (f"{len(records)} sentences, expected {len(row.expect)}",))
    errors = []
    for record, expected in zip(records, row.expect, strict=True):
        if expected is not None and not (_same(record.speaker, expected[0]) and _overlaps(record, row.text, expected[1:])):
            words = None if record.mention is None else row.text[slice(*record.mention)]
            errors.append(f"{record.text!r}: {record.speaker!r} by {words!r}, expected {expected}")
    return Verdict(row, records, tuple(errors))


def _same(found: str | None, expected: str | None) -> bool:
    return found == expected if found is None or expected is None else same_name(found, expected)


def _overlaps(record: Record, text: str, expected: Sequence[str | None]) -> bool:
    if not expected:
        return True
    if record.mention is None or expected[0] is None:
        return record.mention is None and expected[0] is None
    start = text.index(expected[0], record.start, record.end)
    return record.mention.start < start + len(expected[0]) and start < record.mention.end


def counts(verdicts: Iterable[Verdict]) -> str:
    """A line a kind: right of all."""
    total, right = Counter[str](), Counter[str]()
    for verdict in verdicts:
        total[verdict.row.kind] += 1
        right[verdict.row.kind] += not verdict.errors
    lines = [f"{right[kind]:3} of {total[kind]:2}  {kind}" for kind in total]
    return "\n".join([*lines, f"{right.total():3} of {total.total():2}  all"])
