"""What stands inside a quotation."""

from __future__ import annotations

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


def test_an_odd_mark_harms_its_paragraph_only() -> None:
    text = 'A 5" pipe broke.\nHe said "no" to it.'
    assert [text[a:b] for a, b in quotations(text)] == ['" pipe broke.', '"no"']


def test_spans_are_in_order_and_apart() -> None:
    spans = quotations("“a” «b» 'c' \"d\" “e\n”f")
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_inside() -> None:
    spans = quotations("He said “yes” to «it».")
    assert inside(spans, np.array([0, 8, 12, 13, 17, 20, 21])).tolist() == [False, True, True, False, True, True, False]
    assert inside([], np.array([3])).tolist() == [False]
    assert inside(spans, np.zeros(0, np.int64)).tolist() == []
