"""``evaluate``: a model, or any system's predictions, against gold; ``Evaluation``: what came out, as tables and as a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from stance.errors import UsageError
from training.bootstrap import Figure, Measure, figures, interval, resampled
from training.metrics import TASKS, UNDECIDED, answer, decided, gold_label, labels_of, measures, pairs_of, right
from training.pairs import Joined, Pair, join
from training.predictions import System, predict

if TYPE_CHECKING:
    from training.gold import Labelled

NOBODY = "(nobody)"
"""How tables show a speaker or a target that is null."""

_WHICH = (NOBODY, "right", "other", UNDECIDED)
"""Columns of the confusion table of a task whose answers are names."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Predictions joined with gold.

    Attributes:
        model: what was evaluated, for headings.
        data: what it was evaluated on.
        joined: the pairs that every table here is made of.
        notes: one line each: what could not be evaluated, and what did not meet.
        baseline: another system on the same gold, or ``None``.
    """

    model: str
    data: str
    joined: Joined
    notes: tuple[str, ...] = ()
    baseline: Joined | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that gold and predictions both decide."""
        return tuple(t for t in TASKS if any(decided(p, t) for p in pairs_of(self.joined, t)))

    def figures(self) -> list[Figure]:
        """Every figure with its 95 % interval from 1,000 draws of articles."""
        return figures(measures(self.joined))

    def summary(self) -> pd.DataFrame:
        """A row a figure: ``task, metric, value, low, high, n``."""
        return pd.DataFrame([asdict(f) for f in self.figures()], columns=["task", "metric", "value", "low", "high", "n"])

    def confusion(self, task: str) -> pd.DataFrame:
        """Counts: a row a gold label, a column a predicted one. For names: nobody, the right one, another one."""
        pairs = self._pairs(task)
        if task in ("speaker", "target"):
            columns = [_which(p, task) for p in pairs]
            rows = [NOBODY if getattr(p.gold, task) is None else "somebody" for p in pairs]
            table = pd.crosstab(pd.Series(rows, name="gold"), pd.Series(columns, name="predicted"))
            return table.reindex(columns=[c for c in _WHICH if c in table.columns])
        labels = labels_of(pairs, task)
        gold, predicted = [gold_label(p, task) for p in pairs], [str(answer(p, task)) for p in pairs]
        counts = confusion_matrix(gold, predicted, labels=labels)
        table = pd.DataFrame(counts, index=pd.Index(labels, name="gold"), columns=pd.Index(labels, name="predicted"))
        return table[table.index.isin(set(gold))]

    def per_class(self, task: str) -> pd.DataFrame:
        """A row a label: ``label, precision, recall, f1, n`` (0 where nothing was predicted)."""
        pairs = self._pairs(task)
        if task in ("speaker", "target"):
            raise UsageError(f"per_class({task!r}): names are no classes; take confusion({task!r}) or errors({task!r})")
        labels = [label for label in labels_of(pairs, task) if label != UNDECIDED]
        gold, predicted = [gold_label(p, task) for p in pairs], [str(answer(p, task)) for p in pairs]
        scores = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
        return pd.DataFrame({"label": labels, **dict(zip(("precision", "recall", "f1", "n"), scores, strict=True))})

    def errors(self, task: str, n: int = 20) -> pd.DataFrame:
        """The ``n`` worst errors, the most confident first: ``text, gold, predicted, score, article, sentence``."""
        wrong = [p for p in self._pairs(task) if not right(p, task)]
        rows = [_error(p, task) for p in sorted(wrong, key=lambda p: -_score(p, task))[:n]]
        columns = ["text", "gold", "predicted", "score", "article", "sentence"]
        return pd.DataFrame(rows, columns=[*columns[:1], "towards", *columns[1:]] if task == "stance_given" else columns)

    def comparison(self) -> pd.DataFrame:
        """``task, metric, value, baseline, difference, low, high, n``: the interval is of the difference, on the same draws.

        Raises:
            UsageError: there is no baseline.
        """
        if self.baseline is None:
            raise UsageError("comparison(): no second system; give one as evaluate(model, data, baseline)")
        theirs = {(m.task, m.metric): m for m in measures(self.baseline)}
        rows = [_compare(m, theirs[m.task, m.metric]) for m in measures(self.joined) if (m.task, m.metric) in theirs]
        return pd.DataFrame(rows, columns=["task", "metric", "value", "baseline", "difference", "low", "high", "n"])

    def save(self, folder: str | Path) -> Path:
        """Write ``metrics.json`` and the self-contained ``report.html`` into ``folder``, which is made; gives it back."""
        from training.report import save

        return save(self, folder)

    def _repr_html_(self) -> str:
        from training.report import fragment

        return fragment(self)

    def _pairs(self, task: str) -> list[Pair]:
        if task not in self.tasks:
            raise UsageError(f"{task!r} was not evaluated; there are {', '.join(self.tasks) or 'no tasks'}")
        return pairs_of(self.joined, task)


def evaluate(
    model: System,
    data: str | Path | Sequence[Labelled],
    baseline: System | None = None,
) -> Evaluation:
    """Measure a model on labelled data.

    Args:
        model: a runtime folder, a model folder of ``training fit``, a file of predictions, ``default`` (the shipped model), a
            labeler, or records.
        data: a file of labels, or what :func:`training.gold.read` gives. Rows without some label columns are measured on the rest.
        baseline: a second system to compare with, in any of the forms of ``model``.

    Returns:
        The evaluation; ``notes`` says what could not be measured.

    Raises:
        UsageError: the data hold no labels, or the model is no file or folder.
        InputError, ModelError: a file or folder that cannot be read.
    """
    gold = _read_gold(data)
    records = [r for item in gold for r in item.records]
    if not records:
        raise UsageError(f"{_name(data)}: no labelled rows, expected at least one")
    joined = join(records, predict(model, gold))
    second = None if baseline is None else join(records, predict(baseline, gold))
    return Evaluation(_name(model), _name(data), joined, tuple(_notes(joined)), second)


def _read_gold(data: str | Path | Sequence[Labelled]) -> list[Labelled]:
    if not isinstance(data, (str, Path)):
        return list(data)
    from training.gold import read

    return list(read(data))


def _notes(joined: Joined) -> Iterator[str]:
    for task in TASKS:
        pairs = pairs_of(joined, task)
        share = sum(decided(p, task) for p in pairs)
        name = "stance towards given targets" if task == "stance_given" else task
        if not pairs and task != "stance_given":
            yield f"No row of the data decides {name}: not evaluated."
        elif pairs and not share:
            yield f"The predictions decide {name} nowhere: not evaluated."
        elif share < len(pairs):
            yield f"{name}: {len(pairs) - share:,} of {len(pairs):,} rows are left undecided by the predictions and count as wrong."
    counts = {
        "gold rows have no prediction": joined.missing,
        "pairs have other sentence bounds and were joined by the largest overlap": joined.moved,
        "predicted rows of these articles answer no gold row": joined.spare,
        "predicted rows are of articles that the data do not hold": joined.elsewhere,
    }
    yield from (f"{count:,} {what}." for what, count in counts.items() if count)


def _compare(ours: Measure, theirs: Measure) -> dict[str, Any]:
    value, other = (float(m.formula(m.counts.sum(0))) for m in (ours, theirs))
    low, high = interval(resampled(ours) - resampled(theirs)) if len(ours.counts) > 1 else (np.nan, np.nan)
    names = {"task": ours.task, "metric": ours.metric}
    return {**names, "value": value, "baseline": other, "difference": value - other, "low": low, "high": high, "n": ours.n}


def _which(pair: Pair, task: str) -> str:
    given = answer(pair, task)
    if given is None or given == UNDECIDED:
        return given or NOBODY
    return "right" if right(pair, task) else "other"


def _score(pair: Pair, task: str) -> float:
    """The prediction's confidence; an answer without a score comes after all that have one."""
    score = getattr(pair.predicted, f"{task.removesuffix('_given')}_score") if decided(pair, task) else None
    return -1.0 if score is None else float(score)


def _error(pair: Pair, task: str) -> dict[str, Any]:
    gold = getattr(pair.gold, task.removesuffix("_given"))
    score = _score(pair, task)
    return {
        "text": pair.gold.text,
        "towards": pair.gold.target,
        "gold": gold or NOBODY,
        "predicted": answer(pair, task) or NOBODY,
        "score": None if score < 0 else score,
        "article": pair.gold.article_id,
        "sentence": pair.gold.sentence,
    }


def _name(source: Any) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    return (
        f"{len(source):,} records"
        if isinstance(source, Sequence)
        else str(getattr(getattr(source, "spec", None), "model", "model"))
    )
