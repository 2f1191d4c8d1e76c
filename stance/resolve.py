"""From the words that name a speaker to who it is, over the whole article. No tokens.

Candidates are the article's clusters of names and its described sources (``a senior official``). A learned scorer
(``Backend.link``) weighs at most :data:`CANDIDATES` of them for each sentence, so time is linear in the article's length.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stance.articles import Article
from stance.calibration import softmax
from stance.decode import NamedMention, Reading
from stance.names import cluster, could_name, same_name, strip_title
from stance.quotes import quotations
from stance.spans import Span, contains, overlap

Link = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

CANDIDATES = 24
"""Most candidates that one sentence weighs, "nobody" included."""

FEATURES = 32
"""Features of a (sentence, candidate) pair."""

_LOOK_BACK, _LOOK_AHEAD = 80, 12  # mentions to walk over on either side of a sentence
_BLOCK = 256  # sentences a call of the scorer, so that an endless article takes bounded memory

PRONOUNS: dict[str, str] = {
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
    **dict.fromkeys(("they", "them", "their", "we", "us", "our", "both", "those", "these", "others", "some"), "they"),
    **dict.fromkeys(("i", "me", "my", "you", "who"), "i"),
    **dict.fromkeys(("it", "its", "which", "this", "that"), "it"),
}
"""English pronouns and the kind of each."""

_BRACKETS = re.compile(r"\([^)]*\)?")

_FORMS = ("none", "he", "she", "they", "i", "it", "name", "description")


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


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Somebody who may speak: a cluster of names, or a described source.

    Attributes:
        name: canonical name, or the description as first written.
        vector: mean state of its mentions, f32[H].
        kinds: mean of the tagger's probabilities, f32[1 + K] (zeros for a description).
        described: whether it has no name.
        mentions: characters of its mentions, in order.
        sentences: sentence of each mention.
    """

    name: str
    vector: np.ndarray
    kinds: np.ndarray
    described: bool
    mentions: tuple[Span, ...]
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """An article's candidates, and how its sentences' mentions relate to them.

    Attributes:
        candidates: in order of first mention.
        forms: form of each sentence's mention, an index into none, he, she, they, i, it, name, description.
        matched: candidate that the words of each sentence's mention name, or -1.
        events: (character, sentence, candidate, first in its sentence) of every mention, in order.
    """

    candidates: tuple[Candidate, ...]
    forms: tuple[int, ...]
    matched: tuple[int, ...]
    events: tuple[tuple[int, int, int, bool], ...]

    def within(self, chars: Span) -> list[int]:
        """The candidates of whom a mention starts within ``chars``, in order."""
        low, high = (bisect_left(self.events, (end,)) for end in chars)
        return [event[2] for event in self.events[low:high]]


def cast(article: Article, readings: Sequence[Reading], mentions: Sequence[NamedMention]) -> Cast:
    """Cluster the article's names and described sources.

    Args:
        article: the article.
        readings: one a sentence, in order.
        mentions: proper names, in order.
    """
    width = len(readings[0].vector) if readings else 0
    named = _named_candidates(article, mentions)
    forms = [form(article.text, r, mentions_in(mentions, r.mention.chars)) for r in readings]
    described = _described_candidates(article, readings, forms, width, len(mentions[0].kinds) if mentions else 1)
    candidates = sorted([*named, *described], key=lambda c: c.mentions[0])
    events, previous = [], -1
    for start, sentence, i in sorted(
        (m.start, s, i) for i, c in enumerate(candidates) for m, s in zip(c.mentions, c.sentences, strict=True)
    ):
        events.append((start, sentence, i, sentence != previous))
        previous = sentence
    draft = Cast(tuple(candidates), tuple(forms), (), tuple(events))
    matched = tuple(_match(article.text, draft, r, f) for r, f in zip(readings, forms, strict=True))
    return Cast(draft.candidates, draft.forms, matched, draft.events)


def form(text: str, reading: Reading, names: Sequence[NamedMention]) -> int:
    """What kind of words name the speaker of a sentence (an index into none, he, she, they, i, it, name, description)."""
    if reading.mention.none >= 0.5:
        return _FORMS.index("none")
    words = text[reading.mention.chars.start : reading.mention.chars.end].lower()
    if words in PRONOUNS:
        return _FORMS.index(PRONOUNS[words])
    return _FORMS.index("name" if any(_is_head(text, reading.mention.chars, m.chars) for m in names) else "description")


def _is_head(text: str, phrase: Span, name: Span) -> bool:
    """Whether a name is the head of an English noun phrase: it stands at its end, or only brackets, a comma or an 's follow
    (``Prime Minister Ada Lind``, but not ``a World Health Organization official``).
    """
    rest = _BRACKETS.sub("", text[name.end : phrase.end]).strip()
    return not rest or rest[0] in ",-–—:" or rest in ("'s", "’s", "'", "’")


def mentions_in(mentions: Sequence[NamedMention], chars: Span) -> list[NamedMention]:
    """The names that share a character with ``chars``."""
    low = bisect_right(mentions, chars.start, key=lambda m: m.chars.end)
    high = bisect_left(mentions, chars.end, key=lambda m: m.chars.start)
    return list(mentions[low:high])


def _named_candidates(article: Article, mentions: Sequence[NamedMention]) -> list[Candidate]:
    words = [article.text[m.chars.start : m.chars.end] for m in mentions]
    made = []
    for group in cluster(words, [m.kind for m in mentions]):
        members = [mentions[i] for i in group.members]
        made.append(
            Candidate(
                name=group.name,
                vector=np.mean([m.vector for m in members], axis=0),
                kinds=np.mean([m.kinds for m in members], axis=0),
                described=False,
                mentions=tuple(m.chars for m in members),
                sentences=tuple(m.sentence for m in members),
            )
        )
    return made


def _described_candidates(
    article: Article, readings: Sequence[Reading], forms: Sequence[int], width: int, kinds: int
) -> list[Candidate]:
    groups: dict[str, list[Reading]] = {}
    for reading, kind in zip(readings, forms, strict=True):
        if _FORMS[kind] == "description":
            groups.setdefault(_bare(article.text[reading.mention.chars.start : reading.mention.chars.end]), []).append(reading)
    return [
        Candidate(
            name=article.text[members[0].mention.chars.start : members[0].mention.chars.end],
            vector=np.mean([r.mention_vector for r in members], axis=0) if width else np.zeros(0, np.float32),
            kinds=np.zeros(kinds, np.float32),
            described=True,
            mentions=tuple(r.mention.chars for r in members),
            sentences=tuple(r.sentence for r in members),
        )
        for members in groups.values()
    ]


def _bare(words: str) -> str:
    first, _, rest = words.lower().partition(" ")
    return rest if first in ("a", "an", "the", "one", "another") and rest else words.lower()


def _match(text: str, draft: Cast, reading: Reading, kind: int) -> int:
    """The candidate that the mention itself names: its head name, or the described source that it is."""
    chars = reading.mention.chars
    if _FORMS[kind] == "description":
        inside = draft.within(chars)
        return next((c for c in inside if draft.candidates[c].described), -1)
    if _FORMS[kind] != "name":
        return -1
    inside = [c for c in draft.within(chars) if not draft.candidates[c].described]
    head = strip_title(text[chars.start : chars.end])
    near = [c for c in inside if same_name(head, draft.candidates[c].name) or could_name(head, draft.candidates[c].name)]
    return near[0] if near else inside[-1] if inside else -1


def resolve(
    article: Article, sentences: Sequence[Span], readings: Sequence[Reading], people: Cast, link: Link, temperature: float = 1.0
) -> list[Resolved]:
    """Who speaks in each sentence.

    Args:
        article: the article.
        sentences: characters of every sentence.
        readings: one a sentence, in order.
        people: from :func:`cast`.
        link: the learned scorer, f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N].
        temperature: of the scorer's logits.
    """
    resolved: list[Resolved] = []
    scene = Scene.of(article, sentences, people)
    for start in range(0, len(readings), _BLOCK):
        block = range(start, min(start + _BLOCK, len(readings)))
        chosen = shortlist(people, block)
        logits = link(*link_inputs(article, sentences, readings, people, block, chosen, scene))
        for i, row, scores in zip(block, chosen, logits, strict=True):
            probabilities = softmax(scores[: len(row)], temperature)
            best = int(np.argmax(probabilities))
            resolved.append(_resolved(readings[i], people, row[best], float(probabilities[best])))
    return resolved


def _resolved(reading: Reading, people: Cast, candidate: int, score: float) -> Resolved:
    if candidate < 0:
        return Resolved(None, score, None, np.zeros_like(reading.vector))
    mention = reading.mention.chars if reading.mention.none < 0.5 else None
    return Resolved(people.candidates[candidate].name, score, mention, reading.mention_vector)


def shortlist(people: Cast, block: range) -> list[list[int]]:
    """Candidates that each sentence of ``block`` weighs; the first, -1, is "nobody but the outlet"."""
    at = [e[1] for e in people.events]
    rows = []
    for i in block:
        row = dict.fromkeys([-1, people.matched[i]])
        end = bisect_right(at, i)
        for event in reversed(people.events[max(0, end - _LOOK_BACK) : end]):
            row[event[2]] = None
            if len(row) >= CANDIDATES - 4:
                break
        for event in people.events[end : end + _LOOK_AHEAD]:
            row[event[2]] = None
            if len(row) >= CANDIDATES:
                break
        rows.append(list(row))
    return rows


def link_inputs(
    article: Article,
    sentences: Sequence[Span],
    readings: Sequence[Reading],
    people: Cast,
    block: range,
    chosen: Sequence[Sequence[int]],
    scene: Scene | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Where sentences stand: their quotations and paragraphs, and the nearest named sources around them."""

    sentences: Sequence[Span]
    quoted: np.ndarray  # share of each sentence that stands in a quotation
    quotation: np.ndarray  # number of the quotation in which it starts, or -1
    paragraph: np.ndarray
    last_source: np.ndarray  # nearest earlier sentence whose mention names a candidate, or -1
    next_source: np.ndarray

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
            quoted.append(share / len(s))
            quotation.append(near if near >= 0 and quotes[near].end > s.start else -1)
            number += "\n" in article.text[end : s.start]
            paragraph.append(number)
            end = s.end
        last, following = _nearest(people.matched)
        return cls(sentences, np.asarray(quoted), np.asarray(quotation), np.asarray(paragraph), last, following)


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


def _features(reading: Reading, scene: Scene, people: Cast, i: int, row: Sequence[int]) -> np.ndarray:
    """f32[len(row), F]. Columns: "nobody" and how sure of it; the mention's form; this candidate's name in the mention;
    nearness and prominence of the candidate; sources, quotation and paragraph around; kind of name; named in the mention."""
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
