"""Time and memory of ``stance score`` by the number of articles, and what one article of 5 MB does.

    python -m tests.benchmarks.scale [--numbers 1000 10000] [--output jsonl] [--copies 1]

Without ``--copies`` no two articles are the same; peak memory is the process's own. Of two runs the slope is taken to reckon a
million articles, time and memory alike.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.varied import texts, write

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds, peak megabytes, and the sentences that it wrote."""

    seconds: float
    megabytes: float
    sentences: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", default="training/sample/articles.jsonl")
    parser.add_argument("--numbers", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--characters", type=int, default=600, help="that each article is cut to, so that many fit in the time")
    parser.add_argument("--copies", type=int, default=1, help="articles that have the same text, as wire copy has")
    parser.add_argument("--output", default="jsonl", help="ending: jsonl, csv, parquet, sqlite, duckdb")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in options.numbers:
            source = write(Path(folder) / "in.jsonl", number, options.articles, options.characters, options.copies)
            cost = found[number] = run(source, Path(folder) / f"out.{options.output}")
            print(
                f"{number:9,} articles {cost.sentences:10,} sentences {cost.seconds:9.1f} s {number / cost.seconds:7.1f} articles/s "
                f"{cost.megabytes:7.0f} MB",
                flush=True,
            )
        if len(found) > 1:
            reckon(found)
        large = Path(folder) / "large.jsonl"
        for megabytes in (1, 5):
            large.write_text(json.dumps({"id": "a", "text": long_text(options.articles, megabytes * 10**6)}), "utf-8")
            cost = run(large, Path(folder) / "large-out.jsonl")
            print(
                f"one article of {megabytes} MB {cost.sentences:10,} sentences {cost.seconds:9.1f} s {cost.megabytes:26.0f} MB",
                flush=True,
            )


def run(source: Path, out: Path) -> Cost:
    """``stance score`` as a process of its own."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "stance", "score", str(source), "-o", str(out)]
    quiet = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: status {status}")
    seconds = time.perf_counter() - start
    sentences = sum(1 for _ in out.open("rb")) if out.suffix in (".jsonl", ".csv") else 0
    return Cost(seconds, usage.ru_maxrss / 1024, sentences)


def reckon(found: dict[int, Cost]) -> None:
    """A million articles, along the line through the two largest runs."""
    (less, a), (more, b) = sorted(found.items())[-2:]
    share = (MILLION - more) / (more - less)
    hours, megabytes = (b.seconds + share * (b.seconds - a.seconds)) / 3600, b.megabytes + share * (b.megabytes - a.megabytes)
    print(f"{MILLION:9,} articles, reckoned from these: {hours:.1f} h, {megabytes:.0f} MB")


def long_text(source: str, characters: int) -> str:
    """One text of this many characters."""
    parts, size = [], 0
    for text in texts(source, characters):
        parts.append(text)
        size += len(text) + 2
        if size >= characters:
            break
    return "\n\n".join(parts)[:characters]


if __name__ == "__main__":
    main()
