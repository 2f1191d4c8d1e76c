"""Training tokens a second: the project's settings beside the Trainer's defaults, on the same batches in one run.

    python tests/benchmarks/training_speed.py [--steps 30]

Both train the same heads on the sample's passages, under bf16 autocast where ``fit`` would take it; "default" has the
encoder's own dropout, SDPA attention and trainable word embeddings, as ``from_pretrained`` gives them, and batches as wide
as their longest passage; "ours" is what ``configs/default.yaml`` says (compiled under bf16 alone, as ``fit`` does).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import time
from collections.abc import Mapping

import torch

from training import data
from training.checkpoint import encoder_folder, from_encoder
from training.config import FitConfig, OptimConfig
from training.examples import collate
from training.fitting import computes_bf16
from training.gold import read
from training.loss import head_losses, total
from training.model import StanceModel
from training.trainer import freeze, parameter_groups

DEFAULT = {"freeze_embeddings": False, "encoder_dropout": 0.1, "attention": "sdpa", "compile": False}


WARMING = 3
"""Steps before the clock starts: compilation, and the first kernels."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=30)
    options = parser.parse_args()
    bf16 = computes_bf16()
    settings = FitConfig(optim=OptimConfig(compile=bf16), trainer={"bf16": bf16})
    items = read(data.locate(data.SAMPLE))
    spec = data.make_spec(settings.spec, items)
    examples = list(data.examples(items, spec, encoder_folder(settings.encoder)))
    batches = [collate(examples[i : i + 8]) for i in range(0, len(examples) - 7, 8)]
    rates = {}
    for name, changes in (("default", DEFAULT), ("ours", {})):
        config = settings.model_copy(update={"optim": settings.optim.model_copy(update=changes)})
        model = from_encoder(config.encoder, spec, config.optim.attention, config.optim.encoder_dropout)
        if config.optim.compile:
            model.encoder.compile(dynamic=True)
        wide = batches if config.optim.compile else [narrow(batch) for batch in batches]
        rates[name] = tokens_per_second(model, config, wide, options.steps)
        print(f"{name:8} {rates[name]:8,.0f} tokens/s")
    print(f"ours / default: {rates['ours'] / rates['default']:.2f}")


def narrow(batch: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The batch without the columns that no passage fills."""
    longest, width = int(batch["mask"].sum(1).max()), batch["mask"].shape[1]
    return {key: value[:, :longest] if value.ndim == 2 and value.shape[1] == width else value for key, value in batch.items()}


def tokens_per_second(model: StanceModel, config: FitConfig, batches: list[dict[str, torch.Tensor]], steps: int) -> float:
    """Tokens a second of full training steps, without the first :data:`WARMING`."""
    freeze(model, config.optim)
    optimizer = torch.optim.AdamW(parameter_groups(model, config, 0.01), fused=config.optim.compile)
    model.train()
    tokens, start = 0, 0.0
    for step in range(steps + WARMING):
        if step == WARMING:
            start = time.perf_counter()
        batch: Mapping[str, torch.Tensor] = batches[step % len(batches)]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=config.trainer["bf16"]):
            encoded, stance = model(**{k: batch[k] for k in ("ids", "shapes", "mask", "rows", "pairs")})
            loss = total(head_losses(encoded, stance, batch), config.heads.model_dump())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        tokens += int(batch["mask"].sum()) if step >= WARMING else 0
    return tokens / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
