"""What more labels would bring: the default recipe without a teacher on growing shares of the articles, every task on dev.

    python -m tests.benchmarks.learning_curve runs/data/gold.jsonl runs/data/gold-dev.jsonl --epochs 2

A share is drawn by article (``training.data.split``), the smaller ones within the larger. All take as many steps, so a smaller
share sees its articles more often: as often alike, an eighth of gold would be 28 steps, which teach nobody anything.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.single_task import trained
from training import data
from training.gold import read
from training.writing import write

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)


def figures(train: str, dev: str, share: float, epochs: float) -> tuple[int, dict[str, float]]:
    """Sentences that were learnt from, and what came out on dev."""
    items = read(train)
    chosen = data.split(items, share)[1] if share < 1 else items
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.jsonl"
        write(chosen, part)
        found = trained(part, Path(dev), epochs / share, Path(folder) / "model")
    return sum(len(item.records) for item in chosen), found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--epochs", type=float, default=2, help="over all articles")
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    options = parser.parse_args()
    for share in options.shares:
        number, found = figures(options.train, options.dev, share, options.epochs)
        sys.stdout.write(f"{share:.3f}, {number} sentences: " + json.dumps({k: round(v, 3) for k, v in found.items()}) + "\n")
        sys.stdout.flush()
