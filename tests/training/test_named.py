"""Words that name somebody whose name is known."""

from __future__ import annotations

import pytest

from training.named import find_name


@pytest.mark.parametrize(
    ("text", "name", "quoted_too", "found"),
    [
        ("Ada Lind met Ada Lind.", "Ada Lind", True, (0, 8)),
        ("Lind smiled.", "Ada Lind", True, (0, 4)),
        ("Lind met Lind.", "Ada Lind", True, None),
        ("Lindgren smiled.", "Ada Lind", True, None),
        ("“Ada Lind did it,” she said.", "Ada Lind", True, (1, 9)),
        ("“Ada Lind did it,” she said.", "Ada Lind", False, None),
        ("The House voted.", "White House", True, None),
        ("An official spoke.", "a senior official", True, None),
        ("“No,” a senior official said.", "a senior official", False, (6, 23)),
    ],
)
def test_find_name(text: str, name: str, quoted_too: bool, found: tuple[int, int] | None) -> None:
    assert find_name(text, (0, len(text)), name, outside_quotes=not quoted_too) == found


def test_only_the_sentence_is_searched() -> None:
    text = "Lind left. She wept. Lind is back."
    assert find_name(text, (11, 20), "Ada Lind") is None
    assert find_name(text, (21, 34), "Ada Lind") == (21, 25)
