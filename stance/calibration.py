"""Logits to calibrated probabilities by temperature (Guo et al., ICML 2017). Fits nothing: see ``training.calibrate``."""

from __future__ import annotations

import numpy as np


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities along the last axis.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    scaled = np.asarray(logits, np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return scaled / scaled.sum(axis=-1, keepdims=True)


def sharpen(probability: float, temperature: float) -> float:
    """A probability after its log-odds are divided by ``temperature``.

    >>> round(sharpen(0.8, 2.0), 4)
    0.6667
    """
    p = min(max(probability, 1e-7), 1 - 1e-7)
    return float(softmax(np.log([p, 1 - p]), temperature)[0])
