"""Label smoothing and R-drop of claim type and stance: does either help?

    python -m tests.benchmarks.regularised runs/data/gold.jsonl runs/data/gold-dev.jsonl --epochs 3 --rdrop 1 --dropout 0.1

``configs/default.yaml`` without a teacher, as the learning curve's last row; ``--dropout`` is the encoder's, which else has none.
Sources: Szegedy et al., "Rethinking the Inception architecture", CVPR 2016; Liang et al., "R-Drop: regularized dropout for neural
networks", NeurIPS 2021.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from torch import Tensor
from torch.nn import functional

from tests.benchmarks.single_task import trained
from training.examples import IGNORE
from training.trainer import PassageTrainer

HEADS = ("claim_type", "stance")
INPUTS = ("ids", "shapes", "mask", "rows", "pairs")


def smoothed(logits: Tensor, labels: Tensor) -> Tensor:
    """How much worse than its label a decided row takes the mean label to be: f32[N, C], int64[N] -> f32[]."""
    decided = labels != IGNORE
    every = functional.log_softmax(logits[decided], -1)
    told = every.gather(-1, labels[decided].unsqueeze(-1)).squeeze(-1)
    return (told - every.mean(-1)).sum() / decided.sum().clamp(min=1)


def divergence(one: Tensor, other: Tensor, labels: Tensor) -> Tensor:
    """Mean of both Kullback-Leibler divergences over the decided labels: f32[N, C] twice, int64[N] -> f32[]."""
    p, q = (functional.log_softmax(each[labels != IGNORE], -1) for each in (one, other))
    return ((p.exp() - q.exp()) * (p - q)).sum() / 2 / (labels != IGNORE).sum().clamp(min=1)


def loss_of(smoothing: float, rdrop: float) -> Any:
    """``PassageTrainer.compute_loss`` with these beside it."""
    plain = PassageTrainer.compute_loss

    def compute_loss(self: PassageTrainer, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        passes: list[dict[str, Tensor]] = []

        def noted(**given: Any) -> Any:
            encoded, stance = model(**given)
            passes.append({"claim_type": encoded.claim_type, "stance": stance})
            return encoded, stance

        loss = plain(self, noted, inputs, *rest, **more)
        if rdrop:
            noted(**{key: inputs[key] for key in INPUTS})
        for head in HEADS:
            labels, logits = inputs[head].flatten(), [each[head].flatten(0, -2) for each in passes]
            loss = loss + smoothing * smoothed(logits[0], labels)
            loss = loss + (rdrop * divergence(*logits, labels) if rdrop else 0)
        return loss

    return compute_loss


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--smoothing", type=float, default=0.0)
    parser.add_argument("--rdrop", type=float, default=0.0)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--set", nargs="*", default=[], help="further key=value of the config, such as trainer.bf16=false")
    options = parser.parse_args()
    changed = loss_of(options.smoothing, options.rdrop)
    with tempfile.TemporaryDirectory() as folder, patch.object(PassageTrainer, "compute_loss", changed):
        more = [f"optim.encoder_dropout={options.dropout}", *options.set]
        figures = trained(Path(options.train), Path(options.dev), options.epochs, Path(folder) / "model", *more)
    sys.stdout.write(json.dumps({key: round(value, 3) for key, value in figures.items()}) + "\n")
