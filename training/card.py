"""The model card of a runtime folder: what the model is, what it was trained on, and how far to trust it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from stance.errors import UsageError
from stance.spec import ModelSpec


def write_card(spec: ModelSpec, model: Path, path: Path, notes: str | Path | None = None) -> None:
    """Fill ``training/card.md`` from the spec and from what ``fit`` left in ``fit.json``; ``notes`` is appended.

    Raises:
        UsageError: ``notes`` cannot be read.
    """
    fit = model / "fit.json"
    facts: dict[str, Any] = json.loads(fit.read_text("utf-8")) if fit.is_file() else {"config": {}, "dev": {}}
    template = resources.files("training").joinpath("card.md").read_text("utf-8")
    text = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True).from_string(template)
    try:
        more = "" if notes is None else "\n" + Path(notes).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{notes}: cannot be read ({error.strerror}); give a Markdown file") from None
    path.write_text(text.render(spec=spec, config=facts["config"], dev=facts["dev"]) + more, "utf-8")
