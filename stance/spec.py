"""``ModelSpec``: what a model knows about its labels and its passages, saved beside the weights as ``stance.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from stance.errors import ModelError
from stance.records import TASKS

SPEC_FILE = "stance.json"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The label set, its order and polarity, and how articles are cut.

    Attributes:
        name: model name, the first half of the ``model`` column.
        version: model version, the second half.
        tasks: trained tasks; only these enter ``labelled``.
        claim_types: label names in logit order.
        stances: label name -> -1 (against), 0 (neither), 1 (for), in logit order.
        name_kinds: kinds of proper names that the tagger tells apart.
        passage_tokens: longest passage in tokens, special tokens included.
        overlap_sentences: sentences that two neighbouring passages share.
        temperatures: task -> what its logits are divided by (see :mod:`stance.calibration`).
    """

    name: str = "stance"
    version: str = "0"
    tasks: tuple[str, ...] = TASKS
    claim_types: tuple[str, ...] = ()
    stances: Mapping[str, int] = field(default_factory=dict)
    name_kinds: tuple[str, ...] = ("person", "organisation", "place")
    passage_tokens: int = 256
    overlap_sentences: int = 2
    temperatures: Mapping[str, float] = field(default_factory=dict)

    @property
    def neutral(self) -> str | None:
        """The stance of polarity 0, the one that has no target; ``None`` in a label set without one."""
        return next((name for name, sign in self.stances.items() if sign == 0), None)

    @property
    def stance_names(self) -> tuple[str, ...]:
        """Stance labels in logit order."""
        return tuple(self.stances)

    @property
    def model(self) -> str:
        """What the ``model`` column says."""
        return f"{self.name}/{self.version}"

    def save(self, folder: str | Path) -> None:
        """Write ``stance.json`` into ``folder``."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (Path(folder) / SPEC_FILE).write_text(text + "\n", "utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> ModelSpec:
        """Read ``stance.json`` from ``folder``.

        Raises:
            ModelError: the file is absent, is no JSON, or has unknown or missing keys.
        """
        path = Path(folder) / SPEC_FILE
        try:
            raw = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ModelError(
                f"{folder}: no {SPEC_FILE} in it, so it is no model folder; make one with `python -m training export`"
            ) from None
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: not readable as JSON ({error}); export the model again") from None
        return cls.from_dict(raw, place=str(path))

    @classmethod
    def from_dict(cls, raw: Any, place: str = "spec") -> ModelSpec:
        """A spec from plain JSON types.

        Raises:
            ModelError: unknown keys, or values of a wrong type or that no model can have.
        """
        known = [f.name for f in fields(cls)]
        if not isinstance(raw, Mapping):
            raise ModelError(f"{place}: is {type(raw).__name__}, expected an object with keys {', '.join(known)}")
        unknown = sorted(str(key) for key in raw if key not in known)
        if unknown:
            raise ModelError(f"{place}: unknown keys {', '.join(unknown)}; expected some of {', '.join(known)}")
        for key, value in raw.items():
            fits, expected = _EXPECTED[key]
            if not fits(value):
                raise ModelError(f"{place}: {key} is {str(value)[:60]!r}, expected {expected}")
        plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
        return cls(**plain)


def _is_names(value: Any) -> bool:
    """Whether it is a list of different names."""
    return isinstance(value, list | tuple) and all(isinstance(v, str) and v for v in value) and len({*value}) == len(value)


def _is_tasks(value: Any) -> bool:
    return _is_names(value) and set(value) <= set(TASKS)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_polarities(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(k, str) and k and type(v) is int and -1 <= v <= 1 for k, v in value.items()
    )


def _is_temperatures(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        k in TASKS and isinstance(v, int | float) and math.isfinite(v) and v > 0 for k, v in value.items()
    )


_EXPECTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "name": (lambda v: isinstance(v, str) and bool(v), "a name"),
    "version": (lambda v: isinstance(v, str) and bool(v), "a version as text"),
    "tasks": (_is_tasks, f"a list of some of {', '.join(TASKS)}"),
    "claim_types": (_is_names, "a list of different names"),
    "stances": (_is_polarities, "names with -1, 0 or 1 each"),
    "name_kinds": (_is_names, "a list of different names"),
    "passage_tokens": (lambda v: _is_whole(v, 1), "a whole number from 1 on"),
    "overlap_sentences": (lambda v: _is_whole(v, 0), "a whole number from 0 on"),
    "temperatures": (_is_temperatures, f"a number above 0 for some of {', '.join(TASKS)}"),
}
"""Key -> whether a value fits, and what is expected."""
