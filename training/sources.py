"""A label file as rows by article, and the articles beside it, both in temporary files. No meaning of labels."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from stance.articles import Article, from_mapping
from stance.errors import InputError, SetAside
from stance.records import TASKS
from stance.tables import ending
from stance.tables import rows as table_rows
from training.spool import Spool

OFFSETS = ("start", "end")
ARTICLES_ENDING = ".articles.jsonl"


class Row(NamedTuple):
    """One row; ``place`` is its file and line in words."""

    place: str
    values: Mapping[str, Any]
    line: int


def articles_file(labels: str | Path) -> Path:
    """Where the articles of a label file lie.

    >>> articles_file("data/dev.jsonl").name
    'dev.articles.jsonl'
    """
    path = Path(labels)
    kind, packed = ending(path)
    return path.with_name(path.name[: len(path.name) - len(kind + packed)] + ARTICLES_ENDING)


def file_rows(source: str | Path, columns: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a table.

    Raises:
        InputError: what :func:`stance.tables.rows` would set aside.
    """
    for row in table_rows(source, columns):
        if isinstance(row, SetAside):
            raise InputError(f"{row.file}, line {row.line}: {row.reason}")
        yield Row(f"{row.file}, line {row.line}", row.values, row.line)


def by_article(rows: Iterable[Row], label: str) -> tuple[Spool[list[Row]], set[str]]:
    """Rows by article, those that lie together as one value, and the names of all columns."""

    def article_of(row: Row) -> str:
        given = row.values.get("article_id")
        return f"{label}:{row.line}" if is_null(given) else str(given)

    groups, found = Spool[list[Row]](), set[str]()
    for article_id, together in groupby(rows, article_of):
        groups.append(mine := list(together), article_id)
        found.update(*(row.values for row in mine))
    return groups, found


def check_columns(name: str, columns: set[str], known: Spool[Article] | None) -> None:
    """Checks that there are labels, and a text for them.

    Args:
        name: of the file.
        columns: all that some row has.
        known: the articles beside the file.

    Raises:
        InputError: columns are missing.
    """
    found = sorted(columns)
    labels = [task for task in TASKS if task in found]
    wants = "`text` (or article_id, start, end with the articles beside the file) and at least one of speaker, claim_type, stance, target"
    if not labels and "names" not in found:
        close = {key: near[0] for key in found if (near := difflib.get_close_matches(key.lower(), TASKS, 1, 0.7))}
        hint = "".join(f"; is {key!r} your {task}?" for key, task in close.items())
        raise InputError(
            f"{name}: expected the columns {wants}; found {', '.join(found)}{hint}; rename them, or map them with `columns`"
        )
    if "text" not in found and known is None:
        if set(OFFSETS) <= set(found):
            raise InputError(
                f"{name}: records without `text`, and no {articles_file(name).name} beside them; "
                "put the articles there, or make both with `python -m training prepare`"
            )
        raise InputError(
            f"{name}: expected the columns {wants}; found {', '.join(found)}; rename them, or map them with `columns`"
        )


def articles_beside(path: Path, wanted: Collection[str]) -> Spool[Article] | None:
    """Those articles beside a label file whose ids are wanted, by id; ``None`` where there is no such file, or nothing in it.

    Raises:
        InputError: a row that is no article, or has no id.
    """
    out = None
    for row in file_rows(path, {}) if path.is_file() else ():
        if is_null(row.values.get("id")):
            raise InputError(f"{row.place}: an article without `id`; expected the article_id of its labels")
        article = from_mapping(row.values, default_id="", place=row.place)
        out = Spool[Article]() if out is None else out
        if article.id in wanted:
            out.append(article, article.id)
    return out


def is_null(value: Any) -> bool:
    """Whether a cell is empty; CSV has no other null, pandas writes NaN."""
    return value is None or value == "" or value != value  # NaN differs from itself
