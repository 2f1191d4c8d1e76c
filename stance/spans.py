"""Half-open spans and their algebra. No text semantics, no tokens: the variable's name says the unit."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """``[start, end)``, Python's slice convention."""

    start: int
    end: int

    @property
    def width(self) -> int:
        """Units in the span (``len`` of a span is 2, as of any pair)."""
        return max(0, self.end - self.start)


def overlap(a: tuple[int, int], b: tuple[int, int]) -> int:
    """How many units the two spans share.

    >>> overlap((0, 5), (3, 9))
    2
    """
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def contains(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    """Whether ``inner`` lies wholly in ``outer``."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def trim(text: str, span: tuple[int, int]) -> Span:
    """``span`` without the white space at its ends.

    >>> trim(" He said. ", (0, 10))
    Span(start=1, end=9)
    """
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
