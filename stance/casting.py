"""Who may speak in an article: its clusters of names and its described sources, and how each mention relates to them. No tokens."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stance import gender
from stance.articles import Article
from stance.decode import NamedMention, Reading
from stance.names import cluster
from stance.spans import Span
from stance.titles import core, is_demonym, is_office, leads_to_name, looks_personal
from stance.vocabulary import ACRONYMS, TURN

PRONOUNS: dict[str, str] = {
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
    **dict.fromkeys(("they", "them", "their", "we", "us", "our", "both", "those", "these"), "they"),
    **dict.fromkeys(("i", "me", "my", "you", "who"), "i"),
    **dict.fromkeys(("it", "its", "which", "this", "that"), "it"),
}
"""English pronouns and the kind of each."""

_BRACKETS = re.compile(r"\([^)]*\)?")
_TURN = re.compile(r"[,:–—]|" + TURN)
_SEVERAL = re.compile(
    r"(?:a few|few|some|many|several|most|more|other|others|numerous|various|certain|both|two|three|four|five|six|\d+)(?![\w-])",
    re.I,
)
"""Who speaks for some Republicans does not speak for Republicans."""
_DOCUMENT = re.compile(
    r"\b(?:ads?|analys[ei]s|announcements?|articles?|averages?|blog|broadcasts?|briefing|calculations?|columns?|commercial|count"
    r"|data|documents?|dossier|editorials?|e-?mails?|estimates?|figures|filings?|findings|forecasts?|guidelines|headlines?|interviews?"
    r"|letters?|memos?|news release|numbers|papers?|pieces?|polls?|polling|posts?|press release|projections?|records|releases?"
    r"|reports?|research|reviews?|statements?|statistics|stor(?:y|ies)|stud(?:y|ies)|summar(?:y|ies)|surveys?|tall(?:y|ies)|tweets?|videos?"
    r"|newspaper|daily|web ?site|(?:news )?(?:site|organi[sz]ation|agency|group|blog|channel))$"
)
_BY = re.compile(
    r"\b(?:by|from|(?:article|column|editorial|headline|interview|paper|piece|post|report|story) in)(?: the| an?)?(?: [a-z][\w-]*){,3} $"
)
_POSSESSED = re.compile(r"['’]s?\b")
_DETERMINED = re.compile(r"(?:the|an?|one|another|his|her|their) (?:[a-z][\w-]* )*", re.I)
_ONE = re.compile(r"(?:an?|one|another) ", re.I)
_OFFICIALS = re.compile(r" (?:and|or) [A-Z][a-z]+(?:ian|ean|can|ese|ish|i|sh|ch)s? [a-z]+")
"""What follows ``US`` in ``US and Yemeni officials``."""
_POSSESSIVE = re.compile(r"^['’]s?$")

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
    """

    candidates: tuple[Candidate, ...]
    forms: tuple[int, ...]
    asked: tuple[str | None, ...]
    matched: tuple[int, ...]
    events: tuple[tuple[int, int, int, bool], ...]
    spans: np.ndarray

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
    heads = [head_name(article.text, c, [m.chars for m in mentions_in(mentions, c)]) for c in (r.mention.chars for r in readings)]
    forms = [form(article.text, r, head) for r, head in zip(readings, heads, strict=True)]
    described = _described_candidates(article, readings, forms, width, len(mentions[0].kinds) if mentions else 1)
    candidates = sorted([*named, *described], key=lambda c: c.mentions[0])
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
    return replace(draft, matched=matched)


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


def head_name(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """The name that is the head of an English noun phrase, among the names in it: what follows it only tells more of it.

    ``Prime Minister Ada Lind``, ``Mike Coffman of Colorado``, ``the prosecutor, Mark Tedeschi, QC``, ``Lind's husband, Bill``;
    there is none in ``a World Health Organization official``, ``a spokesman for Ada Lind`` and ``some Democrats``.
    """
    if _SEVERAL.match(text, phrase.start) and names and names[0].start > phrase.start:
        return None
    if len(names) == 1 and _ONE.fullmatch(text, phrase.start, names[0].start) and is_demonym(text[slice(*names[0])].split()[-1]):
        return None  # "a New Hampshire Republican"
    head, reached, at = None, True, phrase.start
    for name in names:
        before, mark, after = _split(text[at : name.start])
        if head is not None and mark and not before:
            if _is_held(text[head.start : head.end], text[at : name.start], text[name.start : name.end]):
                head, at = name, name.end
                continue
            return None if _OFFICIALS.fullmatch(text, at, phrase.end) else head
        if mark:
            reached = mark == "," and not _TURN.search(after)
        head = name if reached else None  # "New Zealand's Prime Minister John Key": the name before was no head
        at = name.end
    before, mark, _ = _split(text[at : phrase.end])
    if before or (mark and _OFFICIALS.fullmatch(text, at, phrase.end)):
        head = None
    if head is not None and _is_role(text[phrase.start : head.start], text[head.start : head.end]):
        return None
    return head or _titled(text, phrase, names) or _author(text, phrase, names)


def _titled(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """The name behind an office with an ``of``: ``White House Chief of Staff Ada Lind``."""
    if not names or names[-1].start == phrase.start:
        return None
    last, inner = names[-1], core(text[phrase.start : phrase.end])
    whole = last == (phrase.start + inner.start, phrase.start + inner.end)
    return last if whole and leads_to_name(text[phrase.start : last.start].split()) else None


def _is_role(before: str, name: str) -> bool:
    """Whether a name in capitals is what somebody is: ``the Foreign Secretary``, ``the Texan``."""
    return _DETERMINED.fullmatch(before) is not None and (is_office(name) or is_demonym(name.split()[-1]))


def _author(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """Whose a document is: ``a new Gallup poll``, ``Lind’s Facebook post``, ``an analysis of taxes by the Pew Center``."""
    names = [name for name in names if not is_demonym(text[slice(*name)].split()[-1])]
    first = next(iter(names), None)
    turn = _TURN.search(text, phrase.start, phrase.end)
    if first is None or not _DOCUMENT.search(text[phrase.start : turn.start() if turn else phrase.end].rstrip()):
        return None
    if turn and turn.start() < first.start:
        return next((name for name in names if _BY.search(text[phrase.start : name.start])), None)
    own = [name for name in names if turn is None or name.start < turn.start()]
    return own[0] if _POSSESSED.match(text, own[0].end) else own[-1]


def _is_held(office: str, gap: str, name: str) -> bool:
    """Whether one name is the office of the other: ``The Foreign Secretary, Ada Lind``."""
    return gap == ", " and is_office(office) and looks_personal(name.split()) and not is_office(name)


def _split(gap: str) -> tuple[str, str, str]:
    """What stands between two names: up to the first mark or word after which something else begins, that (a comma where there
    is one), and what follows the last comma."""
    gap = _BRACKETS.sub("", gap.removeprefix(")"))
    turn = _TURN.search(gap)
    if turn is None:
        return _POSSESSIVE.sub("", gap.strip()), "", ""
    comma = gap.rfind(",")
    return gap[: turn.start()].strip(), "," if comma >= 0 else turn.group(), gap[comma + 1 :]


def mentions_in(mentions: Sequence[NamedMention], chars: Span) -> list[NamedMention]:
    """The names that share a character with ``chars``."""
    low = bisect_right(mentions, chars.start, key=lambda m: m.chars.end)
    high = bisect_left(mentions, chars.end, key=lambda m: m.chars.start)
    return list(mentions[low:high])


def _named_candidates(article: Article, mentions: Sequence[NamedMention]) -> list[Candidate]:
    words = [article.text[m.chars.start : m.chars.end] for m in mentions]
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


def _described_candidates(
    article: Article, readings: Sequence[Reading], forms: Sequence[int], width: int, kinds: int
) -> list[Candidate]:
    groups: dict[str, list[Reading]] = {}
    for reading, kind in zip(readings, forms, strict=True):
        if FORMS[kind] == "description":
            groups.setdefault(_bare(article.text[reading.mention.chars.start : reading.mention.chars.end]), []).append(reading)
    return [
        Candidate(
            name=article.text[members[0].mention.chars.start : members[0].mention.chars.end],
            vector=np.mean([r.mention_vector for r in members], axis=0) if width else np.zeros(0, np.float32),
            kinds=np.zeros(kinds, np.float32),
            described=True,
            gender=gender.of_phrase(article.text[slice(*members[0].mention.chars)]),
            mentions=tuple(r.mention.chars for r in members),
            sentences=tuple(r.sentence for r in members),
        )
        for members in groups.values()
    ]


def _bare(words: str) -> str:
    first, _, rest = words.lower().partition(" ")
    return rest if first in ("a", "an", "the", "one") and rest else words.lower()


def _match(draft: Cast, reading: Reading, kind: int, head: Span | None) -> int:
    """The candidate that the mention itself names: its head name, or the described source that it is."""
    if FORMS[kind] not in ("name", "description"):
        return -1
    described = head is None
    inside = draft.within(reading.mention.chars if head is None else head)
    return next((c for c in inside if draft.candidates[c].described == described), -1)
