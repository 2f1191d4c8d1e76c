"""How far scores can be believed: reliability, calibration error, and what is gained by leaving the unsure open.

A task's score is the probability that its answer is right, as :func:`training.metrics.right` counts it. The expected
calibration error (ECE) is the mean of |accuracy - mean score| over :data:`BINS` bins of equal width from 0 to 1, each
weighted by its rows (Guo et al. 2017, "On Calibration of Modern Neural Networks"). With few rows it is biased upwards: beside it
stands what perfectly calibrated scores would have (Vaicenavicius et al. 2019, "Evaluating model calibration in classification").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.bootstrap import Array, Measure, interval, resampled, share
from training.metrics import decided, right
from training.pairs import Pair

BINS = 10
"""Bins of equal width, from 0 to 1; a score of 1 belongs to the last."""

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Scores at which :func:`thresholds` looks."""

DRAWS = 1_000
"""Draws of rights from the scores, for the error that perfect calibration has."""

POINTS = 200
"""Rows at most of a risk-coverage table."""


def score(pair: Pair, task: str) -> float | None:
    """The prediction's score; ``None`` where it decides nothing or gives none (a person's label)."""
    return getattr(pair.predicted, f"{task.removesuffix('_given')}_score") if decided(pair, task) else None


def reliability(pairs: Sequence[Pair], task: str) -> pd.DataFrame:
    """A row a bin that has answers: ``from, to, score`` (their mean) ``, accuracy, low, high`` (95 %, by article) ``, n``."""
    scores, hits, articles = _scored(pairs, task)
    bins = _bins(scores)
    rows = []
    for index in np.unique(bins):
        here = bins == index
        low, high = _interval(hits[here], articles[here])
        rows.append((index / BINS, (index + 1) / BINS, scores[here].mean(), hits[here].mean(), low, high, int(here.sum())))
    return pd.DataFrame(rows, columns=["from", "to", "score", "accuracy", "low", "high", "n"])


def calibration(pairs: Sequence[Pair], task: str) -> dict[str, float]:
    """``accuracy`` and mean ``score`` of the answers with a score, their ``ece`` with ``ece_low`` and ``ece_high`` (95 %, by
    article), ``ece_chance``, ``ece_chance_high``, ``brier``, ``aurc`` and ``n``.

    ``ece_chance`` is the mean error, and ``ece_chance_high`` the 95th percentile, of answers with these very scores that are right as
    often as the scores say: an error below the latter is no sign of bad calibration.
    ``brier`` is the mean square of score minus right (1) or wrong (0); ``aurc`` the mean risk over all coverages up to that
    of all answers (0 is best).
    """
    scores, hits, articles = _scored(pairs, task)
    if not len(scores):
        nothing = ("accuracy", "score", "ece", "ece_low", "ece_high", "ece_chance", "ece_chance_high", "brier", "aurc")
        return {**dict.fromkeys(nothing, np.nan), "n": 0}
    low, high = _interval_of_ece(scores, hits, articles)
    chance = _ece_by_chance(scores)
    _, tied = np.unique(-scores, return_inverse=True)
    mean = np.bincount(tied, hits) / np.bincount(tied)  # answers of one score are right as often as their mean, in any order
    risks = 1 - np.cumsum(mean[np.sort(tied)]) / np.arange(1, len(hits) + 1)
    return {
        "accuracy": float(hits.mean()),
        "score": float(scores.mean()),
        "ece": ece(scores, hits),
        "ece_low": low,
        "ece_high": high,
        "ece_chance": float(chance.mean()),
        "ece_chance_high": float(np.quantile(chance, 0.95)),
        "brier": float(np.mean((scores - hits) ** 2)),
        "aurc": float(risks.mean()),
        "n": len(scores),
    }


def ece(scores: Array, hits: Array) -> float:
    """Expected calibration error of ``scores`` float[N] against ``hits`` float[N] of 0 and 1.

    >>> round(ece(np.array([0.9, 0.9, 0.6]), np.array([1.0, 0.0, 1.0])), 3)
    0.4
    """
    return float(_ece_of(_sums_of_bins(scores, hits, np.zeros(len(scores), np.int64)))[0])


def risk_coverage(pairs: Sequence[Pair], task: str) -> pd.DataFrame:
    """What remains above each threshold: ``min_score, coverage, accuracy, risk, n``, the strictest first.

    ``coverage`` is the share of all gold rows whose answer has at least ``min_score``; ``accuracy`` that of those answers,
    ``risk`` its complement. :data:`POINTS` rows at most, the last one with every answer.
    """
    scores, hits, _ = _scored(pairs, task)
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], hits[order]
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)) if len(scores) else np.array([], int)
    if len(last) > POINTS:
        last = last[np.unique(np.linspace(0, len(last) - 1, POINTS).round().astype(int))]
    kept = last + 1
    accuracy = np.cumsum(hits)[last] / kept
    return pd.DataFrame(
        {"min_score": scores[last], "coverage": kept / len(pairs), "accuracy": accuracy, "risk": 1 - accuracy, "n": kept}
    )


def thresholds(pairs: Sequence[Pair], task: str) -> pd.DataFrame:
    """What ``--min-score`` promises and keeps: ``min_score, promised, precision, low, high`` (95 %, by article) ``, coverage, n``.

    Of the answers with at least ``min_score`` ("nobody speaks" is one), ``promised`` is the mean score and ``precision`` the
    share that is right; ``coverage`` is their share of all gold rows. A threshold above every score has no row.
    """
    scores, hits, articles = _scored(pairs, task)
    rows = []
    for least in THRESHOLDS:
        kept = scores >= least
        if kept.any():
            low, high = _interval(hits[kept], articles[kept])
            rows.append((least, scores[kept].mean(), hits[kept].mean(), low, high, kept.sum() / len(pairs), int(kept.sum())))
    return pd.DataFrame(rows, columns=["min_score", "promised", "precision", "low", "high", "coverage", "n"])


def _scored(pairs: Sequence[Pair], task: str) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Scores, rights (0 or 1) and article numbers of the answers that have a score."""
    found = [(value, p) for p in pairs if (value := score(p, task)) is not None]
    number: dict[str, int] = {}
    return (
        np.array([value for value, _ in found], float),
        np.array([right(p, task) for _, p in found], float),
        np.array([number.setdefault(p.gold.article_id, len(number)) for _, p in found], np.int64),
    )


def _bins(scores: Array) -> npt.NDArray[np.int64]:
    return np.clip((scores * BINS).astype(np.int64), 0, BINS - 1)


def _ece_of(t: Array) -> Array:
    """float[..., BINS + 1], the bins' sums of right minus score and the number of rows -> float[...]."""
    found: Array = np.abs(t[..., :BINS]).sum(-1) / t[..., BINS]
    return found


def _sums_of_bins(scores: Array, hits: Array, articles: npt.NDArray[np.int64]) -> Array:
    """What :func:`_ece_of` takes, by article, float[A, BINS + 1]."""
    counts = np.zeros((articles.max() + 1, BINS + 1))
    np.add.at(counts, (articles, _bins(scores)), hits - scores)
    counts[:, BINS] = np.bincount(articles)
    return counts


def _ece_by_chance(scores: Array) -> Array:
    """:data:`DRAWS` errors of answers that are right with the probability of their scores, float[DRAWS]."""
    generator, bins = np.random.default_rng(0), _bins(scores)
    drawn = (np.bincount(bins, (generator.random(len(scores)) < scores) - scores, BINS) for _ in range(DRAWS))
    return np.array([np.abs(sums).sum() / len(scores) for sums in drawn])


def _interval_of_ece(scores: Array, hits: Array, articles: npt.NDArray[np.int64]) -> tuple[float, float]:
    counts = _sums_of_bins(scores, hits, articles)
    if len(counts) < 2:
        return np.nan, np.nan
    return interval(resampled(Measure("", "ece", len(scores), counts, _ece_of)))


def _interval(hits: Array, articles: npt.NDArray[np.int64]) -> tuple[float, float]:
    own, rows = np.unique(articles, return_inverse=True)
    if len(own) < 2:
        return np.nan, np.nan
    counts = np.zeros((len(own), 2))
    np.add.at(counts, rows, np.stack([hits, np.ones(len(hits))], axis=1))
    return interval(resampled(Measure("", "", len(hits), counts, share)))
