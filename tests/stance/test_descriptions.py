"""Which described sources are one, and which are somebody named."""

from __future__ import annotations

import time

import pytest

from stance.descriptions import Nouns, Sources
from stance.spans import Span


@pytest.mark.parametrize(
    ("phrases", "numbers"),
    [
        (["a source", "the source", "one source"], [0, 0, 0]),
        (["a senior official with the agency", "the official", "The senior official"], [0, 0, 0]),
        (["federal prosecutors", "Prosecutors", "they"], [0, 0, 1]),
        (["two people with knowledge of the matter", "the people"], [0, 0]),
        (["a bank spokesman", "a party spokesman", "the spokesman"], [0, 1, 1]),  # the latest
        (["a bank spokesman", "the party spokesman"], [0, 1]),
        (["some experts", "experts"], [0, 1]),  # not all experts
        (["another witness", "the witness"], [0, 1]),
        (["local officials", "an official"], [0, 1]),  # a new one
        (["Senate Democrats", "Democrats"], [0, 1]),  # a party
        (["the group", "the report", "the group"], [0, 1, 0]),
    ],
)
def test_a_short_phrase_is_an_earlier_source(phrases: list[str], numbers: list[int]) -> None:
    sources = Sources()
    assert [sources.place(phrase) for phrase in phrases] == numbers


def nouns(text: str, names: list[str]) -> Nouns:
    return Nouns(text, names, [[Span(at, at + len(name))] for name in names for at in [text.index(name)]])


@pytest.mark.parametrize(
    ("text", "names", "phrase", "bearer"),
    [
        ("The Congressional Budget Office met.", ["Congressional Budget Office"], "The budget office", 0),
        ("The Lind campaign met.", ["Lind campaign"], "the campaign", 0),
        ("The Lind campaign met.", ["Lind campaign"], "Mr. Lind’s presidential campaign", 0),
        ("The Museum of the North met.", ["Museum of the North"], "The museum", 0),
        ("The State Fund for Roads met.", ["State Fund for Roads"], "the fund", 0),
        ("The Minister of Mines met.", ["Minister of Mines"], "the minister", None),  # no body, and not who holds the office
        ("Orr Watch, a charity in Oslo, met.", ["Orr Watch"], "the charity", 0),
        ("The Supreme Court met.", ["Supreme Court"], "a court", None),
        ("The Supreme Court met.", ["Supreme Court"], "the court’s clerk", None),
        ("Sen. Ada Lind met Gov. Bob Ray.", ["Ada Lind", "Bob Ray"], "the Iowa senator", 0),
        ("Sen. Ada Lind met Gov. Bob Ray.", ["Ada Lind", "Bob Ray"], "The governor", 1),
        ("Sen. Ada Lind met Sen. Bob Ray.", ["Ada Lind", "Bob Ray"], "the senator", None),  # which of them?
        ("Ada Lind, a doctor in Oslo, met Bob Ray.", ["Ada Lind", "Bob Ray"], "the doctor", 0),
        ("Ada Lind, two of the doctors, met.", ["Ada Lind"], "the doctors", None),
        ("Oslo, a city, slept.", ["Oslo"], "the mayor", None),
        ("Pope Ada spoke.", ["Pope Ada"], "the pope", 0),
    ],
)
def test_a_definite_phrase_names_whom_it_can_only_mean(text: str, names: list[str], phrase: str, bearer: int | None) -> None:
    assert nouns(text, names).bearer(phrase, len(text)) == bearer
    assert nouns(text, names).bearer(phrase, 0) is None  # nobody is named yet


@pytest.mark.parametrize(
    ("text", "names", "phrase", "bearer"),
    [
        ("Judge: shut it\n\nU.S. District Judge Ada Lind spoke.", ["Ada Lind"], "Judge", 0),
        ("Iowa Gov. shuts port\n\nGovernor Ada Lind spoke.", ["Ada Lind"], "Iowa Gov.", 0),
        ("Judge: shut it\n\nJudge Ada Lind met Judge Bob Ray.", ["Ada Lind", "Bob Ray"], "Judge", None),  # which of them?
        ("A judge: shut it\n\nJudge Ada Lind spoke.", ["Ada Lind"], "A judge", None),
        ("Judges: shut it\n\nJudge Ada Lind spoke.", ["Ada Lind"], "Judges", None),
        ("Judge: shut it. Judge Ada Lind spoke.", ["Ada Lind"], "Judge", None),  # no headline
    ],
)
def test_a_role_in_a_headline_is_the_only_one_called_so_afterwards(
    text: str, names: list[str], phrase: str, bearer: int | None
) -> None:
    assert nouns(text, names).bearer(phrase, text.index(phrase)) == bearer


@pytest.mark.parametrize(
    ("text", "names", "phrase", "bearer"),
    [
        ("So says Orr's campaign manager. Orr's campaign manager, Ada Lind, left.", ["Ada Lind"], "Orr's campaign manager", 0),
        ("So says the port's lawyer. The port's lawyer Ada Lind left.", ["Ada Lind"], "the port's lawyer", 0),
        ("So says a port lawyer. He saw a port lawyer, Ada Lind.", ["Ada Lind"], "a port lawyer", None),  # perhaps another
        ("So says The Port Reporter. The Port Reporter, Ada Lind said, left.", ["Ada Lind"], "The Port Reporter", None),
        ("So says the port's lawyer. He saw the port's lawyer, Oslo and all.", ["Oslo"], "the port's lawyer", None),
    ],
)
def test_the_same_words_before_a_name_elsewhere_tell_whose_role_it_is(
    text: str, names: list[str], phrase: str, bearer: int | None
) -> None:
    assert nouns(text, names).bearer(phrase, text.index(phrase)) == bearer


def test_a_noun_stands_for_whom_a_phrase_with_it_named_last() -> None:
    known = nouns("Pell and Orr.", ["Pell", "Orr"])
    assert known.bearer("the poll", 13) is None
    known.note("a new Pell poll", "Pell", 0)
    assert known.bearer("The poll", 13) == 0
    known.note("Orr’s poll", "Orr", 1)
    assert known.bearer("the poll", 13) == 1
    known.note("the chief pollster, Orr", "Orr", 1)
    assert known.bearer("The pollster", 13) == 1
    known.note("Mr. Pell", "Pell", 0)  # no noun beside the name
    assert known.bearer("the pell", 13) is None


def test_time_is_linear_in_the_phrases() -> None:
    def seconds(number: int) -> float:
        start, sources = time.perf_counter(), Sources()
        for n in range(number):
            sources.place(f"a number {n} official")
            sources.place("the official")
        return time.perf_counter() - start

    seconds(100)
    assert seconds(8_000) < 40 * max(seconds(1_000), 1e-3)  # 8 times, with room for a busy machine; quadratic would be 64
