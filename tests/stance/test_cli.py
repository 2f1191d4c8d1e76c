"""The command line from inside: options, one line an error, exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stance import cli
from stance.errors import ModelError
from tests.conftest import ROOT
from tests.stance.fake_labeler import FakeLabeler


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good file and one that has a broken line, and a labeler that needs no model."""
    monkeypatch.chdir(tmp_path)
    good = json.dumps({"id": "a", "text": "Rain is expected. He said so.", "date": "2024-01-02"}) + "\n"
    Path("good.jsonl").write_text(good)
    Path("bad.jsonl").write_text("{broken\n" + good)

    def load(folder: str | None = None, threads: int | None = None, aliases: str | None = None) -> FakeLabeler:
        if folder is not None:
            raise ModelError(f"{folder}: no stance.json\nin it")
        return FakeLabeler(threads=threads or 2)

    monkeypatch.setattr("stance.labeler.load", load)
    return tmp_path


def rows(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_score(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["score", "good.jsonl", "-o", "o.jsonl", "--keep", "date", "--threads", "1"]) == 0
    assert [(r["text"], r["date"]) for r in rows("o.jsonl")] == [
        ("Rain is expected", "2024-01-02"),
        ("He said so.", "2024-01-02"),
    ]
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("1 articles, 2 sentences, ") and err.count("\n") == 1


def test_some_set_aside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["score", "bad.jsonl", "-o", "o.jsonl"]) == 3
    assert [(e["file"], e["line"]) for e in rows("o.jsonl.errors.jsonl")] == [("bad.jsonl", 1)]
    assert "1 set aside (see o.jsonl.errors.jsonl)" in capsys.readouterr().err


def test_other_column_names(here: Path) -> None:
    Path("own.jsonl").write_text(json.dumps({"key": "k", "body": "So it is."}) + "\n")
    assert cli.main(["score", "own.jsonl", "-o", "o.jsonl", "--columns", "text=body,id=key"]) == 0
    assert rows("o.jsonl")[0]["article_id"] == "k"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "frobnicate",
        "score good.jsonl",
        "score -o o.jsonl",
        "score none.jsonl -o o.jsonl",
        "score good.jsonl -o o.docx",
        "score good.jsonl -o /proc/nowhere/o.jsonl",
        "score good.jsonl -o o.jsonl --model folder",
        "score good.jsonl -o o.jsonl --min-score 7",
        "score good.jsonl -o o.jsonl --min-score much",
        "score good.jsonl -o o.jsonl --threads 0",
        "score good.jsonl -o o.jsonl --columns text",
        "score good.jsonl -o o.jsonl --keep speaker",
        "score - -o o.jsonl --engine ray",
        "score good.jsonl -o o.jsonl --partition-by date",
        "score good.jsonl -o o.jsonl --engine steam",
        "score good.jsonl -o o.jsonl --targets none.txt",
        "score good.jsonl -o o.jsonl --aliases none.csv",
        "score good.jsonl -o good.jsonl",
        "score good.jsonl -o - --resume",
        "show good.jsonl -o nowhere/page.html",
        "show good.jsonl -o page.html --model folder",
        "network o.jsonl -o net.graphml",
        "serve --port 99999",
        "serve --max-articles 9 --queue 8",
        "serve --token-file none",
    ],
)
def test_bad_usage_is_one_line_and_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    before = {p: p.read_bytes() for p in here.iterdir()}
    assert cli.main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("stance: ") and err.count("\n") == 1
    assert {p: p.read_bytes() for p in here.iterdir()} == before


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for argument in ("--help", "--version"):
        with pytest.raises(SystemExit) as end:
            cli.main([argument])
        assert end.value.code == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("score", "show", "network", "serve", "stance 0."))


def test_a_disk_that_fills_up(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stance.sinks.Lines.append", full)
    assert cli.main(["score", "good.jsonl", "-o", "o.jsonl"]) == 1
    assert "No space left" in capsys.readouterr().err
    assert cli.main(["score", "good.jsonl", "-o", "o.jsonl"]) == 2
    assert "--resume" in capsys.readouterr().err


def test_interrupted(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stance.sinks.Lines.append", interrupt)
    assert cli.main(["score", "good.jsonl", "-o", "o.jsonl"]) == 130
    assert "--resume" in capsys.readouterr().err


def test_show(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "bad.jsonl", "-o", "page.html"]) == 3
    assert "Rain is expected" in Path("page.html").read_text("utf-8")
    err = capsys.readouterr().err
    assert err.startswith("bad.jsonl:1: ") and err.count("\n") == 1


_REAL = """
import sys
from stance import cli, labeler
from tests.stance.fake_labeler import FakeLabeler
labeler.load = lambda *_: FakeLabeler(pause=0.01)
sys.exit(cli.main(sys.argv[1:]))
"""


def process(source: Path, *options: str, **pipes: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _REAL, "score", str(source), *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, **pipes)


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    source = tmp_path / "many.jsonl"
    source.write_text("".join(json.dumps({"id": f"a{n}", "text": "Rain. " * 300}) + "\n" for n in range(300)))
    run = process(source, "-o", "-", stdout=subprocess.PIPE)
    assert run.stdout is not None and run.stderr is not None
    assert json.loads(run.stdout.readline())["article_id"] == "a0"
    run.stdout.close()
    assert (run.wait(30), run.stderr.read()) == (141, b"")
    run.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_that_is_full(here: Path) -> None:
    with open("/dev/full", "wb") as full:
        run = process(here / "good.jsonl", "-o", "-", stdout=full)
        _, err = run.communicate(timeout=30)
    assert (run.returncode, err) == (1, b"stance: -: cannot be written (No space left on device)\n")


def test_standard_input_flows_through(tmp_path: Path) -> None:
    run = process(Path("-"), "-o", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, err = run.communicate(b'{"id": "x", "text": "Rain."}\n{broken\n', timeout=30)
    assert (run.returncode, json.loads(out)["article_id"]) == (3, "x")
    assert json.loads(err.splitlines()[0])["line"] == 2
    assert b"1 set aside" in err.splitlines()[1]


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_control_c(tmp_path: Path) -> None:
    source, out = tmp_path / "many.jsonl", tmp_path / "o.jsonl"
    source.write_text("".join(json.dumps({"id": f"a{n}", "text": "Rain."}) + "\n" for n in range(20_000)))
    run = process(source, "-o", str(out))
    assert run.stderr is not None
    while not Path(f"{out}.journal").exists():
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    err = run.stderr.read()
    assert run.wait(30) == 130 and b"--resume" in err and err.count(b"\n") == 1
    run.stderr.close()
    assert not Path(f"{out}.lock").exists() and Path(f"{out}.journal").exists()
