"""``stance``: who says what kind of thing, and for or against what, in every sentence of a news article.

    labeler = stance.load()
    document = labeler.label("text of an article")
    document.sentences, document.to_pandas()

Everything public is listed here and loaded on first use, so that ``import stance`` takes milliseconds.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

# ONNX Runtime, from 1.29 on, reports to its makers each model that it loads, unless told otherwise before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "load": "stance.labeler",
    "Labeler": "stance.labeler",
    "Article": "stance.articles",
    "Record": "stance.records",
    "LabelledArticle": "stance.labelled",
    "SetAside": "stance.errors",
    "StanceError": "stance.errors",
    "UsageError": "stance.errors",
    "InputError": "stance.errors",
    "ModelError": "stance.errors",
}

__all__ = [*_HOMES]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'stance' has no attribute {name!r}; public are {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
