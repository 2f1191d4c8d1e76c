"""Fixtures that the whole suite shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stance.labeler import Labeler
from tests.stance import fake_model

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of corpora beside the checkout; tests that need it skip where it is not."""
    folder = Path(os.environ.get("STANCE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the corpora in {folder} (set STANCE_SHARED to where they are)")
    return folder


@pytest.fixture(scope="session")
def tiny_labeler() -> Labeler:
    """A labeler whose model is numpy made from token ids: no torch, no files, labels without meaning."""
    return fake_model.labeler()
