"""Parquet laid into folders by a column of the article."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stance import parquet
from stance.errors import UsageError
from stance.scoring.job import plan
from stance.scoring.run import score
from tests.stance.fake_labeler import FakeLabeler
from tests.stance.test_scoring import Killed

DAYS = ("2024-05-01", "2024-05-02T10:11:12Z", None, "May / June", "2024-05-02")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"id": f"a{n}", "date": DAYS[n % 5], "text": f"N {n}. So."}) + "\n" for n in range(10)))
    return path


def finished(source: Path, out: Path, **options: object) -> None:
    score(FakeLabeler(), plan([str(source)], str(out), partition_by="date", **options))  # type: ignore[arg-type]


def files(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def test_a_folder_for_each_day(tmp_path: Path, source: Path) -> None:
    finished(source, tmp_path / "o.parquet")
    folders = sorted(p.name for p in (tmp_path / "o.parquet").iterdir())
    assert folders == ["date=2024-05-01", "date=2024-05-02", "date=May%20%2F%20June", "date=__HIVE_DEFAULT_PARTITION__"]
    found = pq.read_table(tmp_path / "o.parquet").to_pylist()
    assert len(found) == 20 and {r["article_id"] for r in found if r["date"] == "2024-05-02"} == {"a1", "a4", "a6", "a9"}
    assert {p.name for p in tmp_path.iterdir()} == {"in.jsonl", "o.parquet"}


def test_a_second_run_replaces_the_first(tmp_path: Path, source: Path) -> None:
    finished(source, tmp_path / "o.parquet")
    before = files(tmp_path / "o.parquet")
    source.write_text(source.read_text().splitlines()[0] + "\n")
    finished(source, tmp_path / "o.parquet")
    assert list(files(tmp_path / "o.parquet")) == ["date=2024-05-01/part-0.parquet"] and len(before) == 4


def test_a_row_needs_few_open_files(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 2)
    monkeypatch.setattr(parquet, "OPEN_FILES", 2)
    finished(source, tmp_path / "o.parquet")
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 20


def test_a_value_that_no_folder_can_bear_costs_its_article_alone(tmp_path: Path, source: Path) -> None:
    days = ["x" * 250, "ö" * 42, "2024-05-01T" + "0" * 300]  # 255, 257 and 15 bytes with "date="
    lines = [json.dumps({"id": f"b{n}", "date": day, "text": "So."}) for n, day in enumerate(days)]
    source.write_text("\n".join(lines) + "\n")
    finished(source, tmp_path / "o.parquet")
    assert [r["article_id"] for r in pq.read_table(tmp_path / "o.parquet").to_pylist()] == ["b2", "b0"]
    (aside,) = map(json.loads, (tmp_path / "o.parquet.errors.jsonl").read_text().splitlines())
    assert aside["article_id"] == "b1" and aside["reason"].startswith(
        "`date` is too long for --partition-by: as a folder's name 257 bytes"
    )


@pytest.mark.parametrize("step", ["rmtree", "replace"])
def test_killed_as_it_finishes(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    finished(source, tmp_path / "whole.parquet")
    finished(source, tmp_path / "o.parquet")  # so that there is a folder to replace

    def killed(path: str, *_: object, **__: object) -> None:
        if step == "replace" or path == str(tmp_path / "o.parquet"):
            raise Killed

    home = parquet.shutil if step == "rmtree" else parquet.os
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if step == "replace":
            keep = parquet.os.replace
            patch.setattr(home, step, lambda a, b: killed(a) if str(a).endswith(".parquet.tmp") else keep(a, b))
        else:
            patch.setattr(home, step, killed)
        finished(source, tmp_path / "o.parquet")
    finished(source, tmp_path / "o.parquet", resume=True)
    assert files(tmp_path / "o.parquet") == files(tmp_path / "whole.parquet")
    assert {p.name for p in tmp_path.iterdir()} == {"in.jsonl", "o.parquet", "whole.parquet"}


def test_no_articles_give_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{broken\n")
    finished(tmp_path / "in.jsonl", tmp_path / "o.parquet")
    assert files(tmp_path / "o.parquet") == {}


@pytest.mark.parametrize("there", ["folder", "file"])
def test_what_is_not_ours_stays(tmp_path: Path, source: Path, there: str) -> None:
    out = tmp_path / "o.parquet"
    if there == "folder":
        (out / "mine").mkdir(parents=True)
    else:
        out.write_bytes(b"mine")
    with pytest.raises(UsageError, match="a folder of its own"):
        finished(source, out)
    assert out.exists()


def test_only_parquet_has_folders(tmp_path: Path, source: Path) -> None:
    with pytest.raises(UsageError, match=r"--partition-by date: only Parquet"):
        finished(source, tmp_path / "o.csv")
