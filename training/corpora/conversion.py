"""What every converter returns, how it is written, and which articles none may train on. Knows no corpus."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from stance.articles import Article
from stance.errors import InputError, UsageError
from stance.records import Record, check, to_row
from stance.spans import Span
from training.gold import Labelled, articles_file

HELD_OUT = "gold dev/test article"
"""The reason under which articles of :func:`held_out` are dropped."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A corpus as articles with records.

    Attributes:
        corpus: name in the registry, and the value of the extra column ``corpus`` of every row.
        items: articles with their records; every sentence of an article has at least one row.
        drops: reason -> how many (articles, sentences or labels, as the reason says) were left out or undecided.
    """

    corpus: str
    items: tuple[Labelled, ...]
    drops: Counter[str]


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``prepare`` wrote.

    Attributes:
        corpus: name of the corpus.
        output: the file of records; the articles' texts lie beside it (:func:`training.gold.articles_file`).
        articles, records: how many.
        decided: task -> how many records decide it.
        drops: as in :class:`Conversion`.
    """

    corpus: str
    output: str
    articles: int
    records: int
    decided: Mapping[str, int]
    drops: Mapping[str, int]

    def __str__(self) -> str:
        decided = ", ".join(f"{task} {count}" for task, count in self.decided.items()) or "nothing"
        lines = [f"{self.corpus}: {self.articles} articles, {self.records} records ({decided}) -> {self.output}"]
        return "\n".join([*lines, *(f"  left out or undecided: {count} x {reason}" for reason, count in self.drops.items())])


@cache
def held_out() -> frozenset[str]:
    """Ids of the gold dev and test articles, which no corpus may train on."""
    text = resources.files("training.corpora").joinpath("held_out.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file of a corpus.

    Raises:
        InputError: the file is absent or a line of it is no JSON object.
    """
    rows, place = [], str(path)
    try:
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
            place = f"{path}, line {number}"
            if line:
                rows.append(dict(json.loads(line)))
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; give the folder of the corpus as SOURCE, with its files as they were published"
        ) from None
    except (TypeError, ValueError) as error:
        raise InputError(f"{place}: expected one JSON object a line ({error}); fetch the file again") from None
    return rows


def labelled(article: Article, records: Iterable[Record], corpus: str, extra: Sequence[Mapping[str, Any]] = ()) -> Labelled:
    """The article with one row for every sentence: those in ``records``, and rows that decide nothing for the rest.

    Args:
        article: with its sentences.
        records: of that article, any order.
        corpus: value of the extra column ``corpus``.
        extra: further columns, one mapping a sentence.
    """
    rows: dict[int, list[Record]] = {}
    for record in records:
        rows.setdefault(record.sentence, []).append(record)
    out = []
    for index, span in enumerate(article.sentences or ()):
        more = {**(extra[index] if extra else {}), "corpus": corpus}
        for record in rows.get(index) or [undecided(article, index, span)]:
            check(record)
            out.append(replace(record, extra={**record.extra, **more}))
    return Labelled(article, tuple(out))


def undecided(article: Article, index: int, span: Span) -> Record:
    """A row that decides nothing: the sentence is context only."""
    return Record(article.id, index, *span, article.text[slice(*span)], labelled=frozenset())


def write(conversion: Conversion, output: str | Path) -> Summary:
    """Write the records to ``output`` and the articles beside it, both whole or not at all.

    Raises:
        UsageError: ``output`` does not end in ``.jsonl``.
    """
    path = Path(output)
    if path.suffix != ".jsonl":
        raise UsageError(f"{output}: prepare writes records as JSON lines; give an output that ends in .jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [record for item in conversion.items for record in item.records]
    _write(articles_file(path), (_article_row(item.article) for item in conversion.items))
    _write(path, (to_row(record) for record in records))
    decided = Counter(task for record in records for task in sorted(record.labelled))
    return Summary(conversion.corpus, str(output), len(conversion.items), len(records), dict(decided), dict(conversion.drops))


def _article_row(article: Article) -> dict[str, Any]:
    sentences = [list(span) for span in article.sentences or ()]
    return {"id": article.id, **article.meta, "text": article.text, "sentences": sentences}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", errors="backslashreplace") as file:  # as training.writing
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)
