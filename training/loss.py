"""The loss of each head, masked where nobody decided, and their weighted sum. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from training.examples import IGNORE
from training.model import Encoded


def masked_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy over the decided labels, 0 where none is: f32[..., C], int64[...] -> f32[]."""
    decided = (labels != IGNORE).sum().clamp(min=1)
    flat = logits.reshape(-1, logits.shape[-1]).float()
    return functional.cross_entropy(flat, labels.reshape(-1), ignore_index=IGNORE, reduction="sum") / decided


def masked_binary(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean binary cross-entropy over the decided labels: f32[N], int64[N] of 0, 1 or IGNORE -> f32[]."""
    decided = labels != IGNORE
    losses = functional.binary_cross_entropy_with_logits(logits.float(), labels.clamp(min=0).float(), reduction="none")
    return (losses * decided).sum() / decided.sum().clamp(min=1)


def head_losses(encoded: Encoded, stance: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each head's loss on a batch of ``training.examples.collate``."""
    return {
        "mention": masked_cross_entropy(encoded.mention, batch["mention"]),
        "attributed": masked_binary(encoded.attributed, batch["attributed"]),
        "target": masked_cross_entropy(encoded.target, batch["target"]),
        "claim_type": masked_cross_entropy(encoded.claim_type, batch["claim_type"]),
        "stance": masked_cross_entropy(stance, batch["stance"]),
        "names": masked_cross_entropy(encoded.names, batch["names"]),
    }


def total(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Weighted sum.

    >>> float(total({"a": torch.tensor(2.0), "b": torch.tensor(1.0)}, {"a": 0.5, "b": 3.0}))
    4.0
    """
    return torch.stack([losses[name] * weight for name, weight in weights.items()]).sum()
