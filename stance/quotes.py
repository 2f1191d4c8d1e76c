"""Quotation marks: which characters of a text stand inside a quotation. Strings only.

A paragraph ends every quotation: news convention opens each further paragraph of one quotation anew and closes only the
last, so that an unclosed or odd mark never does harm beyond its paragraph. Within one, a mark's neighbours say whether it
opens or closes (``_role``), and marks of one family are paired like brackets (``_paragraph``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stance.spans import Span

_FAMILIES = ('“”„"', "«»", "‹›", "‘’'‚", "「」", "『』")
_FAMILY = {"``": 0, "''": 0, **{mark: n for n, marks in enumerate(_FAMILIES) for mark in marks}}
_SINGLE = 3
_ALWAYS = {"„": 1, "``": 1, "‚": 1, "「": 1, "『": 1, "」": -1, "』": -1, "’": -1}

_ELISION = r"(?:\d0s|n|em|til|tis|twas|cause|cos|bout|round)\b"
_MARK = re.compile(
    r"``|''|[“”„\"«»‹›‚「」『』]"
    rf"|(?<![^\W_])[‘'](?=\w)(?!{_ELISION})"  # a single mark opens only before a word ...
    r"|(?<=[^\s(\[{])[’'‘](?!\w)",  # ... and closes only after one, or what ends it: apostrophes are neither
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BEFORE = re.compile(r"[\s(\[{–—―-]")
_AFTER = re.compile(r"[\s)\]},.;:!?…–—―-]")
_POSSESSIVE = re.compile(r"(?:s|in)['’] [^\W\d_]", re.IGNORECASE)
_INTRODUCED = re.compile(r"(?:^|[:,])\s*$")


class _Mark(NamedTuple):
    start: int
    end: int
    family: int
    role: int  # 1 opens, -1 closes, 0 closes what is open and else opens


def quotations(text: str) -> list[Span]:
    """Spans of the quotations, marks included, in order and not nested (an inner quotation belongs to the outer one).

    >>> quotations('He said “yes” and “no')
    [Span(start=8, end=13), Span(start=18, end=21)]
    """
    spans: list[Span] = []
    unclosed = False
    for paragraph in _PARAGRAPH.finditer(text):
        marks = [
            _Mark(m.start(), m.end(), _FAMILY[m.group()], _role(text, m, paragraph))
            for m in _MARK.finditer(text, paragraph.start(), paragraph.end())
        ]
        if marks:
            found = _paragraph(text, marks, Span(*paragraph.span()), unclosed)
            spans += _outermost(found)
        elif not paragraph[0].strip():
            continue
        unclosed = bool(marks) and bool(spans) and spans[-1].end == paragraph.end() and marks[-1].end < paragraph.end()
    return spans


def _role(text: str, match: re.Match[str], paragraph: re.Match[str]) -> int:
    """What a mark's neighbours say of it: `` "a`` opens, ``a" `` closes."""
    mark, start, end = match.group(), match.start(), match.end()
    if mark in _ALWAYS:
        return _ALWAYS[mark]
    left = start == paragraph.start() or bool(_BEFORE.match(text, start - 1))
    right = end == paragraph.end() or bool(_AFTER.match(text, end))
    if mark in "‘'":
        return -1 if right and not left else 1
    if mark in "«‹":  # French and Swiss open with it, German closes
        return 1 if left else -1 if right else 0
    if mark in "»›":
        return -1 if right else 0
    if mark == "”":  # opens in Swedish, and by mistake
        return 0 if left and not right else -1
    if mark == "“" and left:  # closes in German
        return 1
    return left - right


def _paragraph(text: str, marks: Sequence[_Mark], bounds: Span, unclosed: bool) -> list[Span]:
    """The quotations of one paragraph, nested ones too; ``unclosed``: one was left open in the paragraph before."""
    apostrophes = _apostrophes(text, marks)
    spans: list[Span] = []
    opened: list[_Mark] = []
    depth = Counter[int]()
    for mark in marks:
        if mark.start in apostrophes:
            continue
        if mark.role == 1 or (mark.role == 0 and not depth[mark.family]):
            opened.append(mark)
            depth[mark.family] += 1
        elif depth[mark.family]:
            while (last := opened.pop()).family != mark.family:
                depth[last.family] -= 1
            depth[mark.family] -= 1
            spans.append(Span(last.start, mark.end))
        elif unclosed and not spans and not opened and mark.family != _SINGLE:
            spans.append(Span(bounds.start, mark.end))
    return spans + _never_closed(text, marks, opened, bounds)


def _never_closed(text: str, marks: Sequence[_Mark], opened: Sequence[_Mark], bounds: Span) -> list[Span]:
    """Openings without an end go on to the next of their kind or the paragraph's end; doubtful ones open nothing."""
    following: dict[int, int] = {}
    ends: dict[int, int] = {}
    for mark in reversed(marks):
        ends[mark.start] = following.get(mark.family, bounds.end)
        if mark.role >= 0:
            following[mark.family] = mark.start
    return [
        Span(mark.start, ends[mark.start])
        for mark in opened
        if mark.role == 1 and (mark.family != _SINGLE or _INTRODUCED.search(text[max(bounds.start, mark.start - 8) : mark.start]))
    ]


def _apostrophes(text: str, marks: Sequence[_Mark]) -> set[int]:
    """Where single marks behind a word are no end: ``the workers’ day`` before the true end of its quotation."""
    found: set[int] = set()
    ended = False
    for mark in reversed(marks):
        if mark.family != _SINGLE:
            continue
        if mark.role == 1:
            ended = False
        elif not _POSSESSIVE.match(text, mark.start - 1) and not _POSSESSIVE.match(text, mark.start - 2):
            ended = True
        elif ended:
            found.add(mark.start)
    return found


def _outermost(spans: Sequence[Span]) -> list[Span]:
    """Those that lie in no other, in order; what overlaps is cut."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end)
    return kept


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
