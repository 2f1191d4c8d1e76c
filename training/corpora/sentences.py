"""The project's own labels of single sentences of NewsMTSC (``training/labels/sentences.jsonl.gz``)."""

from __future__ import annotations

from pathlib import Path

from training.corpora.conversion import Conversion
from training.corpora.own import joined

NAME = "sentences"
LABELS = "sentences.jsonl.gz"


def convert(source: Path) -> Conversion:
    """Join the package's labels with the sentences.

    Args:
        source: the folder in which ``newsmtsc`` lies.
    """
    return joined(NAME, LABELS, source)
