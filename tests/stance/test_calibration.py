"""Temperatures."""

from __future__ import annotations

import numpy as np
import pytest

from stance.calibration import sharpen, softmax


def test_softmax_sums_to_one_along_the_last_axis_however_large() -> None:
    found = softmax(np.array([[1e4, 0.0, -1e4], [1.0, 1.0, 1.0]]))
    assert np.allclose(found.sum(axis=-1), 1)
    assert found[0, 0] == 1 and np.allclose(found[1], 1 / 3)


def test_temperature_flattens_or_sharpens_but_never_reorders() -> None:
    logits = np.array([0.1, 2.0, -1.0])
    for temperature in (0.2, 1.0, 5.0):
        assert np.argmax(softmax(logits, temperature)) == 1
    assert softmax(logits, 5.0).max() < softmax(logits).max() < softmax(logits, 0.2).max()


def test_sharpen_is_softmax_of_two() -> None:
    logit, temperature = 1.7, 2.5
    p = float(softmax(np.array([logit, 0.0]))[0])
    assert sharpen(p, temperature) == pytest.approx(float(softmax(np.array([logit, 0.0]), temperature)[0]))


@pytest.mark.parametrize("p", [0.0, 1.0, 0.5])
def test_sharpen_stays_a_probability(p: float) -> None:
    assert sharpen(p, 1.0) == pytest.approx(p, abs=1e-6)
    assert 0 <= sharpen(p, 0.01) <= 1 and 0 <= sharpen(p, 100.0) <= 1
