"""An evaluation as ``metrics.json`` and as one HTML file that needs no network. Computes nothing."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd

if TYPE_CHECKING:
    from training.evaluation import Evaluation

WORST = 20
"""Errors shown a task."""

_TITLES = {"claim_type": "Claim type", "stance_given": "Stance towards given targets"}


def save(evaluation: Evaluation, folder: str | Path) -> Path:
    """Write both files into ``folder``, which is made; gives it back."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = _content(evaluation)
    text = json.dumps(_plain(_as_json(evaluation, content)), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "metrics.json").write_text(text + "\n", "utf-8")
    (folder / "report.html").write_text(_template().render(content, page=True), "utf-8")
    return folder


def fragment(evaluation: Evaluation) -> str:
    """The headline table and the notes, for a notebook's cell."""
    return _template().render(_content(evaluation, details=False), page=False)


def _content(evaluation: Evaluation, details: bool = True) -> dict[str, Any]:
    summary = evaluation.summary()
    return {
        "model": evaluation.model,
        "data": evaluation.data,
        "articles": len(evaluation.joined.articles),
        "notes": evaluation.notes,
        "summary": summary,
        "comparison": evaluation.comparison() if details and evaluation.baseline is not None else None,
        "tasks": [_task(evaluation, task, summary, details) for task in evaluation.tasks],
        "resamples": "1,000",
    }


def _task(evaluation: Evaluation, task: str, summary: pd.DataFrame, details: bool) -> dict[str, Any]:
    part = {"name": task, "title": _TITLES.get(task, task.capitalize()), "figures": summary[summary["task"] == task]}
    if details:
        part["confusion"] = evaluation.confusion(task)
        part["errors"] = evaluation.errors(task, WORST)
        part["per_class"] = None if task in ("speaker", "target") else evaluation.per_class(task)
    return part


def _as_json(evaluation: Evaluation, content: dict[str, Any]) -> dict[str, Any]:
    """The figures as plain types; texts stay out, so that the file may be published where the articles may not."""
    tasks = {
        part["name"]: {
            "confusion": part["confusion"].to_dict("split"),
            **({} if part["per_class"] is None else {"per_class": part["per_class"].to_dict("records")}),
        }
        for part in content["tasks"]
    }
    compared = content["comparison"]
    return {
        **{key: content[key] for key in ("model", "data", "articles", "notes")},
        "figures": content["summary"].to_dict("records"),
        **({} if compared is None else {"comparison": compared.to_dict("records")}),
        "tasks": tasks,
    }


def _plain(value: Any) -> Any:
    """Without NaN, which JSON does not have, and without numpy's types."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _number(value: Any) -> str:
    """Three decimals, as papers print rates; a dash for what is not defined."""
    if value is None or pd.isna(value):
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("training"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = _number
    return environment.get_template("report.html")
