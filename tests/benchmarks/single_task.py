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


def only(source: str, tasks: tuple[str, ...], target: Path) -> str:
    """The label file with these tasks alone, and its articles beside it."""
    rows = [json.loads(line) for line in Path(source).read_text("utf-8").splitlines()]
    kept = [{**r, "labelled": ",".join(t for t in r["labelled"].split(",") if not tasks or t in tasks)} for r in rows]
    target.write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    articles_file(target).write_bytes(articles_file(source).read_bytes())
    return str(target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--runs", default=",".join(TASKS), help="which of them")
    options = parser.parse_args()
    for name in options.runs.split(","):
        with tempfile.TemporaryDirectory() as folder:
            files = {part: only(getattr(options, part), TASKS[name], Path(folder) / f"{part}.jsonl") for part in ("train", "dev")}
            settings = [
                "teacher=null",
                f"output={folder}/model",
                f"trainer.num_train_epochs={options.epochs}",
                "trainer.save_strategy=no",
            ]
            settings += [f"data.{part}=[{path}]" for part, path in files.items()]
            started = time.monotonic()
            figures = json.loads((fit(read_config("configs/default.yaml", settings)) / "fit.json").read_text("utf-8"))["dev"]
            shown = {key: figures[key] for key in ("speaker_accuracy", *SCORED) if key in figures}
            sys.stdout.write(f"{name}, {time.monotonic() - started:.0f} s: " + json.dumps(shown) + "\n")
            sys.stdout.flush()
