"""Proper names by their capitals: candidates beside the learned tagger. Strings only, English news."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from stance.spans import Span
from stance.titles import (
    core,
    is_demonym,
    is_particle,
    is_title,
    is_title_word,
    looks_personal,
    plain,
)
from stance.trimming import folded, with_surnames, without_prefix
from stance.vocabulary import ACRONYMS, CALENDAR, FUNCTION, HEADS, ORGANISATION, SUBJECTS, vocabulary
from stance.words import Word, words_in

_CONTRACTION = re.compile(r"\w+['’](?:m|re|ve|ll|d|t)|(?:s?he|it|that|there|here|what|who|how|let)['’]s", re.IGNORECASE)
_OPENING, _CLOSING = (" “", ' "', " ‘", " '"), ("” ", '" ', "’ ", "' ")
_NICKNAME = re.compile(r"[A-Z]\w+[”\"’'] [A-Z]\w")
_NEVER = vocabulary("i that this these those you we they is are and but if when why what how who because per a")
"""Words that open no name, wherever their capital comes from."""
_DATED = re.compile(r"\b(?:on|in|since|until|by|last|this|next|late|early|from)[ \xa0]$", re.IGNORECASE)
_HONORIFICS = vocabulary("mr mrs ms")
_OPENED = frozenset(f"new {w}" for w in vocabulary("york zealand england delhi jersey hampshire orleans mexico")) | {
    "great britain"
}
"""Names whose first word opens sentences without being one."""
_CONNECTORS = vocabulary("of for and the on & to de")
_COLLECTIVE = vocabulary("campaign camp government administration ministry parliament legislature family army police supporters")
_CLOSED = vocabulary(
    "a an the who that to of is are was were will has have had just with from by at as for how why what when after his her on in"
)
"""What only a heading gives a capital inside a phrase."""
_WEEKDAYS = vocabulary("monday tuesday wednesday thursday friday saturday sunday")
_FEASTS = vocabulary("super black good easter holy ash palm whit cyber giving bloody big fat mega throwback")
"""What a weekday makes a name with."""
_COMMON = vocabulary("PAC PACs TV DNA CEO")
"""Common nouns in capitals."""
_ON = vocabulary("committee council commission center centre institute conference action alliance coalition campaign")
"""Heads of bodies that are ``on`` something."""
_LOCAL = vocabulary("council authority corporation university hospital hospitals police trust board")
"""Bodies of places with an ``of`` in their names: ``Vale of Ness Council``."""
_CAUSES = vocabulary("america justice prosperity peace freedom change progress life action democracy growth liberty hope women")
"""What bodies are for: ``Democracy for America``."""
_LONGEST = 24
"""Words in a run; a longer one is no name, and cutting it keeps the cost linear."""


def proper_names(text: str, sentences: Sequence[Span]) -> list[Span]:
    """Capitalised runs of ``text`` that look like proper names, titles cut off, in order; spans never overlap.

    Args:
        text: the article.
        sentences: its sentences, in order.

    >>> [("Prime Minister John Key met Wang Yi of China.")[s:e] for s, e in proper_names("Prime Minister John Key met Wang Yi of China.", [Span(0, 45)])]
    ['John Key', 'Wang Yi', 'China']
    """
    bodies: list[list[Word]] = []
    headings: list[list[Word]] = []
    for n, sentence in enumerate(sentences):
        words = list(words_in(text, sentence))
        title = n == 0 and _is_title(text, sentence)
        (headings if _is_heading(words, text[sentence.start : sentence.end], title) else bodies).append(words)
    lower = Counter(w.fold for words in bodies for w in words if not w.capital)
    inside = Counter(w.fold for words in bodies for w in words if w.capital and not w.opens)
    inside.update(f"{a.fold} {b.fold}" for words in bodies for a, b in pairwise(words) if a.capital and b.capital and not a.opens)
    inside.update(given for words in bodies for given in _given(words, lower))
    found: list[Span] = []
    for run in (run for words in bodies for run in _runs(text, words)):
        if _is_title_case(run):
            headings.append(run)
        else:
            found += _of_run(text, run, lower, inside)
    found = with_surnames(text, bodies, without_prefix(text, found, {words[0].start for words in bodies if words}))
    known = {folded(text, span) for span in found}
    for words in headings:
        alone = (span for run in _runs(text, words) for span in _of_run(text, run, lower, inside))
        found += _of_heading(words, known) if known else alone
    return sorted(found)


def _given(words: Sequence[Word], lower: Counter[str]) -> Iterator[str]:
    """A first name that opens a sentence before its surname: it may open another one alone."""
    if len(words) > 1 and words[0].capital and words[1].capital and not lower[words[0].fold]:
        name = [w.text for w in takewhile(Word.in_name, words[:4])]
        if looks_personal(name) and not any(
            is_title_word(w) or w.casefold() in FUNCTION or w.casefold() in CALENDAR for w in name
        ):
            yield words[0].fold


def _is_title(text: str, sentence: Span) -> bool:
    """Whether the first sentence is the article's first line."""
    return not text[: sentence.start].strip() and text[sentence.end : sentence.end + 1] in ("\n", "\r", "")


def _is_heading(words: Sequence[Word], sentence: str, title: bool) -> bool:
    """Title Case or capitals throughout: there a capital says nothing. A full stop ends only the ``title`` of some outlets."""
    stop = (":", ";", ",") if title else (".", ":", ";", ",")
    if sentence.rstrip().endswith(stop):
        return False
    long = [w for w in words if len(w.text) > 3 and w.text[0].isalpha()]
    return len(words) >= 5 and len(long) >= 4 and sum(w.capital for w in long) >= 0.75 * len(long)


def _is_title_case(run: Sequence[Word]) -> bool:
    """A long run with a function word in capitals (``Actor Who Endorsed …``) is a heading inside a sentence, ``Chief Of Staff`` none."""
    return len(run) >= 5 and any(
        w.capital and w.fold in _CLOSED and not (w.text == "Of" and is_title(b.text)) for b, w in pairwise(run)
    )


def _of_run(text: str, run: list[Word], lower: Counter[str], inside: Counter[str]) -> Iterator[Span]:
    run = _without_day(text, _without_opening(run, lower, inside))
    for n, part in enumerate(parts := list(_split_at_connectors(run))):
        if n == 0 and len(parts) > 1 and _only_opens(part, inside):
            continue
        yield from _names_in(text, part)


def _without_day(text: str, run: list[Word]) -> list[Word]:
    """``On Monday Merrowgate announced``: the day is no part of the name."""
    dated = len(run) > 1 and run[0].fold in CALENDAR and _DATED.search(text, max(0, run[0].start - 6), run[0].start)
    return run[1:] if dated else run


def _only_opens(part: Sequence[Word], inside: Counter[str]) -> bool:
    """Whether a word before ``of`` or ``to`` may have its capital from opening the sentence: ``Aides to Mr. Sanders``."""
    return len(part) == 1 and part[0].opens and part[0].text.istitle() and not inside[part[0].fold]


def _runs(text: str, words: Sequence[Word]) -> Iterator[list[Word]]:
    """Maximal runs of capitalised words, one space or connector apart."""
    run: list[Word] = []
    pending: list[Word] = []
    for word in words:
        previous = pending[-1] if pending else run[-1] if run else None
        joined = (
            previous is not None
            and len(run) < _LONGEST
            and (text[previous.end : word.start] in (" ", "\xa0") or _is_nickname(text, run, word))
            and not previous.possessive
        )
        if run and not joined:
            yield run
            run, pending = [], []
        if word.capital and (run or word.text[0].isalnum() or word.text[0] == "@"):
            run += [*pending, word]
            pending = []
        elif run and _is_connector(word) and len(pending) < 2:
            pending.append(word)
        else:
            if run:
                yield run + ([word] if not pending and word.fold in _COLLECTIVE else [])
            run, pending = [], []
    if run:
        yield run


def _is_nickname(text: str, run: Sequence[Word], word: Word) -> bool:
    """Whether the quotation mark before ``word`` only opens or closes a nickname: ``John “Tig” Tiegen``."""
    gap = text[run[-1].end : word.start] if run else ""
    if gap in _OPENING:
        return _NICKNAME.match(text, word.start) is not None
    return gap in _CLOSING and len(run) > 1 and text[run[-2].end : run[-1].start] in _OPENING


def _is_connector(word: Word) -> bool:
    return word.fold in _CONNECTORS or is_particle(word.text)


def _without_opening(run: list[Word], lower: Counter[str], inside: Counter[str]) -> list[Word]:
    """Drop the words at the head of the run that have their capital only from opening a sentence, or no meaning."""
    while run:
        first = run[0]
        demonym = (
            len(run) > 2
            and run[2].in_name()
            and is_demonym(first.text)
            and looks_personal([w.text for w in takewhile(Word.in_name, run[1:])])
        )
        if _is_acronym(run) or first.text[0] == "@" or (first.fold.rstrip(".") in _HONORIFICS and len(run) > 1):
            break
        if _CONTRACTION.fullmatch(first.text) or not first.capital or first.fold in _NEVER or demonym:
            run = run[1:]
            continue
        common = first.fold in FUNCTION
        start = " ".join(w.fold for w in run[:2])
        if first.opens and len(run) > 1 and (inside[start] or start in _OPENED):
            break
        if first.opens and not common:
            common = lower[first.fold] > inside[first.fold] or (len(run) == 1 and not inside[first.fold])
        # "The Hague", "New York": a function word inside a sentence and before a capital may belong to the name.
        if not common or not (first.opens or len(run) == 1):
            break
        run = run[1:]
    return run


def _is_acronym(run: Sequence[Word]) -> bool:
    """Whether the run begins with a name such as ``US``, and is not in capitals throughout."""
    return run[0].text in ACRONYMS and (len(run) == 1 or not all(w.text.isupper() for w in run))


def _split_at_connectors(run: list[Word]) -> Iterator[list[Word]]:
    """``Rubio of Florida`` into two, ``Department of Health and Human Services`` in one."""
    part: list[Word] = []
    for i, word in enumerate(run):
        collective = i == len(run) - 1 and word.fold in _COLLECTIVE
        if word.capital or collective or is_particle(word.text) or _joins(part, word, run[i + 1 :]):
            part.append(word)
        else:
            yield part
            part = []
    yield part


def _joins(part: Sequence[Word], connector: Word, rest: Sequence[Word]) -> bool:
    capitals = [w.fold for w in part if w.capital]
    after = [w.text for w in rest if w.capital]
    if not capitals or not after or after[0].casefold() in CALENDAR:
        return False
    if connector.text == "&":
        return True
    if connector.fold == "the":
        return not part[-1].capital
    if connector.fold == "and":
        # "Health and Human Services", "Aeronautics and Space Administration", but not "Iraq and Barack Obama", nor
        # "the State Department and the Department of Justice"
        body = any(w.fold in ("of", "for") or w.fold in ORGANISATION for w in part[:-1])
        if capitals[-1] in SUBJECTS and len(after) > 1 and (body or any(w.fold in ORGANISATION for w in rest[1:5])):
            return True
        return rest[0].fold != "the" and body and not looks_personal(after[:2] if len(after) > 1 else ["1"])
    if connector.fold == "for" and (after[0][0].isdigit() or (len(after) == 1 and after[0].casefold() in _CAUSES)):
        return True  # "Court of Appeals for the 9th Circuit", "Democracy for America"
    if connector.fold == "on":
        return capitals[-1] in _ON
    if connector.fold == "of" and _is_longer_body(part, capitals, after):
        return True
    if any(len(word.rstrip(".")) == 1 for word in capitals):
        return False  # "Peter T. King of New York"
    return is_title(capitals[-1]) or capitals[-1] in HEADS or capitals[-1].removesuffix("s") in HEADS


def _is_longer_body(part: Sequence[Word], capitals: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a body's name goes on behind ``of``: ``Institute for the Study of War``, ``Vale of Ness Council``."""
    if len(capitals) == 1 and len(after) == 2 and after[1].casefold() in _LOCAL:
        return not is_title(capitals[0])
    return len(capitals) > 1 and any(w.fold == "for" for w in part)


def _names_in(text: str, part: Sequence[Word]) -> Iterator[Span]:
    while part and not part[-1].capital and part[-1].fold not in _COLLECTIVE:
        part = part[:-1]
    while part and not part[0].capital:
        part = part[1:]
    if len(part) > 1 and part[-1].fold in _WEEKDAYS and part[-2].fold not in _FEASTS:
        part = part[:-1]  # "told CNN Monday"
    if not part or all(w.fold.rstrip(".") in CALENDAR or w.text.isdigit() for w in part):
        return
    if (
        [w.fold for w in part] != ["united", "states"]
        and all(is_title(w.text) or (is_title_word(w.text) and not w.text.isupper()) for w in part)
        and (len(part) == 1 or part[0].opens)
    ):
        return
    start, end = part[0].start, part[-1].end
    inner = core(text[start:end])
    if len(part) == 1 and (
        inner.width < 2 or part[0].text in _COMMON or (plain(part[0].text) in FUNCTION and part[0].text not in ACRONYMS)
    ):
        return
    yield Span(start + inner.start, start + inner.end)


def _of_heading(words: Sequence[Word], known: Iterable[tuple[str, ...]]) -> list[Span]:
    """Names of the body that the heading repeats, the longest first."""
    known = set(known)
    titled = [i + 1 for i, w in enumerate(words[:-2]) if w.fold.rstrip(".") in _HONORIFICS and words[i + 2].capital]
    known |= {tuple(w.fold for w in words[i : i + 2]) for i in titled}  # "Mr Joakim Sandelin"
    longest, last = max(map(len, known)), {k[-1] for k in known if len(k) > 1}
    found, i = [], 0
    while i < len(words):
        for n in range(min(longest, len(words) - i), 0, -1):
            key = tuple(w.fold for w in words[i : i + n])
            if key in known or (n == 1 and key[0] in last):
                found.append(Span(words[i].start, words[i + n - 1].end))
                i += n - 1
                break
        i += 1
    return found
