"""Temperatures from dev articles, for the backend that will run (int8 moves probabilities: calibrate what is shipped)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stance.labeler import Labeler
from stance.spec import ModelSpec
from training.gold import Labelled
from training.metrics import pairs_of, right
from training.pairs import join

GRID = np.round(np.geomspace(1 / 16, 16, 129), 4)
"""Temperatures that are tried; 1 is among them."""


def calibrate(labeler: Labeler, dev: Sequence[Labelled]) -> ModelSpec:
    """The labeler's spec with the temperature of each task under which the chosen labels' scores are likeliest.

    A score is the probability that its label is right, so the fit is on (score, right or wrong) of the decoded labels:
    what users see, not an inner softmax. Tasks without dev labels keep 1.
    """
    plain = Labeler.__new__(Labeler)
    plain.__dict__.update(labeler.__dict__)
    plain.spec = replace(labeler.spec, temperatures={})
    predicted = [r for doc in plain.stream(item.article for item in dev) for r in doc.sentences]
    joined = join([r for item in dev for r in item.records], predicted)
    found: dict[str, float] = {}
    for task in labeler.spec.tasks:
        pairs = [p for p in pairs_of(joined, task) if p.predicted is not None and task in p.predicted.labelled]
        scores = np.asarray([getattr(p.predicted, f"{task}_score") for p in pairs], float)
        if len(scores) >= 30:
            found[task] = best_temperature(scores, np.asarray([right(p, task) for p in pairs]))
    return replace(labeler.spec, temperatures=found)


def best_temperature(scores: np.ndarray, hits: np.ndarray) -> float:
    """The temperature of :data:`GRID` with the least log loss.

    Args:
        scores: probabilities of the chosen labels, float[N].
        hits: whether each is right, bool[N].
    """

    clipped = np.clip(scores, 1e-7, 1 - 1e-7)
    odds = np.log(clipped) - np.log1p(-clipped)

    def loss(temperature: float) -> float:
        p = np.clip((1 + np.tanh(odds / temperature / 2)) / 2, 1e-6, 1 - 1e-6)  # sharpen, of all scores at once
        return float(-np.mean(np.where(hits, np.log(p), np.log1p(-p))))

    return float(min(GRID, key=loss))
