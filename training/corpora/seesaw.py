"""SEESAW (Zhang et al., EMNLP 2022): who is for or against whom, sentence by sentence. Never for weights that are shipped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stance.articles import Article
from stance.candidates import proper_names
from stance.errors import InputError
from stance.names import could_name
from stance.records import Record
from stance.spans import Span
from training.corpora.conversion import HELD_OUT, Conversion, held_out, labelled
from training.gold import Labelled
from training.named import find_name

NAME = "seesaw"
STANCES = {"NEG": "oppose", "POS": "support"}
AUTHOR, UNLISTED = "None", "Not in the list"
ALIASES = {
    "Republican Party": ("Republicans", "GOP", "Republican"),
    "Democratic Party": ("Democrats", "Democratic", "Democrat"),
    "Affordable Care Act": ("Obamacare", "ObamaCare", "ACA", "health care law"),
    "United States": ("U.S.", "US", "America", "American"),
    "Russia": ("Kremlin", "Moscow", "Russian", "Russians"),
    "undocumented immigrants": ("illegal immigrants", "illegal aliens", "immigrants"),
    "US-Mexico border wall": ("border wall", "wall"),
}
"""Other names of the corpus's commonest targets."""

_STANCE = frozenset({"stance"})


def convert(source: Path) -> Conversion:
    """Each stance triplet as a row with a given target, its words found in the sentence by name.

    Args:
        source: the folder with ``articles``, ``annotations`` and ``meta``.
    """
    files = sorted((source / "annotations").glob("*.json"))
    if not files:
        raise InputError(f"{source}: no annotations/*.json in it; give the folder of SEESAW")
    drops: Counter[str] = Counter()
    items = []
    for file in files:
        _, triplet, _, number = file.stem.split("_")
        article_id = f"{NAME}-{triplet}-{number}"
        if article_id in held_out():
            drops[HELD_OUT] += 1
            continue
        article = _article(article_id, _json(source / "articles" / file.name), _meta(source, triplet, number))
        items.append(_labels(article, _json(file)["sentence-level stances"], drops))
    return Conversion(NAME, tuple(items), drops)


def _article(article_id: str, row: Mapping[str, Any], meta: Mapping[str, Any]) -> Article:
    """The sentences joined by spaces: the corpus keeps no paragraphs."""
    texts = [sentence["text"].strip() or "-" for sentence in row["text"]]  # ids count empty sentences too
    spans, at = [], 0
    for text in texts:
        spans.append(Span(at, at + len(text)))
        at += len(text) + 1
    return Article(article_id, " ".join(texts), tuple(spans), {"title": row["title"], **meta})


def _labels(article: Article, stances: Mapping[str, list[dict[str, str]]], drops: Counter[str]) -> Labelled:
    records = []
    for index, span in enumerate(article.sentences or ()):
        found: dict[str, set[str]] = {}
        kept: dict[str, Record] = {}
        for triplet in stances.get(str(index), ()):
            record = _record(article, index, span, triplet, drops)
            if record is not None:
                kept.setdefault(str(record.target), record)
                found.setdefault(str(record.target), set()).add(str(record.stance))
        for target, record in kept.items():
            if len(found[target]) > 1:
                drops["target towards which two subjects of a sentence disagree"] += 1
            else:
                records.append(record)
    return labelled(article, records, NAME)


def _record(article: Article, index: int, span: Span, triplet: Mapping[str, str], drops: Counter[str]) -> Record | None:
    subject, target = triplet["subject"], triplet["object"]
    if UNLISTED in (subject, target):
        drops[f"triplet whose {'subject' if subject == UNLISTED else 'object'} is not in the list"] += 1
        return None
    words = find_name(article.text, span, target) or _alias(article.text, span, target)
    if words is None:
        drops["triplet whose object is not named in the sentence"] += 1
        return None
    mention = None if subject == AUTHOR else find_name(article.text, span, subject)
    return Record(
        article.id,
        index,
        *span,
        article.text[slice(*span)],
        speaker=None if subject == AUTHOR else subject,
        mention_start=mention.start if mention else None,
        mention_end=mention.end if mention else None,
        stance=STANCES[triplet["sentiment"]],
        target=target,
        target_start=words.start,
        target_end=words.end,
        labelled=_STANCE,
    )


def _alias(text: str, sentence: Span, target: str) -> Span | None:
    """The proper name of the sentence that can best stand for the target, or one of its :data:`ALIASES`."""
    names = [Span(*name) for name in proper_names(text[slice(*sentence)], [Span(0, sentence.width)])]
    scored = [(could_name(text[sentence.start + n.start : sentence.start + n.end], target), -n.start, n) for n in names]
    best = max(scored, default=(0.0, 0, Span(0, 0)))
    if best[0] > 0:
        return Span(sentence.start + best[2].start, sentence.start + best[2].end)
    return next((found for alias in ALIASES.get(target, ()) if (found := find_name(text, sentence, alias))), None)


def _meta(source: Path, triplet: str, number: str) -> dict[str, Any]:
    for file in sorted((source / "meta").glob(f"*{triplet}*.json")):
        row = _json(file)
        more = row.get(f"Meta info for article {number}") or {}
        return {"source": more.get("source"), "url": more.get("url"), "date": row.get("story_time")}
    return {}


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not readable as JSON ({error}); fetch the file again") from None
