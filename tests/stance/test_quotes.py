"""What stands inside a quotation."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

from stance.quotes import inside, quotations


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("He said “yes”.", ["“yes”"]),
        ('He said "yes" and "no".', ['"yes"', '"no"']),
        ("Er sagte „ja“ dazu.", ["„ja“"]),
        ("Er sagte „ja” dazu.", ["„ja”"]),
        ("Il dit « oui » hier.", ["« oui »"]),
        ("Er sagte »ja« dazu.", ["»ja«"]),
        ("He said ‘yes’ to it.", ["‘yes’"]),
        ("He said 'yes' to it.", ["'yes'"]),
        ("He said 'yes.' She left.", ["'yes.'"]),
        ("She said ``yes'' to it.", ["``yes''"]),
        ("''We won,'' Ms. Lind said. ''It's over.''", ["''We won,''", "''It's over.''"]),
        ("Er sagte ‚ja‘ dazu, ‚nein’ nicht.", ["‚ja‘", "‚nein’"]),
        ("”Ja”, sade hon. »Nej», sade han.", ["”Ja”", "»Nej»"]),
        ("„Tak”, powiedział.", ["„Tak”"]),
        ("“We won,“ he said.", ["“We won,“"]),
        ('"Yes” and “no" they said. He left.', ['"Yes”', '“no"']),
        ('He said " yes " to it.', ['" yes "']),
        ('"no," "yes"', ['"no,"', '"yes"']),
        ("„So ist es“, sagte er. »Nein«, sagte sie.", ["„So ist es“", "»Nein«"]),
        ("Il dit: « Oui, “bien sûr” », puis « non ».", ["« Oui, “bien sûr” »", "« non »"]),
        ("‘The workers’ day is near,’ he said of the workers’ day.", ["‘The workers’ day is near,’"]),
        ("He sang ‘the blues’ and it’s ‘fun.’", ["‘the blues’", "‘fun.’"]),
        ("'Best day ever 😍' wrote Lena of the players' bus. 'It fell 40%' said Bo.", ["'Best day ever 😍'", "'It fell 40%'"]),
        ("Rock 'n' roll of the '90s, ’twas said.", []),
        ('A 5\'10" man said "no" to a 5" pipe.', ['"no"']),
        ("She said ``the workers' day'' is near.", ["``the workers' day''"]),
        ("彼は「はい」と言った", ["「はい」"]),
        ("“He said ‘no’ to me,” she said.", ["“He said ‘no’ to me,”"]),
        ("It’s the party’s and the workers’ day.", []),
        ("It's the party's and the workers' day.", []),
        ("An end only.” He left.", []),
        ("The workers.' And on it went. It is his.'", []),
        ("No quotation here.", []),
        ("", []),
    ],
)
def test_kinds_of_marks(text: str, quoted: list[str]) -> None:
    assert [text[a:b] for a, b in quotations(text)] == quoted


def test_a_paragraph_ends_what_nobody_closed() -> None:
    text = "“We won.\n\n“We will win again,” she said.\r\nHe left. “And"
    assert [text[a:b] for a, b in quotations(text)] == ["“We won.", "“We will win again,”", "“And"]


def test_a_paragraph_without_an_opening_goes_on_with_what_was_left_open() -> None:
    text = '"We won.\r\n\r\nWe will win again," she said.\r\nShe left." He "stayed".'
    assert [text[a:b] for a, b in quotations(text)] == ['"We won.', 'We will win again,"', '"stayed"']


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('He said "yes. Then "no" he said.', ['"yes. Then ', '"no"']),
        ('"He told me "go away" and left," she said.', ['"He told me "go away" and left,"']),
        ('The "so-called" experts" said so.', ['"so-called"']),
        ("“We won. “We lost,” he said.", ["“We won. ", "“We lost,”"]),
        ("“What we call ‘the end is near,” he said.", ["“What we call ‘the end is near,”"]),
        ("He said ‘no, and “yes” to it.", ["“yes”"]),
        ("He left.» And then «yes» he said.", ["«yes»"]),
        ("» Read more", []),
        ("Stray » here and “a quote” there.", ["“a quote”"]),
        ('early. " After the match', []),
        ('A 5" pipe broke.\nHe said "no" to it.', ['"no"']),
        ('He said "no.\nA second "yes" stands.', ['"no.', '"yes"']),
    ],
)
def test_odd_and_stray_marks_harm_no_more_than_they_must(text: str, quoted: list[str]) -> None:
    assert [text[a:b] for a, b in quotations(text)] == quoted


@pytest.mark.parametrize("mark", ["“", '"', "'a ", "«", "‘»"])
def test_time_is_linear(mark: str) -> None:
    began = time.perf_counter()
    quotations(mark * 50_000)
    assert time.perf_counter() - began < 5


def test_spans_are_in_order_and_apart() -> None:
    spans = quotations("“a” «b» 'c' \"d\" “e\n”f” ‘«g”’ h»")
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_inside() -> None:
    spans = quotations("He said “yes” to «it».")
    assert inside(spans, np.array([0, 8, 12, 13, 17, 20, 21])).tolist() == [False, True, True, False, True, True, False]
    assert inside([], np.array([3])).tolist() == [False]
    assert inside(spans, np.zeros(0, np.int64)).tolist() == []
