"""Any label file as articles with records: the one form in which training and evaluation see labels.

Reads the record of CONTRACT.md and its small forms:

* rows with offsets: the article's text comes from the file of articles beside the labels (:func:`articles_file`), else it is
  rebuilt by putting each sentence's ``text`` at its ``start``;
* rows without offsets: each is an article of one sentence; rows that share an ``article_id`` form one, joined by spaces.

Missing is not null: an absent key or column, or a ``labelled`` that is there but empty, decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from stance.articles import Article
from stance.errors import InputError
from stance.records import TASKS, Record, from_row
from stance.sentences import split
from stance.spans import Span
from training.named import find_name
from training.sources import OFFSETS, Row, articles_beside, articles_file, by_article, check_columns, file_rows, is_null
from training.spool import Spool

MENTION_UNKNOWN = "mention_unknown"
"""Extra column, true where a speaker is given by name alone and no words of the sentence plainly name him: such a row says
nothing about the mention (only resolution may learn from it)."""

_LONGEST = 50_000_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with its labels.

    Attributes:
        article: its ``sentences`` are always set, and ``article.sentences[r.sentence] == r.span`` for every record.
        records: sorted by sentence; several of one sentence only where targets are given.
    """

    article: Article
    records: tuple[Record, ...]


def read(
    source: str | Path | Iterable[Mapping[str, Any]], columns: Mapping[str, str] | None = None, label: str | None = None
) -> list[Labelled]:
    """What :func:`stream` gives, as a list."""
    return list(stream(source, columns, label))


def stream(
    source: str | Path | Iterable[Mapping[str, Any]], columns: Mapping[str, str] | None = None, label: str | None = None
) -> Iterator[Labelled]:
    """Labels as articles with records, in the order in which the articles come.

    All rows are read before the first article is given, since a row of it may be the last of the file. They wait in a temporary
    file, and so do the articles beside the labels: memory holds some 200 bytes an article, whatever the order of either.

    Args:
        source: a file of records (JSONL, CSV, Parquet), or rows.
        columns: contract's name -> the file's name of a column.
        label: what the ids of rows without ``article_id`` begin with, before their line, by default the file's name, as the
            ids that ``stance score`` gives.

    Raises:
        InputError: place, found, expected, remedy.
    """
    if isinstance(source, (str, Path)):
        name, label = str(source), Path(source).name if label is None else label
        groups, found = by_article(file_rows(source, columns or {}), label)
        known = articles_beside(articles_file(source), groups.keys)
    else:
        name, label = "rows", "row" if label is None else label
        groups, found = by_article((Row(f"row {n}", dict(values), n) for n, values in enumerate(source, 1)), label)
        known = None
    if not groups:
        raise InputError(f"{name}: holds no rows; expected one label row for each sentence")
    check_columns(name, found, known)
    decides = False
    for article_id in groups.keys:
        item = _item(article_id, list(chain.from_iterable(groups.of(article_id))), known, name)
        decides = decides or any(record.labelled or record.extra.get("names") for record in item.records)
        yield item
    if not decides:
        raise InputError(f"{name}: no row decides anything; fill the label columns, or drop an empty `labelled` column")


def _item(article_id: str, rows: list[Row], known: Spool[Article] | None, name: str) -> Labelled:
    placed = [row for row in rows if all(not is_null(row.values.get(key)) for key in OFFSETS)]
    if placed and len(placed) < len(rows):
        other = next(row for row in rows if row not in placed)
        raise InputError(
            f"{other.place}: no start and end, though other rows of article {article_id!r} have them; give all or none"
        )
    article = None
    if not placed:
        rows = _joined(rows)
    elif known is not None:
        if not (found := known.of(article_id)):
            raise InputError(f"{rows[0].place}: article {article_id!r} is not in {articles_file(name).name}; add it there")
        article = found[-1]
    records = [_record(article_id, row, article) for row in rows]
    if article is None:
        article = Article(article_id, _rebuilt(rows, records))
    records = [_with_words(record, row.values, article.text) for record, row in zip(records, rows, strict=True)]
    records = _one_a_sentence(records, rows)
    sentences = _sentences(article, records, rows)
    at = {span: index for index, span in enumerate(sentences)}
    records = [replace(record, sentence=at[record.span]) for record in records]
    return Labelled(replace(article, sentences=sentences), tuple(sorted(records, key=lambda record: record.sentence)))


def _joined(rows: list[Row]) -> list[Row]:
    """Rows without offsets, given those of one article in which each sentence's text stands once, joined by spaces."""
    out: list[Row] = []
    at, last = 0, None
    for row in rows:
        text, number = row.values.get("text"), row.values.get("sentence")
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"{row.place}: no text in the row; expected the sentence in the column `text`")
        if out and not is_null(number) and number == last:
            span = {key: out[-1].values[key] for key in OFFSETS}
        else:
            at = out[-1].values["end"] + 1 if out else 0
            span = {"start": at, "end": at + len(text)}
        last = number
        out.append(row._replace(values={**row.values, **span}))
    return out


def _record(article_id: str, row: Row, article: Article | None) -> Record:
    values = {**row.values, "article_id": article_id}
    if is_null(values.get("sentence")):
        values["sentence"] = 0  # numbered by its place, like every record, in _item
    try:
        record = from_row(values)
    except InputError as error:
        raise InputError(f"{row.place}: {error}") from None
    if article is None:
        return record
    text = article.text[record.start : record.end]
    if len(text) != record.end - record.start or record.text not in ("", text):
        raise InputError(
            f"{row.place}: start {record.start} and end {record.end} of article {article_id!r} hold {_short(text)}, "
            f"expected {_short(record.text)}; give the text that was labelled"
        )
    return replace(record, text=text)


def _rebuilt(rows: list[Row], records: list[Record]) -> str:
    """The article's text from its sentences: each at its start, gaps of one a space, wider ones line breaks."""
    pieces, at, before = [], 0, None
    for row, record in sorted(zip(rows, records, strict=True), key=lambda pair: pair[1].span):
        if before is not None and record.span == before.span and record.text == before.text:
            continue
        gap = record.start - at
        if gap < 0 or record.end > _LONGEST:
            raise InputError(
                f"{row.place}: the sentence at {record.start} overlaps the one before it, or lies too far out; check start and end"
            )
        pieces += [" " if gap == 1 else "\n" * gap, record.text]
        at, before = record.end, record
    return "".join(pieces)


def _with_words(record: Record, values: Mapping[str, Any], text: str) -> Record:
    """The record with mention and target found by their names, where the row has no columns for their offsets."""
    for name in ("mention", "target"):
        start, end = getattr(record, f"{name}_start"), getattr(record, f"{name}_end")
        if end is not None and not (0 <= start < end <= len(text)):
            raise InputError(
                f"article {record.article_id!r}, sentence {record.sentence}: {name} {start}-{end} lies outside the article's text"
            )
    if record.speaker is not None and "mention_start" not in values and "speaker" in record.labelled:
        found = find_name(text, record.span, record.speaker, outside_quotes=True)
        if found is None:
            record = replace(record, extra={**record.extra, MENTION_UNKNOWN: True})
        else:
            record = replace(record, mention_start=found.start, mention_end=found.end)
    if record.target is not None and "target_start" not in values:
        found = find_name(text, record.span, record.target)
        if found is not None:
            record = replace(record, target_start=found.start, target_end=found.end)
    return record


def _one_a_sentence(records: list[Record], rows: list[Row]) -> list[Record]:
    """Checks that no sentence is decided twice; several targets of a sentence, where the file has no ``labelled``, are given ones."""
    decided: dict[tuple[Span, str, str | None], Record] = {}
    several: set[Span] = set()
    for row, record in zip(rows, records, strict=True):
        for task in sorted(record.labelled & set(TASKS)):
            # Several targets of a sentence may each have a stance.
            first = decided.setdefault((record.span, task, record.target if task == "stance" else None), record)
            if getattr(first, task) == getattr(record, task):
                continue
            if task == "target" and "labelled" not in row.values:
                several.add(record.span)
                continue
            raise InputError(
                f"{row.place}: {task} is {getattr(record, task)!r}, but another row of this sentence says {getattr(first, task)!r}; "
                "keep one, or take the task out of `labelled`"
            )
    return [replace(r, labelled=r.labelled - {"target"}) if r.span in several else r for r in records]


def _sentences(article: Article, records: list[Record], rows: list[Row]) -> tuple[Span, ...]:
    """The article's sentences: as given with it, else as we split it if the labels agree, else those that are labelled."""
    spans = {record.span for record in records}
    given = article.sentences
    if given is not None and spans <= set(given):
        return given
    if given is None and "\n" not in article.text[:1] and spans <= set(own := split(article.text)):
        return tuple(own)
    ordered = sorted(spans)
    for first, second in pairwise(ordered):
        if second.start < first.end:
            row = next(row for row, record in zip(rows, records, strict=True) if record.span == second)
            raise InputError(
                f"{row.place}: the sentence {second.start}-{second.end} overlaps {first.start}-{first.end}; check start and end"
            )
    return tuple(ordered)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
