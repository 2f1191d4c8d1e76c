"""The project's own further labels (``training/labels``): stand-off rows as gold's, on articles that gold does not hold, and on
sentences of NewsMTSC."""

from __future__ import annotations

import gzip
import json
from importlib import resources
from pathlib import Path

from training.corpora.conversion import Conversion
from training.corpora.gold import join

NAME = "own"
LABELS = ("news.jsonl.gz", "sentences.jsonl.gz")


def convert(source: Path) -> Conversion:
    """Join the package's labels with the articles' texts.

    Args:
        source: the folder in which ``news``, ``polnear`` and ``newsmtsc`` lie.
    """
    return join(NAME, (json.loads(line) for name in LABELS for line in _lines(name)), source)


def _lines(name: str) -> list[str]:
    packed = resources.files("training").joinpath("labels", name).read_bytes()
    return gzip.decompress(packed).decode("utf-8").splitlines()
