"""The loss of each head, masked where nobody decided, and their weighted sum. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from training.examples import IGNORE
from training.model import NEVER, Encoded


def masked_cross_entropy(logits: Tensor, labels: Tensor, decided: Tensor | None = None) -> Tensor:
    """Mean cross-entropy over the decided labels, 0 where none is: f32[..., C], int64[...] -> f32[].

    ``decided`` divides in place of their number here, f32[]: see :func:`counts`.
    """
    flat = logits.reshape(-1, logits.shape[-1]).float()
    lost = functional.cross_entropy(flat, labels.reshape(-1), ignore_index=IGNORE, reduction="sum")
    return lost / _at_least_some(_count(labels) if decided is None else decided)


def masked_binary(logits: Tensor, labels: Tensor, decided: Tensor | None = None) -> Tensor:
    """Mean binary cross-entropy over the decided labels: f32[N], int64[N] of 0, 1 or IGNORE -> f32[]."""
    losses = functional.binary_cross_entropy_with_logits(logits.float(), labels.clamp(min=0).float(), reduction="none")
    return (losses * (labels != IGNORE)).sum() / _at_least_some(_count(labels) if decided is None else decided)


def masked_share(logits: Tensor, labels: Tensor, decided: Tensor | None = None) -> Tensor:
    """Minus the log of the probability that the labelled tokens share, mean over decided rows: f32[N, T], int64[N, T] -> f32[]."""
    rows = labels[:, 0]
    lost = (surprise(logits.float(), labels == 1) * (rows != IGNORE)).sum()
    return lost / _at_least_some(_count(rows) if decided is None else decided)


def surprise(logits: Tensor, wanted: Tensor) -> Tensor:
    """Minus the log of the probability that the wanted columns of each row share: f32[N, C], bool[N, C] -> f32[N]."""
    every = functional.log_softmax(logits, -1)
    return -torch.logsumexp(every.masked_fill(~wanted, NEVER), -1)


HEADS: tuple[str, ...] = ("mention", "attributed", "target", "claim_type", "stance", "names", "naming", "aiming")
"""Heads that have a loss, each with its labels of the same name in a batch."""


_LOSSES = {"attributed": masked_binary, "naming": masked_share, "aiming": masked_share}
"""Losses that are no :func:`masked_cross_entropy`."""


def counts(batch: Mapping[str, Tensor]) -> Tensor:
    """How many labels of each of :data:`HEADS` a batch decides, f32[heads].

    Of several processes each divides by the mean of their counts; the mean of their gradients is then that of one process
    with the whole batch, though their parts decide unequally much.
    """
    return torch.stack([_count(batch[head][:, 0] if head in ("naming", "aiming") else batch[head]) for head in HEADS])


def head_losses(
    encoded: Encoded, stance: Tensor, batch: Mapping[str, Tensor], decided: Tensor | None = None
) -> dict[str, Tensor]:
    """Each head's loss on a batch of ``training.examples.collate``; ``decided`` as :func:`counts` gives it."""
    logits = {head: stance if head == "stance" else getattr(encoded, head) for head in HEADS}
    by = dict(zip(HEADS, counts(batch) if decided is None else decided, strict=True))
    return {head: _LOSSES.get(head, masked_cross_entropy)(logits[head], batch[head], by[head]) for head in HEADS}


def _binary(logits: Tensor) -> Tensor:
    return functional.logsigmoid(torch.stack([-logits.float(), logits.float()], -1))


def _multiclass(logits: Tensor) -> Tensor:
    return functional.log_softmax(logits.float(), -1)


LIKELIHOODS: Mapping[str, Callable[[Tensor], Tensor]] = {
    **{head: _multiclass for head in HEADS if head not in ("names", "aiming")},
    "attributed": _binary,
}
"""Heads that a teacher teaches, and how its logits, or the learner's, become log probabilities along the last axis."""


def taught_losses(encoded: Encoded, stance: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Cross-entropy of each head with its teacher's probabilities (``taught_…`` of a batch), mean over rows that have any."""
    found = {}
    for head, likelihood in LIKELIHOODS.items():
        wanted, said = batch[f"taught_{head}"], likelihood(stance if head == "stance" else getattr(encoded, head))
        found[head] = -(wanted * said).sum() / (wanted.sum(-1) > 0).sum().clamp(min=1)
    return found


def _count(labels: Tensor) -> Tensor:
    return (labels != IGNORE).sum().float()


def _at_least_some(count: Tensor) -> Tensor:
    """A divisor that is not 0; where nothing is decided, there is nothing to divide either."""
    return count.clamp(min=1e-3)


def total(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Weighted sum.

    >>> float(total({"a": torch.tensor(2.0), "b": torch.tensor(1.0)}, {"a": 0.5, "b": 3.0}))
    4.0
    """
    return torch.stack([loss * weights[name] for name, loss in losses.items()]).sum()
