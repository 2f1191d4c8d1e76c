"""Two names compared: equal, or one able to stand for the other. Strings only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from stance import gender
from stance.titles import is_capitalised, strip_title
from stance.vocabulary import NICKNAMES, ORGANISATION, SURNAMES, vocabulary

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\xa0": " ", "\xad": None})
_POSSESSIVE = re.compile(r"(?:'s|(?<=s)')$")
_NUMERALS = vocabulary("ii iii iv")
BODIES = vocabulary(
    """times post journal tribune herald globe ministry council foundation institute university department agency commission
    committee court bureau center centre association federation academy authority board forum front party mission union assembly
    league panel tribunal institut office directorate society trust fund museum coalition alliance chamber inquiry service college
    guild network initiative organisation organization"""
)
"""Heads of an organisation's name that stand for it when they have a capital and stand alone."""
FIRMS = vocabulary(
    "inc corp co ltd llc plc ag gmbh homes health holdings partners pharma technologies motors industries brands foods media news center centre institution institute foundation"
)
"""Ends of a firm's name that news leaves off: ``Corvane`` is ``Corvane Homes``."""
PLACE_HEADS = vocabulary(
    "north south east west northern southern eastern western new st saint san santa los las great white black"
)


def same_name(a: str, b: str) -> bool:
    """Equality of names for evaluation: case, quotation marks, white space, leading ``the`` and possessive do not count.

    >>> same_name("The  Washington Post’s", "Washington Post")
    True
    >>> same_name("Wang", "Wang Yi")
    False
    """
    return _normal(a) == _normal(b)


@lru_cache(maxsize=4096)
def _normal(name: str) -> str:
    folded = " ".join(name.translate(_STRAIGHT).casefold().split())
    return _POSSESSIVE.sub("", folded).removeprefix("the ")


def could_name(part: str, full: str) -> float:
    """How well ``part`` can stand for ``full`` in one article: 1 the same, 0 not at all.

    1 same name; .9 the same with fewer words or another spelling; .8 surname; .7 acronym; .6 first name or short form.

    >>> could_name("President Obama", "Barack Obama"), could_name("WHO", "World Health Organization")
    (0.8, 0.7)
    >>> could_name("Clinton campaign", "Hillary Clinton")
    0.0
    """
    if same_name(part, full):
        return 1.0
    short, long = words_of(strip_title(part)), words_of(strip_title(full))
    if short == long:
        return 1.0
    if not short or not long:
        return 0.0
    owner = re.split(r"['’]s? (?=[^\W\d_])", part, maxsplit=1)
    if len(owner) == 2 and "'" not in full and "’" not in full:
        return min(0.9, could_name(owner[1], full))  # "India's Central Bureau of Investigation"
    if is_acronym(strip_title(part)):
        return 0.7 if "".join(short) in initials(strip_title(full)) else 0.0
    if len(short) == 1:
        return _one_word(short[0], long)
    return 0.9 if compatible(short, long) or shortened(short, long) else 0.0


def _one_word(word: str, long: tuple[str, ...]) -> float:
    if len(long) == 1:
        return 0.9 if len(word) == len(long[0]) and variants(word, long[0]) else 0.0
    if is_personal(long):
        if word == long[-1] or variants(word, long[-1]):
            return 0.8
        return 0.6 if word == long[0] else 0.0
    if word == long[-1] and word in BODIES:
        return 0.6  # "The Times", "the Ministry"
    return 0.6 if word == long[0] and long[0] not in PLACE_HEADS and len(word) > 3 else 0.0


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Words for comparison: casefolded, without accents, full stops, a leading ``the``, ``Jr.``, ``Sr.``, and ``III`` behind a person's name."""
    base = unicodedata.normalize("NFKD", _normal(name))
    bare = "".join(c for c in base if not unicodedata.combining(c))
    words = tuple(re.sub(r"^(?:al|el|ul)-|[.'\"]", "", w) for w in re.split(r"[\s,]+", bare))
    kept = tuple(w for w in words if w and w not in ("jr", "sr"))
    return kept[:-1] if kept[-1:] and kept[-1] in _NUMERALS and is_personal(kept[:-1]) else kept


def is_personal(words: Sequence[str]) -> bool:
    """Whether folded ``words`` can be first name and surname."""
    if not 2 <= len(words) <= 5 or words[0] in PLACE_HEADS:
        return False
    if words[-1] in SURNAMES and gender.of_name(" ".join(words)):
        words = words[:-1]
    return not any(w in ORGANISATION or w in ("of", "for", "the", "and", "&") or any(map(str.isdigit, w)) for w in words)


def is_acronym(name: str) -> bool:
    bare = name.replace(".", "")
    return 2 <= len(bare) <= 6 and bare.isupper() and bare.isalpha()


@lru_cache(maxsize=4096)
def initials(name: str) -> frozenset[str]:
    """What may abbreviate ``name``: the initials of its capitalised words, and of all its words."""
    words = [w for w in re.split(r"[\s\-]+", name.strip()) if w[:1].isalpha() and w.casefold() != "the"]
    capitals = [w for w in words if is_capitalised(w)]
    if len(capitals) < 2:
        return frozenset()
    return frozenset("".join(w[0] for w in some).casefold() for some in (words, capitals))


def compatible(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether two names of several words can be one person's: first and last words agree, middle names do not clash."""
    if not (is_personal(a) and is_personal(b)):
        return False
    short, long = sorted((a, b), key=len)
    if tuple(long[-len(short) :]) == tuple(short):
        return True  # "Peña Nieto" of "Enrique Peña Nieto"
    if not _agree(a[0], b[0]) or not (a[-1] == b[-1] or variants(a[-1], b[-1])):
        return False
    if a[0] != b[0] and a[-1] != b[-1]:
        return False  # one word may be spelt otherwise, not both
    return all(any(_agree(m, other) for other in long[1:-1]) for m in short[1:-1])


def _agree(a: str, b: str) -> bool:
    nickname = a in NICKNAMES.get(b, ()) or b in NICKNAMES.get(a, ())
    return a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) or nickname or variants(a, b)


def shortened(short: Sequence[str], long: Sequence[str]) -> bool:
    """``Brennan Center`` of ``Brennan Center for Justice``."""
    return len(short) >= 2 and not is_personal(long) and tuple(long[: len(short)]) == tuple(short)


def variants(a: str, b: str) -> bool:
    """Whether two folded words are spellings of one name: equal consonants, or one letter apart in a long word."""
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    if len(long) > 6 and long == short + short[-1]:
        return True  # Zelensky, Zelenskyy
    if len(short) < 6 or len(long) - len(short) > 2 or long.startswith(short) or skeleton(a)[:1] != skeleton(b)[:1]:
        return False  # "German" is a beginning of "Germany", not a spelling of it
    return skeleton(a) == skeleton(b) or _one_apart(a, b)


@lru_cache(maxsize=4096)
def skeleton(word: str) -> str:
    """Consonants, transliterations made equal, doubles once.

    >>> skeleton("gaddafi") == skeleton("qadhafi")
    True
    """
    sounds = word.replace("dh", "d").replace("kh", "k").replace("ck", "k").translate(str.maketrans("cqgzjw", "kkksyv"))
    first, rest = sounds[:1], re.sub(r"[aeiouyh'-]", "", sounds[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest)


def _one_apart(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes ``a`` into ``b``."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
    return swapped or rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]
