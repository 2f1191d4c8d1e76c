"""The record as a row of JSON types, and rows as lines and Arrow tables: what files, the service and the page agree on."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from stance.records import COLUMNS, SCHEMA, Record, to_row

Row = dict[str, Any]
DECIMALS = 4
"""Scores are rounded here and nowhere else."""

_SCORES = tuple(c for c in COLUMNS if pa.types.is_floating(SCHEMA.field(c).type))


def row(record: Record) -> Row:
    """The record as JSON types in column order, kept columns last, scores rounded.

    Raises:
        UnicodeEncodeError: a text cannot be written as UTF-8 (half a surrogate pair).
    """
    flat = {name: _plain(value) for name, value in to_row(record).items()}
    for name in _SCORES:
        if flat[name] is not None:
            flat[name] = round(float(flat[name]), DECIMALS)
    "".join([str(_text(value)) for value in flat.values() if isinstance(value, str | dict | list)]).encode("utf-8")
    return flat


def json_line(row: Mapping[str, Any]) -> bytes:
    """One compact line of JSON in UTF-8, its newline included."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def csv_line(values: Iterable[Any]) -> bytes:
    """One line of CSV in UTF-8, null as an empty cell, its newline included."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(values)  # with "\n" alone, Python < 3.13 leaves "\r" unquoted
    return buffer.getvalue()[:-2].encode("utf-8") + b"\n"


def cells(row: Row, names: Sequence[str]) -> list[Any]:
    """The row as a table holds it: kept columns as text, JSON where they are more than a text."""
    width = len(COLUMNS)
    return [row[n] for n in names[:width]] + [_text(row.get(n)) for n in names[width:]]


def schema(names: Sequence[str]) -> pa.Schema:
    """The Arrow schema of a table with these columns; those that the contract does not name are text."""
    return pa.schema([SCHEMA.field(n) if n in COLUMNS else pa.field(n, pa.string()) for n in names])


def table(rows: Sequence[Row], names: Sequence[str]) -> pa.Table:
    """Rows (at least one) as an Arrow table."""
    columns = list(zip(*(cells(r, names) for r in rows), strict=True))
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema(names), strict=True)], names=list(names))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """JSON types; what JSON has no word for becomes its text, NaN and infinity null."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else str(value)
