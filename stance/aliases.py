"""The user's own names: who is also known as what, and records renamed by it. No model, no network.

One table serves a whole run, and a record is renamed by it alone: what other articles say never counts.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from stance.errors import UsageError
from stance.records import Record

Aliases = Mapping[str, str]
"""Folded name -> the name to write; :func:`folded` says how names are compared."""

AliasesLike = str | os.PathLike[str] | Mapping[str, str | Iterable[str]]

_EXPECTED = "name, also known as"


def read(path: str | os.PathLike[str]) -> dict[str, str]:
    """The table of a CSV file: other names and the name that each stands for.

    Args:
        path: two columns, a name and what it is also known as (several parted by ``|``, or in several rows); a first row
            ``name,...`` is a heading.

    Raises:
        UsageError: no such file, a row of another shape, or another name that stands for two.
    """
    place = f"--aliases {os.fspath(path)}"
    rows: list[tuple[str, str, str]] = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                if not any(cell.strip() for cell in row) or (not rows and row[0].strip().casefold() == "name"):
                    continue
                line = f"{place}, line {reader.line_num}"
                if len(row) != 2:
                    raise UsageError(
                        f"{line}: {len(row)} columns; expected two: {_EXPECTED} (quote a name that holds a comma, part others by |)"
                    )
                rows.append((line, row[0], row[1]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{place}: cannot be read ({error}); expected a CSV file in UTF-8: {_EXPECTED}") from None
    return _table((line, name, others.split("|")) for line, name, others in rows)


def given(aliases: AliasesLike | None) -> dict[str, str]:
    """The table as Python callers give it: a file for :func:`read`, or a mapping of names to their other names.

    >>> given({"China": ["PRC", "Beijing"]})["beijing"]
    'China'

    Raises:
        UsageError: it is neither, or its names clash.
    """
    if aliases is None:
        return {}
    if isinstance(aliases, str | os.PathLike):
        return read(aliases)
    if not isinstance(aliases, Mapping):
        raise UsageError(
            f"aliases: {type(aliases).__name__}; expected the path of a CSV file, or a mapping of names to other names"
        )
    rows = []
    for name, others in aliases.items():
        split = others.split("|") if isinstance(others, str) else [*others] if isinstance(others, Iterable) else [None]
        if not all(isinstance(text, str) for text in (name, *split)):
            raise UsageError(f"aliases[{name!r}]: {others!r}; expected a name, and its other names as text or a list of texts")
        rows.append((f"aliases[{name!r}]", name, split))
    return _table(rows)


def folded(name: str) -> str:
    """A name as aliases are compared: capitals and the space around it do not count."""
    return name.strip().lower()  # as DuckDB's lower(trim())


def renamed(record: Record, aliases: Aliases) -> Record:
    """The record with the user's names for its speaker and target; a target that was asked for keeps the asker's."""
    changes = {}
    for task in ("speaker", "target"):
        name = getattr(record, task)
        if name is not None and task in record.labelled:
            changes[task] = aliases.get(folded(name), name)
    return replace(record, **changes) if changes else record


def _table(rows: Iterable[tuple[str, str, Iterable[str]]]) -> dict[str, str]:
    """(place, name, other names) -> the table; each name stands for itself too, so that its capitals are mended."""
    names: dict[str, str] = {}
    finals: list[tuple[str, str]] = []
    for place, name, others in rows:
        name = name.strip()
        if not name:
            raise UsageError(f"{place}: no name; expected {_EXPECTED}")
        finals.append((place, name))
        for other in filter(None, map(str.strip, others)):
            if names.setdefault(folded(other), name) != name:
                raise UsageError(f"{place}: {other!r} stands for {names[folded(other)]!r} already; keep one")
    for place, name in finals:
        if names.get(folded(name), name) != name:
            raise UsageError(f"{place}: {name!r} is a name and another name at once; write the final name everywhere")
    for _, name in finals:
        if names.setdefault(folded(name), name) != name:
            raise UsageError(f"aliases: {name!r} is written {names[folded(name)]!r} too; write it one way everywhere")
    return names
