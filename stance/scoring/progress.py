"""The progress bar of a run, on a terminal only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stance.articles import PAGES
from stance.packed import ending

_BLOCK = 1 << 20


def bar(paths: Sequence[str], out: str, done: int) -> Any:
    """Articles, sentences a second, time left and set-asides, where standard error is a terminal.

    Args:
        paths: the inputs.
        out: the output; where it is ``-`` there is no bar, for set-asides then go to standard error.
        done: articles that an earlier run took.
    """
    from tqdm import tqdm

    shown = tqdm(disable=True if out == "-" else None, unit=" articles", initial=done)
    if not shown.disable:
        shown.total = total(paths)
    return shown


def total(paths: Sequence[str]) -> int | None:
    """How many articles the inputs hold, or ``None`` where only reading them whole would say."""
    counts = [_count(path) for path in paths]
    return None if None in counts else sum(count or 0 for count in counts)


def _count(path: str) -> int | None:
    kind, packed = ending(path)
    try:
        if kind in PAGES:
            return 1
        if kind == ".parquet":
            import pyarrow.parquet as pq

            return int(pq.ParquetFile(path).metadata.num_rows)
        if kind == ".jsonl" and not packed:
            with open(path, "rb") as file:
                return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
    except Exception:  # what is wrong with a file, the reader says; a bar can do without its length
        return None
    return None
