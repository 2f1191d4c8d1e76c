"""Described sources (``a senior official``): which of them are one, and which are a name cut short. Strings only, English news."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from stance.spans import Span
from stance.titles import before_of, is_demonym, is_title, is_title_word, looks_personal, plain
from stance.vocabulary import SHORT_TITLES, vocabulary

_DETERMINERS = vocabulary(
    "the this that these those a an one two three his her their its our my both another other some several many most"
)
_ARTICLES = vocabulary("a an the one")
_NEW = vocabulary("a an one another")
_DEFINITE = vocabulary("the this that these those")
_OPEN = vocabulary("another other others some several many most more numerous various certain further few different")
"""Who speaks for these does not speak for all, and is not the same as before."""
_TAIL = re.compile(
    r"[,(:;–—“\"]|\b(?:about|after|against|among|and|at|before|behind|briefed|by|called|cited|close|described|during|familiar|for|from"
    r"|has|had|identified|in|including|inside|interviewed|involved|is|linked|loyal|named|near|of|on|or|present|quoted|such|surveyed"
    r"|that|to|under|was|were|which|who|whom|whose|with|within|working)\b",
    re.IGNORECASE,
)
"""What ends the words before which the noun of a phrase stands."""
_BEFORE = re.compile(r"\b([A-Za-z]+)\.?\s$")
_TOLD = re.compile(r"([\w.’'-]+),?\s$")
"""The word before a name, or before the comma before it."""
_BEHIND = re.compile(r",\s(?:an?|the)\s((?:[\w’'-]+\s){0,4}?[a-z]+)(?=[,.]|\s(?:of|at|for|who|in|with)\s)")
_OWNED = re.compile(r"(?:.*\s)?([A-Z][\w’'-]*?)['’]s?\s(?:presidential\s)?(campaign|camp|team|administration|government)")
_PLURAL = re.compile(r"[^s]s$")
_PEOPLE = vocabulary(
    "source person people police man woman men women boy girl resident witness friend family relative aide student employee worker"
    " customer member supporter activist fighter soldier militant voter protester user reader critic neighbor neighbour attorney rebel"
    " veteran doctor official"
)
_NEAR = 40
_LONGEST = 3
"""Words of a phrase that may be another cut short, without its determiner."""
_NEAREST = 20
"""Earlier phrases of the same noun that are looked at, which keeps the cost linear."""


class Sources:
    """The described sources of one article, met in the order of the text.

    Of the 10,793 mentions of gold's and our own training labels, their words given, 115 came right by these rules (and the ends of
    names), and 4 wrong (``officials`` in general after ``security officials``).
    """

    def __init__(self) -> None:
        self._count = 0
        self._by_words: dict[str, int] = {}
        self._by_noun: dict[str, list[tuple[frozenset[str], int]]] = defaultdict(list)

    def place(self, phrase: str) -> int:
        """Number of the source that ``phrase`` is, from 0 by first mention: an earlier one's words, ``the official`` after ``a senior
        official with the agency``, ``sources`` after ``two sources``; else a new one.

        >>> sources = Sources()
        >>> [sources.place(p) for p in ("a security source in Oslo", "some experts", "The source", "experts", "the security source")]
        [0, 1, 0, 2, 0]
        """
        words, alike = _words(phrase), _without_article(phrase)
        noun = _noun(words)
        number = self._by_words.get(alike)
        if number is None and _may_repeat(phrase, words):
            near = self._by_noun[noun][-_NEAREST:]
            number = next((n for others, n in reversed(near) if others.issuperset(words)), None)
        if number is None:
            number, self._count = self._count, self._count + 1
        self._by_words.setdefault(alike, number)
        if noun and not _OPEN.intersection(phrase.lower().split()[:2]):
            self._by_noun[noun].append((frozenset(words), number))
        return number


def _words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase up to its noun, without determiners: ``senior``, ``official`` of ``a senior official with the agency``."""
    words = phrase.split()
    while words and words[0].lower() in _DETERMINERS:
        words = words[1:]
    rest = " ".join(words)
    tail = _TAIL.search(rest)
    return tuple(rest[: tail.start() if tail else len(rest)].lower().split())


def _noun(words: Sequence[str]) -> str:
    return words[-1] if words else ""


def _without_article(phrase: str) -> str:
    first, _, rest = phrase.lower().partition(" ")
    return rest if rest and first in _ARTICLES else phrase.lower()


def _may_repeat(phrase: str, words: Sequence[str]) -> bool:
    """Whether a phrase can stand for an earlier, longer one: short, without a tail, and definite or a bare plural."""
    if not 1 <= len(words) <= _LONGEST or _TAIL.search(phrase):
        return False
    first = phrase.split()[0]
    return first.lower() in _DEFINITE or (first.lower() == words[0] and words[-1].endswith("s") and not is_demonym(first))


def is_of_people(phrase: str) -> bool:
    """Whether a phrase describes people: whoever is named in it is somebody else, or where they are.

    >>> [is_of_people(p) for p in ("Doctors at Mercy Hospital", "a spokesman for Ada Lind", "Lind’s plan", "The Hollywood Reporter")]
    [True, True, False, False]
    """
    noun = _noun(_words(phrase))
    one = noun.removesuffix("s")
    return noun in f"{phrase[:1].lower()}{phrase[1:]}".split() and any(
        word in _PEOPLE or is_title(word) for word in (noun, one, f"{one.removesuffix('ie')}y")
    )


def brings_in(phrase: str) -> bool:
    """Whether a phrase brings somebody new into the article: ``a party official`` is nobody who was named before.

    >>> [brings_in(p) for p in ("a party official", "one analyst", "the analyst", "a new poll")]
    [True, True, False, False]
    """
    return phrase.split(maxsplit=1)[0].lower() in _NEW and is_of_people(phrase)


class Nouns:
    """By which common nouns one article calls those whom it names. Met in the order of the text.

    Args:
        text: the article.
        names: of the named candidates.
        mentions: of each, in order.
    """

    def __init__(self, text: str, names: Sequence[str], mentions: Sequence[Sequence[Span]]) -> None:
        self._mentions = mentions
        self._text, self._title = text, text.find("\n", 1)
        self._behind: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._ends: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        self._phrases: dict[str, int] = {}
        roles: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for i, name in enumerate(names):
            parts, words = name.split(), tuple(name.lower().split())
            person = looks_personal(parts)
            own = before_of(words)
            ends = (words, own) if own and not is_title(own[-1]) else (words,)
            for n in (1, 2) if len(words) > 1 else ():
                for end in {each[-n:] for each in ends}:
                    self._ends[end].append(i)
            for start, role in _roles(text, parts, person, mentions[i]):
                roles[role].setdefault(i, start)
            for start, _ in mentions[i] if person and len(words) > 1 else ():
                told = _TOLD.search(text, max(0, start - _NEAR), start)
                if told:
                    self._behind[told[1].lower()].append((start, i))
        for named in self._behind.values():
            named.sort()
        self._roles = {role: sorted((start, i) for i, start in bearers.items()) for role, bearers in roles.items()}

    def note(self, phrase: str, head: str, bearer: int) -> None:
        """``the poll`` is Pell's from here on, after ``a new Pell poll``. ``head`` is the bearer's name in the phrase."""
        noun = _noun(_words(phrase))
        if noun and noun in phrase.replace(",", " ").split() and noun not in head.lower().split():
            self._phrases[noun] = bearer

    def bearer(self, phrase: str, start: int) -> int | None:
        """Who is named by a phrase at a character: whose name it ends (``the budget office``: Congressional Budget Office;
        ``Mr. Lind’s campaign``: Lind campaign), whom a phrase with this noun named last, or the only one who was called so
        (``Senator Lind``, ``Ada Lind, the senator``); in a headline also the only one who is called so afterwards (``Senator: …``)."""
        owned = _OWNED.fullmatch(phrase)
        if owned:
            return self._latest(self._ends.get((owned[1].lower(), owned[2]), ()), start)
        words = _words(phrase)
        if start < self._title and _is_bare(phrase, words):
            called = self._roles.get(_role(words[-1]), [])
            return called[0][1] if len(called) == 1 else None
        beside = self._beside(phrase, start, words)
        if beside is not None:
            return beside
        first, _, rest = phrase.replace("\xa0", " ").partition(" ")
        if first.lower() not in _DEFINITE or not 1 <= len(words) <= _LONGEST or rest.lower().split()[0] != words[0]:
            return None
        ending = self._latest(self._ends.get(tuple(rest.split()), ()), start)
        if ending is not None:
            return ending
        if words[-1] in self._phrases and rest == rest.lower() and not _TAIL.search(rest):
            return self._phrases[words[-1]]
        called = self._roles.get(words[-1], [])
        return called[0][1] if bisect_left(called, (start,)) == 1 else None

    def _beside(self, phrase: str, start: int, words: Sequence[str]) -> int | None:
        """Who is named right behind the same words elsewhere: ``Lind's campaign manager`` by ``Lind's campaign manager, Bo Ray``."""
        parts = phrase.split()
        own = parts[-len(words) :]
        if not words or len(parts) < 2 or parts[0].lower() in _NEW or not is_title(own[-1]):
            return None
        if not own[-1].islower() and not all(map(is_title_word, own)):
            return None  # "The Hollywood Reporter" is a name
        named = self._behind.get(own[-1].lower(), [])
        at = bisect_left(named, (start,))
        near, ends = named[max(0, at - _NEAREST) : at + _NEAREST], (f"{phrase} ".lower(), f"{phrase}, ".lower())
        return next((i for n, i in near if self._text[max(0, n - len(phrase) - 2) : n].lower().endswith(ends)), None)

    def _latest(self, bearers: Sequence[int], start: int) -> int | None:
        """The one who was named last before a character."""
        before = [(self._mentions[i][n - 1], i) for i in bearers[-_NEAREST:] if (n := bisect_left(self._mentions[i], (start,)))]
        return max(before)[1] if before else None


def _is_bare(phrase: str, words: Sequence[str]) -> bool:
    """Whether a phrase of a headline is a role alone, whose bearer the article names: ``Texas Gov.``, ``Judge``."""
    return 1 <= len(words) <= _LONGEST and phrase.lower().split() == list(words) and is_title(words[-1])


def _role(word: str) -> str:
    return SHORT_TITLES.get(plain(word), plain(word))


def _roles(text: str, words: Sequence[str], person: bool, mentions: Sequence[Span]) -> Iterator[tuple[int, str]]:
    """What a person is called before and behind his name, or a body behind it, with the character of the mention."""
    if person and len(words) > 1 and is_title(words[0]):  # "Pope Francis"
        yield mentions[0].start, words[0].lower()
    for start, end in mentions:
        title = _BEFORE.search(text, max(0, start - _NEAR), start) if person else None
        word = title and _role(title[1])
        if word and is_title(word):
            yield start, word
        said = _BEHIND.match(text, end, end + 2 * _NEAR)
        noun = said[1].split()[-1] if said and not _PLURAL.search(said[1]) else ""
        if noun and (person or not is_title(noun)):
            yield start, noun
