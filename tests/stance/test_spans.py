"""Spans and their algebra."""

from __future__ import annotations

import json
import pickle

import pytest

from stance.spans import Span, contains, overlap, trim


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ((0, 5), (3, 9), 2),
        ((3, 9), (0, 5), 2),
        ((0, 3), (3, 6), 0),
        ((0, 9), (2, 4), 2),
        ((2, 2), (0, 9), 0),
        ((0, 1), (8, 9), 0),
    ],
)
def test_overlap(a: tuple[int, int], b: tuple[int, int], shared: int) -> None:
    assert overlap(a, b) == shared


def test_contains() -> None:
    assert contains((0, 5), (0, 5)) and contains((0, 5), (2, 2))
    assert not contains((0, 5), (4, 6)) and not contains((1, 5), (0, 2))


def test_a_span_is_a_pair_with_a_width() -> None:
    assert Span(2, 6) == (2, 6)
    assert (Span(2, 6).width, Span(6, 2).width) == (4, 0)
    start, end = Span(2, 6)
    assert "abcdefgh"[start:end] == "cdef"


def test_a_span_survives_processes_and_json() -> None:
    assert pickle.loads(pickle.dumps(Span(2, 6))) == Span(2, 6)
    assert json.dumps([Span(0, 5), Span(3, 3)]) == "[[0, 5], [3, 3]]"


@pytest.mark.parametrize(
    ("text", "kept"),
    [(" He. ", "He."), ("\r\nHe\r\n", "He"), ("\u2003He\u00a0", "He"), ("   ", ""), ("", ""), ("\u200fHe", "\u200fHe")],
)
def test_trim(text: str, kept: str) -> None:
    start, end = trim(text, (0, len(text)))
    assert text[start:end] == kept
