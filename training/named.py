"""The words of a sentence that name somebody whose name is known: where it is plain, found; else nothing.

The only place of the project that searches for words instead of carrying offsets: for users' labels and for corpora that
have none.
"""

from __future__ import annotations

import re

from stance.quotes import quotations
from stance.spans import Span, overlap
from stance.titles import looks_personal, strip_title


def find_name(text: str, sentence: tuple[int, int], name: str, *, outside_quotes: bool = False) -> Span | None:
    """Where ``name`` stands in the sentence, whole (first occurrence), else a person's surname where it occurs exactly once.

    Args:
        text: the article's text.
        sentence: offsets of the sentence in ``text``.
        name: canonical name.
        outside_quotes: only words outside quotation marks count.

    Returns:
        Offsets into ``text``, or ``None``.

    >>> find_name("The House voted.", (0, 16), "White House") is None
    True
    >>> find_name("Mr Xi left. Obama smiled.", (12, 25), "Barack Obama")
    Span(start=12, end=17)
    """
    quoted = quotations(text[slice(*sentence)]) if outside_quotes else []
    whole = occurrences(text, sentence, name, quoted)
    if whole:
        return whole[0]
    words = strip_title(name).split()
    if len(words) < 2 or not looks_personal(words):
        return None
    last = occurrences(text, sentence, words[-1], quoted)
    return last[0] if len(last) == 1 else None


def occurrences(text: str, sentence: tuple[int, int], words: str, quoted: list[Span]) -> list[Span]:
    """Where ``words`` stand in ``text[slice(*sentence)]``, whole, outside the spans ``quoted`` of that sentence."""
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
    spans = [Span(*match.span()) for match in pattern.finditer(text, *sentence)]
    return [s for s in spans if not any(overlap(q, (s.start - sentence[0], s.end - sentence[0])) for q in quoted)]
