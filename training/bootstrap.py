"""Figures over counts by article, and their intervals from resampled articles. Knows no task and no record.

Every figure is a formula over counts that are summed by article: the value is the formula of the sums over all articles, a
bootstrap sample the formula of the sums over articles drawn with replacement. So sentences of one article, which are alike,
never count as independent, and 1,000 resamples cost one matrix product a figure. scikit-learn has these metrics but not on
1,000 weighted tables at once; ``tests/training/test_metrics.py`` holds the formulas against it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

RESAMPLES = 1000
PERMUTATIONS = 10_000


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure before it is computed.

    Attributes:
        task: what was to be decided.
        metric: its name.
        n: gold rows that it rests on.
        counts: float[A, K], summed by article.
        formula: float[..., K] -> float[...]; NaN where it is not defined.
    """

    task: str
    metric: str
    n: int
    counts: Array
    formula: Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed figure with its 95 % interval; ``low`` and ``high`` are NaN where fewer than two articles are there."""

    task: str
    metric: str
    value: float
    low: float
    high: float
    n: int


def figures(found: Sequence[Measure], resamples: int = RESAMPLES, seed: int = 0) -> list[Figure]:
    """Each measure with the 2.5th and 97.5th percentile of ``resamples`` draws of articles."""
    results = []
    for measure in found:
        low, high = interval(resampled(measure, resamples, seed)) if len(measure.counts) > 1 else (np.nan, np.nan)
        results.append(Figure(measure.task, measure.metric, float(measure.formula(measure.counts.sum(0))), low, high, measure.n))
    return results


def resampled(measure: Measure, resamples: int = RESAMPLES, seed: int = 0) -> Array:
    """float[resamples]: the measure on draws of articles. One seed draws the same articles for all measures of as many."""
    return measure.formula(_draws(len(measure.counts), resamples, seed) @ measure.counts)


@lru_cache(maxsize=2)  # nearly all measures of an evaluation rest on the same articles
def _draws(articles: int, resamples: int, seed: int) -> Array:
    """float[resamples, articles]: how often each article is drawn; as float, which is what the product needs."""
    draw = np.random.default_rng(seed)
    return draw.multinomial(articles, np.full(articles, 1 / articles), size=resamples).astype(float)


def interval(samples: Array) -> tuple[float, float]:
    """The central 95 % of the samples, undefined ones left out; NaN where none is left."""
    samples = samples[~np.isnan(samples)]
    if not len(samples):
        return float("nan"), float("nan")
    low, high = np.quantile(samples, [0.025, 0.975])
    return float(low), float(high)


def permuted(ours: Measure, theirs: Measure, permutations: int = PERMUTATIONS, seed: int = 0) -> float:
    """Two-sided p-value of a paired permutation test by article.

    A difference as large or larger is counted over ``permutations`` draws in which, article by article, a coin says whose
    answers are whose; the observed one counts as a draw, so that p is never 0.

    Args:
        ours: float[A, K] counts of one system.
        theirs: those of the other, same articles and columns.

    Returns:
        NaN where a figure is not defined.
    """
    observed = abs(ours.formula(ours.counts.sum(0)) - theirs.formula(theirs.counts.sum(0)))
    if np.isnan(observed):
        return float("nan")
    first = ours.counts.sum(0) + _coins(len(ours.counts), permutations, seed) @ (theirs.counts - ours.counts)
    second = ours.counts.sum(0) + theirs.counts.sum(0) - first
    drawn = np.abs(ours.formula(first) - ours.formula(second))
    drawn = drawn[~np.isnan(drawn)]
    return float((1 + (drawn >= observed - 1e-12).sum()) / (1 + len(drawn)))


@lru_cache(maxsize=2)
def _coins(articles: int, permutations: int, seed: int) -> Array:
    """float[permutations, articles] of 0 and 1."""
    return np.random.default_rng(seed).integers(0, 2, (permutations, articles)).astype(float)


def share(t: Array) -> Array:
    return _divide(t[..., 0], t[..., 1])


def precision(t: Array) -> Array:
    return _divide(t[..., 0], t[..., 0] + t[..., 1])


def recall(t: Array) -> Array:
    return _divide(t[..., 0], t[..., 0] + t[..., 2])


def f1(t: Array) -> Array:
    return _divide(2 * t[..., 0], 2 * t[..., 0] + t[..., 1] + t[..., 2])


def _square(t: Array) -> Array:
    side = int(np.sqrt(t.shape[-1]))
    return t.reshape(*t.shape[:-1], side, side)


def macro_f1(t: Array) -> Array:
    """Mean F1 of the classes that gold has (in a resample: that its articles have)."""
    matrix = _square(t)
    gold, predicted = matrix.sum(-1), matrix.sum(-2)
    f1 = _divide(2 * np.diagonal(matrix, axis1=-2, axis2=-1), gold + predicted)
    return _divide(np.where(gold > 0, f1, 0).sum(-1), (gold > 0).sum(-1))


def kappa(t: Array) -> Array:
    """Cohen's kappa, an undecided prediction being a class of its own."""
    matrix = _square(t)
    n = matrix.sum((-1, -2))
    agreed = _divide(np.trace(matrix, axis1=-2, axis2=-1), n)
    chance = _divide((matrix.sum(-1) * matrix.sum(-2)).sum(-1), n * n)
    return _divide(agreed - chance, 1 - chance)


def _divide(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.full(np.shape(a), np.nan), where=np.asarray(b) != 0)
