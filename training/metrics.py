"""Gold records against predicted records: numbers, by task. No model, no files.

A row whose gold is undecided counts nowhere. A prediction that leaves undecided what the gold decides is wrong (recall,
accuracy) and named by ``coverage``; a figure for which the predictions decide no row at all is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from stance.records import MENTION, Record
from stance.spans import Span, overlap
from training.bootstrap import Array, Measure, f1, kappa, macro_f1, precision, recall, share
from training.gold import MENTION_UNKNOWN
from training.pairs import Joined, Pair, is_given, join, same

Test = Callable[[Pair], bool]

TASKS: tuple[str, ...] = ("speaker", "claim_type", "stance", "stance_given", "target")
"""What is measured; ``stance`` is the pointed one, ``stance_given`` the one towards targets that were asked for."""

CLASSES: tuple[str, ...] = ("claim_type", "stance", "stance_given")
"""Tasks whose answers are labels of a set; those of the others are names."""

HEADLINES = {
    "speaker": "accuracy",
    "claim_type": "macro_f1",
    "stance": "macro_f1",
    "stance_given": "macro_f1",
    "target": "overlap_f1",
}
"""The one figure that stands for a task."""

UNDECIDED = "(undecided)"
"""The class of a prediction that leaves the task open."""

_PRONOUNS = frozenset("i we you he she it they me us him her them who this that these those one".split())  # noqa: SIM905
_CAPITALISED = re.compile(r"\b[^\W\d_]\w+")
_NO_NAME = frozenset({"The", "An", "His", "Her", "Its", "Their", "Our", "My", "This", "That", "These", "Those"})


def values(gold: Iterable[Record], predicted: Iterable[Record]) -> dict[str, float]:
    """All figures without intervals, by ``task_metric`` (what the training loop logs).

    >>> row = Record("a", 0, 0, 3, "Hi.", claim_type="none", labelled=frozenset({"claim_type"}))
    >>> values([row], [row])["claim_type_accuracy"]
    1.0
    """
    return {f"{m.task}_{m.metric}": float(m.formula(m.counts.sum(0))) for m in measures(join(gold, predicted))}


def measures(joined: Joined, also: Joined | None = None, tasks: Collection[str] = TASKS) -> list[Measure]:
    """Every figure that gold and predictions together allow, by task.

    Args:
        joined: what is measured.
        also: another system on the same gold; the labels that only it gives count as classes too, so that the counts of
            the two line up, cell for cell.
        tasks: only these.
    """
    classes = [m for task in CLASSES if task in tasks for m in _classes(joined, task, also)]
    speaker = [*_speaker(joined), *_mention(joined)] if "speaker" in tasks else []
    return [*speaker, *classes, *(_target(joined) if "target" in tasks else [])]


def pairs_of(joined: Joined, task: str) -> list[Pair]:
    """The pairs whose gold decides ``task``."""
    if task == "stance_given":
        return list(joined.given)
    return [p for p in joined.sentences if task in p.gold.labelled and not (task == "stance" and is_given(p.gold))]


def decided(pair: Pair, task: str) -> bool:
    """Whether the prediction says anything on ``task``; the stance towards a target that was asked for is none towards the
    pointed one."""
    if pair.predicted is None or (task == "stance" and is_given(pair.predicted)):
        return False
    return task.removesuffix("_given") in pair.predicted.labelled


def gold_label(pair: Pair, task: str) -> str:
    """The gold label or name as a string."""
    return str(getattr(pair.gold, task.removesuffix("_given")))


def answer(pair: Pair, task: str) -> str | None:
    """The predicted label or name; :data:`UNDECIDED` where there is none."""
    return getattr(pair.predicted, task.removesuffix("_given")) if decided(pair, task) else UNDECIDED


def right(pair: Pair, task: str) -> bool:
    """Whether the prediction is right, as the task's main figure counts it."""
    if not decided(pair, task):
        return False
    if task == "speaker":
        return same(pair.gold.speaker, answer(pair, task))
    if task == "target":
        return _target_hit(pair) or (pair.gold.target is None and answer(pair, task) is None)
    return gold_label(pair, task) == answer(pair, task)


def labels_of(pairs: Sequence[Pair], task: str) -> list[str]:
    """Labels of gold, most frequent first, then those only predicted, then :data:`UNDECIDED` if it occurs."""
    gold = Counter(gold_label(p, task) for p in pairs)
    answers = {str(answer(p, task)) for p in pairs} - set(gold)
    last = [UNDECIDED] if UNDECIDED in answers else []
    return sorted(gold, key=lambda label: (-gold[label], label)) + sorted(answers - {UNDECIDED}) + last


def mention_kind(record: Record) -> str | None:
    """How the sentence names its speaker: ``no_mention``, ``pronoun``, ``name``, ``description``; ``None`` for no speaker (or
    where gold does not say which words name him).

    >>> mention_kind(Record("a", 0, 0, 13, "Lavrov spoke.", speaker="Sergey Lavrov", mention_start=0, mention_end=6))
    'name'
    """
    if record.speaker is None or record.extra.get(MENTION_UNKNOWN):
        return None
    if record.mention is None:
        return "no_mention"
    words = record.text[record.mention.start - record.start : record.mention.end - record.start]
    if words.casefold() in _PRONOUNS:
        return "pronoun"
    return "name" if _capitalised(words) & _capitalised(record.speaker) else "description"


def _capitalised(words: str) -> set[str]:
    return {w for w in _CAPITALISED.findall(words) if not w.islower() and w not in _NO_NAME}


def _by_article(pairs: Sequence[Pair]) -> npt.NDArray[np.int64]:
    """int64[len(pairs)]: number of each pair's article, counted over these pairs alone (gold decides which they are, so that
    two models measured on one gold share their articles)."""
    index: dict[str, int] = {}
    return np.array([index.setdefault(p.gold.article_id, len(index)) for p in pairs])


def _measure(task: str, metric: str, pairs: Sequence[Pair], rows: Array, formula: Callable[[Array], Array]) -> Measure:
    """``rows``: float[len(pairs), K], not yet summed."""
    articles = _by_article(pairs)
    counts = np.zeros((articles.max() + 1, rows.shape[1]))
    np.add.at(counts, articles, rows)
    return Measure(task, metric, len(pairs), counts, formula)


def _rate(task: str, metric: str, pairs: Sequence[Pair], hit: Test) -> list[Measure]:
    """The share of pairs with a hit; nothing where there are no pairs."""
    return [_measure(task, metric, pairs, np.array([(hit(p), 1) for p in pairs], float), share)] if pairs else []


def _detection(task: str, name: str, pairs: Sequence[Pair], gold: Test, predicted: Test, hit: Test) -> list[Measure]:
    """F1, precision and recall of a yes-or-no question; nothing where gold never says yes."""
    rows = np.array([_outcome(gold(p), predicted(p), hit(p)) for p in pairs], float).reshape(-1, 3)
    if not rows[:, [0, 2]].any():
        return []
    parts = {"f1": f1, "precision": precision, "recall": recall}
    return [_measure(task, f"{name}_{part}", pairs, rows, formula) for part, formula in parts.items()]


def _outcome(gold: bool, predicted: bool, hit: bool) -> tuple[bool, bool, bool]:
    """True positive, false positive, false negative: a wrong answer to a gold yes is both of the latter."""
    true = gold and predicted and hit
    return true, predicted and not true, gold and not true


def _speaker(joined: Joined) -> list[Measure]:
    pairs = pairs_of(joined, "speaker")
    if not any(decided(p, "speaker") for p in pairs):
        return []

    def hit(pair: Pair) -> bool:
        return right(pair, "speaker")

    found = _rate("speaker", "accuracy", pairs, hit)
    found += _detection("speaker", "name", pairs, lambda p: p.gold.speaker is not None, _speaks, hit)
    for kind in ("name", "description", "pronoun", "no_mention"):
        found += _rate("speaker", f"accuracy_{kind}", [p for p in pairs if mention_kind(p.gold) == kind], hit)
    return found + _rate("speaker", "coverage", pairs, lambda p: decided(p, "speaker"))


def _mention(joined: Joined) -> list[Measure]:
    """Also on rows that decide the mention only; there the speaker's words say no more than that there is a speaker."""
    pairs = [p for p in joined.sentences if p.gold.labelled & {"speaker", MENTION}]
    if not any(_says(p) for p in pairs):
        return []

    def gold(pair: Pair) -> bool:
        return pair.gold.mention is not None

    def points(pair: Pair) -> bool:
        return _pointed(pair) is not None

    found = _detection("speaker", "attributed", pairs, lambda p: p.gold.speaker is not None, _speaks, lambda p: True)
    found += _rate("speaker", "attributed_accuracy", pairs, lambda p: _says(p) and _speaks(p) == (p.gold.speaker is not None))
    pairs = [p for p in pairs if not p.gold.extra.get(MENTION_UNKNOWN)]
    if not any(points(p) for p in pairs):
        return found
    found += _detection("speaker", "mention_overlap", pairs, gold, points, lambda p: _shared(p.gold.mention, _pointed(p)))
    return found + _detection("speaker", "mention_exact", pairs, gold, points, lambda p: p.gold.mention == _pointed(p))


def _pointed(pair: Pair) -> Span | None:
    return pair.predicted.mention if pair.predicted and _speaks(pair) else None


def _shared(a: Span | None, b: Span | None) -> bool:
    return a is not None and b is not None and overlap(a, b) > 0


def _says(pair: Pair) -> bool:
    """Whether the prediction decides if somebody speaks."""
    return decided(pair, "speaker") or decided(pair, MENTION)


def _speaks(pair: Pair) -> bool:
    return pair.predicted is not None and _says(pair) and pair.predicted.speaker is not None


def _classes(joined: Joined, task: str, also: Joined | None) -> list[Measure]:
    pairs = pairs_of(joined, task)
    if not any(decided(p, task) for p in pairs):
        return []
    others = pairs_of(also, task) if also is not None else []
    labels = {label: i for i, label in enumerate(labels_of([*pairs, *others], task))}
    cells = [labels[gold_label(p, task)] * len(labels) + labels[str(answer(p, task))] for p in pairs]
    articles = _by_article(pairs)
    counts = np.zeros((articles.max() + 1, len(labels) ** 2))
    np.add.at(counts, (articles, np.array(cells)), 1)
    found = [Measure(task, metric, len(pairs), counts, formula) for metric, formula in (("macro_f1", macro_f1), ("kappa", kappa))]
    found[1:1] = _rate(task, "accuracy", pairs, lambda p: right(p, task))
    return found + _rate(task, "coverage", pairs, lambda p: decided(p, task))


def _target(joined: Joined) -> list[Measure]:
    pairs = pairs_of(joined, "target")
    if not any(decided(p, "target") for p in pairs):
        return []

    def gold(pair: Pair) -> bool:
        return pair.gold.target is not None

    def points(pair: Pair) -> bool:
        return answer(pair, "target") not in (None, UNDECIDED)

    found = _detection("target", "overlap", pairs, gold, points, _target_hit)
    found += _detection("target", "name", pairs, gold, points, lambda p: same(p.gold.target, answer(p, "target")))
    both = [p for p in pairs if "stance" in p.gold.labelled]
    if any(decided(p, "stance") for p in both):
        found += _detection("target", "stance_target", both, gold, points, lambda p: _target_hit(p) and right(p, "stance"))
    return found + _rate("target", "coverage", pairs, lambda p: decided(p, "target"))


def _target_hit(pair: Pair) -> bool:
    """Words that share a character; where one side gives no words, equal names."""
    theirs = pair.predicted.target_span if pair.predicted else None
    if pair.gold.target_span and theirs:
        return _shared(pair.gold.target_span, theirs)
    return pair.gold.target is not None and decided(pair, "target") and same(pair.gold.target, answer(pair, "target"))
