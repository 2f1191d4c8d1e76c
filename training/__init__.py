"""``training``: labels to a model, a model to figures. Needs the extra: ``pip install "stance[train]"``.

training.fit("configs/quick.yaml")
training.export("runs/quick", "runs/quick-runtime")
training.evaluate("runs/quick", "gold.jsonl").summary()
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

_HOMES = {
    "audit": "training.doubts",
    "fit": "training.fitting",
    "FitConfig": "training.config",
    "evaluate": "training.evaluation",
    "Evaluation": "training.evaluation",
    "export": "training.exporting",
    "prepare": "training.corpora",
    "suggest": "training.suggestions",
}
_NEEDS = ("torch", "transformers", "datasets", "sklearn", "pydantic", "yaml")

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'training' has no attribute {name!r}; public are {', '.join(__all__)}")
    missing = [package for package in _NEEDS if importlib.util.find_spec(package) is None]
    if missing:
        raise ImportError(f'training needs {", ".join(missing)}: pip install "stance[train]"')
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
