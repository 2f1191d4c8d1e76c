"""NewsMTSC (Hamborg and Donnay, EACL 2021): sentiment towards a marked target in sentences of US political news."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from stance.articles import Article
from stance.records import Record
from stance.spans import Span
from training.corpora.conversion import HELD_OUT, Conversion, held_out, labelled, read_lines
from training.gold import Labelled

NAME = "newsmtsc"
TRAIN = "train.jsonl"
STANCES = {2.0: "oppose", 4.0: "neutral", 6.0: "support"}
_STANCE = frozenset({"stance"})


def convert(source: Path) -> Conversion:
    """Each source article's sentences, joined by spaces in their order, as one article; each target a row.

    Args:
        source: the folder (its ``train.jsonl`` is taken) or one file.
    """
    file = source / TRAIN if source.is_dir() else source
    groups: dict[str, dict[str, list[dict[str, Any]]]] = {}
    order: dict[tuple[str, str], int] = {}
    for row in read_lines(file):
        article, number = place(row["primary_gid"])
        text = row["sentence_normalized"].strip()
        order.setdefault((article, text), number)
        groups.setdefault(article, {}).setdefault(text, []).append(row)
    drops: Counter[str] = Counter()
    items = []
    for article, sentences in groups.items():
        article_id = f"{NAME}-{article}"
        if article_id in held_out():
            drops[HELD_OUT] += 1
            continue
        ordered = sorted(sentences.items(), key=lambda item, article=article: order[article, item[0]])  # type: ignore[misc]
        items.append(_article(article_id, ordered, drops))
    return Conversion(NAME, tuple(items), drops)


def place(gid: str) -> tuple[str, int]:
    """Source article and sentence number of a ``primary_gid``.

    >>> place("allsides_1000_401_25_Reality Leigh Winner_0_6")
    ('allsides_1000_401', 25)
    >>> place("polusa_v1_113704059_-1_35_Northam_148_155")
    ('polusa_v1_113704059_-1', 35)
    """
    parts = gid.split("_")
    size = 4 if parts[0] == "polusa" else 3
    return "_".join(parts[:size]), int(parts[size])


def _article(article_id: str, sentences: list[tuple[str, list[dict[str, Any]]]], drops: Counter[str]) -> Labelled:
    spans, records, at = [], [], 0
    for index, (text, rows) in enumerate(sentences):
        span = Span(at, at + len(text))
        spans.append(span)
        records += _records(article_id, index, span, text, rows, drops)
        at = span.end + 1
    whole = " ".join(text for text, _ in sentences)
    return labelled(Article(article_id, whole, tuple(spans), {"source": article_id.split("-")[1].split("_")[0]}), records, NAME)


def _records(article_id: str, index: int, span: Span, text: str, rows: list[dict[str, Any]], drops: Counter[str]) -> list[Record]:
    out: dict[tuple[int, int], Record] = {}
    for row in rows:
        lead = len(row["sentence_normalized"]) - len(row["sentence_normalized"].lstrip())
        for target in row["targets"]:
            start, end = target["from"] - lead, target["to"] - lead
            stance = STANCES.get(target["polarity"])
            if stance is None or start < 0 or text[start:end] != target["mention"] or not target["mention"].strip():
                drops["target whose offsets or polarity are off"] += 1
            elif (start, end) in out:
                drops["target marked twice"] += 1
            else:
                start, end = start + span.start, end + span.start
                out[start - span.start, end - span.start] = Record(
                    article_id, index, *span, text, stance=stance, target=target["mention"], target_start=start, target_end=end, labelled=_STANCE
                )  # fmt: skip
    return list(out.values())
