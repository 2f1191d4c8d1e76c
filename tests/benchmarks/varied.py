"""Any number of different articles made of some: a copy opens with a sentence of its own, so none is an exact repeat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from stance.articles import Article, read


def texts(path: str, number: int) -> Iterator[str]:
    """``number`` texts of the articles in ``path``, again and again."""
    found = [item.text for item in read([path]) if isinstance(item, Article)]
    endless = (text if turn == 0 else f"This is edition {turn}. {text}" for turn in count() for text in found)
    return islice(endless, number)


BLOCK = 1_000
"""Articles between a text and its next copy."""


def write(path: Path, number: int, source: str, characters: int | None = None, copies: int = 1) -> Path:
    """A JSONL file of such articles, cut to ``characters``; with ``copies``, each text is that of so many articles."""
    found = texts(source, -(-number // copies))
    copied = (text for block in iter(lambda: list(islice(found, BLOCK)), []) for _ in range(copies) for text in block)
    with path.open("w", encoding="utf-8") as file:
        for n, text in enumerate(islice(copied, number)):
            file.write(json.dumps({"id": f"a{n}", "date": f"2024-{n % 12 + 1:02}-01", "text": text[:characters]}) + "\n")
    return path
