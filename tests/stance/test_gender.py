"""Which pronoun names and phrases ask for."""

from __future__ import annotations

import pytest

from stance.gender import before, of_name


@pytest.mark.parametrize(
    ("name", "asks"),
    [("José Dorn", "he"), ("Françoise Dorn", None), ("Lacey Dorn", "she"), ("M. Burt Dorn", "he"), ("Lacey", None), ("", None)],
)
def test_a_first_name_says_it_with_accents_too(name: str, asks: str | None) -> None:
    assert of_name(name) == asks


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("said his wife Robin Dorn", "she"),
        ("His daughter, Robin Dorn, sits on it", "she"),
        ("it was the mayor’s brother, Robin Dorn.", "he"),
        ("According to his mother, Robin Dorn was ill", None),
        ("He told his mother, Robin, to wait", None),
        ("the ministry Robin Dorn", None),
    ],
)
def test_words_before_a_name_say_it(text: str, asks: str | None) -> None:
    assert before(text, text.index("Robin")) == asks
