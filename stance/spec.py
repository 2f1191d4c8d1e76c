"""``ModelSpec``: what a model knows about its labels and its passages, saved beside the weights as ``stance.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
            raise ModelError(f"{folder}: no {SPEC_FILE} in it, so it is no model folder; make one with `python -m training export`") from None
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: not readable as JSON ({error}); export the model again") from None
        return cls.from_dict(raw, place=str(path))

    @classmethod
    def from_dict(cls, raw: Any, place: str = "spec") -> ModelSpec:
        """A spec from plain JSON types.

        Raises:
            ModelError: unknown keys, or values of a wrong type.
        """
        known = {f.name for f in fields(cls)}
        if not isinstance(raw, dict) or set(raw) - known:
            found = sorted(set(raw) - known) if isinstance(raw, dict) else type(raw).__name__
            raise ModelError(f"{place}: unknown keys {found}; expected some of {sorted(known)}")
        lists = {k: tuple(raw[k]) for k in ("tasks", "claim_types", "name_kinds") if k in raw}
        return cls(**{**raw, **lists})
