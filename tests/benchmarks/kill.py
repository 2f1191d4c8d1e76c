"""``stance score`` with the shipped model, killed at random moments and resumed: is the output that of a run never killed?

    python -m tests.benchmarks.kill [--kills 20] [--number 60] [--endings jsonl csv parquet sqlite duckdb]

Each ending's run is killed (SIGKILL to its process group) again and again, each time at a random moment of the time that a whole
run takes, loading included; after ``--kills`` kills it may finish. Then follow, once each: a disk that fills up, Ctrl-C, a reader
that goes away, a second run on the same output, inputs that changed, an output that cannot be written.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from tests.benchmarks.varied import write

ENDINGS = ("jsonl", "csv", "parquet", "sqlite", "duckdb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", default="training/sample/articles.jsonl")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--number", type=int, default=60, help="articles")
    parser.add_argument("--endings", nargs="+", default=list(ENDINGS), choices=ENDINGS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, failed = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        source = write(here / "in.jsonl", options.number, options.articles)
        with source.open("a") as file:
            file.write("{broken\n")  # a set-aside, status 3
        for ending in options.endings:
            same, told = killed(source, here / ending, ending, options.kills, chance)
            failed += not same
            print(f"{ending:8} {told}", flush=True)
        for check in (full_disk, interrupted, reader_gone, two_runs, changed_inputs, unwritable):
            (here / check.__name__).mkdir()
            why = check(source, here / check.__name__)
            failed += why is not None
            print(f"{check.__name__:16} {why or 'as it should be'}", flush=True)
    raise SystemExit(1 if failed else 0)


def command(source: Path, out: Path | str, *options: str) -> list[str]:
    return [sys.executable, "-m", "stance", "score", str(source), "-o", str(out), "--keep", "date", *options]


def run(line: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, capture_output=True, text=True, **options)


def killed(source: Path, folder: Path, ending: str, kills: int, chance: random.Random) -> tuple[bool, str]:
    """Whether the output of the killed run is that of the whole one, and what happened."""
    folder.mkdir()
    whole, out = folder / f"whole.{ending}", folder / f"out.{ending}"
    start = time.perf_counter()
    run(command(source, whole))
    seconds, early, done = time.perf_counter() - start, 0, 0
    while done < kills:
        journal = Path(f"{out}.journal").exists()
        process = subprocess.Popen(
            command(source, out, *(["--resume"] if journal else [])), stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(chance.uniform(0.0, 1.1 * seconds))
            early += 1  # it ended before its time had come: begin anew
            if process.returncode != 3:
                return False, f"status {process.returncode} after {done} kills"
            if content(out) != content(whole):
                return False, f"another output after {done} kills"
            out.unlink()
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
    status = run(command(source, out, "--resume")).returncode
    same = status == 3 and content(out) == content(whole)
    return same, f"{done} kills, {early} ends before one: {'identical' if same else f'NOT identical, status {status}'}"


def content(out: Path) -> tuple[Any, bytes]:
    """Output and errors file; nothing else may be left of a finished run."""
    errors = Path(f"{out}.errors.jsonl")
    left = {p.name for p in out.parent.iterdir() if p.name.startswith(out.name)} - {out.name, errors.name}
    if left:
        return left, b""
    return (rows(out) if out.suffix in (".sqlite", ".duckdb") else out.read_bytes()), errors.read_bytes()


def rows(out: Path) -> list[Any]:
    connect: Callable[[str], Any] = sqlite3.connect if out.suffix == ".sqlite" else duckdb.connect
    database = connect(str(out))
    try:
        return list(database.execute("select * from records").fetchall())
    finally:
        database.close()


def _whole(source: Path, folder: Path) -> Path:
    run(command(source, folder / "whole.jsonl"))
    return folder / "whole.jsonl"


def full_disk(source: Path, folder: Path) -> str | None:
    """No file may grow beyond 40 kB: one line, and with more room the run goes on."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    for ending in ENDINGS:
        whole, out = folder / f"whole.{ending}", folder / f"out.{ending}"
        run(command(source, whole))
        first = run(command(source, out), preexec_fn=small)
        if first.returncode not in (1, 2) or first.stderr.count("\n") != 1:
            return f"{ending}: status {first.returncode}: {first.stderr}"
        run(command(source, out, "--resume"))
        if content(out) != content(whole):
            return f"{ending}: another output"
    return None


def interrupted(source: Path, folder: Path) -> str | None:
    """Ctrl-C: status 130, one line that says how to go on."""
    whole, out = _whole(source, folder), folder / "out.jsonl"
    process = subprocess.Popen(command(source, out), stderr=subprocess.PIPE, text=True, preexec_fn=_listening)
    until = time.monotonic() + 30
    while not Path(f"{out}.journal").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    if process.returncode != 130 or told.count("\n") != 1 or "--resume" not in told:
        return f"status {process.returncode}: {told}"
    run(command(source, out, "--resume"))
    return None if content(out) == content(whole) else "another output"


def _listening() -> None:
    """A benchmark in a shell's background is deaf to Ctrl-C, and so would its children be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def reader_gone(source: Path, folder: Path) -> str | None:
    """``stance score … -o - | head -1``: status 141 and silence but for the set-asides."""
    process = subprocess.Popen(command(source, "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    told = process.stderr.read()
    return None if process.wait() == 141 and b"Traceback" not in told else f"status {process.returncode}: {told!r}"


def two_runs(source: Path, folder: Path) -> str | None:
    """The second is refused, the first is not disturbed."""
    whole, out = _whole(source, folder), folder / "out.jsonl"
    first = subprocess.Popen(command(source, out), stderr=subprocess.DEVNULL)
    while not Path(f"{out}.journal").exists():
        time.sleep(0.01)
    second = run(command(source, out, "--resume"))
    first.wait()
    if second.returncode != 2 or "another run" not in second.stderr:
        return f"status {second.returncode}: {second.stderr}"
    return None if content(out) == content(whole) else "another output"


def changed_inputs(source: Path, folder: Path) -> str | None:
    """A resume over other inputs is refused with the reason."""
    copy, out = folder / "in.jsonl", folder / "out.jsonl"
    copy.write_bytes(source.read_bytes())
    process = subprocess.Popen(command(copy, out), stderr=subprocess.DEVNULL)
    while not Path(f"{out}.journal").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()
    with copy.open("a") as file:
        file.write('{"text": "One more."}\n')
    again = run(command(copy, out, "--resume"))
    return None if again.returncode == 2 and "inputs" in again.stderr else f"status {again.returncode}: {again.stderr}"


def unwritable(source: Path, folder: Path) -> str | None:
    """Refused before anything is loaded or written."""
    again = run(command(source, folder / "nowhere" / "out.jsonl"))
    return None if again.returncode == 2 and not list(folder.iterdir()) else f"status {again.returncode}: {again.stderr}"


if __name__ == "__main__":
    main()
