"""What was confused with what, and the worst errors: tables over the pairs of one task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from stance.errors import UsageError
from training.confidence import score
from training.metrics import CLASSES, UNDECIDED, answer, gold_label, labels_of, right
from training.pairs import Pair

NOBODY = "(nobody)"
"""How tables show a speaker that is null."""

NOTHING = "(nothing)"
"""How tables show a target that is null."""


def shown(value: str | None, task: str) -> str:
    """A label or a name as tables show it."""
    return value or (NOTHING if task == "target" else NOBODY)


def confusion(pairs: Sequence[Pair], task: str) -> pd.DataFrame:
    """Counts: a row a gold label, a column a predicted one. For names: nobody, the right one, another one."""
    if task not in CLASSES:
        return _names(pairs, task)
    labels = labels_of(pairs, task)
    gold, predicted = [gold_label(p, task) for p in pairs], [str(answer(p, task)) for p in pairs]
    counts = confusion_matrix(gold, predicted, labels=labels)
    table = pd.DataFrame(counts, index=pd.Index(labels, name="gold"), columns=pd.Index(labels, name="predicted"))
    return table[table.index.isin(set(gold))]


def _names(pairs: Sequence[Pair], task: str) -> pd.DataFrame:
    none, some = shown(None, task), "something" if task == "target" else "somebody"
    rows = [none if getattr(p.gold, task) is None else some for p in pairs]
    table = pd.crosstab(pd.Series(rows, name="gold"), pd.Series([_which(p, task) for p in pairs], name="predicted"))
    return table.reindex(columns=[c for c in (none, "right", "other", UNDECIDED) if c in table.columns])


def _which(pair: Pair, task: str) -> str:
    given = answer(pair, task)
    if given is None or given == UNDECIDED:
        return given or shown(None, task)
    return "right" if right(pair, task) else "other"


def per_class(pairs: Sequence[Pair], task: str) -> pd.DataFrame:
    """A row a label: ``label, precision, recall, f1, n`` (0 where nothing was predicted).

    Raises:
        UsageError: the task's answers are names.
    """
    if task not in CLASSES:
        raise UsageError(f"per_class({task!r}): names are no classes; take confusion({task!r}) or errors({task!r})")
    labels = [label for label in labels_of(pairs, task) if label != UNDECIDED]
    gold, predicted = [gold_label(p, task) for p in pairs], [str(answer(p, task)) for p in pairs]
    scores = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
    return pd.DataFrame({"label": labels, **dict(zip(("precision", "recall", "f1", "n"), scores, strict=True))})


def worst(pairs: Sequence[Pair], task: str, n: int) -> list[Pair]:
    """The ``n`` wrong answers with the highest scores; those without a score come last."""
    wrong = [p for p in pairs if not right(p, task)]
    return sorted(wrong, key=lambda p: -_rank(p, task))[:n]


def errors(pairs: Sequence[Pair], task: str, n: int) -> pd.DataFrame:
    """:func:`worst` as ``text, gold, predicted, score, article, sentence``; with ``towards`` for given targets."""
    rows = [_error(p, task) for p in worst(pairs, task, n)]
    columns = ["text", "gold", "predicted", "score", "article", "sentence"]
    return pd.DataFrame(rows, columns=[*columns[:1], "towards", *columns[1:]] if task == "stance_given" else columns)


def _rank(pair: Pair, task: str) -> float:
    found = score(pair, task)
    return -1.0 if found is None else float(found)


def _error(pair: Pair, task: str) -> dict[str, Any]:
    return {
        "text": pair.gold.text,
        "towards": pair.gold.target,
        "gold": shown(getattr(pair.gold, task.removesuffix("_given")), task),
        "predicted": shown(answer(pair, task), task),
        "score": score(pair, task),
        "article": pair.gold.article_id,
        "sentence": pair.gold.sentence,
    }
