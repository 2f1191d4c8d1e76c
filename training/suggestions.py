"""Which sentences to label next: those of which the model is unsure, and which are unlike one another.

A sentence's gain is the model's doubt (1 minus score, mean over the tasks) times how unlike it is to what was chosen before
it (1 minus the highest cosine of their vectors), less :data:`SAME_ARTICLE` for each sentence of its article that was chosen
already. Sentences are chosen one by one, the highest gain first; so the first n of a longer order are the order of n.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stance import articles
from stance.articles import Article
from stance.errors import SetAside, UsageError
from stance.records import TASKS, Record
from training.gold import Labelled
from training.predictions import load
from training.writing import write

if TYPE_CHECKING:
    from stance.labeler import Labeler

Floats = npt.NDArray[np.floating[Any]]

SAME_ARTICLE = 0.9
"""Factor of the gain for each sentence of the same article that comes before it."""

POOL = 10
"""Of n sentences that are asked for, the POOL * n of greatest doubt are compared with one another."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that could be labelled.

    Attributes:
        article: its article.
        record: as the model labels it.
        doubt: 0 (sure) to 1.
    """

    article: Article
    record: Record
    doubt: float


def suggest(
    model: str | Path | Labeler,
    inputs: Sequence[str],
    n: int = 200,
    tasks: Sequence[str] = TASKS,
    output: str | Path | None = None,
) -> list[Labelled]:
    """The ``n`` sentences that are most worth labelling, with the model's labels to correct.

    Args:
        model: a model folder, a runtime folder, ``default``, or a labeler.
        inputs: articles, as ``stance score`` takes them.
        n: how many.
        tasks: whose doubt counts.
        output: write them here too, the articles beside it.

    Returns:
        Articles in order of their first sentence; extra columns ``rank`` (from 1) and ``gain`` say the order.

    Raises:
        UsageError: no task of the model's, ``n`` below 1, no such model, or no article could be read.
    """
    if n < 1:
        raise UsageError(f"-n {n}: expected at least 1")
    labeler = model if not isinstance(model, str | Path) else load(model)
    wanted = [task for task in tasks if task in labeler.spec.tasks]
    if not wanted:
        raise UsageError(f"--tasks {','.join(tasks)}: the model knows {', '.join(labeler.spec.tasks)}")
    found = list(candidates(labeler, _articles(inputs), wanted))
    if not found:
        raise UsageError(f"{', '.join(map(str, inputs))}: no sentence in it that could be labelled")
    pool = sorted(found, key=lambda c: (-c.doubt, c.article.id, c.record.start))[: POOL * n]
    vectors = vectors_of(labeler, pool)
    chosen = order(np.array([c.doubt for c in pool]), vectors, [c.article.id for c in pool], n)
    items = _items([(pool[index], gain) for index, gain in chosen])
    if output is not None:
        write(items, output)
    return items


def candidates(labeler: Labeler, source: Iterable[Article], tasks: Sequence[str]) -> Iterator[Candidate]:
    """Every sentence of the articles with the model's doubt."""
    for doc in labeler.stream(source):
        sentences = tuple(r.span for r in doc.records)
        article = replace(doc.article, sentences=doc.article.sentences or sentences)
        for record in doc.records:
            scores = [getattr(record, f"{task}_score") for task in tasks if task in record.labelled]
            doubts = [1 - float(score) for score in scores if score is not None]
            if doubts:
                yield Candidate(article, record, float(np.mean(doubts)))


def order(doubts: Floats, vectors: Floats, places: Sequence[str], n: int) -> list[tuple[int, float]]:
    """Indices of the ``n`` sentences to label, with their gains, the first one first.

    Args:
        doubts: float[N].
        vectors: float[N, H].
        places: article of each.
        n: how many; all where there are fewer.

    >>> order(np.array([0.5, 0.49, 0.3]), np.array([[1.0, 0], [1, 0], [0, 1]]), ["a", "b", "c"], 2)
    [(0, 0.5), (2, 0.3)]
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    article = np.unique(np.asarray(places), return_inverse=True)[1]
    unlike, same = np.ones(len(doubts)), np.ones(len(doubts))
    free = np.ones(len(doubts), bool)
    chosen = []
    for _ in range(min(n, len(doubts))):
        gains = np.where(free, doubts * unlike * same, -1.0)
        best = int(np.argmax(gains))
        chosen.append((best, float(gains[best])))
        free[best] = False
        unlike = np.minimum(unlike, np.clip(1 - unit @ unit[best], 0, 1))
        same[article == article[best]] *= SAME_ARTICLE
    return chosen


def _articles(inputs: Sequence[str]) -> Iterator[Article]:
    return (item for item in articles.read(inputs) if not isinstance(item, SetAside))


def vectors_of(labeler: Labeler, pool: Sequence[Candidate]) -> Floats:
    """float[N, H]: the sentence vectors of the pool, each article read once."""
    rows: dict[str, dict[int, np.ndarray]] = {}
    for candidate in pool:
        if candidate.article.id not in rows:
            rows[candidate.article.id] = {r.sentence: r.vector for r in labeler.read(candidate.article).readings}
    return np.stack([rows[c.article.id][c.record.sentence] for c in pool]).astype(float)


def _items(chosen: Sequence[tuple[Candidate, float]]) -> list[Labelled]:
    found: dict[str, tuple[Article, list[Record]]] = {}
    for rank, (candidate, gain) in enumerate(chosen, 1):
        extra = {**candidate.record.extra, "rank": rank, "gain": round(gain, 4)}
        found.setdefault(candidate.article.id, (candidate.article, []))[1].append(replace(candidate.record, extra=extra))
    return [Labelled(article, tuple(sorted(rows, key=lambda r: r.sentence))) for article, rows in found.values()]
