"""Accuracy of the shipped model has a floor, on the held-out sample; lowering it is a change of ``floors.json`` that shows.

The sample's digest is pinned too: other labels would need other floors.
"""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.conftest import ROOT
from training import metrics
from training.data import sample_file
from training.gold import read
from training.predictions import predict

FLOORS = json.loads((ROOT / "tests" / "floors.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    gold = read(sample_file("heldout"))
    return metrics.values([r for item in gold for r in item.records], predict("default", gold))


def test_the_sample_is_the_one_that_the_floors_are_for() -> None:
    assert hashlib.sha256(sample_file("heldout").read_bytes()).hexdigest() == FLOORS["sha256"]


@pytest.mark.parametrize("figure", FLOORS["floors"])
def test_no_figure_falls_below_its_floor(figure: str, figures: dict[str, float]) -> None:
    assert figures[figure] >= FLOORS["floors"][figure]
