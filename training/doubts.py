"""Labels to read again: confident learning over a model's predictions.

Northcutt et al., "Confident Learning: Estimating Uncertainty in Dataset Labels" (JAIR 2021), by their library cleanlab. The
model must not have been trained on the labels (predictions out of fold), else it only repeats them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stance.errors import UsageError
from stance.records import Record
from training.data import locate
from training.gold import Labelled, read
from training.pairs import join
from training.predictions import System, predict
from training.writing import write

CLASSED: tuple[str, ...] = ("claim_type", "stance")
"""Tasks with a fixed set of labels; of the others confident learning says nothing."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A label to read again.

    Attributes:
        task: whose label.
        record: the labelled row.
        predicted: what the model says in its place.
        support: probability that the model gives to the label as it stands; the lower, the more doubtful.
    """

    task: str
    record: Record
    predicted: str
    support: float


def audit(model: System, data: str | Path, output: str | Path | None = None, tasks: Sequence[str] = CLASSED) -> list[Doubt]:
    """The labels of ``data`` that confident learning takes for errors, the most doubtful first.

    Args:
        model: a model folder or a file of predictions; not trained on ``data``.
        data: label file.
        output: write the rows here too, with extra columns ``doubt_task``, ``doubt_predicted`` and ``doubt_support``, and
            the articles beside it.
        tasks: some of :data:`CLASSED`.

    Raises:
        UsageError: an unknown task, no such file, or labels of fewer than two classes.
        ImportError: cleanlab is not installed.
    """
    if unknown := [task for task in tasks if task not in CLASSED]:
        raise UsageError(f"--tasks {','.join(unknown)}: expected some of {', '.join(CLASSED)}")
    items = read(locate(str(data)))
    predicted = predict(model, items)
    doubts = [doubt for task in tasks for doubt in doubts_of([r for item in items for r in item.records], predicted, task)]
    if output is not None:
        write(_items(items, doubts), output)
    return doubts


def doubts_of(gold: Iterable[Record], predicted: Iterable[Record], task: str) -> list[Doubt]:
    """Doubtful labels of one task, the most doubtful first.

    Of a prediction only its best label has a probability; what is left is spread evenly over the others.

    Raises:
        UsageError: labels of fewer than two classes.
    """
    pairs = [
        (pair.gold, pair.predicted)
        for pair in join(gold, predicted).sentences
        if task in pair.gold.labelled and pair.predicted is not None and task in pair.predicted.labelled
    ]
    classes = sorted({getattr(r, task) for pair in pairs for r in pair})
    if len({getattr(r, task) for r, _ in pairs}) < 2:
        raise UsageError(f"{task}: labels of {len(classes)} class, expected at least 2; give more labels, or other --tasks")
    index = {name: i for i, name in enumerate(classes)}
    labels = np.asarray([index[getattr(r, task)] for r, _ in pairs])
    best = np.asarray([index[getattr(p, task)] for _, p in pairs])
    scores = np.asarray([float(getattr(p, f"{task}_score") or 0.0) for _, p in pairs])
    probabilities = np.repeat(((1 - scores) / (len(classes) - 1))[:, None], len(classes), 1)
    probabilities[np.arange(len(pairs)), best] = scores
    return [
        Doubt(task, pairs[i][0], classes[best[i]], float(probabilities[i, labels[i]])) for i in _issues(labels, probabilities)
    ]


def _issues(labels: np.ndarray, probabilities: np.ndarray) -> list[int]:
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise ImportError('audit needs cleanlab: pip install "stance[audit]"') from None
    ranked = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [int(i) for i in ranked]


def _items(items: Sequence[Labelled], doubts: Sequence[Doubt]) -> list[Labelled]:
    """One row a sentence, whatever is doubtful of it: of two, a correction would go into one."""
    found: dict[tuple[str, int], list[Doubt]] = {}
    for doubt in doubts:
        found.setdefault((doubt.record.article_id, doubt.record.sentence), []).append(doubt)
    rows: dict[str, list[Record]] = {}
    for (article, _), mine in found.items():
        tasks, predicted = (",".join(getattr(d, name) for d in mine) for name in ("task", "predicted"))
        notes = {"doubt_task": tasks, "doubt_predicted": predicted, "doubt_support": round(min(d.support for d in mine), 4)}
        rows.setdefault(article, []).append(replace(mine[0].record, extra={**mine[0].record.extra, **notes}))
    return [Labelled(item.article, tuple(rows[item.article.id])) for item in items if item.article.id in rows]
