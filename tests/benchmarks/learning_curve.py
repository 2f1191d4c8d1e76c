"""Learning curve: dev figures of every task by the share of the articles that a model is trained on, with as many steps each.

    python tests/benchmarks/learning_curve.py runs/data/gold.jsonl runs/data/gold-dev.jsonl --steps 500

Every run is ``configs/default.yaml`` without a teacher, from the pretrained encoder; equal steps, since an eighth in as many epochs would
only be trained less (112 steps on all of gold are too few: claim type .236; 4 minutes on two cores). The parts lie in one another (articles by a
hash of their ids).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import training
from training.config import read
from training.data import split_file

SHOWN = ("claim_type_macro_f1", "stance_macro_f1", "target_overlap_f1", "speaker_accuracy", "speaker_attributed_f1")


def trained(train: str, dev: str, steps: int, output: Path) -> dict[str, float]:
    """Dev figures after so many steps on a file."""
    settings = [f"data.train=[{train}]", f"data.dev=[{dev}]", f"output={output}", f"trainer.max_steps={steps}", "teacher=null"]
    settings += ["trainer.save_strategy=no", "trainer.eval_strategy=no", "trainer.load_best_model_at_end=false"]
    model = training.fit(read("configs/default.yaml", settings))
    return json.loads((model / "fit.json").read_text("utf-8"))["dev"]  # type: ignore[no-any-return]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--shares", type=float, nargs="+", default=[1, 0.5, 0.25, 0.125])
    options = parser.parse_args()
    for share in options.shares:
        with tempfile.TemporaryDirectory() as folder:
            part = options.train
            if share < 1:
                split_file(options.train, f"{folder}/part", share)
                part = f"{folder}/part.dev.jsonl"
            found = trained(part, options.dev, options.steps, Path(folder) / "model")
            sys.stdout.write(f"{share}: " + ", ".join(f"{name} {found[name]:.3f}" for name in SHOWN) + "\n")
            sys.stdout.flush()
