"""Statements as the SQLite file of Discourse Network Analyzer 3: documents, statements with offsets, entities.

The tables are those that DNA itself creates (``Sql.java`` in its repository, leifeld-lab/dna). Offsets there count UTF-16
units, as Java does, in a text whose line ends are ``\\n``; DNA asks for a coder's password when it opens the file, which is
:data:`PASSWORD`.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import os
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from stance.errors import UsageError
from stance.network.dna_schema import AGREEMENT, CLAIM_TYPE, CONCEPT, LONGEST, ORGANISATION, PERSON, SCHEMA, VARIABLES, VERSION
from stance.network.statements import day_of
from stance.network.store import Store

PASSWORD = "stance"
"""Of the coder ``Admin``; change it in DNA."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A statement as DNA codes it; offsets in code points of the document's text as we have it."""

    start: int
    end: int
    actor: str
    concept: str
    agrees: bool
    claim_type: str


def write(store: Store, path: Path, date: str) -> tuple[int, int, int]:
    """Write the statements of ``store`` (see :mod:`stance.network.statements`) with every article of the records.

    Args:
        store: with its statements.
        path: replaced.
        date: the column that holds the day.

    Returns:
        How many documents and statements, and how many statements were left out since their offsets lie outside the text.

    Raises:
        UsageError: records without article, offsets or text.
    """
    absent = [name for name in ("article_id", "start", "end", "text") if name not in store.columns]
    if absent:
        raise UsageError(f"-o .dna: the records have no column {', '.join(absent)}; score again, all columns are needed")
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    try:
        db.execute("pragma foreign_keys=on")
        writer = _Writer(db)
        coded = _coded(store)
        waiting = next(coded, None)
        for article_id, title, source, author, day, text in _documents(store, date):
            writer.document(article_id, title, source, author, day, text)
            while waiting and waiting[0] == article_id:
                writer.statement(waiting[1], text)
                waiting = next(coded, None)
        db.commit()
        return writer.documents, writer.statements, writer.outside
    finally:
        db.close()


class _Writer:
    """Rows of a new DNA database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db, self.documents, self.statements, self.outside = db, 0, 0, 0
        self._entities: dict[tuple[int, str], int] = {}
        self._units: _Units | None = None
        for table, parts in SCHEMA.items():
            db.execute(f"CREATE TABLE {table}({', '.join(parts)})")
        db.executemany("INSERT INTO SETTINGS VALUES (?, ?)", [("version", VERSION), ("date", str(datetime.date.today()))])
        db.execute(
            "INSERT INTO CODERS (ID, Name, Red, Green, Blue, Password) VALUES (1, 'Admin', 255, 255, 0, ?)", [hashed(PASSWORD)]
        )
        db.execute("INSERT INTO STATEMENTTYPES VALUES (1, 'DNA Statement', 239, 208, 51)")
        db.executemany("INSERT INTO VARIABLES VALUES (?, ?, ?, 1)", VARIABLES)
        for variable in (number for number, _, kind in VARIABLES if kind == "short text"):
            self._entity(variable, "")
            names = [(variable, name) for name in ("Type", "Alias", "Notes")]
            db.executemany("INSERT INTO ATTRIBUTEVARIABLES (VariableId, AttributeVariable) VALUES (?, ?)", names)

    def document(self, article_id: str, title: str | None, source: str | None, author: str | None, day: Any, text: str) -> None:
        """An article; its id is kept in the notes."""
        self.documents += 1
        self._units = _Units(text)
        date = int(datetime.datetime.combine(day or datetime.date(1970, 1, 1), datetime.time(), datetime.UTC).timestamp())
        self._db.execute(
            "INSERT INTO DOCUMENTS (ID, Title, Text, Coder, Author, Source, Notes, Date) VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
            [
                self.documents,
                _cut(title or article_id),
                self._units.text,
                _cut(author or ""),
                _cut(source or ""),
                article_id,
                date,
            ],
        )

    def statement(self, coded: Coded, text: str) -> None:
        """A statement in the last document; one whose offsets lie outside its text is left out."""
        assert self._units is not None
        start, stop = self._units.at(coded.start), self._units.at(coded.end)
        if not 0 <= coded.start < coded.end <= len(text) or start >= stop:
            self.outside += 1
            return
        self.statements += 1
        self._db.execute("INSERT INTO STATEMENTS VALUES (?, 1, ?, ?, ?, 1)", [self.statements, self.documents, start, stop])
        short = ((PERSON, coded.actor), (ORGANISATION, ""), (CONCEPT, coded.concept), (CLAIM_TYPE, coded.claim_type))
        rows = [(self.statements, variable, self._entity(variable, value)) for variable, value in short]
        self._db.executemany("INSERT INTO DATASHORTTEXT (StatementId, VariableId, Entity) VALUES (?, ?, ?)", rows)
        boolean = [self.statements, AGREEMENT, int(coded.agrees)]
        self._db.execute("INSERT INTO DATABOOLEAN (StatementId, VariableId, Value) VALUES (?, ?, ?)", boolean)

    def _entity(self, variable: int, value: str) -> int:
        key = (variable, _cut(value))
        if key not in self._entities:
            self._entities[key] = number = len(self._entities) + 1
            self._db.execute(
                "INSERT INTO ENTITIES (ID, VariableId, Value, Red, Green, Blue) VALUES (?, ?, ?, 0, 0, 0)", [number, *key]
            )
        return self._entities[key]


class _Units:
    """A text as Java sees it: line ends are ``\\n``, positions count UTF-16 units."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._wide = [n for n, c in enumerate(text) if c > "\uffff"]
        self._gone = [n for n in range(len(text)) if text.startswith("\r\n", n)] if "\r\n" in text else []

    def at(self, offset: int) -> int:
        """The position of a code point of the text as it was given."""
        return offset + bisect_left(self._wide, offset) - bisect_left(self._gone, offset)


def hashed(password: str, salt: bytes | None = None) -> str:
    """A password as Jasypt's ``StrongPasswordEncryptor`` keeps it: base64 of 16 bytes of salt and SHA-256, 100,000 times."""
    salt = os.urandom(16) if salt is None else salt
    digest = salt + password.encode()
    for _ in range(100_000):
        digest = hashlib.sha256(digest).digest()
    return base64.b64encode(salt + digest).decode()


def _documents(store: Store, date: str) -> Iterator[tuple[str, str | None, str | None, str | None, Any, str]]:
    """Every article of the records by id; a text that was not given is put together from its sentences."""
    cursor = store.db.cursor()
    cursor.execute(f"""
        select r.article_id, try_cast(r.start as bigint) as place, r.text, art.title, art.source, art.author, art.text,
            {day_of(store, date)} as day
        from records r left join articles art on art.id = r.article_id
        where r.article_id is not null and place is not null order by r.article_id, place""")
    for article_id, rows in groupby(_fetched(cursor), key=lambda row: row[0]):
        sentences = list(rows)
        _, _, _, title, source, author, text, day = sentences[0]
        yield (
            article_id,
            title,
            source,
            author,
            day,
            text if text is not None else _joined([(s[1], s[2] or "") for s in sentences]),
        )


def _joined(sentences: list[tuple[int, str]]) -> str:
    """Sentences at their offsets, white space between them.

    >>> _joined([(0, "So."), (0, "So."), (5, "Yes.")])
    'So.  Yes.'
    """
    parts, at = [], 0
    for start, text in sentences:
        if start >= at:
            parts += [" " * (start - at), text]
            at = start + len(text)
    return "".join(parts)


def _coded(store: Store) -> Iterator[tuple[str, Coded]]:
    cursor = store.db.cursor()
    cursor.execute("""
        select article, try_cast(start as bigint) as place, try_cast("end" as bigint), actor, concept, sign > 0, coalesce(extra, '')
        from coded where place is not null order by article, place""")
    for article, start, end, actor, concept, agrees, claim_type in _fetched(cursor):
        yield article, Coded(start, end, actor, concept, agrees, claim_type)


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(5_000):
        yield from rows


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
