"""A checked call of ``stance score``: what to read, where to write, how. Nothing is written here."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from stance import aliases as own_names
from stance import articles, sinks, tables
from stance.errors import UsageError
from stance.records import COLUMNS


@dataclass(frozen=True, slots=True)
class Job:
    """A run that has been checked: nothing is written yet, the model is not loaded yet.

    Attributes:
        paths: inputs, folders and globs expanded.
        out: the output, ``-`` for standard output.
        columns: our column -> the inputs' column.
        keep: columns of the article copied to each of its rows.
        min_score: labels below it are left undecided.
        targets: as :func:`stance.targets.parse` gives them, or ``None``.
        resume: go on where a killed run of the same job stopped.
        partition_by: column of the article by which Parquet is laid into folders; one of ``keep``.
        aliases: names of speakers and targets to write otherwise, as :func:`stance.aliases.read` gives them.
    """

    paths: tuple[str, ...]
    out: str
    columns: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    min_score: float | None = None
    targets: Any = None
    resume: bool = False
    partition_by: str | None = None
    aliases: own_names.Aliases = field(default_factory=dict)


def plan(
    inputs: Sequence[str],
    out: str,
    *,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    min_score: float | None = None,
    targets: str | None = None,
    resume: bool = False,
    partition_by: str | None = None,
    aliases: str | None = None,
) -> Job:
    """Check a call; arguments as in :class:`Job`, ``targets`` as the user wrote it, ``aliases`` a CSV file.

    Raises:
        UsageError: whatever is wrong with it, before anything is written.
    """
    sinks.check(out, partition_by)
    if min_score is not None and not 0 <= min_score <= 1:
        raise UsageError(f"--min-score {min_score}: expected a probability between 0 and 1")
    if resume and out == "-":
        raise UsageError("--resume: standard output cannot be resumed; give a file with -o")
    if partition_by is not None and partition_by not in keep:
        keep = (*keep, partition_by)
    _check_keep(keep)
    return Job(
        _paths(inputs, out),
        out,
        dict(columns or {}),
        tuple(keep),
        min_score,
        _targets(targets),
        resume,
        partition_by,
        own_names.read(aliases) if aliases is not None else {},
    )


def errors_path(out: str) -> str:
    """Where what is set aside goes."""
    return f"{out}.errors.jsonl"


def _check_keep(keep: Sequence[str]) -> None:
    taken = {c.casefold() for c in COLUMNS}
    for name in keep:  # databases do not tell "Text" from "text"
        if not name or name.casefold() in taken:
            raise UsageError(f"--keep {','.join(keep)}: {name!r} is a column of the record or named twice; give other columns")
        taken.add(name.casefold())


def _targets(text: str | None) -> Any:
    if text is None:
        return None
    from stance.targets import parse

    return parse(text)


def _paths(inputs: Sequence[str], out: str) -> tuple[str, ...]:
    """Inputs expanded, without what this run, or an earlier one of its name, itself writes into an input folder."""
    own = tuple(os.path.realpath(p) for p in (out, errors_path(out), f"{out}.tmp")) if out != "-" else ()
    inside = tuple(f"{o}{os.sep}" for o in own)
    for given in inputs:
        if given != "-" and os.path.realpath(given) in own:
            raise UsageError(f"-o {out}: {given} is an input too; choose another output")
    found = {p: "" if p == "-" else os.path.realpath(p) for p in articles.expand(inputs)}
    if any(real in own[:1] and not _is_output(p) for p, real in found.items()):
        raise UsageError(f"-o {out}: is an input too, and no earlier output; choose another output")
    paths = tuple(p for p, real in found.items() if real not in own and not real.startswith(inside))
    if not paths:
        raise UsageError(f"{' '.join(inputs)}: nothing in it but the output of this run; expected articles")
    return paths


def _is_output(path: str) -> bool:
    """Whether a table is empty or holds records: what may be written anew."""
    if tables.ending(path)[0] not in tables.READERS:
        return False
    first = next(iter(tables.rows(path, {})), None)
    return first is None or (isinstance(first, tables.Row) and {"article_id", "labelled"} <= first.values.keys())


def signature(job: Job, model: str) -> dict[str, str]:
    """What must be the same when a run is resumed, in words and digests."""
    return {
        "inputs": _files(job.paths),
        "model": model,
        "version": metadata.version("stance"),
        "--columns": json.dumps(dict(job.columns), sort_keys=True),
        "--keep": json.dumps(job.keep),
        "--min-score": str(job.min_score),
        "--partition-by": str(job.partition_by),
        "--targets": "none" if job.targets is None else _hex(repr(job.targets)),
        "--aliases": _hex(repr(sorted(job.aliases.items()))) if job.aliases else "none",
    }


def _files(paths: Sequence[str]) -> str:
    try:
        stats = [(p, None if p == "-" else os.stat(p)) for p in paths]
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be read ({error.strerror}); take it out of the inputs") from None
    known = [(p, s and s.st_size, s and s.st_mtime_ns) for p, s in stats]
    return f"of {len(paths)} files, {sum(s.st_size for _, s in stats if s)} bytes, digest {_hex(repr(known))}"


def _hex(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
