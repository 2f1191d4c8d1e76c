"""Stand-in until stance.tables is there: JSONL only."""
from __future__ import annotations
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class TableRow:
    file: str
    line: int
    values: Mapping[str, Any]


def rows(path: str | Path, columns: Mapping[str, str]) -> Iterator[TableRow]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield TableRow(str(path), number, json.loads(line))
