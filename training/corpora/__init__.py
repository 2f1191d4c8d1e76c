"""Public corpora as records: a module a corpus, a registry, and :func:`prepare`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from stance.errors import UsageError
from training.corpora import dna, gold, gum, newsmtsc, own, polnear, seesaw, sentences, sheets
from training.corpora.conversion import Conversion, Summary, write

CORPORA: Mapping[str, Callable[[Path], Conversion]] = {
    corpus.NAME: corpus.convert for corpus in (gold, own, sentences, polnear, newsmtsc, seesaw, gum, dna, sheets)
}
"""Name -> converter: the corpora that ``prepare`` knows."""


def convert(corpus: str, source: str | Path) -> Conversion:
    """Read a corpus as articles with records.

    Raises:
        UsageError: the corpus is unknown.
        InputError: ``source`` is not that corpus.
    """
    if corpus not in CORPORA:
        raise UsageError(f"corpus {corpus!r} is unknown; expected one of {', '.join(CORPORA)}")
    return CORPORA[corpus](Path(source))


def prepare(corpus: str, source: str | Path, output: str | Path) -> Summary:
    """Write a corpus as records (``output``, JSON lines) and its articles beside them (``X.articles.jsonl``).

    Args:
        corpus: one of :data:`CORPORA`.
        source: its folder, as the corpus's module says.
        output: a path that ends in ``.jsonl``.

    Raises:
        UsageError: unknown corpus, or an output of another ending.
        InputError: ``source`` is not that corpus.
    """
    return write(convert(corpus, source), output)
