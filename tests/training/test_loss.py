"""Masked losses on a few hand-made numbers."""

from __future__ import annotations

import math

import pytest
import torch

from training.examples import IGNORE
from training.loss import masked_binary, masked_cross_entropy, masked_share, total


def test_cross_entropy_is_the_mean_over_the_decided() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, math.log(3.0)], [9.0, -9.0]])
    loss = masked_cross_entropy(logits, torch.tensor([0, 0, IGNORE]))
    assert float(loss) == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_binary_is_the_mean_over_the_decided() -> None:
    loss = masked_binary(torch.tensor([0.0, math.log(3.0), 50.0]), torch.tensor([1, 0, IGNORE]))
    assert float(loss) == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_share_is_of_all_tokens_that_are_labelled() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, math.log(5.0)], [9.0, 0.0, 0.0, 0.0]])
    loss = masked_share(logits, torch.tensor([[0, 1, 0, 1], [IGNORE] * 4]))
    assert float(loss) == pytest.approx(math.log(8 / 6))


def test_an_undecided_share_is_zero_with_a_zero_gradient() -> None:
    logits = torch.randn(2, 4, requires_grad=True)
    loss = masked_share(logits, torch.full((2, 4), IGNORE))
    loss.backward()
    assert float(loss.detach()) == 0.0 and logits.grad is not None and not logits.grad.any()


@pytest.mark.parametrize("shape", [(3,), (3, 2), (0,)])
def test_nothing_decided_is_a_zero_with_a_zero_gradient(shape: tuple[int, ...]) -> None:
    logits = torch.randn(*shape, 4, requires_grad=True)
    loss = masked_cross_entropy(logits, torch.full(shape, IGNORE))
    loss.backward()
    assert float(loss.detach()) == 0.0 and logits.grad is not None and not logits.grad.any()
    flat = torch.randn(3, requires_grad=True)
    loss = masked_binary(flat, torch.full((3,), IGNORE))
    loss.backward()
    assert float(loss.detach()) == 0.0 and flat.grad is not None and not flat.grad.any()


def test_half_precision_logits_are_summed_in_single() -> None:
    logits = torch.randn(64, 3)
    labels = torch.randint(0, 3, (64,))
    half = masked_cross_entropy(logits.bfloat16(), labels)
    assert half.dtype == torch.float32
    assert float(half) == pytest.approx(float(masked_cross_entropy(logits, labels)), abs=0.02)


def test_a_weight_of_zero_switches_a_head_off() -> None:
    a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    total({"a": a, "b": b}, {"a": 0.5, "b": 0.0}).backward()
    assert a.grad is not None and b.grad is not None
    assert (float(a.grad), float(b.grad)) == (0.5, 0.0)
