"""File -> rows, each with its file and line. Which endings are tables, and ``--columns``, are decided here, once.

No meaning of columns: articles, records and targets are read through :func:`rows` alike. Everything streams in constant
memory, except a ``.json`` file that holds one array (use JSONL for large ones).
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stance.errors import SetAside, UsageError
from stance.packed import damage, damages, ending, open_bytes, shown

PARQUET_BATCH = 256
"""Rows held at a time: some 2 MB of article text."""

csv.field_size_limit(2**31 - 1)  # the default of 128 kB is less than a long article; a C long on Windows holds no more


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        values: column -> value, ``--columns`` already applied; CSV gives strings only.
        file: path as the user gave it, ``-`` for standard input.
        line: 1-based: the line where the row starts (JSONL, CSV), else the row's number (Parquet, a JSON array).
    """

    values: Mapping[str, Any]
    file: str
    line: int


Rows = Iterator[Row | SetAside]


def parse_columns(option: str | None) -> dict[str, str]:
    """The mapping that ``--columns`` asks for: our column -> the file's.

    >>> parse_columns("text=body, id=url")
    {'text': 'body', 'id': 'url'}

    Raises:
        UsageError: a part without ``=``, an empty name, or a column of ours named twice.
    """
    columns: dict[str, str] = {}
    for part in (option or "").split(","):
        ours, sign, theirs = (piece.strip() for piece in part.partition("="))
        if not part.strip():
            continue
        if not (ours and sign and theirs):
            raise UsageError(f"--columns: {part.strip()!r} is no mapping; expected OURS=THEIRS, as in text=body,id=url")
        if ours in columns:
            raise UsageError(f"--columns: {ours!r} is mapped twice, to {columns[ours]!r} and to {theirs!r}; keep one")
        columns[ours] = theirs
    return columns


def rows(path: str | Path, columns: Mapping[str, str] | None = None) -> Rows:
    """The rows of a table in file order; what cannot be read is set aside with its line, and the rest goes on.

    Args:
        path: a file with one of :data:`READERS`' endings, ``.gz`` or ``.zst`` behind it or not.
        columns: our column -> the file's; a mapped column wins over one that already bears our name.

    Raises:
        UsageError: an ending that is no table, or no such file (both at once, not at the first row).
    """
    kind, _ = ending(path)
    if kind not in READERS:
        raise UsageError(f"{path}: {kind or 'no ending'} is no table; expected {', '.join(READERS)}, or these with .gz or .zst")
    if not Path(path).is_file():
        raise UsageError(f"{path}: no such file")
    return _read(path, shown(path), kind, columns or {})


def jsonl(stream: IO[bytes], columns: Mapping[str, str] | None = None, file: str = "-") -> Rows:
    """The rows of a JSONL stream, such as standard input."""
    return _renamed(_guarded(_jsonl(stream, file), file), columns or {})


def _read(path: str | Path, file: str, kind: str, columns: Mapping[str, str]) -> Rows:
    try:
        stream = open_bytes(path)
    except OSError as error:
        yield SetAside(file, None, None, damage(error))
        return
    with stream:
        yield from _renamed(_guarded(READERS[kind](stream, file), file), columns, headed=kind in HEADED)


def _guarded(found: Rows, file: str) -> Rows:
    """``found``, ended by a row set aside where the file's bytes are damaged."""
    line = 0
    try:
        for row in found:
            line = row.line or line
            yield row
    except damages() as error:
        yield SetAside(file, line + 1, None, damage(error))


def _renamed(found: Rows, columns: Mapping[str, str], headed: bool = False) -> Rows:
    """``found`` with ``--columns`` applied; a headed table without such a column is set aside once, not row by row."""
    for row in found:
        if isinstance(row, SetAside) or not columns:
            yield row
            continue
        absent = [theirs for theirs in columns.values() if theirs not in row.values]
        if headed and absent:
            reason = f"no column {', '.join(map(repr, absent))} as --columns asks for; found {', '.join(map(str, row.values))}"
            yield SetAside(row.file, row.line, None, reason)
            return
        yield Row(_rename(row.values, columns), row.file, row.line)


def _rename(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The row with our names beside the file's own, which ``--keep`` may still ask for; an ``id`` that is said to be the text
    is no id as well."""
    mapped = {ours: values[theirs] for ours, theirs in columns.items() if theirs in values}
    gone = (_READ & set(columns.values())) | ({"text"} & set(columns))  # where the asked text is absent, no other is it
    return {**{name: value for name, value in values.items() if name not in gone}, **mapped}


_READ = frozenset(["id", "text", "sentences"])
"""Columns that mean something to us by their names."""


def _jsonl(stream: IO[bytes], file: str, first_line: int = 1) -> Rows:
    for number, raw in enumerate(stream, first_line):
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if raw.strip():
            yield _object(raw, file, number)


def _object(raw: bytes, file: str, line: int) -> Row | SetAside:
    try:
        value = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return SetAside(file, line, None, f"not UTF-8: {error.reason} at byte {error.start} of the line")
    except (ValueError, RecursionError) as error:
        return SetAside(file, line, None, _not_json(error))
    return _row(value, file, line)


def _not_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos}"
    return "not JSON: too deeply nested" if isinstance(error, RecursionError) else f"not JSON: {error}"


def _row(value: Any, file: str, line: int) -> Row | SetAside:
    if isinstance(value, dict):
        return Row(value, file, line)
    return SetAside(file, line, None, f'not a JSON object but {type(value).__name__}; expected {{"text": …}}')


def _json(stream: IO[bytes], file: str) -> Rows:
    """A ``.json`` file: an array of objects, one object over many lines, or in truth JSONL."""
    head = stream.readline()
    while head and not head.removeprefix(codecs.BOM_UTF8).strip():
        head = stream.readline()
    head = head.removeprefix(codecs.BOM_UTF8)
    if head.lstrip()[:1] == b"{" and isinstance(_object(head, file, 1), Row):
        yield _object(head, file, 1)
        yield from _jsonl(stream, file, first_line=2)
        return
    try:
        value = json.loads((head + stream.read()).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        yield SetAside(file, 1, None, _not_json(error))
        return
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row(item, file, number)


def _csv(stream: IO[bytes], file: str, delimiter: str = ",") -> Rows:
    # Bytes that are no UTF-8 become lone surrogates, so that they spoil their own row and not the file.
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _csv_rows(csv.reader(text, delimiter=delimiter, strict=True), file)
    finally:
        text.detach()  # whoever opened the stream closes it


def _csv_rows(reader: Any, file: str) -> Rows:
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield SetAside(file, line, None, f"not CSV: {error}")
            continue
        if not cells:
            continue
        if header is not None:
            yield _cells(header, cells, file, line)
            continue
        header = cells
        if not _is_utf8(header):
            yield SetAside(file, line, None, "the header is not UTF-8; save the file as UTF-8")
            return
        double = sorted({name for name in header if name and header.count(name) > 1})
        if double:
            yield SetAside(file, line, None, f"columns named twice in the header: {', '.join(double)}; rename one")
            return


def _cells(header: list[str], cells: list[str], file: str, line: int) -> Row | SetAside:
    if len(cells) != len(header):  # a row cut short, or the rest of one that was badly quoted: its cells are not to be believed
        remedy = (
            "quote cells that hold commas" if len(cells) > len(header) else "write the missing cells, or end an open quotation"
        )
        return SetAside(file, line, None, f"{len(cells)} cells where the header has {len(header)}; {remedy}")
    values = {name: cell for name, cell in zip(header, cells, strict=True) if name}
    if not _is_utf8(cells):
        return SetAside(file, line, None, "not UTF-8; save the file as UTF-8")
    return Row(values, file, line)


def _is_utf8(cells: Sequence[str]) -> bool:
    try:
        "".join(cells).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _tsv(stream: IO[bytes], file: str) -> Rows:
    return _csv(stream, file, delimiter="\t")


def _parquet(stream: IO[bytes], file: str) -> Rows:
    import pyarrow.parquet as pq

    with tempfile.TemporaryFile() as unpacked:
        if not isinstance(stream, io.BufferedReader) or not isinstance(stream.raw, io.FileIO):
            shutil.copyfileobj(stream, unpacked)  # Parquet is read from its end, which a compressed stream cannot do
            unpacked.seek(0)
            stream = unpacked
        line = 0
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=PARQUET_BATCH):
            for index in range(batch.num_rows):
                line += 1
                yield _cells_of(batch, index, file, line)


def _cells_of(batch: Any, index: int, file: str, line: int) -> Row | SetAside:
    try:
        values = {name: column[index].as_py() for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    except UnicodeDecodeError:
        return SetAside(file, line, None, "not UTF-8")
    except (ValueError, OverflowError) as error:  # a time that Python has no date for
        return SetAside(file, line, None, f"a cell that cannot be read: {error}")
    return Row({name: _plain(value) for name, value in values.items()}, file, line)


def _plain(value: Any) -> Any:
    """Dates as ISO text, as every other format has them."""
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


READERS: Mapping[str, Callable[[IO[bytes], str], Rows]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _tsv,
    ".parquet": _parquet,
}
"""Ending -> what reads it; the list of tables that the project knows."""

HEADED = frozenset({".csv", ".tsv", ".parquet"})
"""Tables whose columns are the same in every row."""
