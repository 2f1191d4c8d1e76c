"""Scoring around the labeler: set-asides, options, and that no kill at any moment changes the output."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance import sinks
from stance.articles import Article
from stance.errors import StanceError, UsageError
from stance.ordering import ordered
from stance.scoring import journal, run
from stance.scoring.job import plan, signature
from stance.scoring.ray import Workers, engine
from stance.scoring.run import COMMIT_SECONDS, Summary, score
from tests.conftest import ROOT
from tests.stance.fake_labeler import FakeLabeler, Labelled
from tests.stance.test_sinks import ENDINGS, from_database


def articles(path: Path, count: int) -> Path:
    """``count`` lines: every seventh broken, every eleventh one that cannot be labelled."""
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            words = "fail" if n % 11 == 5 else "Rain is “expected” 🚢. He said so"
            article = {"id": f"a{n}", "title": f"Day {n}", "text": f"{words}. Number {n}."}
            file.write("{broken\n" if n % 7 == 3 else json.dumps(article, ensure_ascii=False) + "\n")
    return path


def content(out: Path) -> tuple[Any, bytes]:
    """What a run leaves: output and errors file; nothing else may lie beside them."""
    errors = Path(f"{out}.errors.jsonl")
    beside = {p.name for p in out.parent.iterdir() if p.name.startswith(out.name)} - {out.name, errors.name}
    assert not beside, beside
    rows = from_database(out) if out.suffix in (".sqlite", ".duckdb") else out.read_bytes()
    return rows, errors.read_bytes() if errors.exists() else b""


def finished(source: Path, out: Path, **options: Any) -> Summary:
    return score(FakeLabeler(), plan([str(source)], str(out), keep=("title",), **options))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return articles(tmp_path / "in" / "many.jsonl", 60)


def test_what_cannot_be_written_matters_only_where_it_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"id": f"a{n}", "text": "It rains.", "hash": h}) + "\n" for n, h in enumerate(("x", "\0", "\ud800")))
    )
    for ending in (".jsonl", ".parquet", ".sqlite"):
        score(FakeLabeler(), plan([str(tmp_path / "a.jsonl")], str(tmp_path / f"o{ending}")))
        assert not (tmp_path / f"o{ending}.errors.jsonl").exists()
    summary = score(FakeLabeler(), plan([str(tmp_path / "a.jsonl")], str(tmp_path / "kept.jsonl"), keep=("hash",)))
    reasons = [json.loads(line)["reason"] for line in (tmp_path / "kept.jsonl.errors.jsonl").read_text("utf-8").splitlines()]
    assert summary.articles == 1 and ["NUL" in reasons[0], "half a surrogate pair" in reasons[1]] == [True, True]


def test_rows_errors_and_summary(tmp_path: Path, source: Path) -> None:
    summary = finished(source, tmp_path / "o.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    errors = [json.loads(line) for line in (tmp_path / "o.jsonl.errors.jsonl").read_text("utf-8").splitlines()]
    assert summary.articles + summary.set_aside == 60
    assert summary.sentences == summary.fresh == len(rows) == 3 * summary.articles
    assert [r["article_id"] for r in rows[::3]] == [f"a{n}" for n in range(60) if n % 7 != 3 and n % 11 != 5]
    assert rows[0]["title"] == "Day 0" and list(rows[0])[-1] == "title"
    assert {(e["file"], e["line"]) for e in errors if e["file"]} == {(str(source), n + 1) for n in range(60) if n % 7 == 3}
    failed = [e for e in errors if e["article_id"] == "a5"]
    assert failed == [{"file": None, "line": None, "article_id": "a5", "reason": "not labelled (RuntimeError: no such word)"}]
    assert f"{summary.set_aside} set aside (see {tmp_path / 'o.jsonl.errors.jsonl'})" in str(summary)


def test_no_errors_file_without_errors(tmp_path: Path) -> None:
    source, out = articles(tmp_path / "in.jsonl", 3), tmp_path / "o.jsonl"
    Path(f"{out}.errors.jsonl").write_text("of an older run\n")
    assert finished(source, out).set_aside == 0
    assert content(out)[1] == b""
    assert not Path(f"{out}.errors.jsonl").exists()


def test_min_score_leaves_undecided(tmp_path: Path, source: Path) -> None:
    finished(source, tmp_path / "o.jsonl", min_score=0.6)
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert all("stance" not in r["labelled"] and r["stance"] is None and r["target_score"] is None for r in rows)
    assert {"speaker" in r["labelled"] for r in rows} == {True}
    assert {"claim_type" in r["labelled"] for r in rows} == {True, False}


class Naming(FakeLabeler):
    """Every sentence is somebody's."""

    def label(self, article: Article, targets: Any = None) -> Labelled:
        made = super().label(article, targets)
        return Labelled(article, tuple(replace(r, speaker=("Ada", "ada lind", "Bo")[r.sentence]) for r in made.records))


def test_aliases_rename_speakers_and_are_noticed_by_a_resume(tmp_path: Path, source: Path) -> None:
    names, out = tmp_path / "names.csv", tmp_path / "o.jsonl"
    names.write_text("name,also known as\nAda Lind,Ada\n")
    score(Naming(), plan([str(source)], str(out), aliases=str(names)))
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [r["speaker"] for r in rows[:3]] == ["Ada Lind", "Ada Lind", "Bo"]
    assert {r["speaker"] for r in rows} == {"Ada Lind", "Bo"}
    whole = content(out)
    out.unlink()

    journal.Journal(str(out), signature(plan([str(source)], str(out), aliases=str(names)), "fake/1")).save(journal.Progress())
    names.write_text("Ada Lind,Ada|Bo\n")
    with pytest.raises(UsageError, match=r"had --aliases \w+, this one has --aliases \w+;"):
        score(Naming(), plan([str(source)], str(out), aliases=str(names), resume=True))
    with pytest.raises(UsageError, match=r"this one has --aliases none;"):
        score(Naming(), plan([str(source)], str(out), resume=True))
    names.write_text("Ada Lind,Ada\n")  # another file of the same names
    score(Naming(), plan([str(source)], str(out), aliases=str(names), resume=True))
    assert content(out) == whole


def test_standard_output(source: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    finished(source, tmp_path / "o.jsonl")
    summary = finished(source, Path("-"))
    captured = capsysbinary.readouterr()
    assert captured.out == (tmp_path / "o.jsonl").read_bytes()
    assert captured.err == (tmp_path / "o.jsonl.errors.jsonl").read_bytes()
    assert "(see" not in str(summary)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"min_score": 7.0}, "--min-score 7.0"),
        ({"min_score": float("nan")}, "--min-score nan"),
        ({"keep": ("Text",)}, "--keep"),
        ({"keep": ("a", "A")}, "--keep"),
        ({"out": "-", "resume": True}, "--resume"),
        ({"inputs": ["none.jsonl"]}, "none.jsonl"),
        ({"inputs": ["o.jsonl"]}, "is an input too"),
        ({"targets": " , "}, "--targets"),
    ],
)
def test_bad_calls(source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, Any], why: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StanceError, match=why):
        plan(**{"inputs": [str(source)], "out": "o.jsonl", **options})
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_output_in_an_input_folder_is_no_input(source: Path) -> None:
    out = source.parent / "o.jsonl"
    first = finished(source.parent, out)
    assert finished(source.parent, out).articles == first.articles


def test_parts_of_the_output_are_no_input_either(source: Path) -> None:
    before = signature(plan([str(source.parent)], str(source.parent / "o.parquet"), partition_by="date"), "m")["inputs"]
    for place in ("o.parquet.tmp/date=2024", "o.parquet/date=2024"):
        (source.parent / place).mkdir(parents=True)
        (source.parent / place / "part-0.jsonl").write_text('{"text": "x"}\n')
        assert (
            signature(plan([str(source.parent)], str(source.parent / "o.parquet"), partition_by="date"), "m")["inputs"] == before
        )


def test_a_source_is_never_overwritten(source: Path) -> None:
    for inputs in ([str(source.parent)], [str(source.parent / "*.jsonl")]):
        with pytest.raises(UsageError, match="is an input too, and no earlier output"):
            plan(inputs, str(source))


def test_two_runs_on_one_output(tmp_path: Path, source: Path) -> None:
    with journal.lock(str(tmp_path / "o.jsonl")), pytest.raises(UsageError, match="another run"):
        finished(source, tmp_path / "o.jsonl")
    assert finished(source, tmp_path / "o.jsonl").articles > 0


class Killed(BaseException):
    """Stands for SIGKILL where the moment matters."""


def broken_off(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> bool:
    """A run that commits after every item and dies before its ``after``-th step towards disk; whether it came so far."""
    left = iter(range(after))

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def either(*args: Any, **kwargs: Any) -> Any:
            if next(left, None) is None:
                raise Killed
            return step(*args, **kwargs)

        return either

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)  # the test kills no disk
        for home, name in [
            (journal.Journal, "save"),
            (journal.Journal, "remove"),
            (run._Run, "_take"),
            (os, "replace"),
            (sinks.os, "unlink"),
        ]:
            patch.setattr(home, name, dying(getattr(home, name)))
        job = plan([str(source)], str(out), keep=("title",), resume=os.path.exists(f"{out}.journal"))
        try:
            score(FakeLabeler(), job, every=0.0)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("ending", ENDINGS)
def test_killed_between_any_two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    source = articles(tmp_path / "in.jsonl", 6)
    source.write_text("".join(source.read_text("utf-8").splitlines(keepends=True)[2:5]), "utf-8")  # good, broken, good
    finished(source, tmp_path / f"whole.{ending}")
    after = 0
    while broken_off(source, out := tmp_path / f"o{after}.{ending}", monkeypatch, after):
        broken_off(source, out, monkeypatch, 2)
        finished(source, out, resume=True)
        assert content(out) == content(tmp_path / f"whole.{ending}"), after
        after += 1
    assert after > 15


@pytest.mark.parametrize("ending", ENDINGS)
def test_killed_by_the_system_and_resumed(tmp_path: Path, source: Path, ending: str) -> None:
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"o.{ending}"
    finished(source, whole)
    chance = random.Random(ending)
    kept = []
    for resume in ([], ["--resume"]):
        command = [sys.executable, "-m", "tests.stance.fake_labeler", str(source), str(out), "0.02", *resume]
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        before = kept[-1] if kept else -1
        wait(lambda: items(out) > before)  # noqa: B023 - used at once
        time.sleep(chance.random() * 0.2)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kept.append(items(out))
    fake = FakeLabeler()
    summary = score(fake, plan([str(source)], str(out), keep=("title",), resume=True))
    assert 0 < len(fake.seen) < 60 and summary.fresh < summary.sentences
    assert content(out) == content(whole)
    assert summary.articles + summary.set_aside == 60


def items(out: Path) -> int:
    try:
        return int(json.loads(Path(f"{out}.journal").read_text("utf-8"))["progress"]["items"])
    except FileNotFoundError:
        return -1


def wait(come: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not come():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_resume_without_a_journal_starts_anew(tmp_path: Path, source: Path) -> None:
    finished(source, tmp_path / "o.jsonl")
    before = content(tmp_path / "o.jsonl")
    assert finished(source, tmp_path / "o.jsonl", resume=True).fresh > 0
    assert content(tmp_path / "o.jsonl") == before


@pytest.fixture
def half(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output of a run that was killed halfway."""
    assert broken_off(source, tmp_path / "o.jsonl", monkeypatch, 90)
    return tmp_path / "o.jsonl"


def test_an_unfinished_run_is_not_overwritten(source: Path, half: Path) -> None:
    before = half.read_bytes()
    with pytest.raises(UsageError, match="--resume"):
        finished(source, half)
    assert half.read_bytes() == before


def test_another_run_is_not_resumed(source: Path, half: Path) -> None:
    before = half.read_bytes()
    with pytest.raises(UsageError, match=r"--min-score None.* has --min-score 0\.5"):
        finished(source, half, min_score=0.5, resume=True)
    with pytest.raises(UsageError, match=r"model fake/1.* has model fake/2"):
        score(FakeLabeler(identity="fake/2"), plan([str(source)], str(half), keep=("title",), resume=True))
    with source.open("a") as file:
        file.write("\n")
    with pytest.raises(UsageError, match="inputs of 1 files"):
        finished(source, half, resume=True)
    assert half.read_bytes() == before


def test_changed_articles_are_seen_behind_an_unchanged_file(source: Path, half: Path) -> None:
    stat, text = source.stat(), source.read_text("utf-8")
    source.write_text(text.replace("Number 0", "Number 9"), "utf-8")
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(UsageError, match="not those of the run"):
        finished(source, half, resume=True)
    source.write_text(text, "utf-8")
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    finished(source, half, resume=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run": {}, "progress": {"x": 1}}'])
def test_a_journal_that_is_none(source: Path, half: Path, text: str) -> None:
    Path(f"{half}.journal").write_text(text)
    with pytest.raises(UsageError, match="no journal of a run"):
        finished(source, half, resume=True)


def test_an_interrupt_says_how_to_go_on(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt, match="--resume"):
        patch.setattr(run._Run, "_take", interrupt)
        finished(source, tmp_path / "o.jsonl")
    finished(source, tmp_path / "o.jsonl", resume=True)
    finished(source, tmp_path / "whole.jsonl")
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_full_disk_can_be_resumed(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StanceError, match="No space left") as caught:
        patch.setattr(sinks.Lines, "append", full)
        finished(source, tmp_path / "o.jsonl")
    assert not isinstance(caught.value, UsageError)
    assert finished(source, tmp_path / "o.jsonl", resume=True).articles > 0


def test_memory_is_bounded_and_order_kept() -> None:
    """No more than ``2 * threads + 1`` items are taken before the first is given back."""
    gate, taken = threading.Event(), []

    def numbers() -> Iterator[int]:
        for n in range(50):
            taken.append(n)
            yield n

    def slow(n: int) -> int:
        if n == 0:
            gate.wait(5)
        return n

    results = ordered(slow, numbers(), 2)
    threading.Timer(0.1, gate.set).start()
    assert next(results) == 0
    assert len(taken) == 5
    assert list(results) == list(range(1, 50))


def test_commits_cost_little(tmp_path: Path) -> None:
    """A commit writes the journal and syncs two files; every two seconds that is nothing."""
    log, began = journal.Journal(str(tmp_path / "o.jsonl"), {"model": "m"}), time.perf_counter()
    for n in range(5):
        log.save(journal.Progress(items=n))
    assert (time.perf_counter() - began) / 5 < 0.25 * COMMIT_SECONDS
    assert log.begin(resume=True).items == 4


def test_no_bar_where_standard_error_is_no_terminal(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    finished(source, tmp_path / "o.jsonl")
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


def test_without_ray_its_engine_says_how_to_get_it(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"stance\[ray\]"):
        engine(plan([str(source)], str(tmp_path / "o.jsonl")), None, "fake/1", Workers())
