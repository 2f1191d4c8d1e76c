"""Rows of records into JSONL, CSV, Parquet, SQLite, DuckDB or standard output. No scoring.

A sink is ready when it is made. ``commit`` makes what was appended last, also through SIGKILL, and says where that is; a
run that was killed makes its sink again ``at`` the position that it remembers, and whatever lies behind is cut off.
Memory is constant.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from stance.errors import StanceError, UsageError
from stance.lines import Lines, altered
from stance.parquet import ROW_GROUP, Parquet, check_folder
from stance.records import COLUMNS
from stance.rows import Row, cells, csv_line, json_line, schema, table

TABLE = "records"


class Sink(Protocol):
    """Where rows go."""

    def append(self, rows: Iterable[Row]) -> None:
        """Take rows of :func:`stance.rows.row`; they last from the next ``commit`` on."""

    def commit(self) -> int:
        """Make everything appended last; the position to give as ``at`` when the run goes on (bytes or rows)."""

    def finish(self) -> None:
        """The run is over and committed: turn the output into what its reader expects. May be called again after a kill."""

    def close(self) -> None:
        """Let go of the file; after ``finish``, also remove what only a resumed run needs."""


def check(out: str, partition_by: str | None = None) -> None:
    """Whether ``out`` can be written, without writing it; ``partition_by`` as in :func:`open_sink`.

    Raises:
        UsageError: an ending that no sink has, or a folder that is absent or not writable.
    """
    if partition_by is not None and Path(out).suffix.lower() != ".parquet":
        raise UsageError(f"--partition-by {partition_by}: only Parquet is laid into folders; end the output in .parquet")
    if out == "-":
        return
    if Path(out).suffix.lower() not in _KINDS:
        raise UsageError(f"-o {out}: no known ending; expected one of {' '.join(_KINDS)}, or - for JSONL on standard output")
    folder = Path(out).parent
    if not folder.is_dir():
        raise UsageError(f"-o {out}: no folder {folder}; make it first")
    if partition_by is not None:
        check_folder(out, partition_by)
    if (Path(out).is_dir() and partition_by is None) or not os.access(out if os.path.exists(out) else folder, os.W_OK):
        raise UsageError(f"-o {out}: not writable; choose another place")


def open_sink(out: str, keep: Sequence[str] = (), at: int | None = None, partition_by: str | None = None) -> Sink:
    """The sink for ``out``'s ending.

    Args:
        out: a path; an existing file is replaced (in SQLite and DuckDB, its table ``records``).
        keep: names of the kept columns, after the contract's. Text in every format but JSONL.
        at: go on after this position; ``None`` starts afresh.
        partition_by: one of ``keep``; Parquet then is a folder, see :class:`stance.parquet.Parquet`.

    Raises:
        UsageError: see :func:`check`; or the file is not what stood at ``at``.
    """
    check(out, partition_by)
    with telling(out, OSError, raising=UsageError):
        if partition_by is not None:
            return Parquet(out, (*COLUMNS, *keep), at, partition_by)
        return _KINDS[Path(out).suffix.lower()](out, (*COLUMNS, *keep), at)


@contextmanager
def telling(place: str, *kinds: type[Exception], raising: type[StanceError] = StanceError) -> Iterator[None]:
    """Errors of the file system or a database, as one line about ``place``; a closed pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except kinds as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise raising(f"{place}: cannot be written ({what})") from error


class SqliteFile:
    """Table ``records``, one transaction a commit; its position is the number of rows."""

    def __init__(self, path: str, names: tuple[str, ...], at: int | None = None) -> None:
        import sqlite3

        self._path, self._names, self._errors = path, names, sqlite3.Error
        self._insert = f"insert into {TABLE} values ({', '.join('?' * len(names))})"
        with telling(path, sqlite3.Error, raising=UsageError):
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("begin immediate")
            if at is None:
                self._db.execute(f"drop table if exists {TABLE}")
                self._db.execute(f"create table {TABLE} ({', '.join(_declared(names, _SQLITE))})")
            elif _count(self._db) < at:
                raise altered(path)
            else:
                self._db.execute(f"delete from {TABLE} where rowid > ?", [at])
            self._rows = at or 0

    def append(self, rows: Iterable[Row]) -> None:
        filled = [cells(r, self._names) for r in rows]
        with telling(self._path, self._errors):
            self._db.executemany(self._insert, filled)
        self._rows += len(filled)

    def commit(self) -> int:
        with telling(self._path, self._errors):
            self._db.execute("commit")
            self._db.execute("begin immediate")
        return self._rows

    def finish(self) -> None:
        self.commit()

    def close(self) -> None:
        with suppress(self._errors):  # what was not committed is not wanted
            self._db.execute("rollback")
        self._db.close()


class DuckdbFile:
    """Table ``records``, filled from Arrow tables at each commit; its position is the number of rows."""

    def __init__(self, path: str, names: tuple[str, ...], at: int | None = None) -> None:
        import duckdb

        self._path, self._names, self._errors = path, names, duckdb.Error
        self._waiting: list[Row] = []
        with telling(path, duckdb.Error, raising=UsageError):
            self._db = duckdb.connect(path)
            self._db.execute("begin")
            if at is None:
                self._db.execute(f"create or replace table {TABLE} ({', '.join(_declared(names, _DUCKDB))})")
            elif (count := _count(self._db)) < at:
                raise altered(path)
            elif count > at:
                # Row ids may be dealt out anew when DuckDB tidies up, order of insertion is kept: so copy, do not delete.
                self._db.execute(f"create or replace table {TABLE} as select * from {TABLE} limit {at}")
            self._rows = at or 0

    def append(self, rows: Iterable[Row]) -> None:
        self._waiting.extend(rows)
        if len(self._waiting) >= ROW_GROUP:
            self._insert()

    def commit(self) -> int:
        self._insert()
        with telling(self._path, self._errors):
            self._db.execute("commit")
            self._db.execute("begin")
        return self._rows

    def finish(self) -> None:
        self.commit()

    def close(self) -> None:
        with suppress(self._errors):
            self._db.execute("rollback")
        self._db.close()

    def _insert(self) -> None:
        if not self._waiting:
            return
        with telling(self._path, self._errors):
            self._db.register("waiting", table(self._waiting, self._names))
            self._db.execute(f"insert into {TABLE} select * from waiting")
            self._db.unregister("waiting")
        self._rows += len(self._waiting)
        self._waiting = []


def _jsonl(path: str, names: tuple[str, ...], at: int | None) -> Sink:
    return Lines(path, json_line, at=at)


def _csv(path: str, names: tuple[str, ...], at: int | None) -> Sink:
    return Lines(path, lambda r: csv_line(cells(r, names)), csv_line(names), at)


_KINDS: dict[str, Callable[[str, tuple[str, ...], int | None], Sink]] = {
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".parquet": Parquet,
    ".sqlite": SqliteFile,
    ".duckdb": DuckdbFile,
}
_SQLITE = {"string": "text", "int32": "integer", "int64": "integer", "float": "real"}
_DUCKDB = {"string": "varchar", "int32": "integer", "int64": "bigint", "float": "float"}


def _declared(names: Sequence[str], types: Mapping[str, str]) -> list[str]:
    return ['"{}" {}'.format(f.name.replace('"', '""'), types[str(f.type)]) for f in schema(names)]


def _count(db: Any) -> int:
    [(count,)] = db.execute(f"select count(*) from {TABLE}").fetchall()  # all: DuckDB 2 wants a result read to its end
    return int(count)
