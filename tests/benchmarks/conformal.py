"""Conformal sets against a threshold on the score, for the claim type: whom to leave undecided?

    pip install mapie
    python tests/benchmarks/conformal.py default runs/data/gold-dev.jsonl

The articles are halved at random, many times; one half calibrates MAPIE's split-conformal sets, on the other a sentence is
answered where its set holds one type. Beside it stands the threshold on the best type's probability that answers as many sentences
of that half. (Angelopoulos and Bates, "A gentle introduction to conformal prediction", 2021.)
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import numpy.typing as npt
import pandas as pd
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

from stance.calibration import softmax
from training.gold import read
from training.predictions import load

METHODS = ("lac", "aps", "raps")
LEVELS = (0.7, 0.8, 0.9, 0.95)
"""Shares of the sets that hold the right type, as MAPIE promises."""

Array = npt.NDArray[np.float64]


class _Known(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier whose probabilities are its inputs."""

    def __init__(self, types: int = 2) -> None:
        self.types = types
        self.classes_ = np.arange(types)
        self.is_fitted_ = True

    def fit(self, x: Array, y: npt.NDArray[np.int64]) -> _Known:
        return self

    def predict_proba(self, x: Array) -> Array:
        return x

    def predict(self, x: Array) -> npt.NDArray[np.int64]:
        return x.argmax(axis=1)


def probabilities(model: str, data: str) -> tuple[Array, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Probabilities f64[N, C], right types int64[N] and article numbers int64[N] of the labelled sentences."""
    labeler = load(model)
    index = {name: i for i, name in enumerate(labeler.spec.claim_types)}
    rows = []
    for number, item in enumerate(read(data)):
        readings = labeler.read(item.article).readings
        for record in item.records:
            if "claim_type" in record.labelled:
                rows.append((softmax(readings[record.sentence].claim_type), index[str(record.claim_type)], number))
    found, right, articles = zip(*rows, strict=True)
    every = np.asarray(found, np.float64)
    return every / every.sum(axis=1, keepdims=True), np.array(right), np.array(articles)


def compare(found: Array, right: npt.NDArray[np.int64], articles: npt.NDArray[np.int64], halves: int) -> pd.DataFrame:
    """A row for each method and level: share answered, precision of sets of one and of the threshold, and their difference."""
    rows = []
    for seed in range(halves):
        drawn = np.random.default_rng(seed).permutation(articles.max() + 1)
        known = np.isin(articles, drawn[: len(drawn) // 2])
        hits = found.argmax(axis=1) == right
        for method in METHODS:
            for level in LEVELS:
                sets = SplitConformalClassifier(_Known(found.shape[1]), level, method, random_state=seed)
                sets.conformalize(found[known], right[known])
                held = sets.predict_set(found[~known])[1][..., 0]
                one = held.sum(axis=1) == 1
                if not one.any():
                    continue
                # A set of one need not hold the likeliest type (aps, raps draw lots).
                conformal = (held.argmax(axis=1) == right[~known])[one].mean()
                surest = np.argsort(-found[~known].max(axis=1), kind="stable")[: one.sum()]
                rows.append((method, level, one.mean(), conformal, hits[~known][surest].mean()))
    table = pd.DataFrame(rows, columns=["method", "level", "answered", "conformal", "threshold"])
    table["difference"] = table.conformal - table.threshold
    grouped = table.groupby(["method", "level"], sort=False)
    return grouped.mean().assign(low=grouped.difference.quantile(0.025), high=grouped.difference.quantile(0.975)).reset_index()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data", help="label file that neither weights nor temperatures were fitted on")
    parser.add_argument("--halves", type=int, default=100)
    options = parser.parse_args()
    sys.stdout.write(compare(*probabilities(options.model, options.data), options.halves).round(3).to_string(index=False) + "\n")
