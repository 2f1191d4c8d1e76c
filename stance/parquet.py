"""Rows into Parquet: one file, or a folder of files by a column. Rows wait as lines until the run is over."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import pyarrow as pa

from stance.errors import InputError, UsageError
from stance.lines import Lines
from stance.rows import Row, json_line, schema, table

ROW_GROUP = 20_000
"""Rows of a row group."""

OPEN_FILES = 100
"""Files of a folder that are open at once; one that is needed again is gone on with in a second file."""

_LONGEST_NAME = 255
"""Bytes of a file's name, on every common file system."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=[T ]|$)")


class Parquet:
    """Parquet cannot be appended to: rows wait as lines in ``OUT.rows`` and become row groups at the end.

    So row groups depend on the rows alone, and a run that was resumed gives the same bytes.

    Args:
        path: the file, or with ``by`` the folder; one that an earlier run wrote is replaced.
        names: columns of the rows.
        at: go on after this position.
        by: a kept column: write a folder of files, one folder for each of its values (``date=2024-05-01/part-0.parquet``).
            Hive's layout, which DuckDB, pandas, Spark and Arrow read as one table. Of a date with a time only the day counts.
    """

    def __init__(self, path: str, names: tuple[str, ...], at: int | None = None, by: str | None = None) -> None:
        self._path, self._names, self._by, self._waiting, self._finished = path, names, by, f"{path}.rows", False
        self._lines = Lines(self._waiting, json_line, at=at)

    def append(self, rows: Iterable[Row]) -> None:
        self._lines.append(rows)

    def commit(self) -> int:
        return self._lines.commit()

    def finish(self) -> None:
        self._lines.commit()
        temporary = f"{self._path}.tmp"
        with open(self._waiting, "rb") as lines:
            if self._by is None:
                _write_file(_blocks(lines), self._names, temporary)
            else:
                _write_folder(_blocks(lines), self._names, self._by, temporary)
                shutil.rmtree(self._path, ignore_errors=True)
        os.replace(temporary, self._path)
        self._finished = True

    def close(self) -> None:
        self._lines.close()
        if self._finished:
            os.unlink(self._waiting)


def _blocks(lines: BinaryIO) -> Iterator[list[Row]]:
    """The rows that wait, a row group at a time."""
    while block := [json.loads(line) for line in islice(lines, ROW_GROUP)]:
        yield block


def _write_file(blocks: Iterable[list[Row]], names: tuple[str, ...], path: str) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema(names), compression="zstd") as writer:
        for block in blocks:
            writer.write_table(table(block, names), row_group_size=ROW_GROUP)


def _write_folder(blocks: Iterable[list[Row]], names: tuple[str, ...], by: str, path: str) -> None:
    import pyarrow.dataset as dataset

    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)  # there even where no row is
    dataset.write_dataset(
        (batch for block in blocks for batch in table([_by_day(row, by) for row in block], names).to_batches()),
        path,
        schema=schema(names),
        format="parquet",
        file_options=dataset.ParquetFileFormat().make_write_options(compression="zstd"),
        partitioning=dataset.partitioning(pa.schema([(by, pa.string())]), flavor="hive"),
        basename_template="part-{i}.parquet",
        existing_data_behavior="overwrite_or_ignore",
        max_partitions=2**30,
        max_open_files=OPEN_FILES,
        use_threads=False,
    )


def _by_day(row: Row, by: str) -> Row:
    value = row.get(by)
    day = _DAY.match(value) if isinstance(value, str) else None
    return {**row, by: day.group()} if day else row


def check_partition(by: str, value: object) -> None:
    """Whether a folder can bear this value of the column ``by``.

    Raises:
        InputError: its name would be longer than file systems allow; found at the end, it would cost the whole run.
    """
    name = f"{by}={quote(str(_by_day({by: value}, by)[by]), safe='')}"
    if len(name) > _LONGEST_NAME:
        raise InputError(f"`{by}` is too long for --partition-by: as a folder's name {len(name)} bytes, at most {_LONGEST_NAME}")


def check_folder(path: str, by: str) -> None:
    """Whether a run may put its folder at ``path``.

    Raises:
        UsageError: something lies there that no such run wrote.
    """
    there = Path(path)
    foreign = [p.name for p in there.iterdir() if not p.name.startswith(f"{by}=")] if there.is_dir() else []
    if foreign or there.is_file():
        raise UsageError(f"-o {path}: {'is a file' if there.is_file() else f'holds {foreign[0]}'}; give a folder of its own")
