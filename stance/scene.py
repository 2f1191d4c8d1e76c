"""Where an article's sentences stand: in quotations and paragraphs, in whose voice, and near which named sources. No tokens."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stance.articles import Article
from stance.casting import Cast
from stance.quotes import quotations
from stance.spans import Span, overlap
from stance.turns import Role, Turn, turn_of, turns

VOICE = 8
"""Columns of :attr:`Scene.voice`."""

_FIRST_PERSON = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|[Mm]y|[Mm]e|[Ww]e|[Ww]e['’](?:re|ve|d|ll)|[Oo]ur|[Uu]s)\b")


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Where sentences stand.

    Attributes:
        sentences: characters of each.
        quoted: share of each sentence that stands in a quotation.
        quotation: number of the quotation in which it starts, or -1.
        paragraph: number of its paragraph, from 0.
        last_source, next_source: nearest earlier and later sentence whose mention names a candidate, or -1.
        voice: f32[n, VOICE]: first person outside quotations, a question outside quotations, a question before it; of the
            whole article how much is in the first person, asked, and outside quotations; in a question's turn, and in an
            answer's. An interview has no cues but these.
        turn: the turn of a transcript in which each stands.
    """

    sentences: Sequence[Span]
    quoted: np.ndarray
    quotation: np.ndarray
    paragraph: np.ndarray
    last_source: np.ndarray
    next_source: np.ndarray
    voice: np.ndarray
    turn: Sequence[Turn | None]

    @classmethod
    def of(cls, article: Article, sentences: Sequence[Span], people: Cast) -> Scene:
        quotes = quotations(article.text)
        starts = [q.start for q in quotes]
        quoted, quotation, paragraph = [], [], []
        number, end = 0, 0
        for s in sentences:
            near = bisect_right(starts, s.start) - 1
            share, j = 0, max(near, 0)
            while j < len(quotes) and quotes[j].start < s.end:
                share += overlap(quotes[j], s)
                j += 1
            quoted.append(share / s.width)
            quotation.append(near if near >= 0 and quotes[near].end > s.start else -1)
            number += end > 0 and "\n" in article.text[end : s.start]
            paragraph.append(number)
            end = s.end
        last, following = _nearest(people.matched)
        turn = turn_of(turns(article.text), sentences)
        voice = _voice([article.text[s.start : s.end] for s in sentences], np.asarray(quoted) < 0.5, turn)
        return cls(sentences, np.asarray(quoted), np.asarray(quotation), np.asarray(paragraph), last, following, voice, turn)


def _nearest(matched: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    n = len(matched)
    last, following = np.full(n, -1), np.full(n, -1)
    seen = -1
    for i in range(n):
        last[i] = seen
        seen = i if matched[i] >= 0 else seen
    seen = -1
    for i in reversed(range(n)):
        following[i] = seen
        seen = i if matched[i] >= 0 else seen
    return last, following


def _voice(texts: Sequence[str], plain: np.ndarray, turn: Sequence[Turn | None]) -> np.ndarray:
    """See :attr:`Scene.voice`; ``plain``: which sentences stand outside quotations; ``turn``: in which each stands."""
    voice = np.zeros((len(texts), VOICE), np.float32)
    if texts:
        voice[:, 0] = plain & [_FIRST_PERSON.search(text) is not None for text in texts]
        voice[:, 1] = plain & [text.rstrip().endswith("?") for text in texts]
        voice[1:, 2] = voice[:-1, 1]
        voice[:, 3:5] = np.minimum(1, 3 * voice[:, :2].sum(0) / max(1, plain.sum()))
        voice[:, 5] = plain.mean()
        roles = [each.role if each else None for each in turn]
        voice[:, 6] = [role is Role.QUESTION for role in roles]
        voice[:, 7] = [role is Role.ANSWER for role in roles]
    return voice
