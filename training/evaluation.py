"""``evaluate``: a model, or any system's predictions, against gold; ``Evaluation``: what came out, as tables and as a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stance.articles import Article
from stance.errors import UsageError
from stance.labelled import LabelledArticle
from training import breakdown, confidence
from training.agreement import table as agreement_table
from training.bootstrap import Figure, Measure, figures, interval, permuted, resampled
from training.metrics import HEADLINES, TASKS, decided, measures, pairs_of
from training.pairs import Joined, Pair, join
from training.predictions import System, predict
from training.slices import slices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from training.gold import Labelled


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Predictions joined with gold. Tables are data frames; ``plot_*`` draw them and give back the axes.

    Attributes:
        model: what was evaluated, for headings.
        data: what it was evaluated on.
        joined: the pairs that every table here is made of.
        notes: one line each: what could not be evaluated, and what did not meet.
        baseline: another system on the same gold, or ``None``.
        second: the labels of a second person on the same gold, or ``None``.
        articles: the gold's articles by id, for slices and context.
    """

    model: str
    data: str
    joined: Joined
    notes: tuple[str, ...] = ()
    baseline: Joined | None = None
    second: Joined | None = None
    articles: Mapping[str, Article] = field(default_factory=dict, repr=False)

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

    def headlines(self) -> pd.DataFrame:
        """The one figure that stands for each task; as :meth:`summary`."""
        table = self.summary()
        return table[table.metric == table.task.map(HEADLINES)].reset_index(drop=True)

    def confusion(self, task: str) -> pd.DataFrame:
        """Counts: a row a gold label, a column a predicted one. For names: nobody, the right one, another one."""
        return breakdown.confusion(self.pairs(task), task)

    def per_class(self, task: str) -> pd.DataFrame:
        """A row a label: ``label, precision, recall, f1, n`` (0 where nothing was predicted)."""
        return breakdown.per_class(self.pairs(task), task)

    def errors(self, task: str, n: int = 20) -> pd.DataFrame:
        """The ``n`` worst errors, the most confident first: ``text, gold, predicted, score, article, sentence``."""
        return breakdown.errors(self.pairs(task), task, n)

    def slices(self, task: str) -> pd.DataFrame:
        """The task's main figure by how the speaker is named, place in the article, length, outlet and date:
        ``slice, part,`` the figure ``, low, high, n``."""
        return slices(self.pairs(task), task, self.articles)

    def reliability(self, task: str) -> pd.DataFrame:
        """How often answers are right, by score: ``from, to, score, accuracy, low, high, n``; see :mod:`training.confidence`."""
        return confidence.reliability(self.pairs(task), task)

    def calibration(self) -> pd.DataFrame:
        """``task, accuracy, score, ece, ece_low, ece_high, ece_chance, ece_chance_high, brier, aurc, n``: how far the scores can be believed."""
        return pd.DataFrame([{"task": t, **confidence.calibration(self.pairs(t), t)} for t in self.tasks])

    def risk_coverage(self, task: str) -> pd.DataFrame:
        """What remains, and how right it is, above each score: ``min_score, coverage, accuracy, risk, n``."""
        return confidence.risk_coverage(self.pairs(task), task)

    def thresholds(self) -> pd.DataFrame:
        """By task what ``--min-score`` promises and keeps: ``task, min_score, promised, precision, low, high, coverage, n``."""
        tables = [confidence.thresholds(self.pairs(task), task) for task in self.tasks]
        for task, table in zip(self.tasks, tables, strict=True):
            table.insert(0, "task", task)
        return pd.concat([t for t in tables if len(t)], ignore_index=True) if any(map(len, tables)) else pd.DataFrame()

    def comparison(self) -> pd.DataFrame:
        """``task, metric, value, baseline, difference, low, high, p, n``: interval of the difference from the same draws of
        articles; ``p`` of a paired permutation test by article (two-sided, 10,000 draws, not corrected for many figures).

        Raises:
            UsageError: there is no baseline.
        """
        if self.baseline is None:
            raise UsageError("comparison(): no second system; give one as evaluate(model, data, baseline)")
        theirs = {(m.task, m.metric): m for m in measures(self.baseline, also=self.joined)}
        ours = measures(self.joined, also=self.baseline)
        rows = [_compare(m, theirs[m.task, m.metric]) for m in ours if (m.task, m.metric) in theirs]
        return pd.DataFrame(rows, columns=["task", "metric", "value", "baseline", "difference", "low", "high", "p", "n"])

    def agreement(self) -> pd.DataFrame:
        """Cohen's kappa and Krippendorff's alpha of the data and a second person's labels; see :mod:`training.agreement`.

        Raises:
            UsageError: there are no second labels.
        """
        if self.second is None:
            raise UsageError("agreement(): no second labels; give them as evaluate(model, data, second=...)")
        return agreement_table(self.second)

    def article(self, name: str | None = None) -> LabelledArticle:
        """An article as the model labelled it; without a name, the one in which it saw most targets.

        Raises:
            UsageError: no such article.
        """
        from training.data import polarities

        found: dict[str, list[Any]] = {p.gold.article_id: [] for p in (*self.joined.sentences, *self.joined.given)}
        for pair in self.joined.sentences or self.joined.given:
            if pair.predicted is not None and pair.predicted not in found[pair.gold.article_id][-1:]:
                found[pair.gold.article_id].append(pair.predicted)
        if name is None:
            name = max(found, key=lambda n: sum(r.target is not None for r in found[n]))
        if name not in found or name not in self.articles:
            raise UsageError(f"article({name!r}): not in {self.data}; there are {', '.join(list(found)[:5])}, …")
        stances = dict.fromkeys(r.stance for r in found[name] if r.stance is not None)
        return LabelledArticle(self.articles[name], tuple(found[name]), polarities(list(stances)))

    def plot_reliability(self, task: str, ax: Axes | None = None) -> Axes:
        """Reliability diagram."""
        from training import plots

        return plots.reliability(self.reliability(task), ax)

    def plot_risk_coverage(self, task: str, ax: Axes | None = None) -> Axes:
        """Share of wrong answers against share of sentences answered."""
        from training import plots

        return plots.risk_coverage(self.risk_coverage(task), ax)

    def plot_confusion(self, task: str, ax: Axes | None = None) -> Axes:
        """Confusion table as a picture."""
        from training import plots

        return plots.confusion(self.confusion(task), ax)

    def plot_summary(self, ax: Axes | None = None) -> Axes:
        """The main figure of each task with its interval."""
        from training import plots

        table = self.headlines()
        return plots.intervals(table, table.task + ": " + table.metric, ax)

    def save(self, folder: str | Path) -> Path:
        """Write ``metrics.json`` and the self-contained ``report.html`` into ``folder``, which is made; gives it back."""
        from training.report import save

        return save(self, folder)

    def pairs(self, task: str) -> list[Pair]:
        """The gold rows of a task with their predictions.

        Raises:
            UsageError: the task was not evaluated.
        """
        if task not in self.tasks:
            raise UsageError(f"{task!r} was not evaluated; there are {', '.join(self.tasks) or 'no tasks'}")
        return pairs_of(self.joined, task)

    def _repr_html_(self) -> str:
        from training.report import fragment

        return fragment(self)


def evaluate(
    model: System,
    data: str | Path | Sequence[Labelled],
    baseline: System | None = None,
    second: str | Path | Sequence[Labelled] | None = None,
) -> Evaluation:
    """Measure a model on labelled data.

    Args:
        model: a runtime folder, a model folder of ``training fit``, a file of predictions, ``default`` (the shipped model), a
            labeler, or records.
        data: a file of labels, or what :func:`training.gold.read` gives. Rows without some label columns are measured on the rest.
        baseline: a second system to compare with, in any of the forms of ``model``.
        second: another person's labels of the same sentences, for the agreement between the two.

    Returns:
        The evaluation; ``notes`` says what could not be measured.

    Raises:
        UsageError: the data hold no labels, or the model is no file or folder.
        InputError, ModelError: a file or folder that cannot be read.
    """
    gold = _read_gold(data)
    label = Path(data).name if isinstance(data, (str, Path)) else None  # so that rows without ids meet line by line
    records = [r for item in gold for r in item.records]
    if not records:
        raise UsageError(f"{_name(data)}: no labelled rows, expected at least one")
    joined = join(records, predict(model, gold))
    return Evaluation(
        _name(model),
        _name(data),
        joined,
        tuple(_notes(joined)),
        None if baseline is None else join(records, predict(baseline, gold)),
        None if second is None else join(records, [r for item in _read_gold(second, label) for r in item.records]),
        {item.article.id: item.article for item in gold},
    )


def _read_gold(data: str | Path | Sequence[Labelled], label: str | None = None) -> list[Labelled]:
    if not isinstance(data, (str, Path)):
        return list(data)
    from training.gold import read

    return read(data, label=label)


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
        "pairs have other sentence bounds and were joined by their words": joined.moved,
        "predicted rows of these articles answer no gold row": joined.spare,
        "predicted rows are of articles that the data do not hold": joined.elsewhere,
    }
    yield from (f"{count:,} {what}." for what, count in counts.items() if count)


def _compare(ours: Measure, theirs: Measure) -> dict[str, Any]:
    value, other = (float(m.formula(m.counts.sum(0))) for m in (ours, theirs))
    low, high = interval(resampled(ours) - resampled(theirs)) if len(ours.counts) > 1 else (np.nan, np.nan)
    names = {"task": ours.task, "metric": ours.metric}
    spread = {"low": low, "high": high, "p": permuted(ours, theirs), "n": ours.n}
    return {**names, "value": value, "baseline": other, "difference": value - other, **spread}


def _name(source: Any) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    return (
        f"{len(source):,} records"
        if isinstance(source, Sequence)
        else str(getattr(getattr(source, "spec", None), "model", "model"))
    )
