"""Temperatures: known ones are found again, and tasks without enough dev labels keep 1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance.calibration import sharpen
from stance.labeler import Labeler
from training.calibrate import GRID, best_temperature, calibrate
from training.checkpoint import labeler
from training.gold import read
from training.model import StanceModel

from .conftest import rows


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    draw = np.random.default_rng(0)
    truth = draw.uniform(0.3, 0.99, 1500)
    hits = draw.random(1500) < truth
    scores = np.asarray([sharpen(p, 1 / temperature) for p in truth])  # as if logits were too large by that factor
    assert best_temperature(scores, hits) == pytest.approx(temperature, rel=0.15)


def test_the_grid_holds_one_and_is_never_left() -> None:
    assert 1.0 in GRID
    assert best_temperature(np.full(50, 0.9), np.zeros(50, bool)) == GRID[-1]
    assert best_temperature(np.full(50, 0.9), np.ones(50, bool)) == GRID[0]


def test_a_score_of_zero_or_one_is_no_error() -> None:
    assert best_temperature(np.asarray([0.0, 1.0, 1.0]), np.asarray([True, False, True])) in GRID


def test_tasks_with_few_labels_keep_their_scores(model: StanceModel, encoder: Path) -> None:
    plain: Labeler = labeler(model, encoder)
    few = calibrate(plain, read(rows()))
    assert few == replace(model.spec, temperatures={})
    many = read([{**row, "article_id": f"{n}-{row['article_id']}"} for n in range(3) for row in rows()])
    found = calibrate(plain, many)
    assert set(found.temperatures) == {"speaker", "claim_type", "stance"}  # 36 labels each; nobody decided a target
    assert set(found.temperatures.values()) <= set(GRID)
    assert plain.spec.temperatures == {}


def test_a_second_calibration_starts_from_the_bare_scores(model: StanceModel, encoder: Path) -> None:
    many = read([{**row, "article_id": f"{n}-{row['article_id']}"} for n in range(3) for row in rows()])
    first = calibrate(labeler(model, encoder), many)
    model.spec = first
    assert calibrate(labeler(model, encoder), many) == first
