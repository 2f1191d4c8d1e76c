"""Where a model is good and where not: its figures on parts of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from stance.articles import Article
from training.bootstrap import figures
from training.metrics import HEADLINES, measures, mention_kind
from training.pairs import Joined, Pair

OUTLETS = 10
"""Outlets shown by name, the most frequent ones."""

GROUPS = 12
"""Most groups of dates."""

LENGTHS = ((10, "1–10 words"), (20, "11–20 words"), (30, "21–30 words"))
OTHERS = "(others)"

Group = Callable[[Pair], str | None]


def slices(pairs: Sequence[Pair], task: str, articles: Mapping[str, Article]) -> pd.DataFrame:
    """A row a part of the data: ``slice, part, accuracy`` (names) or the task's main figure ``, low, high, n``.

    Args:
        pairs: of the task.
        task: what was to be decided.
        articles: by id, for outlet (``source``), ``date`` and the number of sentences.

    Returns:
        Slices in which all rows fall into one part are left out. Intervals as everywhere: 95 %, by article.
    """
    rows = [_row(name, part, own, task) for name, group in _groups(pairs, articles) for part, own in _parts(pairs, group)]
    return pd.DataFrame(rows, columns=["slice", "part", HEADLINES[task], "low", "high", "n"])


def _row(name: str, part: str, pairs: Sequence[Pair], task: str) -> tuple[Any, ...]:
    joined = Joined((), tuple(pairs)) if task == "stance_given" else Joined(tuple(pairs), ())
    found = [m for m in measures(joined, tasks=(task,)) if m.metric == HEADLINES[task]]
    if not found:
        return name, part, None, None, None, len(pairs)
    [figure] = figures(found)
    return name, part, figure.value, figure.low, figure.high, figure.n


def _parts(pairs: Sequence[Pair], group: Group) -> list[tuple[str, list[Pair]]]:
    """The pairs by group, in the groups' order; nothing where all are in one."""
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        name = group(pair)
        if name is not None:
            found.setdefault(name, []).append(pair)
    return sorted(found.items(), key=lambda item: _rank(item[0], item[1])) if len(found) > 1 else []


_ORDER = ("name", "description", "pronoun", "no mention", "nobody")
_PLACES = ("first sentence", "first third", "middle third", "last third")
_ALL_LENGTHS = (*(name for _, name in LENGTHS), "31 words and more")


def _rank(name: str, pairs: Sequence[Pair]) -> tuple[int, int, str]:
    """Fixed orders as they stand above; the rest by name, what is left over last."""
    for order in (_ORDER, _PLACES, _ALL_LENGTHS):
        if name in order:
            return 0, order.index(name), name
    return int(name == OTHERS), 0, name


def _groups(pairs: Sequence[Pair], articles: Mapping[str, Article]) -> Iterator[tuple[str, Group]]:
    yield "speaker named by", _kind
    yield "position", lambda pair: _place(pair, articles)
    yield "length", _length
    yield "outlet", _outlet(pairs, articles)
    yield "date", _period(pairs, articles)


def _kind(pair: Pair) -> str | None:
    if "speaker" not in pair.gold.labelled:
        return None
    kind = mention_kind(pair.gold)
    return "nobody" if pair.gold.speaker is None else kind and kind.replace("_", " ")


def _place(pair: Pair, articles: Mapping[str, Article]) -> str | None:
    article = articles.get(pair.gold.article_id)
    if article is None or article.sentences is None or len(article.sentences) < 3:
        return None
    if pair.gold.sentence == 0:
        return _PLACES[0]
    return _PLACES[1 + min(2, 3 * pair.gold.sentence // len(article.sentences))]


def _length(pair: Pair) -> str:
    words = len(pair.gold.text.split())
    return next((name for most, name in LENGTHS if words <= most), _ALL_LENGTHS[-1])


def _outlet(pairs: Sequence[Pair], articles: Mapping[str, Article]) -> Group:
    def source(pair: Pair) -> str | None:
        article = articles.get(pair.gold.article_id)
        value = None if article is None else article.meta.get("source")
        return None if value in (None, "") else str(value)

    frequent = {name for name, _ in Counter(filter(None, map(source, pairs))).most_common(OUTLETS)}
    return lambda pair: name if (name := source(pair)) is None or name in frequent else OTHERS


def _period(pairs: Sequence[Pair], articles: Mapping[str, Article]) -> Group:
    """By month where all dates are of one year, else by year, else by five years."""
    dates = {id: str(a.meta["date"])[:7] for id, a in articles.items() if str(a.meta.get("date") or "")[:4].isdigit()}
    years = {date[:4] for id in {p.gold.article_id for p in pairs} if (date := dates.get(id))}

    def period(pair: Pair) -> str | None:
        date = dates.get(pair.gold.article_id)
        if date is None or len(years) == 1:
            return date
        first = int(date[:4]) // 5 * 5
        return date[:4] if len(years) <= GROUPS else f"{first}–{first + 4}"

    return period
