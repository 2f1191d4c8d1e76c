"""Labels as articles with records."""
from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
from stance.articles import Article
from stance.records import Record

@dataclass(frozen=True, slots=True)
class Labelled:
    article: Article
    records: tuple[Record, ...]

def articles_file(path: str | Path) -> Path:
    path = Path(path)
    return path.with_name(path.name.removesuffix(".jsonl") + ".articles.jsonl")
