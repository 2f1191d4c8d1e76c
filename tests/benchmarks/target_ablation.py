"""Does the stance hang on the target? The same model on the same rows, with and without knowing what the target is.

    python tests/benchmarks/target_ablation.py default runs/data/newsmtsc.dev.jsonl

Ordinary encoders classify the sentence and ignore the target. ``another's`` gives each row the target of another row of the
file, drawn at random; ``none`` takes the target's vector away.
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


class _Changed:
    """A backend whose stance head is given other targets; ``seen`` are those that it was asked about."""

    def __init__(self, backend: object, change: Change) -> None:
        self._backend, self._change = backend, change
        self.seen: list[np.ndarray] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._backend, name)

    def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        self.seen.append(targets)
        return self._backend.stance(sentences, speakers, self._change(targets))  # type: ignore[attr-defined, no-any-return]


def shuffled(seen: Sequence[np.ndarray]) -> Change:
    """Each row's target replaced by that of another row of the whole file, drawn at random; rows come in the order of ``seen``."""
    pool = np.concatenate(seen)
    others = iter(np.roll(pool[np.random.default_rng(0).permutation(len(pool))], 1, axis=0))
    return lambda targets: np.stack([next(others) for _ in targets])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the stance figures of each change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data", help="label file with given targets")
    options = parser.parse_args(arguments)
    labeler, gold = load(options.model), read(options.data)
    rows: list[tuple[object, ...]] = []

    def measure(name: str, change: Change) -> list[np.ndarray]:
        other = changed(labeler, change)
        shown = [
            m for m in measures(join([r for item in gold for r in item.records], predict(other, gold))) if "stance" in m.task
        ]
        rows.extend((f.task, f.metric, name, f.value, f.low, f.high, f.n) for f in figures(shown))
        return other.backend.seen  # type: ignore[attr-defined, no-any-return]

    seen = measure("its own target", lambda targets: targets)
    measure("another's", shuffled(seen))
    measure("none", np.zeros_like)
    table = pd.DataFrame(rows, columns=["task", "metric", "target", "value", "low", "high", "n"])
    sys.stdout.write(table[table.metric == "macro_f1"].round(3).to_string(index=False) + "\n")


def changed(labeler: Labeler, change: Change) -> Labeler:
    """The labeler with changed targets."""
    other = copy.copy(labeler)
    other.backend = _Changed(labeler.backend, change)  # type: ignore[assignment]
    return other


if __name__ == "__main__":
    main()
