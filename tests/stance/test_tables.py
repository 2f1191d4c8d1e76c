"""File -> rows: every ending, what is set aside, and where."""

from __future__ import annotations

import datetime
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from stance.errors import SetAside, UsageError
from stance.tables import READERS, Row, ending, jsonl, parse_columns, rows

TABLE = [{"id": "a", "text": "He said “no”.\r\nThen, she 🚢 left."}, {"id": "b", "text": 'A "quoted" cell, é'}]


def _csv(delimiter: str) -> bytes:
    import csv

    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["id", "text"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(TABLE)
    return text.getvalue().encode()


def _parquet(table: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table), out)
    return out.getvalue()


LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in TABLE).encode()
CONTENT = {
    ".jsonl": LINES,
    ".ndjson": LINES,
    ".json": json.dumps(TABLE, indent=1).encode(),
    ".csv": _csv(","),
    ".tsv": _csv("\t"),
    ".parquet": _parquet(TABLE),
}
PACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}


def make(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def lines(found: Any) -> list[tuple[int | None, str]]:
    return [(row.line, row.reason if isinstance(row, SetAside) else row.values["id"]) for row in found]


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("kind", CONTENT)
def test_every_ending_gives_the_same_rows(tmp_path: Path, kind: str, packed: str) -> None:
    path = make(tmp_path, f"News{kind.upper()}{packed}", PACK[packed](CONTENT[kind]))
    found = list(rows(path))
    assert [row.values for row in found if isinstance(row, Row)] == TABLE
    assert {row.file for row in found} == {str(path)}
    # The first CSV cell holds a line break, so that the second row starts on line 4.
    assert [row.line for row in found] == ([2, 4] if kind in (".csv", ".tsv") else [1, 2])


def test_content_covers_every_reader() -> None:
    assert set(CONTENT) == set(READERS)


def test_jsonl_sets_bad_lines_aside_and_goes_on(tmp_path: Path) -> None:
    bad = b'\xef\xbb\xbf{"id": "a"}\n{broken\n\n{"id": "caf\xe9"}\n[1]\n{"id": "b"}\n' + b"[" * 200_000 + b'\n{"id": "c"}'
    found = lines(rows(make(tmp_path, "bad.jsonl", bad)))
    assert [line for line, _ in found] == [1, 2, 4, 5, 6, 7, 8]
    assert (found[0][1], found[4][1], found[6][1]) == ("a", "b", "c")
    assert "not JSON" in found[1][1] and "not UTF-8" in found[2][1] and "list" in found[3][1] and "nested" in found[5][1]


def test_json_may_be_an_array_an_object_or_lines(tmp_path: Path) -> None:
    assert lines(rows(make(tmp_path, "one.json", b'\xef\xbb\xbf\n{\n "id": "a"\n}\n'))) == [(1, "a")]
    assert lines(rows(make(tmp_path, "lines.json", b'{"id": "a"}\n{"id": "b"}\n'))) == [(1, "a"), (2, "b")]
    assert [line for line, _ in lines(rows(make(tmp_path, "mixed.json", b'[{"id": "a"}, 3, {"id": "b"}]')))] == [1, 2, 3]
    assert "not JSON" in lines(rows(make(tmp_path, "bad.json", b'[{"id": "a"}, ')))[0][1]
    assert lines(rows(make(tmp_path, "empty.json", b"[]"))) == []


def test_csv_counts_lines_and_sets_bad_rows_aside(tmp_path: Path) -> None:
    long = b"x" * 300_000  # more than the csv module's own limit for a cell
    text = (
        b'\xef\xbb\xbfid,text\r\na,"one\r\n\r\ntwo"\r\n\r\nb,caf\xe9\r\nc,1,2\r\nd\r\ne,"bad"quote\r\nf,'
        + long
        + b'\r\ng,"open\r\n'
    )
    found = list(rows(make(tmp_path, "bad.csv", text)))
    assert [row.line for row in found] == [2, 6, 7, 8, 9, 10, 11]
    assert found[0] == Row({"id": "a", "text": "one\r\n\r\ntwo"}, str(tmp_path / "bad.csv"), 2)
    assert isinstance(found[1], SetAside) and "UTF-8" in found[1].reason
    assert isinstance(found[2], SetAside) and "3 cells where the header has 2" in found[2].reason
    assert isinstance(found[3], SetAside) and found[3].reason.startswith("1 cells where the header has 2; write the missing")
    assert isinstance(found[4], SetAside) and isinstance(found[6], SetAside)
    assert isinstance(found[5], Row) and len(found[5].values["text"]) == 300_000


def test_csv_without_a_plain_header_is_set_aside(tmp_path: Path) -> None:
    assert "twice" in lines(rows(make(tmp_path, "twice.csv", b"id,id\n1,2\n")))[0][1]
    assert list(rows(make(tmp_path, "empty.csv", b""))) == []


def test_parquet_gives_dates_as_text_and_null_as_none(tmp_path: Path) -> None:
    table = [{"id": "a", "date": datetime.datetime(2020, 1, 2), "n": None}, {"id": "b", "date": None, "n": 3}]
    found = [row.values for row in rows(make(tmp_path, "t.parquet", _parquet(table))) if isinstance(row, Row)]
    assert found == [{"id": "a", "date": "2020-01-02T00:00:00", "n": None}, {"id": "b", "date": None, "n": 3}]


def test_parquet_sets_a_row_that_is_no_utf8_aside(tmp_path: Path) -> None:
    column = pa.array([b"a", b"caf\xe9", b"c"]).view(pa.string())
    pq.write_table(pa.table({"id": column}), tmp_path / "bad.parquet")
    assert lines(rows(tmp_path / "bad.parquet")) == [(1, "a"), (2, "not UTF-8"), (3, "c")]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_file_cut_off_keeps_what_came_before(tmp_path: Path, packed: str) -> None:
    import random

    rnd = random.Random(0)
    text = "".join(json.dumps({"id": f"{i}", "text": f"{rnd.random()}"}) + "\n" for i in range(9000)).encode()
    whole = PACK[packed](text)
    found = lines(rows(make(tmp_path, f"cut.jsonl{packed}", whole[: len(whole) // 2])))
    assert len(found) > 1000 and found[0] == (1, "0")
    assert "not readable from here on" in found[-1][1]
    assert len(lines(rows(make(tmp_path, f"two.jsonl{packed}", whole + whole)))) == 18_000


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.csv.zst", "x.parquet", "x.parquet.gz"])
def test_a_file_that_is_not_what_its_ending_says(tmp_path: Path, name: str) -> None:
    found = list(rows(make(tmp_path, name, b"not at all what it says\n")))
    assert (
        len(found) == 1 and isinstance(found[0], SetAside) and "not readable" in found[0].reason and "\n" not in found[0].reason
    )


@pytest.mark.parametrize("kind", CONTENT)
def test_a_mapped_column_wins(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path, f"t{kind}", CONTENT[kind])
    found = list(rows(path, {"text": "id"}))
    assert [row.values for row in found if isinstance(row, Row)] == [{"text": "a"}, {"text": "b"}]


def test_a_mapped_column_that_is_absent(tmp_path: Path) -> None:
    csv_file, lines_file = make(tmp_path, "t.csv", CONTENT[".csv"]), make(tmp_path, "t.jsonl", LINES)
    found = list(rows(csv_file, {"text": "body"}))
    assert len(found) == 1 and isinstance(found[0], SetAside) and "'body'" in found[0].reason and "id, text" in found[0].reason
    # JSONL has no header: the row is given without the column, never with another column of that name.
    assert [row.values for row in rows(lines_file, {"text": "body"}) if isinstance(row, Row)] == [{"id": "a"}, {"id": "b"}]


def test_standard_input_is_jsonl() -> None:
    assert lines(jsonl(io.BytesIO(LINES))) == [(1, "a"), (2, "b")]
    assert [row.file for row in jsonl(io.BytesIO(LINES))] == ["-", "-"]


def test_parse_columns() -> None:
    assert parse_columns(None) == parse_columns("") == {}
    assert parse_columns("text=body, id=a=b") == {"text": "body", "id": "a=b"}


@pytest.mark.parametrize("option", ["text", "=body", "text=", "text=a,text=b"])
def test_parse_columns_refuses(option: str) -> None:
    with pytest.raises(UsageError, match="--columns"):
        parse_columns(option)


@pytest.mark.parametrize("name", ["a.docx", "a", "a.gz", "a.sqlite"])
def test_an_unknown_ending_is_one_line_at_once(tmp_path: Path, name: str) -> None:
    path = make(tmp_path, name, b"")
    with pytest.raises(UsageError, match="no table") as error:
        rows(path)
    assert "\n" not in str(error.value) and ".jsonl" in str(error.value)


def test_no_such_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        rows(tmp_path / "none.jsonl")


def test_ending() -> None:
    assert ending("x/News.JSONL.GZ") == (".jsonl", ".gz")
    assert ending("a.b/notes") == ending(".gz") == ("", "")
