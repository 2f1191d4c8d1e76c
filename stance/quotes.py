"""Quotation marks: which characters of a text stand inside a quotation. Strings only.

A paragraph ends every quotation: news convention opens each further paragraph of one quotation anew and closes only the
last, so that an unclosed or odd mark never does harm beyond its paragraph.
"""

from __future__ import annotations

import re

import numpy as np

from stance.spans import Span

_CLOSES: dict[str, tuple[str, ...]] = {
    "“": ("”",),
    "„": ("“", "”"),
    "«": ("»",),
    "»": ("«",),
    "‘": ("’",),
    '"': ('"',),
    "'": ("'",),
    "``": ("''",),
    "‹": ("›",),
    "「": ("」",),
}
_MARK = re.compile(
    r"``|''|[“”„«»\"‹›「」]"
    r"|(?<![^\W_])[‘'](?=\w)"  # a single mark opens only before a word ...
    r"|(?<=[\w.,!?…])[’'](?!\w)"  # ... and closes only after one: apostrophes are neither
    r"|\n[ \t\r]*(?=\n)|\n"
)


def quotations(text: str) -> list[Span]:
    """Spans of the quotations, marks included, in order and not nested (an inner quotation belongs to the outer one).

    >>> quotations('He said “yes” and “no')
    [Span(start=8, end=13), Span(start=18, end=21)]
    """
    spans: list[Span] = []
    closers: tuple[str, ...]
    start, closers = -1, ()
    for match in _MARK.finditer(text):
        mark = match.group()
        if mark[0] == "\n":
            if start >= 0:
                spans.append(Span(start, match.start()))
            start = -1
        elif start < 0:
            if mark in _CLOSES and (mark != "'" or _is_word(text[match.end() : match.end() + 1])):
                start, closers = match.start(), _CLOSES[mark]
        elif mark in closers:
            spans.append(Span(start, match.end()))
            start = -1
    if start >= 0:
        spans.append(Span(start, len(text)))
    return spans


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def inside(spans: list[Span], chars: np.ndarray) -> np.ndarray:
    """Which character positions lie in one of the ordered ``spans``.

    Args:
        spans: as :func:`quotations` gives them.
        chars: positions, int[N].

    Returns:
        bool[N].
    """
    if not spans:
        return np.zeros(len(chars), bool)
    bounds = np.asarray(spans, np.int64)
    at = np.searchsorted(bounds[:, 0], chars, side="right") - 1
    return (at >= 0) & (chars < bounds[np.maximum(at, 0), 1])
