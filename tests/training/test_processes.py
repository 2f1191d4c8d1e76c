"""Two processes (gloo) train as one does with the same global batch."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from training.config import FitConfig

from .conftest import SENTENCES
from .test_fitting import ROOT, Configure, environment


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """33 articles (one is set aside) of unequal length; the decided labels are unequally many."""
    path = tmp_path / "uneven.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(33):
            for text, *_ in SENTENCES[: 1 + n % 3]:
                row = {"article_id": f"a{n}", "text": f"{text[:-1]} {n}.", "claim_type": ("fact", "view")[n % 2]}
                file.write(json.dumps(row if n % 5 else {**row, "stance": ("for", "against", "none")[n % 3]}) + "\n")
    return path


def losses(config: FitConfig, folder: Path, processes: int) -> list[float]:
    """The loss of each step."""
    path = folder / f"{processes}.yaml"
    path.write_text(config.model_dump_json(), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = ["-m", "torch.distributed.run", f"--nproc_per_node={processes}", f"--master_port={port}"]
    command = [sys.executable, *launcher, "-m", "training", "fit", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(loss) for loss in re.findall(r"step \d+/\d+  loss ([\d.]+)", done.stderr)]


def test_the_loss_curve_of_one_process(tmp_path: Path, uneven: Path, configure: Configure) -> None:
    curves = []
    for processes in (1, 2):
        trainer = {
            "use_cpu": True,
            "ddp_backend": "gloo",
            "num_train_epochs": 3,
            "per_device_train_batch_size": 8 // processes,
            "eval_strategy": "no",
            "save_strategy": "no",
            "logging_steps": 1,
            "bf16": False,
        }
        # Dropout draws from each process's own generator, so it is off where curves are compared.
        still = {"encoder_dropout": 0.0, "head_dropout": 0.0, "head_lr": 1e-2}
        config = configure(
            tmp_path / f"m{processes}",
            uneven,
            trainer,
            optim=still,
            data={"train": [str(uneven)], "dev": [], "dev_fraction": 0.001},
        )
        curves.append(losses(config, tmp_path, processes))
    one, two = curves
    assert len(one) == len(two) == 12 and sum(one[8:]) < sum(one[:4])
    assert two == pytest.approx(one, rel=2e-3, abs=2e-3)
