"""Sinks: what they write, that they agree, and that they go on from a position."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from stance import sinks
from stance.errors import StanceError, UsageError
from stance.lines import Lines
from stance.records import COLUMNS, Record, from_row
from stance.rows import Row, json_line, row

ENDINGS = ("jsonl", "csv", "parquet", "sqlite", "duckdb")


def rows(first: int, last: int) -> list[Row]:
    return [
        row(
            Record(
                f"a{i}",
                0,
                0,
                9,
                f'He said,\r "no"\n🚢 {i}',
                speaker="Ada Lind" if i % 2 else None,
                speaker_score=0.123456,
                mention_start=0 if i % 2 else None,
                mention_end=2 if i % 2 else None,
                claim_type="assertion",
                claim_type_score=2 / 3,
                labelled=frozenset({"speaker", "claim_type"}),
                model="m/1",
                extra={"tag": {"n": i}},
            )
        )
        for i in range(first, last)
    ]


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of any sink, null as None, scores as four decimals."""
    found: Sequence[Any]
    if path.suffix == ".jsonl":
        found = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
        found = [{**r, "tag": json.dumps(r["tag"])} for r in found]
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            found = [{k: v or None for k, v in r.items()} for r in csv.DictReader(file)]
    elif path.suffix == ".parquet":
        found = pq.read_table(path).to_pylist()
    else:
        found = from_database(path)
    return [
        {k: str(round(v, 4)) if isinstance(v, float) else v and str(v) if v != 0 else "0" for k, v in r.items()} for r in found
    ]


def from_database(path: Path) -> list[dict[str, Any]]:
    connection: Any = sqlite3.connect(path) if path.suffix == ".sqlite" else duckdb.connect(str(path), read_only=True)
    cursor = connection.execute("select * from records" + (" order by rowid" if path.suffix == ".sqlite" else ""))
    names = [d[0] for d in cursor.description]
    found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    connection.close()
    return found


def write(path: Path, *parts: list[Row]) -> None:
    sink = sinks.open_sink(str(path), ("tag",))
    for part in parts:
        sink.append(part)
    sink.commit()
    sink.finish()
    sink.close()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_sink_says_the_same(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"o.{ending}", rows(0, 3), [], rows(3, 5))
    write(tmp_path / "o.jsonl", rows(0, 5))
    got = read(tmp_path / f"o.{ending}")
    assert got == read(tmp_path / "o.jsonl")
    assert list(got[0]) == [*COLUMNS, "tag"]
    assert (got[0]["speaker"], got[1]["speaker"], got[1]["speaker_score"]) == (None, "Ada Lind", "0.1235")
    assert got[4]["text"] == 'He said,\r "no"\n🚢 4'


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_not_committed_is_cut_off(tmp_path: Path, ending: str) -> None:
    whole, cut = tmp_path / f"whole.{ending}", tmp_path / f"cut.{ending}"
    write(whole, rows(0, 9))
    sink = sinks.open_sink(str(cut), ("tag",))
    sink.append(rows(0, 2))
    at = sink.commit()
    sink.append(rows(2, 6))
    sink.commit()  # lasts, but the run was killed before it wrote so down
    sink.append(rows(6, 7))
    sink.close()
    for first, last in ((2, 4), (4, 9)):
        sink = sinks.open_sink(str(cut), ("tag",), at)
        sink.append(rows(first, last))
        at = sink.commit()
        sink.append(rows(0, 1))
        sink.close()
    sink = sinks.open_sink(str(cut), ("tag",), at)
    sink.finish()
    sink.close()
    assert read(cut) == read(whole)
    if ending in ("jsonl", "csv", "parquet"):
        assert cut.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([cut.name, whole.name])


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_rows_are_an_output_too(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"o.{ending}")
    assert read(tmp_path / f"o.{ending}") == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_older_output_is_replaced(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"o.{ending}", rows(0, 9))
    write(tmp_path / f"o.{ending}", rows(3, 4))
    assert [r["article_id"] for r in read(tmp_path / f"o.{ending}")] == ["a3"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_output_that_was_cut_short_is_not_gone_on_with(tmp_path: Path, ending: str) -> None:
    with pytest.raises(UsageError, match="altered"):
        write(tmp_path / f"o.{ending}", rows(0, 1))
        if ending == "parquet":
            (tmp_path / "o.parquet.rows").write_bytes(b"")
        sinks.open_sink(str(tmp_path / f"o.{ending}"), ("tag",), at=1_000_000)


def test_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.parquet.ROW_GROUP", 4)
    write(tmp_path / "o.parquet", rows(0, 10))
    groups = pq.ParquetFile(tmp_path / "o.parquet").metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [4, 4, 2]


def test_duckdb_rows_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "ROW_GROUP", 4)
    sink = sinks.DuckdbFile(str(tmp_path / "o.duckdb"), (*COLUMNS, "tag"))
    sink.append(rows(0, 5))
    assert sink._waiting == []
    assert sink.commit() == 5
    sink.close()


def test_other_tables_of_a_database_stay(tmp_path: Path) -> None:
    path = tmp_path / "o.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("create table mine (x)")
    other.close()
    write(path, rows(0, 1))
    db = sqlite3.connect(path)
    assert {name for (name,) in db.execute("select name from sqlite_master")} == {"mine", "records"}
    db.close()


@pytest.mark.parametrize("ending", ["sqlite", "duckdb"])
def test_a_file_that_is_no_database(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"o.{ending}"
    path.write_text("hello " * 400)
    with pytest.raises(UsageError, match=path.name):
        sinks.open_sink(str(path))
    assert path.read_text().startswith("hello")


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("x.docx", r"\.jsonl \.csv \.parquet \.sqlite \.duckdb"),
        ("x", "no known ending"),
        ("none/x.jsonl", "no folder"),
        ("d.csv", "not writable"),
    ],
)
def test_outputs_that_cannot_be(tmp_path: Path, out: str, why: str) -> None:
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(UsageError, match=why) as caught:
        sinks.check(str(tmp_path / out))
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["d.csv"]


def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(StanceError, match="No space left"), sinks.telling("x.jsonl", OSError):
        raise OSError(28, "No space left on device")


def test_a_row_is_json_and_reads_back() -> None:
    record = Record(
        "a", 1, 2, 5, "Hi.", claim_type="x", claim_type_score=1 / 3, labelled=frozenset({"claim_type"}), extra={"v": float("nan")}
    )
    got = row(record)
    assert (got["claim_type_score"], got["labelled"], got["v"], got["stance"]) == (0.3333, "claim_type", None, None)
    assert from_row(got).claim_type == "x"


def test_what_utf8_cannot_hold_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        row(Record("a", 0, 0, 1, "\ud83d"))
    with pytest.raises(UnicodeEncodeError):
        row(Record("a", 0, 0, 1, "x", extra={"tag": ["\ud83d"]}))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here, the disk that is always full")
def test_closing_on_a_full_disk_does_not_hide_the_error() -> None:
    lines = Lines("/dev/full", json_line)
    lines.append(rows(0, 1))
    with pytest.raises(OSError, match="No space left"):
        lines.commit()
    lines.close()
