"""What stands before a name and is no part of it, and surnames that are titles elsewhere: names of the whole article beside each other.
Strings only."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from stance.gender import of_name
from stance.spans import Span
from stance.titles import is_capitalised, is_demonym, is_title, looks_personal
from stance.vocabulary import vocabulary
from stance.words import Word

_OPENING_WORD = re.compile(r"(?:[A-Z]\w{2,}(?:ing|(?<!m)ed)|Certainly|Imagine|Outgoing|Incumbent|Longtime|Legendary|Fellow|Free)")
"""``Calling Donald Trump a liar``, ``Ousted President``: no first name, where the article has the name without it."""
_SAYS = vocabulary("Added Asked Continued Said Says Wrote Writes")
"""Verbs before whoever speaks: ``Continued Lind:``."""


def folded(text: str, span: Span) -> tuple[str, ...]:
    """The words of a name in small letters: equal where the article has the same name again."""
    return tuple(text[span.start : span.end].casefold().split())


def with_surnames(text: str, bodies: Sequence[Sequence[Word]], found: list[Span]) -> list[Span]:
    """Add what is a title elsewhere and here somebody's surname: ``Deacon said``, where the article names Colleen Deacon."""
    names = [text[slice(*span)] for span in found]
    titled = {name.split()[-1] for name in names if " " in name and is_title(name.split()[-1]) and of_name(name)}
    if not titled:
        return found
    taken, more = sorted(found), []
    for before, word, after in (
        (b, w, a) for words in bodies for b, w, a in zip([None, *words], words, [*words[1:], None], strict=False)
    ):
        leads = after is not None and after.capital and text[word.end : after.start] == " "
        if word.text in titled and not leads and not (before and before.fold in ("the", "a")):
            at = bisect_left(taken, (word.end, -1))
            if not at or taken[at - 1].end <= word.start:
                more.append(Span(word.start, word.end))
    return sorted([*found, *more])


def without_prefix(text: str, found: Sequence[Span], opening: Collection[int]) -> list[Span]:
    """Cut what stands before a full personal name that the article also gives alone (``Air Marshal Alex Badeh``), and the word that
    opens a sentence before the surname of somebody with another first name (``Understated Perez raises …``)."""
    counts = Counter(folded(text, span) for span in found)
    found = [part for span in found for part in _for_another(text, span, counts)]
    surnames = {words[-1:] for words in counts if len(words) > 1 and of_name(" ".join(words))}
    cut = []
    for span in found:
        starts = [m.start() + span.start for m in re.finditer(r"(?<=\s)\S", text[span.start : span.end])]
        if counts[folded(text, span)] == 1:
            alone = len(starts) == 1 and text[span.start : starts[0]].strip() in _SAYS
            tails = [Span(start, span.end) for start in (starts if alone else starts[:-1])]
            known = [t for t in tails if counts[folded(text, t)] and _is_cut(text[span.start : t.start], text[t.start : t.end])]
            span = known[0] if known else span
            if span.start in opening and folded(text, span)[1:] in surnames and _only_heads(text, span):
                span = Span(starts[0], span.end)
        cut.append(span)
    return cut


def _only_heads(text: str, span: Span) -> bool:
    """Whether the first word of a sentence is no first name, but told of the next or before it: ``Understated Perez``, ``Writes Lee``."""
    first = text[slice(*span)].split()[0]
    likely = _OPENING_WORD.fullmatch(first) or first in _SAYS or not text[: span.start].strip()
    return bool(likely) and not of_name(text[slice(*span)])


def _for_another(text: str, span: Span, counts: Mapping[tuple[str, ...], int]) -> Iterator[Span]:
    """``Edison Research for the Associated Press`` are two, where the article has both alone; other bodies are ``for`` something."""
    for m in re.finditer(r" for (?:the |The )?", text[span.start : span.end]):
        before, behind = Span(span.start, span.start + m.start()), Span(span.start + m.end(), span.end)
        ends = [behind.start + w.end() for w in re.finditer(r"\S+", text[behind.start : behind.end])]
        named = [Span(behind.start, end) for end in ends[1:] if counts[folded(text, Span(behind.start, end))]]
        if counts[folded(text, before)] and named:
            yield from (before, named[-1])
            return
    yield span


def _is_cut(before: str, name: str) -> bool:
    """Whether ``before`` is no part of the person's name: not ``Pierre`` of ``de Vos``, nor ``Debbie`` of ``Wasserman Schultz``."""
    prefix, words = before.split(), name.split()
    if len(prefix) == 1 and _OPENING_WORD.fullmatch(prefix[0]):
        return looks_personal(words)
    given = len(prefix) == 1 and prefix[0].istitle() and looks_personal(prefix) and not is_demonym(prefix[0])
    return looks_personal(words) and not given and sum(map(is_capitalised, words)) > 1
