"""Which name is the head of the words that name a speaker."""

from __future__ import annotations

import pytest

from stance.phrases import head_name
from stance.spans import Span


@pytest.mark.parametrize(
    ("phrase", "names", "head"),
    [
        ("52-year-old Ada Lind", ["Ada Lind"], "Ada Lind"),
        ("the World Health Organization (WHO)", ["World Health Organization", "WHO"], "World Health Organization"),
        ("the Dorn Front (DRF) of Norland", ["Dorn Front", "DRF", "Norland"], "Dorn Front"),
        ("Ada Lind KC", ["Ada Lind"], "Ada Lind"),
        ("The Rector, the Revd Ada Lind", ["Rector", "Ada Lind"], "Ada Lind"),
        ("US and Yemeni officials", ["US"], None),
        ("Ada Lind and other leaders", ["Ada Lind"], "Ada Lind"),
        ("Prime Minister Ada Lind", ["Ada Lind"], "Ada Lind"),
        ("Representative Max Dorn of Colorado", ["Max Dorn", "Colorado"], "Max Dorn"),
        ("the Crown prosecutor, Mark Reed, QC", ["Mark Reed"], "Mark Reed"),
        ("Lind's husband, Bill", ["Lind", "Bill"], "Bill"),
        ("New Zealand's Prime Minister John Hay", ["New Zealand", "John Hay"], "John Hay"),
        ("a spokesman for Ada Lind, Bob Ray", ["Ada Lind", "Bob Ray"], "Bob Ray"),
        ("Dorn’s manager, Rich Bee, who ran Lind’s campaign", ["Dorn", "Rich Bee", "Lind"], "Rich Bee"),
        ("Dorn and Lind", ["Dorn", "Lind"], "Dorn"),
        ("Ada Lind (Labour)", ["Ada Lind"], "Ada Lind"),
        ("Lind’s", ["Lind"], "Lind"),
        ("Iris Voss - the Utah Republican", ["Iris Voss", "Utah Republican"], "Iris Voss"),
        ("a World Health Organization official", ["World Health Organization"], None),
        ("a spokesman for Ada Lind", ["Ada Lind"], None),
        ("A spokeswoman with the Department of Works", ["Department of Works"], None),
        ("Lind's boosters in New Hampshire", ["Lind", "New Hampshire"], None),
        ("he and Mr. Allen", ["Allen"], None),
        ("residents", [], None),
        ("The Foreign Secretary, Ada Lind", ["Foreign Secretary", "Ada Lind"], "Ada Lind"),
        ("Minister for the Middle East, Ada Lind", ["Minister for the Middle East", "Ada Lind"], "Ada Lind"),
        ("Ada Lind, Foreign Secretary", ["Ada Lind", "Foreign Secretary"], "Ada Lind"),
        ("a New Hampshire Republican", ["New Hampshire Republican"], None),
        ("another Iowa Democrat", ["Iowa Democrat"], None),
        ("White House Chief of Staff Ada Lind", ["White House", "Ada Lind"], "Ada Lind"),
        ("Former secretary of state Ada Lind", ["Ada Lind"], "Ada Lind"),
        ("Democratic candidate and former aide Ada Lind", ["Ada Lind"], "Ada Lind"),
        ("A spokesman for Mr. Lind", ["Lind"], None),
        ("A spokesman for Democratic candidate Ada Lind", ["Ada Lind"], None),
        ("Aides to Mr. Lind", ["Lind"], None),
        ("Friends of President Ada Lind", ["Ada Lind"], None),
        ("a new Pell poll", ["Pell"], "Pell"),
        ("Lind’s Facebook post", ["Lind", "Facebook"], "Lind"),
        ("an analysis of Treasury data by the nonpartisan Pell Center", ["Treasury", "Pell Center"], "Pell Center"),
        ("a report in the Free Post", ["Free Post"], "Free Post"),
        ("Lind’s Twitter account", ["Lind", "Twitter"], "Lind"),
        ("one Twitter account", ["Twitter"], None),
        ("Twitter’s statement", ["Twitter"], "Twitter"),
        ("an Oslo newspaper", ["Oslo"], None),
        ("The Daily Sun newspaper", ["Daily Sun"], "Daily Sun"),
        ("a report on Lind", ["Lind"], None),
        ("a long article by The Free Post", ["Free Post"], "Free Post"),
        ("A poll conducted by the Pell Center and Orr", ["Pell Center", "Orr"], "Pell Center"),
        ("Treasury records compiled by the Pell Center", ["Treasury", "Pell Center"], "Pell Center"),
        ("a report from Oslo’s Free Post", ["Oslo", "Free Post"], "Free Post"),
        ("a public Pell poll released Sunday", ["Pell"], "Pell"),
        ("papers such as the Free Post and the Daily Sun", ["Free Post", "Daily Sun"], "Free Post"),
        ("Six Oslo papers, including The Free Post", ["Oslo", "Free Post"], "Free Post"),
        ("A woman later identified as Ada Lind", ["Ada Lind"], "Ada Lind"),
        ('a customer known as "Ray"', ["Ray"], None),
        ("lobbyist and GOP strategist Ada Lind", ["GOP", "Ada Lind"], "Ada Lind"),
        ("Lind's chief pollster and strategist Bob Ray", ["Lind", "Bob Ray"], "Bob Ray"),
        ("he and strategist Bob Ray", ["Bob Ray"], None),
        ("former Tern Air CEO and party chairman Ada Lind", ["Tern Air CEO", "Ada Lind"], "Ada Lind"),
        ("Tern Air and party chairman Ada Lind", ["Tern Air", "Ada Lind"], "Tern Air"),
        ("early results of polls made by the Pell Center for Orr", ["Pell Center", "Orr"], "Pell Center"),
        ("senior Democrats", ["Democrats"], None),
        ("Republicans who praised her", ["Republicans"], None),
        ("all the Democrats", ["Democrats"], "Democrats"),
        ("a source familiar with Lind’s report", ["Lind"], None),
        ("Turkish reports", ["Turkish"], None),
        ("an investigation by Orr Watch", ["Orr Watch"], "Orr Watch"),
        ("a lawsuit filed in Oslo by Ada Lind", ["Oslo", "Ada Lind"], "Ada Lind"),
        ("a recent Orr Watch for Rights report", ["Orr Watch for Rights"], "Orr Watch for Rights"),
        ("a Bureau of Statistics report on Lind", ["Bureau of Statistics", "Lind"], "Bureau of Statistics"),
        ("the Utah Republican", ["Utah Republican"], None),
        ("The Foreign Secretary", ["Foreign Secretary"], None),
        ("Foreign Secretary", ["Foreign Secretary"], "Foreign Secretary"),
    ],
)
def test_head_of_a_noun_phrase(phrase: str, names: list[str], head: str | None) -> None:
    spans, at = [], 0
    for name in names:
        at = phrase.index(name, at)
        spans.append(Span(at, at + len(name)))
    found = head_name(phrase, Span(0, len(phrase)), spans)
    assert (None if found is None else phrase[slice(*found)]) == head
