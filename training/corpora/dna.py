"""A Discourse Network Analyzer 3 file (``.dna``, SQLite): statements that people coded, as labels.

A statement says who speaks in its sentences; and, where its concept is named in one of them, the stance towards it, as towards
a given target. Concepts are often names of positions ("carbon tax should rise") that no sentence contains: these give speakers
only. DNA coders mark what interests them, so sentences without a statement decide nothing.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stance.articles import Article, from_mapping
from stance.errors import InputError
from stance.records import Record
from stance.sentences import split
from stance.spans import Span, overlap
from training.corpora.conversion import HELD_OUT, Conversion, held_out, labelled
from training.gold import MENTION_UNKNOWN, Labelled
from training.named import find_name

NAME = "dna"
STANCES = {0: "oppose", 1: "support"}
"""DNA's agreement -> our stance."""

ACTORS, CONCEPT, AGREEMENT, CLAIM_TYPE = ("person", "organization"), "concept", "agreement", "claim type"
"""Names of the variables that are read; the first actor that is not empty speaks."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A coded statement; ``start`` and ``stop`` count UTF-16 units of the document's text."""

    start: int
    stop: int
    values: dict[str, Any]


def convert(source: Path) -> Conversion:
    """Each document as an article, its sentences as we split them.

    Args:
        source: the file.

    Raises:
        InputError: it is no database of DNA 3.
    """
    drops: Counter[str] = Counter()
    items = []
    for row, statements in _documents(source):
        number, title, text, press, date, notes = row
        article_id = notes.strip() if 0 < len(notes.strip()) <= 200 and "\n" not in notes.strip() else f"{source.stem}-{number}"
        if article_id in held_out():
            drops[HELD_OUT] += 1
        elif not text.strip():
            drops["document without text"] += 1
        else:
            day = datetime.datetime.fromtimestamp(date, datetime.UTC).date().isoformat()
            meta = {"title": title, "source": press or None, "date": day}
            item = {"id": article_id, "text": text, **meta}
            items.append(_item(from_mapping(item, default_id=article_id, place=str(source)), statements, drops))
    return Conversion(NAME, tuple(items), drops)


def _documents(source: Path) -> list[tuple[Any, list[Statement]]]:
    """Rows (ID, Title, Text, Source, Date, Notes) of the documents, with their statements."""
    if not source.is_file():
        raise InputError(f"{source}: no such file; give the .dna file as SOURCE")
    try:
        db = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        try:
            found = _statements(db)
            rows = db.execute("SELECT ID, Title, Text, Source, Date, Notes FROM DOCUMENTS ORDER BY ID").fetchall()
        finally:
            db.close()
    except sqlite3.Error as error:
        raise InputError(
            f"{source}: {error}; expected an SQLite file of Discourse Network Analyzer 3 (open and save older ones there)"
        ) from None
    return [(row, found.get(row[0], [])) for row in rows]


def _statements(db: sqlite3.Connection) -> dict[int, list[Statement]]:
    values: dict[int, dict[str, Any]] = {}
    for table, value in (("DATASHORTTEXT d JOIN ENTITIES e ON e.ID = d.Entity", "e.Value"), ("DATABOOLEAN d", "d.Value")):
        query = f"SELECT d.StatementId, v.Variable, {value} FROM {table} JOIN VARIABLES v ON v.ID = d.VariableId"
        for statement, variable, found in db.execute(query):
            values.setdefault(statement, {})[variable] = found
    out: dict[int, list[Statement]] = {}
    for number, document, start, stop in db.execute("SELECT ID, DocumentId, Start, Stop FROM STATEMENTS ORDER BY Start, ID"):
        out.setdefault(document, []).append(Statement(start, stop, values.get(number, {})))
    return out


def _item(article: Article, statements: Iterable[Statement], drops: Counter[str]) -> Labelled:
    sentences = tuple(split(article.text))
    article = replace(article, sentences=sentences)
    records: list[Record] = []
    for statement in statements:
        chars = Span(_code_points(article.text, statement.start), _code_points(article.text, statement.stop))
        inside = [n for n, sentence in enumerate(sentences) if overlap(sentence, chars)]
        speaker = next((name for key in ACTORS if (name := (statement.values.get(key) or "").strip())), None)
        if not inside or speaker is None:
            drops["statement without a sentence" if not inside else "statement without an actor"] += 1
            continue
        found = [_record(article, n, speaker, statement, drops) for n in inside]
        if all(record.target is None for record in found):
            drops["statement whose concept is not named in it: speaker only"] += 1
        records += found
    return labelled(article, _settled(records, drops), NAME)


def _record(article: Article, index: int, speaker: str, statement: Statement, drops: Counter[str]) -> Record:
    span = (article.sentences or ())[index]
    concept, agreement = (statement.values.get(CONCEPT) or "").strip(), statement.values.get(AGREEMENT)
    mention = find_name(article.text, span, speaker, outside_quotes=True)
    claim_type = (statement.values.get(CLAIM_TYPE) or "").strip() or None
    words = find_name(article.text, span, concept) if concept and agreement in STANCES else None
    return Record(
        article.id,
        index,
        *span,
        article.text[slice(*span)],
        speaker=speaker,
        mention_start=mention[0] if mention else None,
        mention_end=mention[1] if mention else None,
        claim_type=claim_type,
        stance=STANCES[agreement] if words and agreement is not None else None,
        target=concept if words else None,
        target_start=words[0] if words else None,
        target_end=words[1] if words else None,
        labelled=frozenset({"speaker"} | ({"claim_type"} if claim_type else set()) | ({"stance"} if words else set())),
        extra={} if mention else {MENTION_UNKNOWN: True},
    )


def _settled(records: list[Record], drops: Counter[str]) -> list[Record]:
    """Records of which no two decide a sentence's task, or a target's stance, differently; who differs decides it not."""
    out: dict[tuple[int, str | None], Record] = {}
    for record in records:
        peers = [r for r in records if r.sentence == record.sentence]
        clash = {task for task in ("speaker", "claim_type") if len({getattr(r, task) for r in peers if task in r.labelled}) > 1}
        if record.target and len({r.stance for r in peers if r.target == record.target}) > 1:
            clash.add("stance")
        for task in sorted(clash & record.labelled):
            drops[f"sentence whose statements differ in their {task}"] += 1
        kept = replace(
            record,
            labelled=record.labelled - clash,
            claim_type=None if "claim_type" in clash else record.claim_type,
            stance=None if "stance" in clash else record.stance,
            **({"speaker": None, "mention_start": None, "mention_end": None} if "speaker" in clash else {}),  # type: ignore[arg-type]
        )
        out.setdefault((record.sentence, record.target), kept)
    return [r for r in out.values() if r.labelled]


def _code_points(text: str, units: int) -> int:
    """The code point at a number of UTF-16 units.

    >>> _code_points("a🚢b", 3)
    2
    """
    if text.isascii():
        return min(units, len(text))
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))
