"""How far two people agree who labelled the same sentences: Cohen's kappa and Krippendorff's alpha, by task.

Both correct for agreement by chance: 1 is full agreement, 0 what chance gives. Names (speaker, target) agree as
:func:`training.pairs.same` says; every name is a category of its own and nobody is one too. A sentence that only one of the
two decided is left out. The values come from scikit-learn and the ``krippendorff`` package; intervals are by article, from
the same formulas over counts, and so is alpha where there are very many names (the package needs a cell for each sentence
and pair of categories). The tests hold the formulas against the packages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from stance.errors import InputError
from training.bootstrap import Array, Measure, interval, resampled
from training.metrics import CLASSES, TASKS, decided, pairs_of
from training.pairs import Joined, Pair, join, same

LARGEST = 100_000_000
"""Cells, sentences times categories squared, up to which alpha comes from the package."""

COLUMNS = ["task", "agreed", "kappa", "kappa_low", "kappa_high", "alpha", "alpha_low", "alpha_high", "n"]


def agreement(first: str | Path, second: str | Path) -> pd.DataFrame:
    """The agreement of two label files on the sentences that both hold; rows without ids are taken line by line.

    Raises:
        InputError: a file that cannot be read, a row that is no record, or no sentence that both files decide.
    """
    from training.gold import read

    ours, theirs = ([r for item in read(path, label="row") for r in item.records] for path in (first, second))
    found = table(join(ours, theirs))
    if found.empty:
        raise InputError(f"{first}, {second}: no sentence is decided in both; give labels of the same articles, by the same ids")
    return found


def table(joined: Joined) -> pd.DataFrame:
    """A row a task that both decide: ``task, agreed`` (share) ``, kappa, kappa_low, kappa_high, alpha, …, n``.

    NaN where all labels are one and the same, since chance then explains all.
    """
    rows = []
    for task in TASKS:
        pairs = [p for p in pairs_of(joined, task) if decided(p, task)]
        if pairs:
            rows.append(_row(task, pairs))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(task: str, pairs: Sequence[Pair]) -> tuple[object, ...]:
    first, second = _coded(task, pairs)
    width = int(max(first.max(), second.max())) + 1
    counts = _counts(first, second, width, [p.gold.article_id for p in pairs])
    kappa = float(cohen_kappa_score(first, second)) if width > 1 else np.nan
    alpha = _alpha(first, second, counts) if width > 1 else np.nan
    spreads = [_spread(counts, formula) for formula in (kappa_of, alpha_of)]
    return (task, float((first == second).mean()), kappa, *spreads[0], alpha, *spreads[1], len(pairs))


def _alpha(first: Array, second: Array, counts: Array) -> float:
    if len(first) * counts.shape[1] ** 2 > LARGEST:
        return float(alpha_of(counts.sum(0)))
    return float(krippendorff.alpha(np.stack([first, second]), level_of_measurement="nominal"))


def _spread(counts: Array, formula: Callable[[Array], Array]) -> tuple[float, float]:
    if len(counts) < 2:
        return np.nan, np.nan
    return interval(resampled(Measure("", "", 0, counts, formula)))


def _coded(task: str, pairs: Sequence[Pair]) -> tuple[Array, Array]:
    """Both sides as category numbers."""
    name = task.removesuffix("_given")
    values = [(getattr(p.gold, name), getattr(p.predicted, name)) for p in pairs]
    if task not in CLASSES:
        values = [(a, a if same(a, b) else b) for a, b in values]
    number: dict[str | None, int] = {}
    codes = np.array([[number.setdefault(v and v.casefold(), len(number)) for v in pair] for pair in values], float)
    return codes[:, 0], codes[:, 1]


def _counts(first: Array, second: Array, width: int, articles: Sequence[str]) -> Array:
    """float[A, 2 + 2 * width]: sentences, agreements, and how often either side gave each category, by article."""
    number: dict[str, int] = {}
    rows = np.array([number.setdefault(a, len(number)) for a in articles])
    counts = np.zeros((len(number), 2 + 2 * width))
    counts[:, 0] = np.bincount(rows)
    counts[:, 1] = np.bincount(rows, first == second)
    np.add.at(counts, (rows, 2 + first.astype(int)), 1)
    np.add.at(counts, (rows, 2 + width + second.astype(int)), 1)
    return counts


def kappa_of(t: Array) -> Array:
    """Cohen's kappa of counts as :func:`_counts` gives them, float[..., K] -> float[...]."""
    n, agreed, ours, theirs = _parts(t)
    chance = (ours * theirs).sum(-1) / n**2
    return _corrected(agreed / n, chance)


def alpha_of(t: Array) -> Array:
    """Krippendorff's alpha for two coders, nominal, of the same counts."""
    n, agreed, ours, theirs = _parts(t)
    both = ours + theirs
    chance = (both * (both - 1)).sum(-1) / (2 * n * (2 * n - 1))
    return _corrected(agreed / n, chance)


def _parts(t: Array) -> tuple[Array, Array, Array, Array]:
    width = (t.shape[-1] - 2) // 2
    return t[..., 0], t[..., 1], t[..., 2 : 2 + width], t[..., 2 + width :]


def _corrected(agreed: Array, chance: Array) -> Array:
    return np.divide(agreed - chance, 1 - chance, out=np.full(np.shape(agreed), np.nan), where=np.asarray(chance) < 1)
