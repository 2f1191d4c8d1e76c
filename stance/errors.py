"""Everything that can go wrong, as types.

    StanceError                a call that cannot be carried out; its text is one line: place, found, expected, remedy
    ├── UsageError             a bad argument, option or configuration
    ├── InputError (ValueError) an article or a record that breaks the contract
    └── ModelError             a model folder that is incomplete, altered or does not fit

A bad *item* in a batch is never an exception that ends the batch: it becomes a :class:`SetAside`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


class StanceError(Exception):
    """Root of the errors that this project raises on purpose; ``str(error)`` is one line for a person."""


class UsageError(StanceError):
    """A bad argument, option or configuration."""


class InputError(StanceError, ValueError):
    """An article or a record that breaks the contract."""


class ModelError(StanceError):
    """A model folder that is incomplete, altered or does not fit."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A bad item of a batch, left out with its reason; one row of ``OUT.errors.jsonl``.

    Attributes:
        file: path as the user gave it, ``-`` for standard input, ``None`` for an item passed in Python.
        line: 1-based line (JSONL, CSV) or row (Parquet), ``None`` where a file is one article.
        article_id: the article's id where one could be read.
        reason: one line.
    """

    file: str | None
    line: int | None
    article_id: str | None
    reason: str

    def as_row(self) -> dict[str, object]:
        """The row of the errors file."""
        return asdict(self)
