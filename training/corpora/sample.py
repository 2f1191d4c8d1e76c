"""Remakes ``training/sample``: openly licensed articles of the gold corpus, with labels and texts, and some without labels.

Only GUM and re3d: their texts may be passed on. No article of the gold test part is among them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.corpora import gold
from training.corpora.conversion import Conversion, read_lines, write
from training.gold import Labelled

OPEN = ("gum-", "re3d-")
UNSURE = ("gum-interview_gaming", "gum-interview_cyclone")
"""Interviews without marks of who speaks, whose speakers are partly guesses (README of the gold corpus)."""

TRAIN = {"gum-": 20, "re3d-": 20}
UNLABELLED = {"gum-": 3, "re3d-": 3}
LICENCES = {"Wikinews": "CC BY 2.5"}
README = "README.md"


def remake(source: Path, output: Path) -> None:
    """Write ``train``, ``heldout`` (labels and articles), ``articles.jsonl`` and the README.

    Args:
        source: the folder of the gold corpus, ``gum`` and ``re3d`` beside it.
        output: the folder to write to.
    """
    output.mkdir(parents=True, exist_ok=True)
    train = _open(gold.convert(source / "train.jsonl"))
    chosen = [
        item for prefix, size in TRAIN.items() for item in _spread([i for i in train if i.article.id.startswith(prefix)], size)
    ]
    heldout = _open(gold.convert(source / "dev.jsonl"))
    for name, items in (("train", chosen), ("heldout", heldout)):
        write(Conversion("sample", tuple(items), Counter()), output / f"{name}.jsonl")
    articles = _unlabelled(source)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in articles]
    (output / "articles.jsonl").write_text("".join(lines), "utf-8")
    rows = [{"id": item.article.id, **item.article.meta} for item in [*chosen, *heldout]] + articles
    (output / README).write_text(_readme(len(chosen), len(heldout), rows), "utf-8")


def _open(conversion: Conversion) -> list[Labelled]:
    items = [i for i in conversion.items if i.article.id.startswith(OPEN) and i.article.id not in UNSURE]
    return [
        replace(i, article=replace(i.article, meta=_licensed(i.article.meta))) for i in sorted(items, key=lambda i: i.article.id)
    ]


def _spread(items: list[Any], size: int) -> list[Any]:
    """``size`` of the items, evenly spaced, so that every source is among them."""
    return [items[index * len(items) // size] for index in range(min(size, len(items)))]


def _unlabelled(source: Path) -> list[dict[str, Any]]:
    """Articles that no part of the gold corpus labels, as a user would have them: no sentences, no labels."""
    used = {row["article_id"] for part in ("train", "dev", "test") for row in read_lines(source / f"{part}.jsonl")}
    out = []
    for prefix, size in UNLABELLED.items():
        rows = read_lines(source.resolve().parent / prefix.rstrip("-") / "articles.jsonl")
        free = sorted((row for row in rows if row["id"] not in used), key=lambda row: str(row["id"]))
        for row in _spread(free, size):
            kept = {key: row[key] for key in (*gold.META, "text") if row.get(key)}
            out.append({"id": row["id"], **_licensed(kept)})
    return out


def _licensed(meta: Mapping[str, Any]) -> dict[str, Any]:
    licence = LICENCES.get(meta.get("source", ""))
    return {**meta, "licence": licence} if licence else dict(meta)


def _readme(train: int, heldout: int, rows: list[dict[str, Any]]) -> str:
    table = [f"| `{row['id']}` | [{_cell(row['title'])}]({row['url']}) | {row['source']} | {row['licence']} |" for row in rows]
    return _HEAD.format(train=train, heldout=heldout, articles=len(rows) - train - heldout) + "\n".join(table) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("[", "\\[").replace("]", "\\]")


_HEAD = """# Sample

Openly licensed news and press releases with labels, so that every command can be tried without a corpus of your own.

| file | what |
|---|---|
| `train.jsonl`, `train.articles.jsonl` | {train} articles, every sentence labelled: records, and the articles' full texts |
| `heldout.jsonl`, `heldout.articles.jsonl` | {heldout} articles to evaluate on; never train on them |
| `articles.jsonl` | {articles} articles without labels, as you would have them |

The labelled articles come from the train and dev parts of the project's gold corpus; `articles.jsonl` holds articles that it does
not label; nothing comes from its test part. Where every file comes from stands in `training/corpora/sample.py`, whose `remake`
writes this folder again, this page included.

## Labels
Speaker, mention, claim type, stance and target of every sentence, made for this project in November 2026 by a language model that
acted as annotator (whole articles read, no keyword rules), each article once. They are not by paid coders. Labels: CC0.

## Texts
* Wikinews, by way of GUM (Amir Zeldes, "The GUM Corpus: Creating Multilayer Resources in the Classroom", Language Resources and
  Evaluation 51, 2017): texts CC BY 2.5 (https://creativecommons.org/licenses/by/2.5/), by the Wikinews contributors whom each page
  names; sentence bounds from GUM's annotations, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/).
* Press releases, by way of re3d (Defence Science and Technology Laboratory, UK), each under its publisher's terms:
  UK Government: contains public sector information licensed under the Open Government Licence v3.0
  (https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/); US State Department and CENTCOM: works of the US
  Government, public domain; Australian Department of Foreign Affairs: CC BY 3.0 AU
  (https://creativecommons.org/licenses/by/3.0/au/); Delegation of the European Union to Syria: reuse with attribution, source European
  External Action Service.

## Articles
| id | title | source | licence |
|---|---|---|---|
"""
