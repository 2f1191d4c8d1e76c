"""Our own labels (``shared/data/gold``): stand-off records, whose texts lie in the sibling folders."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from stance.articles import Article
from stance.errors import InputError
from stance.records import Record, from_row
from stance.spans import Span
from training.corpora import newsmtsc
from training.corpora.conversion import Conversion, labelled, read_lines
from training.gold import Labelled

NAME = "gold"
DIGEST = "text_sha256"
CORRECTIONS = "corrections.jsonl"
"""Beside the package's labels: article_id, sentence, ``was`` and ``now`` (columns), ``reason``."""
META = ("title", "url", "date", "source", "licence")


def convert(source: Path) -> Conversion:
    """Join the labels of a split with the articles' texts.

    Args:
        source: the folder (its ``train.jsonl`` is taken) or one split file; ``gum``, ``re3d``, ``news`` and ``polnear``
            lie beside the folder.
    """
    file = source / "train.jsonl" if source.is_dir() else source
    return join(NAME, read_lines(file), file.resolve().parent.parent)


def join(corpus: str, labels: Iterable[dict[str, Any]], root: Path) -> Conversion:
    """Stand-off rows with the texts of the corpora under ``root``.

    Raises:
        InputError: none of the articles has a text there.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in labels:
        rows.setdefault(str(row.get("article_id")), []).append(row)
    texts = _texts(root, rows)
    drops: Counter[str] = Counter()
    _correct(rows, drops)
    items = []
    for article_id, mine in rows.items():
        known = texts.get(article_id)
        if known is None:
            drops["article without a text beside the labels"] += 1
        elif sha256(known["text"].encode()).hexdigest() != mine[0].get(DIGEST):
            drops["article whose text is not the one that was labelled"] += 1
        else:
            items.append(_join(corpus, article_id, known, mine))
    if not items:
        raise InputError(
            f"{corpus}: none of its {len(rows)} articles has a text; put gum, re3d, news, polnear and newsmtsc into {root}"
        )
    return Conversion(corpus, tuple(items), drops)


def _correct(rows: dict[str, list[dict[str, Any]]], drops: Counter[str]) -> None:
    """Apply :data:`CORRECTIONS` to the rows in place: what an audit found wrong, each with its reason."""
    text = resources.files("training").joinpath("labels", CORRECTIONS).read_text("utf-8")
    places = {(article, row["sentence"]): row for article, mine in rows.items() for row in mine}
    for patch in map(json.loads, text.splitlines()):
        row = places.get((patch["article_id"], patch["sentence"]))
        if row is None:
            continue
        if all(row[column] == value for column, value in patch["was"].items()):
            row.update(patch["now"])
        else:
            drops["correction of a label that reads otherwise"] += 1


def _join(corpus: str, article_id: str, known: dict[str, Any], rows: list[dict[str, Any]]) -> Labelled:
    records = [_record(row, known["text"]) for row in sorted(rows, key=lambda row: row["sentence"])]
    spans = tuple(Span(record.start, record.end) for record in records)
    article = Article(article_id, known["text"], spans, {key: known[key] for key in META if key in known})
    return labelled(article, records, corpus)


def _record(row: dict[str, Any], text: str) -> Record:
    kept = {key: value for key, value in row.items() if key != DIGEST}
    return from_row({**kept, "text": text[row["start"] : row["end"]]})


def _texts(root: Path, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Article id -> its row (``text`` and what is known of it), for those corpora that lie under ``root``; NewsMTSC
    takes long to read, and is only where an article of it is ``wanted``."""
    rows = [row for name in ("gum", "re3d", "news") for row in _rows(root / name / "articles.jsonl")]
    texts = {str(row["id"]): row for row in rows}
    for file in sorted(root.glob("polnear/data/*/text/*.txt")):
        texts[f"polnear-{file.stem}"] = {"text": file.read_bytes().decode("utf-8"), "source": "PolNeAR"}
    if any(i.startswith(f"{newsmtsc.NAME}-") for i in wanted) and (root / newsmtsc.NAME / newsmtsc.TRAIN).is_file():
        texts |= {
            a.id: {"text": a.text, **a.meta} for a in (item.article for item in newsmtsc.convert(root / newsmtsc.NAME).items)
        }
    return texts


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return iter(read_lines(path) if path.is_file() else ())
