"""The project's own further labels (``training/labels``): stand-off rows as gold's, on articles that gold does not hold."""

from __future__ import annotations

import gzip
import json
from importlib import resources
from pathlib import Path

from training.corpora.conversion import Conversion
from training.corpora.gold import join

NAME = "own"
LABELS = "news.jsonl.gz"


def convert(source: Path) -> Conversion:
    """Join the package's labels with the articles' texts.

    Args:
        source: the folder in which ``news`` and ``polnear`` lie.
    """
    return joined(NAME, LABELS, source)


def joined(corpus: str, labels: str, source: Path) -> Conversion:
    """The rows of one of the package's files of labels with the texts under ``source``."""
    packed = resources.files("training").joinpath("labels", labels).read_bytes()
    return join(corpus, (json.loads(line) for line in gzip.decompress(packed).decode("utf-8").splitlines()), source)
