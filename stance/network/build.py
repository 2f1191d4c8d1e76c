"""The call behind ``stance network``: record files in, network files out."""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance import aliases as own_names
from stance.errors import UsageError
from stance.network import dna, draw, formats
from stance.network.options import Options, check
from stance.network.statements import load_statements
from stance.network.store import TABLES, Store, expand, opened
from stance.network.ties import Network, build, days, drop_rare
from stance.sinks import telling
from stance.spec import ModelSpec

WRITERS: Mapping[str, Callable[[Network, Path], None]] = {
    ".graphml": formats.write_graphml,
    ".gexf": formats.write_gexf,
    ".dl": formats.write_dl,
    ".svg": draw.write_svg,
    ".png": draw.write_png,
}
"""Ending -> what writes one network; windows give one file each."""

ENDINGS = (*WRITERS, ".csv", ".dna")


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written.

    Attributes:
        files: paths.
        nodes, ties: how many, over all windows; of a .dna file, its documents and 0.
        statements: how many counted.
        dropped: reason -> how many rows did not count, zeros left out.
        aside: articles that could not be read.
    """

    files: tuple[str, ...]
    nodes: int
    ties: int
    statements: int
    dropped: Mapping[str, int]
    aside: int

    def __str__(self) -> str:
        where = self.files[0] if len(self.files) == 1 else f"{len(self.files)} files, {self.files[0]} to {self.files[-1]}"
        parts = [f"{where}: {self.nodes} nodes, {self.ties} ties from {self.statements} statements"]
        if self.files[0].lower().endswith(".dna"):
            parts = [f"{where}: {self.statements} statements in {self.nodes} documents"]
        elif not self.statements:
            parts = [f"{where}: empty, no statement counts"]
        parts += [f"{count} {reason}" for reason, count in self.dropped.items()]
        return "; ".join([*parts, *([f"{self.aside} articles not readable"] if self.aside else [])])


def network(
    inputs: Sequence[str],
    out: str,
    options: Options,
    *,
    aliases: str | None = None,
    articles: Sequence[str] = (),
    model: str | None = None,
) -> Summary:
    """Write the network of scored records.

    Args:
        inputs: record files and globs; ``-`` is JSONL on standard input.
        out: its ending picks the format, see :data:`ENDINGS`.
        options: see :class:`Options`.
        aliases: a CSV file of names and other names.
        articles: files of articles, for days, titles and full texts.
        model: a runtime folder whose label set gives the signs; by default that of the shipped model.

    Raises:
        UsageError: whatever is wrong with the call.
        InputError: records that cannot be read.
    """
    kind = _check_output(out, inputs)
    check(options)
    if kind == ".dna" and options.window:
        raise UsageError(
            f"-o {out}: a .dna file holds statements, not ties; leave --window out, Discourse Network Analyzer has its own"
        )
    signs = {**(ModelSpec.load(_folder(model)).stances), **options.signs}
    names = own_names.read(aliases) if aliases else {}
    with opened(inputs) as store:
        store.add_aliases(names)
        aside = store.add_articles(articles, options.date, texts=kind == ".dna") if articles else []
        counts = load_statements(store, options, signs)
        dropped = {reason: count for reason, count in list(counts.items())[2:] if count}
        if kind == ".dna":
            return _dna(store, options, out, dropped, len(aside))
        return _networks(store, options, out, dropped, len(aside))


def windows(first: datetime.date, last: datetime.date, options: Options) -> Iterator[tuple[datetime.date, datetime.date]]:
    """First and last day of each window: from ``first`` on, until one holds ``last``."""
    assert options.window is not None
    step, number = options.step or options.window, 0
    while True:
        start = step.after(first, number)
        # Windows that follow each other meet, whatever the months' lengths do to the start.
        after = step.after(first, number + 1) if step == options.window else options.window.after(start)
        end = after - datetime.timedelta(days=1)
        if start > last:
            return
        yield start, end
        if end >= last:
            return
        number += 1


def _networks(store: Store, options: Options, out: str, dropped: Mapping[str, int], aside: int) -> Summary:
    drop_rare(store, options.min_statements)
    kind, files, totals = Path(out).suffix, list[str](), [0, 0, 0]

    def made() -> Iterator[Network]:
        for window in _all_windows(store, options):
            network = build(store, options, window)
            for place, count in enumerate((len(network.nodes), network.ties_count, network.statements)):
                totals[place] += count
            yield network

    if kind.lower() == ".csv":
        files.append(out)
        with _replacing(out) as temporary:
            formats.write_csv(made(), temporary)
    else:
        for network in made():
            files.append(out if network.window is None else f"{out[: -len(kind)]}.{network.window[0]}{kind}")
            with _replacing(files[-1]) as temporary:
                WRITERS[kind.lower()](network, temporary)
    nodes, ties, statements = totals
    return Summary(tuple(files), nodes, ties, statements, dropped, aside)


def _all_windows(store: Store, options: Options) -> list[Any]:
    """The windows, or ``[None]`` for one network of everything."""
    found = days(store)
    if not options.window or found is None:
        return [None]
    return list(windows(options.since or found[0], options.until or found[1], options))


def _dna(store: Store, options: Options, out: str, dropped: Mapping[str, int], aside: int) -> Summary:
    with _replacing(out) as temporary:
        documents, statements, outside = dna.write(store, temporary, options.date)
    more = {"outside their text": outside} if outside else {}
    return Summary((out,), documents, 0, statements, {**dropped, **more}, aside)


@contextmanager
def _replacing(path: str) -> Iterator[Path]:
    """A file beside ``path`` that takes its place once it is written whole."""
    temporary = Path(f"{path}.tmp")
    try:
        with telling(path, OSError, sqlite3.Error):
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _check_output(out: str, inputs: Sequence[str]) -> str:
    kind = Path(out).suffix.lower()
    if kind not in ENDINGS:
        raise UsageError(f"-o {out}: no known ending; expected one of {' '.join(ENDINGS)}")
    folder = Path(out).parent
    if not folder.is_dir() or Path(out).is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"-o {out}: no file can be made there; give the path of a file in a folder that exists")
    if kind in TABLES and os.path.realpath(out) in {os.path.realpath(i) for i in expand(inputs)}:
        raise UsageError(f"-o {out}: is an input too; choose another output")
    if kind == ".png":
        draw.check_png()
    return kind


def _folder(model: str | Path | None) -> Path:
    from stance.runtime import locate

    return locate(model)
