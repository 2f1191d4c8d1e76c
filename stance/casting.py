"""Who may speak in an article: its clusters of names and its described sources, and how each mention relates to them. No tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stance import gender
from stance.articles import Article
from stance.decode import NamedMention, Naming, Reading
from stance.descriptions import Nouns, Sources, brings_in, is_of_people
from stance.names import cluster
from stance.phrases import head_name
from stance.spans import Span
from stance.turns import written_out
from stance.vocabulary import ACRONYMS

PRONOUNS: dict[str, str] = {
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
    **dict.fromkeys(("they", "them", "their", "we", "us", "our", "both", "those", "these"), "they"),
    **dict.fromkeys(("i", "me", "my", "you", "who"), "i"),
    **dict.fromkeys(("it", "its", "which", "this", "that"), "it"),
}
"""English pronouns and the kind of each."""

DOUBTED = 0.85
"""Probability of "no words" from which on the best words are no candidate either. Below it the scorer decides: with .5, on 8,149
labelled sentences that the encoder had not seen, .4 % more had the wrong speaker."""

FORMS: tuple[str, ...] = ("none", "he", "she", "they", "i", "it", "name", "description")
"""Forms of the words that name a speaker; :attr:`Cast.forms` indexes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Somebody who may speak: a cluster of names, or a described source.

    Attributes:
        name: canonical name, or the description as first written.
        vector: mean state of its mentions, f32[H].
        kinds: mean of the tagger's probabilities, f32[1 + K] (zeros for a description).
        described: whether it has no name.
        gender: pronoun that it goes by, as far as words tell, see :mod:`stance.gender`.
        mentions: characters of its mentions, in order.
        sentences: sentence of each mention.
    """

    name: str
    vector: np.ndarray
    kinds: np.ndarray
    described: bool
    gender: str | None
    mentions: tuple[Span, ...]
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """An article's candidates, and how its sentences' mentions relate to them.

    Attributes:
        candidates: in order of first mention.
        forms: form of each sentence's mention, an index into none, he, she, they, i, it, name, description.
        asked: pronoun that each sentence's mention asks for: it is one, or a description that has one.
        matched: candidate that the words of each sentence's mention name, or -1.
        events: (character, sentence, candidate, first in its sentence) of every mention, in order.
        spans: first and end character, and candidate, of every mention, in the same order, int64[E, 3].
        beside: candidates who are only named in the words that describe each sentence's speaker (Oslo of ``police in Oslo``).
        new: first character of the words that bring somebody new into the article, by sentence, or -1: nobody named before.
    """

    candidates: tuple[Candidate, ...]
    forms: tuple[int, ...]
    asked: tuple[str | None, ...]
    matched: tuple[int, ...]
    events: tuple[tuple[int, int, int, bool], ...]
    spans: np.ndarray
    beside: tuple[tuple[int, ...], ...] = ()
    new: tuple[int, ...] = ()

    def within(self, chars: Span) -> list[int]:
        """The candidates of whom a mention starts within ``chars``, in order."""
        low, high = (bisect_left(self.events, (end,)) for end in chars)
        return [event[2] for event in self.events[low:high]]

    def shares(self, naming: Naming) -> Mapping[int, float]:
        """Candidate -> probability that a naming pointer gives to its mentions; -1 is "nobody"."""
        shares: defaultdict[int, float] = defaultdict(float, {-1: naming.nobody})
        low, high = np.searchsorted(self.spans[:, 0], naming.passage)
        start, end, candidate = self.spans[low:high].T
        for c, share in zip(candidate.tolist(), naming.shares(start, end).tolist(), strict=True):
            shares[c] += share
        return shares


def cast(article: Article, readings: Sequence[Reading], mentions: Sequence[NamedMention]) -> Cast:
    """Cluster the article's names and described sources.

    Args:
        article: the article.
        readings: one a sentence, in order.
        mentions: proper names, in order.
    """
    named = _named_candidates(article, mentions)
    heads = [head_name(article.text, c, [m.chars for m in mentions_in(mentions, c)]) for c in (r.mention.chars for r in readings)]
    forms = [form(article.text, r, head) for r, head in zip(readings, heads, strict=True)]
    kinds = len(mentions[0].kinds) if mentions else 1
    candidates = sorted(_with_described(article, readings, forms, heads, named, kinds), key=lambda c: c.mentions[0])
    events, spans, previous = [], [], -1
    for start, sentence, i, end in sorted(
        (m.start, s, i, m.end) for i, c in enumerate(candidates) for m, s in zip(c.mentions, c.sentences, strict=True)
    ):
        events.append((start, sentence, i, sentence != previous))
        spans.append((start, end, i))
        previous = sentence
    asked = tuple(_asked(article.text, r, FORMS[kind]) for r, kind in zip(readings, forms, strict=True))
    draft = Cast(tuple(candidates), tuple(forms), asked, (), tuple(events), np.asarray(spans, np.int64).reshape(-1, 3))
    matched = tuple(_match(draft, *each) for each in zip(readings, forms, heads, strict=True))
    others = [_others(draft, article.text, *each) for each in zip(readings, matched, strict=True)]
    return replace(draft, matched=matched, beside=tuple(b for b, _ in others), new=tuple(n for _, n in others))


def form(text: str, reading: Reading, head: Span | None) -> int:
    """What kind of words name the speaker of a sentence (an index into none, he, she, they, i, it, name, description).

    ``head``: the name that is the head of these words, see :func:`head_name`.
    """
    if reading.mention.none >= DOUBTED:
        return FORMS.index("none")
    kind = pronoun(text[reading.mention.chars.start : reading.mention.chars.end])
    if kind is not None:
        return FORMS.index(kind)
    return FORMS.index("description" if head is None else "name")


def _asked(text: str, reading: Reading, kind: str) -> str | None:
    if kind == "description":
        return gender.of_phrase(text[reading.mention.chars.start : reading.mention.chars.end])
    return kind if kind in (gender.HE, gender.SHE, gender.IT) else None


def pronoun(words: str) -> str | None:
    """The kind of a pronoun, ``None`` for other words: ``us`` is one, ``US`` is a country."""
    return None if words in ACRONYMS else PRONOUNS.get(words.lower())


def mentions_in(mentions: Sequence[NamedMention], chars: Span) -> list[NamedMention]:
    """The names that share a character with ``chars``."""
    low = bisect_right(mentions, chars.start, key=lambda m: m.chars.end)
    high = bisect_left(mentions, chars.end, key=lambda m: m.chars.start)
    return list(mentions[low:high])


def _named_candidates(article: Article, mentions: Sequence[NamedMention]) -> list[Candidate]:
    words = written_out(article.text, [m.chars for m in mentions])
    made = []
    titles = [gender.before(article.text, m.chars.start) for m in mentions]
    for group in cluster(words, [m.kind for m in mentions], titles):
        members = [mentions[i] for i in group.members]
        made.append(
            Candidate(
                name=group.name,
                vector=np.mean([m.vector for m in members], axis=0),
                kinds=np.mean([m.kinds for m in members], axis=0),
                described=False,
                gender=group.gender,
                mentions=tuple(m.chars for m in members),
                sentences=tuple(m.sentence for m in members),
            )
        )
    return made


def _with_described(
    article: Article,
    readings: Sequence[Reading],
    forms: Sequence[int],
    heads: Sequence[Span | None],
    named: Sequence[Candidate],
    kinds: int,
) -> list[Candidate]:
    """The named candidates, with the mentions that describe them, and the described sources."""
    nouns, sources = Nouns(article.text, [c.name for c in named], [c.mentions for c in named]), Sources()
    bearers = {mention: i for i, candidate in enumerate(named) for mention in candidate.mentions}
    more: defaultdict[int, list[Reading]] = defaultdict(list)
    groups: defaultdict[int, list[Reading]] = defaultdict(list)
    for reading, kind, head in zip(readings, forms, heads, strict=True):
        words = article.text[slice(*reading.mention.chars)]
        if FORMS[kind] == "name" and head in bearers:
            nouns.note(words, article.text[slice(*head)], bearers[head])
        elif FORMS[kind] == "description":
            bearer = nouns.bearer(words, reading.mention.chars.start)
            (groups[sources.place(words)] if bearer is None else more[bearer]).append(reading)
    described = [
        Candidate(
            name=article.text[slice(*members[0].mention.chars)],
            vector=np.mean([r.mention_vector for r in members], axis=0),
            kinds=np.zeros(kinds, np.float32),
            described=True,
            gender=gender.of_phrase(article.text[slice(*members[0].mention.chars)]),
            mentions=tuple(r.mention.chars for r in members),
            sentences=tuple(r.sentence for r in members),
        )
        for members in groups.values()
    ]
    return [*(_also(candidate, more.get(i, ())) for i, candidate in enumerate(named)), *described]


def _also(candidate: Candidate, readings: Sequence[Reading]) -> Candidate:
    """A named candidate with the mentions of ``readings`` too; its state stays that of its name."""
    if not readings:
        return candidate
    more = ((r.mention.chars, r.sentence) for r in readings)
    mentions, sentences = zip(*sorted([*zip(candidate.mentions, candidate.sentences, strict=True), *more]), strict=True)
    return replace(candidate, mentions=mentions, sentences=sentences)


def _match(draft: Cast, reading: Reading, kind: int, head: Span | None) -> int:
    """The candidate that the mention itself names: its head name, or the described source that it is."""
    if FORMS[kind] not in ("name", "description"):
        return -1
    words = reading.mention.chars if head is None else head
    low, high = np.searchsorted(draft.spans[:, 0], words)
    for start, end, c in draft.spans[low:high].tolist():
        if (start, end) == words if head is None else not draft.candidates[c].described:
            return int(c)
    return -1


def _others(draft: Cast, text: str, reading: Reading, matched: int) -> tuple[tuple[int, ...], int]:
    """What :attr:`Cast.beside` and :attr:`Cast.new` say of a sentence, if words describe people there. Names behind a comma may be
    their own (``two analysts, Bo Lind and Ada Ray``)."""
    start, end = reading.mention.chars
    words = text[start:end]
    if matched < 0 or not draft.candidates[matched].described or not is_of_people(words):
        return (), -1
    comma = text.find(",", start, end)
    inside = draft.within(Span(start, end if comma < 0 else comma))
    return tuple(c for c in inside if not draft.candidates[c].described), start if brings_in(words) else -1
