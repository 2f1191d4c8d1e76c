"""Does the stance hang on the target? The same model on the same rows, with and without knowing what the target is.

    python tests/benchmarks/target_ablation.py default runs/data/newsmtsc.dev.jsonl

Ordinary encoders classify the sentence and ignore the target. ``another`` gives each row the target of the row before it in
its article; ``none`` takes the target's vector away.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from stance.labeler import Labeler
from training.bootstrap import figures
from training.gold import read
from training.metrics import measures
from training.pairs import join
from training.predictions import load, predict

Change = Callable[[np.ndarray], np.ndarray]
"""Target vectors f32[P, H] of an article's pairs to those that the head is given."""

CHANGES: dict[str, Change] = {
    "its own target": lambda targets: targets,
    "another": lambda targets: np.roll(targets, 1, axis=0),
    "none": np.zeros_like,
}


class _Changed:
    """A backend whose stance head is given other targets."""

    def __init__(self, backend: object, change: Change) -> None:
        self._backend, self._change = backend, change

    def __getattr__(self, name: str) -> object:
        return getattr(self._backend, name)

    def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return self._backend.stance(sentences, speakers, self._change(targets))  # type: ignore[attr-defined, no-any-return]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the stance figures of each change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data", help="label file with given targets")
    options = parser.parse_args(arguments)
    labeler, gold = load(options.model), read(options.data)
    rows = []
    for name, change in CHANGES.items():
        predicted = predict(changed(labeler, change), gold)
        shown = [m for m in measures(join([r for item in gold for r in item.records], predicted)) if "stance" in m.task]
        rows += [(f.task, f.metric, name, f.value, f.low, f.high, f.n) for f in figures(shown)]
    table = pd.DataFrame(rows, columns=["task", "metric", "target", "value", "low", "high", "n"])
    sys.stdout.write(table[table.metric == "macro_f1"].round(3).to_string(index=False) + "\n")


def changed(labeler: Labeler, change: Change) -> Labeler:
    """The labeler with changed targets."""
    other = copy.copy(labeler)
    other.backend = _Changed(labeler.backend, change)  # type: ignore[assignment]
    return other


if __name__ == "__main__":
    main()
