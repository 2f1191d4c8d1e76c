"""Each task trained alone beside all together: does the joint model lose by it?

    python tests/benchmarks/single_task.py runs/data/gold.jsonl runs/data/gold-dev.jsonl --epochs 2

Every run is ``configs/default.yaml`` without a teacher on the same articles; a single task's file keeps the labels of that task
alone (stance with its target, since the stance is the one towards it). At inference one pass gives all tasks.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from training.config import read as read_config
from training.fitting import fit
from training.gold import articles_file
from training.trainer import SCORED

TASKS = {"joint": (), "claim_type": ("claim_type",), "stance": ("stance", "target"), "speaker": ("speaker",)}


def only(source: str, tasks: tuple[str, ...], target: Path) -> Path:
    """The label file with these tasks alone, and its articles beside it."""
    rows = [json.loads(line) for line in Path(source).read_text("utf-8").splitlines()]
    kept = [{**r, "labelled": ",".join(t for t in r["labelled"].split(",") if not tasks or t in tasks)} for r in rows]
    target.write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    articles_file(target).write_bytes(articles_file(source).read_bytes())
    return target


def trained(train: Path, dev: Path, epochs: float, output: Path, *more: str) -> dict[str, float]:
    """Dev figures of ``configs/default.yaml`` without a teacher on these files; ``more`` are further ``key=value``."""
    settings = [f"data.train=[{train}]", f"data.dev=[{dev}]", f"output={output}", f"trainer.num_train_epochs={epochs}"]
    model = fit(read_config("configs/default.yaml", [*settings, "teacher=null", "trainer.save_strategy=no", *more]))
    figures = json.loads((model / "fit.json").read_text("utf-8"))["dev"]
    return {key: figures[key] for key in ("speaker_accuracy", *SCORED) if key in figures}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--runs", default=",".join(TASKS), help="which of them")
    options = parser.parse_args()
    for name in options.runs.split(","):
        with tempfile.TemporaryDirectory() as folder:
            files = [only(getattr(options, part), TASKS[name], Path(folder) / f"{part}.jsonl") for part in ("train", "dev")]
            started = time.monotonic()
            shown = trained(*files, options.epochs, Path(folder) / "model")
            sys.stdout.write(f"{name}, {time.monotonic() - started:.0f} s: " + json.dumps(shown) + "\n")
            sys.stdout.flush()
