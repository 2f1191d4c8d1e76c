"""An evaluation as ``metrics.json`` and as one HTML file that needs no network. Computes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd

from stance.page import fragment as article_fragment
from stance.records import Record
from training import plots
from training.breakdown import shown, worst
from training.confidence import BINS, score
from training.metrics import CLASSES, TASKS, answer
from training.pairs import Pair

if TYPE_CHECKING:
    from training.evaluation import Evaluation

WORST = 20
"""Errors shown a task."""

BEFORE = 300
"""Characters of the article shown before a wrong sentence, at most."""

_TITLES = {"claim_type": "Claim type", "stance_given": "Stance towards given targets"}
_TABLES = ("confusion", "per_class", "slices", "reliability", "risk_coverage")


def save(evaluation: Evaluation, folder: str | Path) -> Path:
    """Write both files into ``folder``, which is made; gives it back."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = _content(evaluation)
    text = json.dumps(_plain(_as_json(content)), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "metrics.json").write_text(text + "\n", "utf-8")
    (folder / "report.html").write_text(_template().render(content, page=True), "utf-8")
    return folder


def fragment(evaluation: Evaluation) -> str:
    """For a notebook's cell: the headlines, the notes, and an article as the model labelled it."""
    table = _template().render(_head(evaluation, evaluation.headlines()), page=False)
    if not evaluation.articles or not evaluation.tasks:
        return table
    doc = evaluation.article()
    return f"{table}<details open><summary>One article, as labelled</summary>{article_fragment(doc.article, doc.records, doc.polarity)}</details>"


def _head(evaluation: Evaluation, summary: pd.DataFrame) -> dict[str, Any]:
    return {
        "model": evaluation.model,
        "data": evaluation.data,
        "articles": len(evaluation.joined.articles),
        "notes": evaluation.notes,
        "summary": summary,
        "resamples": "1,000",
    }


def _content(evaluation: Evaluation) -> dict[str, Any]:
    summary, headlines = evaluation.summary(), evaluation.headlines()
    names = headlines.task + ": " + headlines.metric
    return {
        **_head(evaluation, summary),
        "headlines": headlines,
        "headline_plot": plots.svg(lambda ax: plots.intervals(headlines, names, ax), (6.5, 0.8 + 0.3 * len(headlines))),
        "calibration": evaluation.calibration(),
        "comparison": None if evaluation.baseline is None else evaluation.comparison(),
        "agreement": None if evaluation.second is None else evaluation.agreement(),
        "tasks": [_task(evaluation, task, summary) for task in evaluation.tasks],
        "bins": BINS,
        "task_titles": {task: _TITLES.get(task, task.capitalize()) for task in TASKS},
    }


def _task(evaluation: Evaluation, task: str, summary: pd.DataFrame) -> dict[str, Any]:
    reliability, risks = evaluation.reliability(task), evaluation.risk_coverage(task)
    drawn = [plots.svg(lambda ax: plots.reliability(reliability, ax)), plots.svg(lambda ax: plots.risk_coverage(risks, ax))]
    return {
        "name": task,
        "title": _TITLES.get(task, task.capitalize()),
        "figures": summary[summary["task"] == task],
        "confusion": evaluation.confusion(task),
        "per_class": evaluation.per_class(task) if task in CLASSES else None,
        "slices": evaluation.slices(task),
        "reliability": reliability,
        "risk_coverage": risks,
        "plots": drawn if len(reliability) else [],
        "errors": [_shown(evaluation, p, task) for p in worst(evaluation.pairs(task), task, WORST)],
    }


def _shown(evaluation: Evaluation, pair: Pair, task: str) -> dict[str, Any]:
    """A wrong sentence twice, with the words that gold and prediction mark, after what stands before it."""
    article = evaluation.articles.get(pair.gold.article_id)
    before = "" if article is None else article.text[max(0, pair.gold.start - BEFORE) : pair.gold.start]
    return {
        "article": pair.gold.article_id,
        "sentence": pair.gold.sentence,
        "score": score(pair, task),
        "before": before[before.find(" ") + 1 :].strip() if pair.gold.start > BEFORE else before.strip(),
        "towards": pair.gold.target if task == "stance_given" else None,
        "gold": {"label": shown(getattr(pair.gold, task.removesuffix("_given")), task), "pieces": pieces(pair.gold, pair.gold)},
        "predicted": {"label": shown(answer(pair, task), task), "pieces": pieces(pair.gold, pair.predicted)},
    }


def pieces(sentence: Record, labels: Record | None) -> list[tuple[str, str]]:
    """The sentence in pieces, each with the marks (``mention``, ``target``) that ``labels`` puts on it.

    >>> pieces(row := Record("a", 0, 5, 14, "Lind said", speaker="Ada Lind", mention_start=5, mention_end=9), row)
    [('Lind', 'mention'), (' said', '')]
    """
    spans = [] if labels is None else [("mention", labels.mention), ("target", labels.target_span)]
    marks = [(name, span) for name, span in spans if span is not None]
    edges = (min(max(edge, sentence.start), sentence.end) for _, span in marks for edge in span)
    cuts = sorted({sentence.start, sentence.end, *edges})
    return [
        (
            sentence.text[a - sentence.start : b - sentence.start],
            " ".join(name for name, span in marks if span.start <= a and b <= span.end),
        )
        for a, b in pairwise(cuts)
    ]


def _as_json(content: dict[str, Any]) -> dict[str, Any]:
    """The figures as plain types; texts stay out, so that the file may be published where the articles may not."""
    tables = {name: content[name] for name in ("comparison", "agreement") if content[name] is not None}
    tables = {"figures": content["summary"], "calibration": content["calibration"], **tables}
    return {
        **{key: content[key] for key in ("model", "data", "articles", "notes")},
        **{name: table.to_dict("records") for name, table in tables.items()},
        "tasks": {part["name"]: _tables(part) for part in content["tasks"]},
    }


def _tables(part: dict[str, Any]) -> dict[str, Any]:
    found = {name: part[name] for name in _TABLES if part[name] is not None}
    return {name: table.to_dict("split" if name == "confusion" else "records") for name, table in found.items()}


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


def _wordy(frame: pd.DataFrame) -> Sequence[str]:
    """Columns that hold words, not numbers."""
    return [c for c in frame.columns if c in ("task", "metric", "label", "slice", "part")]


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("training"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=_number, wordy=_wordy)
    return environment.get_template("report.html")
