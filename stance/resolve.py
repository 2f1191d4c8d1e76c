"""From the words that name a speaker to who it is, over the whole article. No tokens.

Candidates are the article's clusters of names and its described sources (``a senior official``). A learned scorer
(``Backend.link``) weighs at most :data:`CANDIDATES` of them for each sentence, so time is linear in the article's length; and it
weighs them twice, the second time knowing what it said of the sentences around.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from stance.articles import Article
from stance.calibration import sharpen, softmax
from stance.casting import FORMS, Candidate, Cast
from stance.decode import Reading
from stance.neighbours import NEIGHBOURS, Inputs, Scorer, TwoReadings
from stance.scene import VOICE, Scene
from stance.spans import Span, contains
from stance.turns import ASKS, Role, Turn, credited

CANDIDATES = 28
"""Most candidates that one sentence weighs, "nobody" included."""

_PROMINENT = 4
"""Places for those who are named first and most: a long interview names whoever answers at its head alone."""

_OWN = 35  # features that hang on the sentence and the candidate alone

FEATURES = _OWN + VOICE + NEIGHBOURS
"""Features of a (sentence, candidate) pair; the last :data:`stance.neighbours.NEIGHBOURS` are 0 at the first reading."""

_TOLD = 6.0
"""Log odds that the label of a turn adds to what the scorer says. Labelled corpora have hardly any transcripts: not fitted."""

_CLASH = 6.0
"""Log odds that the scorer's say loses where the mention asks for another pronoun than the candidate goes by: ``she`` is not
Bill Clinton. Of the 35 sentences of gold train where it chose such a one, somebody else spoke in all 35. So it does where the words
can be no such candidate's, see :func:`_clashes`."""

_LATER = 3.0
"""Log odds that somebody loses whom the article names only behind a sentence in which ``he`` or ``she`` speaks: of 2,074 labelled ones
12 are named later."""

_ANSWERED = 0.15
"""Least mean probability that somebody but the outlet speaks in answers, where none is in the first person."""

_LOOK_BACK, _LOOK_AHEAD = 80, 12  # mentions to walk over on either side of a sentence


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """Who speaks in a sentence.

    Attributes:
        name: canonical name, ``None`` for the outlet's own voice.
        score: calibrated probability that ``name`` (``None`` included) is right.
        mention: the words that name the speaker, in the article's characters.
        vector: mean state of these words, zeros without any, f32[H].
    """

    name: str | None
    score: float
    mention: Span | None
    vector: np.ndarray


def resolve(
    article: Article, sentences: Sequence[Span], readings: Sequence[Reading], people: Cast, link: Scorer, temperature: float = 1.0
) -> list[Resolved]:
    """Who speaks in each sentence.

    Args:
        article: the article.
        sentences: characters of every sentence.
        readings: one a sentence, in order.
        people: from :func:`stance.casting.cast`.
        link: the learned scorer, f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N].
        temperature: of the score, see :func:`stance.calibration.sharpen`.
    """
    scene = Scene.of(article, sentences, people)
    chosen = shortlist(people, range(len(readings)))

    def inputs(block: range) -> Inputs:
        rows = chosen[block.start : block.stop]
        return link_inputs(article, sentences, readings, people, block, rows, scene)

    twice = TwoReadings(chosen, scene.paragraph, inputs, link)
    first = twice.first(lambda i: _told(scene.turn[i], chosen[i], people) + _clashes(people, i, chosen[i]))
    interview = _interview(article.text, first, chosen, scene, people)
    resolved: list[Resolved] = []
    for i, scores in enumerate(twice.second(first)):
        row, turn = chosen[i], scene.turn[i]
        told = _told(turn, row, people, interview, bool(scene.voice[i, 0]))
        probabilities = softmax(scores + told + _clashes(people, i, row))
        best = int(np.argmax(probabilities)) if told.any() else _best(probabilities, row, readings[i], people, i)
        score = sharpen(float(probabilities[best]), temperature)
        found = _resolved(readings[i], people, row[best], score)
        resolved.append(
            found if turn is None else _in_turn(found, turn, sentences[i], people.matched[i] == row[best], told[best] > 0)
        )
    return resolved


class _Interview(NamedTuple):
    """Candidates of an interview with ``Q:`` and ``A:``: who answers, who is named before it begins, and of these who asks."""

    answerer: int
    introduced: frozenset[int]
    asking: frozenset[int]


def _told(
    turn: Turn | None, row: Sequence[int], people: Cast, interview: _Interview | None = None, first_person: bool = False
) -> np.ndarray:
    """What the label of a sentence's turn adds to the scores of its candidates, f32[len(row)]: its bearer speaks; whoever
    answers in an interview answers always, all the more in the first person, and does not ask; nor does anybody who only comes up in
    what is said, but whoever is said to have met or asked the other does."""
    told = np.zeros(len(row), np.float32)
    if turn is None:
        return told
    if turn.role is Role.NAME:
        bearer = people.within(turn.label)[:1]
        told[[c in bearer for c in row]] = _TOLD
    elif turn.role is Role.ANSWER:
        told[[interview is not None and c == interview.answerer for c in row]] = 2 * _TOLD if first_person else _TOLD
    elif interview is not None:
        told[[c == interview.answerer or (c >= 0 and c not in interview.introduced) for c in row]] = -_TOLD
        told[[c in interview.asking for c in row]] = _TOLD
    return told


def _clashes(people: Cast, i: int, row: Sequence[int]) -> np.ndarray:
    """What it takes from candidates that they go by another pronoun than the mention asks for, are but named in a description of
    others, were named before words that bring in somebody new, or only after a pronoun, f32[len(row)]."""
    asked, beside, new = people.asked[i], people.beside[i], people.new[i]
    lost = np.zeros(len(row), np.float32)
    if asked is None and not beside and new < 0:
        return lost
    for n, c in enumerate(row):
        if c >= 0:
            candidate = people.candidates[c]
            other = asked is not None and candidate.gender not in (None, asked)
            known = not candidate.described and candidate.mentions[0].start < new
            later = FORMS[people.forms[i]] in ("he", "she") and not candidate.described and candidate.sentences[0] > i
            lost[n] = -_CLASH if other or known or c in beside else -_LATER if later else 0
    return lost


def _interview(
    text: str, probabilities: np.ndarray, chosen: Sequence[Sequence[int]], scene: Scene, people: Cast
) -> _Interview | None:
    """``None`` where nobody answers: neither in the first person, nor by what the scorer says (an outlet's own questions and
    answers). The likeliest speaker of all answers together gives them, weighed by how often he is named before the first turn, and
    if possible one who is; without labels, nobody else."""
    answers = [i for i, turn in enumerate(scene.turn) if turn is not None and turn.role is Role.ANSWER]
    sums: defaultdict[int, float] = defaultdict(float)
    for i in answers:
        for candidate, probability in zip(chosen[i][1:], probabilities[i, 1:].tolist(), strict=False):
            sums[candidate] += probability
    if not sums or (sum(sums.values()) < _ANSWERED * len(answers) and not scene.voice[answers, 0].any()):
        return None
    first, bare = next((turn.chars.start, not turn.label.width) for turn in scene.turn if turn is not None)
    ends = {c: [m.end for m in candidate.mentions if m.start < first] for c, candidate in enumerate(people.candidates)}
    introduced = frozenset(c for c in ends if ends[c])
    if bare and not introduced & sums.keys():
        return None
    asks = {end: (c, found.end()) for c in introduced for end in ends[c] if (found := ASKS.match(text, end))}
    asking = {  # of "Bo Ray of the Tribune met" not the Tribune
        c for end, (c, _) in asks.items() if not any(before < end < after for before, (_, after) in asks.items())
    }
    asking |= {c for c in introduced for m in people.candidates[c].mentions if m.start < first and credited(text, m.start)}
    answerer = max(
        introduced & sums.keys() - asking or introduced & sums.keys() or sums, key=lambda c: sums[c] * max(1, len(ends[c]))
    )
    return _Interview(answerer, introduced, frozenset(asking - {answerer}))


def _in_turn(found: Resolved, turn: Turn, sentence: Span, named: bool, told: bool) -> Resolved:
    """The label names the speaker of the sentence that it opens, if it is his; elsewhere only words that name him do."""
    if found.name is None or turn.role is not Role.NAME:
        return found
    opens = contains(sentence, turn.label) and told
    return replace(found, mention=turn.label if opens else found.mention if named else None)


def _best(probabilities: np.ndarray, row: Sequence[int], reading: Reading, people: Cast, i: int) -> int:
    """Place of the likeliest candidate; where the words that name the speaker are a name, nobody but its bearer.

    On 8,149 labelled sentences that the scorer had not seen it would else choose somebody else 13 times, 3 times rightly.
    """
    best = int(np.argmax(probabilities))
    named = FORMS[people.forms[i]] == "name" and people.matched[i] >= 0 and reading.mention.probability > 0.5
    return row.index(people.matched[i]) if named and row[best] >= 0 else best


def _resolved(reading: Reading, people: Cast, candidate: int, score: float) -> Resolved:
    if candidate < 0:
        return Resolved(None, score, None, np.zeros_like(reading.vector))
    mention = reading.mention.chars if reading.mention.none < 0.5 else None
    return Resolved(people.candidates[candidate].name, score, mention, reading.mention_vector)


def shortlist(people: Cast, block: range) -> list[list[int]]:
    """Candidates that each sentence of ``block`` weighs; the first, -1, is "nobody but the outlet"."""
    at = [e[1] for e in people.events]
    foremost = _foremost(people)
    rows = []
    for i in block:
        row = dict.fromkeys([-1, people.matched[i]])
        end = bisect_right(at, i)
        for event in reversed(people.events[max(0, end - _LOOK_BACK) : end]):
            row[event[2]] = None
            if len(row) >= CANDIDATES - _PROMINENT - 4:
                break
        row.update(dict.fromkeys(foremost))
        for event in people.events[end : end + _LOOK_AHEAD]:
            if len(row) >= CANDIDATES:
                break
            row[event[2]] = None
        rows.append(list(row))
    return rows


def _foremost(people: Cast) -> list[int]:
    """The candidates of most mentions, of as many the first; half of the places are for those of the first sentence with any."""
    opening = dict.fromkeys(c for _, sentence, c, _ in people.events[:_PROMINENT] if sentence == people.events[0][1])
    often = sorted(range(len(people.candidates)), key=lambda c: (-len(people.candidates[c].mentions), c))
    return list(dict.fromkeys([*list(opening)[: _PROMINENT // 2], *often]))[:_PROMINENT]


def link_inputs(
    article: Article,
    sentences: Sequence[Span],
    readings: Sequence[Reading],
    people: Cast,
    block: range,
    chosen: Sequence[Sequence[int]],
    scene: Scene | None = None,
) -> Inputs:
    """Arrays for the scorer: queries f32[M, 2H], candidates f32[M, N, H], features f32[M, N, F]; short rows are padded with zeros.

    ``scene`` spares making it again for each block of a long article.
    """
    width = len(readings[0].vector)
    longest = max(len(row) for row in chosen)
    queries = np.stack([np.concatenate([readings[i].vector, readings[i].mention_vector]) for i in block]).astype(np.float32)
    vectors = np.zeros((len(chosen), longest, width), np.float32)
    features = np.zeros((len(chosen), longest, FEATURES), np.float32)
    scene = scene or Scene.of(article, sentences, people)
    for m, (i, row) in enumerate(zip(block, chosen, strict=True)):
        for n, candidate in enumerate(row):
            if candidate >= 0:
                vectors[m, n] = people.candidates[candidate].vector
        features[m, : len(row)] = _features(readings[i], scene, people, i, row)
    return queries, vectors, features


def _features(reading: Reading, scene: Scene, people: Cast, i: int, row: Sequence[int]) -> np.ndarray:
    """f32[len(row), F]. Columns: "nobody" and how sure of it; the mention's form; this candidate's name in the mention;
    nearness and prominence of the candidate; sources, quotation and paragraph around; kind of name; named in the mention; what the
    naming pointer gives it; the voice."""
    features = np.zeros((len(row), FEATURES), np.float32)
    features[:, 0] = [c < 0 for c in row]
    features[:, 1] = reading.attributed / 4
    features[:, 2] = reading.mention.none
    features[:, 3 + people.forms[i]] = 1  # 3 to 10
    features[:, 11] = scene.quoted[i]
    features[:, 12] = scene.quotation[i] >= 0
    features[:, 13] = i == 0 or scene.paragraph[i] != scene.paragraph[i - 1]
    last, following = int(scene.last_source[i]), int(scene.next_source[i])
    ranks = _ranks(people, i)
    shares = people.shares(reading.naming)
    features[:, 32] = [shares[c] for c in row]
    features[:, 33] = np.log(features[:, 32] + 1e-3) / 7
    features[:, 34] = reading.naming.nobody
    features[:, _OWN : _OWN + VOICE] = scene.voice[i]
    inside = people.within(reading.mention.chars) if reading.mention.none < 0.5 else []
    for n, c in enumerate(row):
        if c < 0:
            continue
        candidate = people.candidates[c]
        features[n, 14] = people.matched[i] == c
        features[n, 15:19] = _nearness(candidate, scene, i)
        features[n, 19] = 1 / (1 + ranks.get(c, 20))
        features[n, 20] = np.log1p(len(candidate.mentions)) / 3
        features[n, 21] = candidate.described
        if last >= 0 and people.matched[last] == c:
            features[n, 22] = np.exp((last - i) / 3)
            features[n, 23] = scene.quotation[i] >= 0 and scene.quotation[i] == scene.quotation[last]
            features[n, 24] = scene.paragraph[i] == scene.paragraph[last]
            features[n, 25] = last == i - 1
        if following >= 0 and people.matched[following] == c:
            features[n, 26] = np.exp((i - following) / 3)
            features[n, 27] = scene.paragraph[i] == scene.paragraph[following]
        kinds = candidate.kinds[1:4]
        features[n, 28 : 28 + len(kinds)] = kinds
        features[n, 31] = c in inside
    return features


def _ranks(people: Cast, i: int) -> dict[int, int]:
    """Candidates mentioned before sentence ``i`` by recency, 0 the latest; within a sentence the first is the subject."""
    end = bisect_left(people.events, i, key=lambda e: e[1])
    recent = people.events[max(0, end - _LOOK_BACK) : end]
    ordered = sorted(recent, key=lambda e: (-e[1], e[0]))
    ranks: dict[int, int] = {}
    for event in ordered:
        ranks.setdefault(event[2], len(ranks))
    return ranks


def _nearness(candidate: Candidate, scene: Scene, i: int) -> tuple[float, float, float, float]:
    """How near the candidate's mentions are: before, after, in this sentence outside and inside its words' first half."""
    before = bisect_left(candidate.sentences, i)
    after = bisect_right(candidate.sentences, i)
    here = candidate.mentions[before:after]
    middle = (scene.sentences[i].start + scene.sentences[i].end) / 2
    return (
        float(np.exp((candidate.sentences[before - 1] - i) / 3)) if before else 0.0,
        float(np.exp((i - candidate.sentences[after]) / 3)) if after < len(candidate.sentences) else 0.0,
        float(bool(here)),
        float(any(contains((scene.sentences[i].start, int(middle)), m) for m in here)),
    )
