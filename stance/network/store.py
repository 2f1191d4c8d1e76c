"""Record files, articles and aliases as tables of a DuckDB database in a temporary folder. No networks.

Everything is text here, whatever the format; memory is bounded, more goes to the disk.
"""

from __future__ import annotations

import glob
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from stance.errors import InputError, SetAside, UsageError
from stance.packed import ending
from stance.sinks import TABLE

TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".sqlite", ".duckdb")
"""Endings of record files; the first four also with .gz or .zst behind."""

MEMORY = "1GB"
BATCH = 5_000
ARTICLE_COLUMNS = ("id", "title", "source", "author", "date", "text")


class Store:
    """The tables ``records``, ``aliases`` (folded name -> name) and ``articles``.

    Attributes:
        db: a DuckDB connection.
        columns: names of the columns of ``records``.
    """

    def __init__(self, db: Any, inputs: Sequence[str]) -> None:
        self.db = db
        paths = [path for path in expand(inputs) if Path(path).stat().st_size]
        if not paths:
            raise InputError(f"{' '.join(inputs)}: empty; expected records as `stance score` writes them")
        views = [self._view(path, f"input_{n}") for n, path in enumerate(paths)]
        self.run(f"create view records as {' union all by name '.join(f'select * from {v}' for v in views)}")
        self.columns = [row[0] for row in self.run("describe records").fetchall()]
        self.run("create table aliases (folded varchar primary key, name varchar)")
        self.run(
            "create table articles (id varchar primary key, title varchar, source varchar, author varchar, date varchar, text varchar)"
        )

    def run(self, query: str, values: Sequence[Any] = ()) -> Any:
        """A query's result.

        Raises:
            InputError: a record file that cannot be read, in one line.
        """
        import duckdb

        try:
            return self.db.execute(query, list(values)) if values else self.db.execute(query)
        except duckdb.Error as error:
            lines = str(error).split("\n\n")[0]
            raise InputError(f"records: {' '.join(lines.split())}; expected files as `stance score` writes them") from error

    def add_aliases(self, names: Mapping[str, str]) -> None:
        """Other names, folded as :func:`stance.aliases.folded` does, and what they stand for."""
        for batch in _batches(names.items()):
            self.db.executemany("insert into aliases values (?, ?)", [list(pair) for pair in batch])

    def add_articles(self, paths: Sequence[str], date: str, *, texts: bool) -> list[SetAside]:
        """Read articles; those that cannot be read are returned.

        Args:
            paths: as ``stance score`` takes them.
            date: the column that holds the day.
            texts: whether their texts are wanted too.
        """
        import pyarrow as pa

        from stance.articles import read

        aside: list[SetAside] = []

        def rows() -> Iterator[tuple[str | None, ...]]:
            for item in read(paths):
                if isinstance(item, SetAside):
                    aside.append(item)
                    continue
                meta = [item.meta.get(name) for name in ("title", "source", "author", date)]
                yield (item.id, *(None if m is None else str(m) for m in meta), item.text if texts else None)

        for batch in _batches(rows()):
            self._fill("articles", pa.table([pa.array(c, pa.string()) for c in zip(*batch, strict=True)], names=ARTICLE_COLUMNS))
        return aside

    def _fill(self, table: str, rows: Any) -> None:
        self.db.register("batch", rows)
        self.run(f"insert into {table} select * from batch")
        self.db.unregister("batch")

    def _view(self, path: str, name: str) -> str:
        """``path`` as a view (or, where DuckDB cannot read it, a table) whose columns are text."""
        kind, _ = ending(path)
        if kind == ".sqlite":
            self._copy_sqlite(path, name)
            return name
        if kind == ".duckdb":
            self.run(f"attach {quoted(path)} as at_{name} (read_only)")
            source = f"at_{name}.{TABLE}"
        else:
            source = self._reader(path, kind)
        columns = [row[0] for row in self.run(f"describe select * from {source}").fetchall()]
        self.run(
            f"create view {name} as select {', '.join(f'{column(c)}::varchar as {column(c)}' for c in columns)} from {source}"
        )
        return name

    def _reader(self, path: str, kind: str) -> str:
        file = quoted(re.sub(r"([\[*?])", r"[\1]", path))  # DuckDB takes these signs for a pattern
        if kind == ".parquet":
            return f"read_parquet({file})"
        if kind in (".csv", ".tsv"):
            delimiter = "','" if kind == ".csv" else r"'\t'"
            return f"read_csv({file}, all_varchar=true, header=true, delim={delimiter}, quote='\"', escape='\"', max_line_size=16777216)"
        lines = f"read_json({file}, format='newline_delimited', maximum_object_size=67108864"
        found = [row[0] for row in self.run(f"describe select * from {lines}, sample_size=-1)").fetchall()]
        # Named as text: a column that is null in the sample would else be read as JSON, with its quotation marks.
        types = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in found)
        return f"{lines}, columns={{{types}}})"

    def _copy_sqlite(self, path: str, name: str) -> None:
        import sqlite3

        import pyarrow as pa

        try:
            with sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True) as source:
                cursor = source.execute(f"select * from {TABLE}")
                names = [d[0] for d in cursor.description]
                self.run(f"create table {name} ({', '.join(f'{column(n)} varchar' for n in names)})")
                while rows := cursor.fetchmany(BATCH):
                    cells = [pa.array([None if v is None else str(v) for v in c], pa.string()) for c in zip(*rows, strict=True)]
                    self._fill(name, pa.table(cells, names=names))
        except sqlite3.Error as error:
            raise InputError(f"{path}: {error}; expected a table `{TABLE}` as `stance score` writes it") from None
        finally:
            if "source" in locals():
                source.close()


@contextmanager
def opened(inputs: Sequence[str]) -> Iterator[Store]:
    """The store of some record files; gone with everything in it when the block ends.

    Args:
        inputs: files and globs, see :data:`TABLES`; ``-`` is JSONL on standard input.

    Raises:
        UsageError: an input that is not there, or of unknown ending.
        InputError: one that cannot be read.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="stance-network-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if "-" in inputs:
            with (folder / "stdin.jsonl").open("wb") as copy:
                shutil.copyfileobj(sys.stdin.buffer, copy)
        db = duckdb.connect(str(folder / "store.duckdb"))
        try:
            db.execute(f"set memory_limit='{MEMORY}'; set temp_directory={quoted(str(folder))}; set enable_progress_bar=false")
            db.execute("set autoinstall_known_extensions=false; set preserve_insertion_order=false")
            yield Store(db, [str(folder / "stdin.jsonl") if i == "-" else i for i in inputs])
        finally:
            db.close()


def expand(inputs: Sequence[str]) -> list[str]:
    """The record files that the inputs name, each once.

    Raises:
        UsageError: an input that names none, or one of unknown ending.
    """
    found: dict[Path, str] = {}
    for given in inputs:
        paths = [given] if Path(given).is_file() else sorted(p for p in glob.glob(given, recursive=True) if Path(p).is_file())
        if not paths:
            raise UsageError(f"{given}: no such file; expected records as `stance score` writes them")
        for path in paths:
            kind, packed = ending(path)
            if kind not in TABLES or (packed and kind not in TABLES[:4]):
                raise UsageError(f"{path}: not a file of records; expected an ending of {' '.join(TABLES)}")
            found.setdefault(Path(path).resolve(), path)
    return list(found.values())


def quoted(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
