"""From the words that a stance points at to who or what they mean, over the whole article. No tokens.

A third of the targets in news are not named in their sentence (``he took the troops out``, ``the plan``). Candidates are the
article's clusters of names, beside the words as they stand; a learned scorer (``Backend.refer``) weighs them as
``stance.resolve`` weighs speakers, twice, the second time knowing what it said of the sentences around. Only sentences with a stance
are asked, and at most :data:`CANDIDATES` each, so time is linear in the article's length.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from stance import gender
from stance.articles import Article
from stance.calibration import softmax
from stance.casting import Candidate, Cast, pronoun
from stance.decode import Reading
from stance.names import could_name, same_name, strip_title
from stance.neighbours import NEIGHBOURS, Inputs, Scorer, TwoReadings
from stance.spans import Span, overlap
from stance.targets import TargetPair

CANDIDATES = 20
"""Most candidates that one sentence weighs, the words themselves (-1) included."""

_OF_SENTENCE, _OF_CANDIDATE = 25, 29

FEATURES = _OF_SENTENCE + _OF_CANDIDATE + NEIGHBOURS
"""Features of a (sentence, candidate) pair; the last :data:`stance.neighbours.NEIGHBOURS` are 0 at the first reading."""

_THIRD = ("he", "she", "they", "it")
_KINDS = (*_THIRD, "i")
_PROMINENT = 4
_LOOK_BACK, _LOOK_AHEAD = 60, 4  # mentions to walk over on either side of a sentence
_FAR = 20  # rank of whoever was not named lately
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_DEFINITE = re.compile(r"(?:the|this|that|these|those|such)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:his|her|their|its|our|my|your)\b", re.IGNORECASE)


def refer(
    article: Article,
    sentences: Sequence[Span],
    readings: Sequence[Reading],
    people: Cast,
    speakers: Sequence[str | None],
    pairs: Sequence[TargetPair],
    scorer: Scorer,
) -> list[TargetPair]:
    """The pairs with the canonical name of who or what is meant, where it has one in the article.

    Args:
        article: the article.
        sentences: characters of every sentence.
        readings: one a sentence, in order.
        people: from :func:`stance.casting.cast`.
        speakers: name of each sentence's speaker.
        pairs: from :func:`stance.targets.pointed`, of the sentences with a stance, in order.
        scorer: f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N].
    """
    if not pairs:
        return []
    chosen = shortlist(people, [p.sentence for p in pairs])

    def inputs(block: range) -> Inputs:
        part = slice(block.start, block.stop)
        return refer_inputs(article, sentences, readings, people, speakers, [p.sentence for p in pairs[part]], chosen[part])

    twice = TwoReadings(chosen, paragraphs(article.text, [sentences[p.sentence] for p in pairs]), inputs, scorer)
    found = []
    for pair, row, scores in zip(pairs, chosen, twice.second(twice.first()), strict=True):
        probabilities = softmax(scores)
        best = int(np.argmax(probabilities))
        found.append(_meant(pair, people, row[best], float(probabilities[best])))
    return found


def _meant(pair: TargetPair, people: Cast, candidate: int, probability: float) -> TargetPair:
    """The pair with the candidate's name; its words are those that name it in the sentence, if any do."""
    if candidate < 0:
        return replace(pair, score=pair.score * probability)
    named = people.candidates[candidate]
    here, chars = _mentions_in(named, pair.sentence), pair.chars
    if here and not any(overlap(m, chars) for m in here):
        chars = min(here, key=lambda m: abs(m.start - chars.start))
    return replace(pair, name=named.name, chars=chars, score=probability)


def _mentions_in(candidate: Candidate, sentence: int) -> tuple[Span, ...]:
    low, high = bisect_left(candidate.sentences, sentence), bisect_right(candidate.sentences, sentence)
    return candidate.mentions[low:high]


def shortlist(people: Cast, asked: Sequence[int]) -> list[list[int]]:
    """Named candidates that each sentence of ``asked`` weighs; the first, -1, is "the words themselves"."""
    at = [e[1] for e in people.events]
    foremost = _named(people, sorted(range(len(people.candidates)), key=lambda c: (-len(people.candidates[c].mentions), c)))
    foremost, rows = foremost[:_PROMINENT], []
    for i in asked:
        row: dict[int, None] = {-1: None}
        end = bisect_right(at, i)
        for event in reversed(people.events[max(0, end - _LOOK_BACK) : end]):
            row.update(dict.fromkeys(_named(people, event[2:3])))
            if len(row) >= CANDIDATES - _PROMINENT - 2:
                break
        row.update(dict.fromkeys(foremost))
        for event in people.events[end : end + _LOOK_AHEAD]:
            if len(row) < CANDIDATES:
                row.update(dict.fromkeys(_named(people, event[2:3])))
        rows.append(list(row))
    return rows


def _named(people: Cast, candidates: Sequence[int]) -> list[int]:
    return [c for c in candidates if not people.candidates[c].described]


def paragraphs(text: str, spans: Sequence[Span]) -> np.ndarray:
    """A number of each span's paragraph, rising: int64[len(spans)]."""
    starts = [0, *(s.start for s in spans)]
    return np.cumsum([text.count("\n", a, b) for a, b in pairwise(starts)])


def refer_inputs(
    article: Article,
    sentences: Sequence[Span],
    readings: Sequence[Reading],
    people: Cast,
    speakers: Sequence[str | None],
    asked: Sequence[int],
    chosen: Sequence[Sequence[int]],
) -> Inputs:
    """Arrays for the scorer: queries f32[M, 2H], candidates f32[M, N, H], features f32[M, N, F]; short rows are padded with zeros."""
    width, longest = len(readings[0].vector), max(map(len, chosen))
    queries = np.stack([np.concatenate([readings[i].vector, readings[i].target_vector]) for i in asked]).astype(np.float32)
    vectors = np.zeros((len(chosen), longest, width), np.float32)
    features = np.zeros((len(chosen), longest, FEATURES), np.float32)
    bearers: dict[str | None, int] = {}
    for n, known in enumerate(people.candidates):
        bearers.setdefault(known.name, n)
    who = lambda i: bearers.get(speakers[i], -2) if 0 <= i < len(speakers) else -2  # noqa: E731
    total = sum(len(c.mentions) for c in people.candidates if not c.described)
    for m, (i, row) in enumerate(zip(asked, chosen, strict=True)):
        for n, candidate in enumerate(row):
            if candidate >= 0:
                vectors[m, n] = people.candidates[candidate].vector
        around = who(i - 1), who(i), who(i + 1)
        features[m, : len(row)] = _features(
            article.text, sentences[i], readings[i], people, i / len(readings), around, row, total
        )
    return queries, vectors, features


def _features(
    text: str,
    sentence: Span,
    reading: Reading,
    people: Cast,
    position: float,
    around: tuple[int, int, int],
    row: Sequence[int],
    total: int,
) -> np.ndarray:
    """f32[len(row), F]. First what hangs on the sentence: "the words themselves"; how sure the pointer is; what kind of words they
    are; pronouns and other names in the sentence; who speaks; whether the words bear a name. Then what hangs on the candidate:
    named by the words, in the sentence, before and after; how recent and how frequent; its kind and gender against the pronouns;
    whether it speaks, here or around; words that it shares; what the aiming pointer gives it."""
    words, i, features = text[slice(*reading.target.chars)], reading.sentence, np.zeros((len(row), FEATURES), np.float32)
    kind, tokens = pronoun(words), _WORD.findall(words)
    inside, spoken = [pronoun(w) for w in tokens], {pronoun(w) for w in _WORD.findall(text, *sentence)}
    within = set(_named(people, people.within(reading.target.chars)))
    bearer = canonical(words, reading.target.chars, people)
    asked = kind if kind in _THIRD else gender.of_phrase(words)
    before, me, after = around
    here = set(_named(people, people.within(sentence)))
    shares = people.shares(reading.aiming)
    features[:, :_OF_SENTENCE] = [
        0,
        reading.target.none,
        reading.target.probability / max(1e-6, 1 - reading.target.none),
        *(kind == k for k in _KINDS),
        kind is None and inside[:1] != [None] and bool(inside),
        kind is None and any(k in _THIRD for k in inside),
        bool(within),
        _DEFINITE.match(words) is not None,
        _POSSESSIVE.match(words) is not None,
        np.log1p(len(tokens)) / 3,
        *(k in spoken for k in _THIRD),
        bool(here - within),
        me >= 0,
        me >= 0 and me == before,
        position,
        bearer >= 0,
        reading.aiming.nobody,
        np.log(reading.aiming.nobody + 1e-3) / 7,
    ]
    features[:, 0] = [c < 0 for c in row]
    ranks = _ranks(people, reading.target.chars.start, me)
    lower = {w.lower() for w in tokens if len(w) > 3}
    last = tokens[-1].lower() if tokens else ""
    for n, c in enumerate(row):
        if c < 0:
            continue
        candidate = people.candidates[c]
        first, end = bisect_left(candidate.sentences, i), bisect_right(candidate.sentences, i)
        away = i - candidate.sentences[end - 1] if end else None
        ahead = candidate.sentences[end] - i if end < len(candidate.sentences) else None
        person = candidate.kinds[1] >= max(candidate.kinds[2:], default=0) if len(candidate.kinds) > 1 else False
        goes_by, of_name = candidate.gender, candidate.name.lower().split()
        features[n, _OF_SENTENCE : _OF_SENTENCE + _OF_CANDIDATE] = [
            c == bearer,
            c in within,
            end > first,
            end > first and candidate.mentions[first].start < reading.target.chars.start,
            0 if away is None else np.exp(-away / 2),
            0 if away is None else np.exp(-away / 8),
            away == 1,
            0 if ahead is None else np.exp(-ahead / 3),
            1 / (1 + ranks.get(c, _FAR)),
            ranks.get(c) == 0,
            np.log1p(len(candidate.mentions)) / 3,
            len(candidate.mentions) / total,
            *np.pad(candidate.kinds[1:4], (0, max(0, 4 - len(candidate.kinds)))),
            0 if asked is None or goes_by is None else 1 if asked == goes_by else -1,
            goes_by is not None and goes_by in spoken,
            goes_by is not None and goes_by in inside,
            person and (goes_by in spoken if goes_by else bool({"he", "she"} & spoken)),
            not person and bool({"they", "it"} & spoken),
            c == me,
            c == before and c != me,
            c == after and c != me,
            candidate.sentences[0] == 0,
            bool(last) and last in of_name,
            not lower.isdisjoint(of_name),
            shares[c],
            np.log(shares[c] + 1e-3) / 7,
            shares[c] > max((shares[other] for other in row if other not in (c, -1)), default=0),
        ]
    return features


def _ranks(people: Cast, start: int, speaker: int) -> dict[int, int]:
    """Candidates named before a character by recency, 0 the latest, the speaker left out."""
    end = bisect_left(people.events, (start,))
    ranks: dict[int, int] = {}
    for event in reversed(people.events[max(0, end - _LOOK_BACK) : end]):
        if event[2] != speaker and not people.candidates[event[2]].described:
            ranks.setdefault(event[2], len(ranks))
    return ranks


def canonical(words: str, chars: Span, people: Cast) -> int:
    """The named candidate whose name these words are, or -1."""
    head = strip_title(words)
    for c in reversed(_named(people, people.within(chars))):
        name = people.candidates[c].name
        if same_name(head, name) or could_name(head, name):
            return c
    return -1
