"""Titles, roles and post-nominals around a personal name. Strings only; the vocabulary comes from ``nameparser``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import takewhile

from stance.gender import of_name
from stance.spans import Span
from stance.vocabulary import FUNCTION, MODIFIERS, ORGANISATION, ROLES, SUBJECTS, SURNAMES, vocabulary

_FUNCTION = vocabulary(
    "of for in at on to with from by and or but who that which about against between near over under as among via than nor"
)
_DETERMINERS = vocabulary("the a an")
_DEMONYM = re.compile(
    r"[A-Z][a-z]+(?:ian|ean|can|ese|ish)s?|Democrats?|Democratic|Conservative|Labour|Tory"
    r"|(?:Iraq|Saud|Israel|Pakistan|Kuwait|Yemen|Qatar|Emirat|Bahrain|Oman|Bangladesh|Azerbaijan|Nepal|Somal)is?"
    r"|(?:Afghan|Arab|Argentine|Cypriot|Czech|Filipino|Greek|Icelandic|Kazakh|Kurd|Slovak|Thai|Turk|Uzbek)s?|Dutch|French|Swiss|Welsh"
    r"|Islamic|Islamist|Muslims?|Catholics?"
)
_GIVEN = vocabulary(
    "christian brian ian adrian julian vivian damian sebastian lillian gillian fabian dorian duncan sean dean jean bryan marian"
)
"""First names that look like demonyms."""
_HONORIFICS = vocabulary("mr mrs ms miss mx sir dame dr")
_MINISTERS = vocabulary("minister secretary undersecretary commissioner ambassador director")
_REGNAL = vocabulary("pope king queen prince princess emperor empress tsar")
_SHORT = vocabulary("MP MPs MEP MSP PM VP TD AG DA")
"""Titles that are such in capitals alone."""
_ROMAN = re.compile(r"[ivx]+")
_WORD = re.compile(r"[^\s,()]+")
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
_LONGEST = 40
"""Words in a phrase that is searched for a name; bounds the cost."""
_BASED = re.compile(r"\w+-(?:based|born|led|run|backed)")
_BORDER = '"“”„«»‘ \t\n\r,;:-–—*[]'


@cache
def _lexicon() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Titles, post-nominals and name particles, casefolded; loaded at the first call (30 ms)."""
    from nameparser import Lexicon

    known = Lexicon.default()
    titles = (frozenset(known.titles) | ROLES) - MODIFIERS
    return titles, frozenset(known.suffix_acronyms), frozenset(known.particles) | {"al", "el", "ul", "-"}


def plain(word: str) -> str:
    """``word`` as the vocabulary has it: casefolded, without possessive, full stop and ``ex-``, ``-elect``.

    >>> plain("President-elect"), plain("Sen."), plain("Obama’s")
    ('president', 'sen', 'obama')
    """
    bare = _POSSESSIVE.sub("", word.casefold()).rstrip(".")
    return (
        bare.removesuffix("-elect")
        .removesuffix("-designate")
        .removeprefix("ex-")
        .removeprefix("vice-")
        .removeprefix("then-")
        .removeprefix("co-")
    )


def is_title(word: str) -> bool:
    """Whether ``word`` can end a title or role: ``President``, ``Brigadier-General``, ``prosecutor``, ``MP``, but not ``National``."""
    titles, bare = _lexicon()[0], plain(word)
    return bare in titles or word in _SHORT or ("-" in bare and titles.issuperset(bare.split("-")))


def is_title_word(word: str) -> bool:
    """Whether ``word`` can stand inside a title: ``Prime``, ``State``, ``Deputy`` too."""
    return is_title(word) or plain(word) in MODIFIERS


def before_of(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a name before what it is of or for: ``Ministry``, ``Museum`` of ``Museum of the Northern Seas``."""
    return tuple(takewhile(lambda word: word not in ("of", "for"), words))


def is_office(name: str) -> bool:
    """Whether ``name`` is what somebody holds: ``Foreign Secretary``, ``Minister for the Middle East``."""
    held = before_of(name.split())
    return bool(held) and is_title(held[-1])


def leads_to_name(words: Sequence[str]) -> bool:
    """Whether what stands before a name is all his: ``White House Chief of Staff``, not ``A spokesman for Mr.``"""
    i = next((i for i in reversed(range(len(words))) if words[i].casefold() in _FUNCTION), None)
    if i is None or words[i] in ("and", "or"):
        return i is None or (i > 0 and words[i - 1].casefold() not in FUNCTION)  # not "he and Mr. Allen"
    if i == 0 or not is_title(words[i - 1]) or is_title(words[i + 1] if i + 1 < len(words) else words[i - 1]):
        return False
    return words[i] == "of" or (words[i] == "for" and plain(words[i - 1]) in _MINISTERS)


def is_demonym(word: str) -> bool:
    """Whether ``word`` says where somebody comes from or which party he is of: ``Australian``, ``Democrat``."""
    return bool(_DEMONYM.fullmatch(word)) and word.casefold() not in _GIVEN


def is_particle(word: str) -> bool:
    """Whether ``word`` is a lower-case piece of personal names: ``van``, ``bin``, ``de``."""
    return word.casefold() in _lexicon()[2]


def is_capitalised(word: str) -> bool:
    """Whether ``word`` has a capital at its head, or one behind a prefix (``al-Assad``, ``iPhone``)."""
    return word[:1].isupper() or (word[:1].isalnum() and any(c.isupper() for c in word[1:]))


def looks_personal(words: Sequence[str]) -> bool:
    """Whether ``words`` can be a person's name without a title: up to five capitals, none of them an institution's word."""
    if not 1 <= len(words) <= 5 or (is_title_word(words[-1]) and len(words) == 1):
        return False
    if plain(words[-1]) in SURNAMES and of_name(" ".join(words)):
        return looks_personal(words[:-1])
    if any(plain(w) in ORGANISATION or not (is_capitalised(w) or is_particle(w)) for w in words):
        return False
    return is_capitalised(words[-1]) and not any(c.isdigit() for w in words for c in w)


@lru_cache(maxsize=4096)
def strip_title(name: str) -> str:
    """``name`` without determiner, title, role and what else stands before or after a personal name.

    The result is always a piece of ``name``; a phrase without a personal name only loses ``the`` before a capital.

    >>> strip_title("New Zealand's Prime Minister John Key")
    'John Key'
    >>> strip_title("the Crown prosecutor, Mark Tedeschi, QC")
    'Mark Tedeschi'
    >>> strip_title("a senior official")
    'a senior official'
    """
    span = core(name)
    return name[span.start : span.end]


def core(name: str) -> Span:
    """Where :func:`strip_title`'s result lies in ``name``."""
    segments = _segments(name)
    if len(segments) > 1 and not any(_is_list(name, s) for s in segments):
        cores = [_core_of_segment(name, s) for s in segments]
        for found in cores:
            words = name[found.start : found.end].split()
            if looks_personal(words) and not all(is_title_word(w) for w in words):
                return found
    whole = Span(segments[0].start, segments[-1].end) if segments else _tidy(name, Span(0, len(name)))
    return _core_of_segment(name, whole)


def _segments(name: str) -> list[Span]:
    """The comma-separated pieces, without post-nominals (``QC``, ``(R-Texas)``) at the end."""
    cut = name.find(" (")
    end = cut if cut > 0 else len(name)
    pieces = [_tidy(name, Span(m.start(), m.end())) for m in re.finditer(r"[^,]+", name[:end])]
    pieces = [p for p in pieces if p.width]
    while len(pieces) > 1 and all(is_post_nominal(w) for w in name[pieces[-1].start : pieces[-1].end].split()):
        pieces.pop()
    return pieces


def is_post_nominal(word: str) -> bool:
    """Whether ``word`` stands behind a personal name: ``QC``, ``MBE``."""
    bare = word.replace(".", "")
    return bare.isupper() and (bare.casefold() in _lexicon()[1] or bare in ("KC", "SC", "TD"))


def _follows_a_name(word: str, before: str) -> bool:
    """Whether ``word`` stands behind a personal name and is no part of it: ``KC``, ``@annlee``."""
    return not is_title_word(before) and (word[0] == "@" or (is_post_nominal(word) and not before.isupper()))


def _is_list(name: str, span: Span) -> bool:
    return bool(re.search(r"(?:^|\s)(?:and|or|&)\s", name[span.start : span.end]))


def _tidy(name: str, span: Span) -> Span:
    """``span`` without quotation marks, spaces and a possessive at its ends."""
    start, end = span
    while start < end and name[start] in _BORDER:
        start += 1
    while start < end and name[end - 1] in _BORDER:
        end -= 1
    tail = _POSSESSIVE.search(name[start:end])
    return Span(start, start + tail.start()) if tail and tail.start() else Span(start, end)


def _core_of_segment(name: str, span: Span) -> Span:
    words = [(m.group(), span.start + m.start()) for m in _WORD.finditer(name[span.start : span.end])]
    if not words:
        return span
    while len(words) > 1 and _BASED.fullmatch(words[0][0]):
        words = words[1:]
    while len(words) > 2 and _follows_a_name(words[-1][0], words[-2][0]):
        span = Span(span.start, words[-2][1] + len(words[-2][0]))
        words.pop()
    texts = [w.lstrip("“‘\"'").rstrip('”"') or w for w, _ in words]  # a nickname is a name
    first = _name_start(texts) if len(texts) <= _LONGEST else None
    if first is None:
        first = 1 if len(texts) > 1 and texts[0].casefold() == "the" and is_capitalised(texts[1]) else 0
    return _tidy(name, Span(words[first][1], span.end))


def _name_start(words: list[str]) -> int | None:
    """Index of the first word of the personal name behind the titles, ``None`` where there is none."""
    # From the right to the last word of a title: a title word, or a lower-case noun ("Florida delegate John Archer").
    for i in range(len(words) - 2, -1, -1):
        word = words[i].casefold()
        lower = word[:1].isalpha() and not is_capitalised(words[i]) and not is_particle(word)
        if words[i] in ("Of", "For") and (first := _behind_office(words, i)) is not None:
            return first  # "Chief Of Staff Rahm Emanuel"
        if not lower and not is_title(words[i]):
            continue
        if word == "the" and i and words[i - 1].casefold() in ("of", "for"):
            continue
        if word in _FUNCTION:
            return _behind_office(words, i)
        if lower or not _inside_name(words, i):
            return _behind_title(words, i)
    return None


def _behind_title(words: list[str], title: int) -> int | None:
    """The name after a title that ends at ``title``, if what follows is one."""
    word, rest = plain(words[title]), words[title + 1 :]
    if word in _HONORIFICS and all(map(is_capitalised, rest)):
        return title + 1  # "Ms. White", whatever the surname
    if word in _DETERMINERS or not looks_personal(rest) or _is_suffix(rest[0]) or (title and _embedded(words, title)):
        return None
    if word in _REGNAL and is_capitalised(words[title]) and len([w for w in rest if not _is_suffix(w)]) == 1:
        return title  # "Pope Francis", "King Abdullah": the title is part of how the name is given
    return title + 1


def _inside_name(words: list[str], title: int) -> bool:
    """Whether the title word is a name here, as an earlier title shows: ``President Hassan Sheikh Mohamud``."""
    for i in range(title - 1, -1, -1):
        if _POSSESSIVE.search(words[i]) or not is_capitalised(words[i]):
            return False
        if is_title(words[i]):
            between = words[i + 1 : title]
            return looks_personal(between) and not all(map(is_title_word, between))
    return False


def _is_suffix(word: str) -> bool:
    return plain(word) in {"jr", "sr"} or (word.isupper() and _ROMAN.fullmatch(plain(word)) is not None)


def _embedded(words: list[str], title: int) -> bool:
    """Whether the title hangs on a preposition (``a spokesman for Mayor Frank Jackson``), so that somebody else is named."""
    i = title - 1
    while i >= 0 and (is_capitalised(words[i]) or words[i].casefold() in _DETERMINERS):
        i -= 1
    if (
        i > 0
        and words[i].casefold() == "of"
        and is_title(words[i - 1])
        and (is_capitalised(words[i - 1]) or not is_title(words[title]))
    ):
        return False  # "Speaker of the House Rep. Paul Ryan", "secretary of state John Kerry": an office of the same person
    return (
        i >= 0 and words[i].casefold() in _FUNCTION and not (0 < i < title - 1 and _in_body(words[i - 1], words[i], words[title]))
    )


def _in_body(before: str, connector: str, title: str) -> bool:
    """Whether a connector is part of a body's name: ``Centers for Disease Control Director Thomas Frieden``."""
    if not is_capitalised(before) or not is_capitalised(title) or is_title(before):
        return False
    return connector in ("of", "for") or (connector == "and" and before.casefold() in SUBJECTS)


def _behind_office(words: list[str], of: int) -> int | None:
    """The name after ``Secretary of State``, ``Minister for the Middle East``: at least one word belongs to the office."""
    if words[of].casefold() not in ("of", "for") or of == 0 or not is_title(words[of - 1]):
        return None
    first = of + 2 + (words[of + 1].casefold() == "the")
    while len(words) - first >= 2:
        if len(words) - first <= 3 and looks_personal(words[first:]) and not is_title_word(words[first]):
            return first
        first += 1
    return None
