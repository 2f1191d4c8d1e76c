"""Turns of transcripts and interviews, from the layout alone."""

from __future__ import annotations

import time

import pytest

from stance.candidates import proper_names
from stance.sentences import split
from stance.spans import Span
from stance.turns import Role, credited, turn_of, turns, with_labels, written_out

TALK = (
    "The two met on Monday.\n\nAnn Lee: Why now?\n\nSen. Bob Ray (smiling): Why not. We wait.\n\nAnn Lee: I see.\n\nThey parted."
)


def labels(text: str) -> list[str]:
    return [text[turn.label.start : turn.label.end] for turn in turns(text)]


def test_a_turn_goes_on_to_the_next_label_and_the_last_to_the_end_of_its_line() -> None:
    assert labels(TALK) == ["Ann Lee", "Sen. Bob Ray", "Ann Lee"]
    assert [TALK[t.chars.start : t.chars.end].strip() for t in turns(TALK)][1:] == [
        "Sen. Bob Ray (smiling): Why not. We wait.",
        "Ann Lee: I see.",
    ]
    sentences = split(TALK)
    found = {
        TALK[s.start : s.end]: t and TALK[t.label.start : t.label.end]
        for s, t in zip(sentences, turn_of(turns(TALK), sentences), strict=True)
    }
    assert found["We wait."] == "Sen. Bob Ray" and found["Ann Lee: Why now?"] == "Ann Lee"
    assert found["The two met on Monday."] is found["They parted."] is None


def test_a_heading_opens_no_turn() -> None:
    assert labels(f"Ann Lee: No deal.\n\n{TALK.replace('Ann Lee', 'LEE')}") == ["LEE", "Sen. Bob Ray", "LEE"]
    assert labels(f"Ann Lee: No deal.\n\n{TALK}") == ["Ann Lee", "Ann Lee", "Sen. Bob Ray", "Ann Lee"]


@pytest.mark.parametrize("marks", [("Q: ", "A: "), ("Q. ", "A. "), ("Question: ", "Answer: "), ("**Q:** ", "**A:** ")])
def test_questions_and_answers(marks: tuple[str, str]) -> None:
    asked, answered = marks
    text = f"{asked}Who is it?\n{answered}It is I.\n{asked}When was it?\n{answered}Now."
    expected = [] if "." in asked else [Role.QUESTION, Role.ANSWER] * 2  # "A. Smith" begins a line too
    assert [t.role for t in turns(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann Lee: No deal.\n\nThe talks failed.",
        "He said: “Go.”\n\nShe said: “No.”\n\nHe said: “Go.”",  # narrated: the cue is for the model
        "PHOTOS: Old stars\n\nThe show ends.\n\nIt began late.\n\nIt ran for years.\n\nNobody minded.\n\nMORE: New stars\n\nIt rains.\n\nA lot.\n\nPHOTOS: All",
        "PLEDGED.\n\nAnn Lee: 1,769.\n\nBob Ray: 1,501.\n\nTHE TOTAL.\n\nLee: 2,316.\n\nRay: 1,547.\n\nLee: 5.",
        "Email: ann@post.com\nTwitter: @ann\n\nEmail: bob@post.com\nTwitter: @bob",
        "Name: Ann\nName: Bob\nName: Cid\nAge: 7",  # a list, nobody takes turns
        "Note: it rains.\n\nNote: it pours.\n\nNote: it stops.",
        "On 12: 30 they met.\n13: 15 they parted.\n14: 00 they met.",
    ],
)
def test_what_is_no_transcript_has_no_turns(text: str) -> None:
    assert turns(text) == ()


def test_time_is_linear() -> None:
    def seconds(times: int) -> float:
        text = "\n".join(["Ann Lee: Why now, " + "very " * 40 + "now?", "Bob Ray: Why not."] * times)
        began = time.process_time()
        assert len(turns(text)) == 2 * times
        return time.process_time() - began

    seconds(100)
    least = min(seconds(8000) for _ in range(3))  # other work beside it only adds
    assert least < 40 * max(seconds(800), 0.01)


def test_labels_in_capitals_are_names_and_those_of_lists_are_not() -> None:
    def found(text: str) -> list[str]:
        return [text[s.start : s.end] for s in with_labels(text, proper_names(text, split(text)))]

    assert found("TRUMP: We will win big.\nCLINTON: You will not win.\nTRUMP: They lost.").count("TRUMP") == 2
    assert "Claim" not in found(
        "Claim: It was banned.\nFact: It was not banned.\nClaim: It costs much.\nFact: It does not cost much."
    )
    full = "Ann Lee: Why now, then?\nBob Ray: Why not then?\nAnn Lee: I see that."
    assert found(full) == ["Ann Lee", "Bob Ray", "Ann Lee"]


BARE = "Ada Lind won.\n\nWhat did you eat?\n\nRice.\nAnd eggs.\n\nThe descent\n\nWere you afraid?\n\nI was. Why not?\n\nShe lives in Bern."


def test_an_interview_without_labels() -> None:
    found = turns(BARE)
    assert [(t.role.value, BARE[slice(*t.chars)]) for t in found] == [
        ("question", "What did you eat?"), ("answer", "Rice."), ("answer", "And eggs."),
        ("question", "Were you afraid?"), ("answer", "I was. Why not?"),
    ]  # fmt: skip
    assert all(t.label.width == 0 for t in found)


def test_where_somebody_is_said_to_ask_fewer_questions_say_you() -> None:
    asked = "\n\n".join(f"How big is {what}?\n\nAs big as that." for what in ("it", "the other", "your own"))
    assert turns(f"It rained.\n\n{asked}") == ()
    assert len(turns(f"Newsweekly interviewed Ada Lind.\n\n{asked}")) == 6


@pytest.mark.parametrize(
    ("opening", "asker"),
    [
        ("Newsweekly spoke with Ada Lind.", ["Newsweekly"]),
        ("Newsweekly recently interviewed Ada Lind.", ["Newsweekly"]),
        ("We spoke with Ada Lind.", []),
        ("Lind spoke to us in Bern.", []),
    ],
)
def test_whoever_asks_is_named_though_his_name_opens_a_sentence(opening: str, asker: list[str]) -> None:
    text = f"{opening}\n\n{BARE}"
    assert [text[slice(*name)] for name in with_labels(text, [])] == asker
    assert with_labels(opening, []) == []  # no interview


@pytest.mark.parametrize(
    "text",
    [
        "It rained.\n\nWho pays?\n\nNobody does.\n\nWho cares?\n\nNobody.",  # in nobody's second person
        "It rained.\n\n“Are you mad?”\n\n“No.”\n\n“Did you pay?”\n\n“I did.”",  # a dialogue that somebody quotes
        "It rained.\n\nDid you know?\n\n" + "It rained.\n\n" * 12 + "Will you go?\n\nIt rained.",  # a rhetorical question or two
        "It rained.\n\nDid you pay?\n\nHe did.",
    ],
)
def test_questions_that_make_no_interview(text: str) -> None:
    assert turns(text) == ()


def test_quotations_that_are_signed() -> None:
    text = (
        'Letters\n\n“It is late.”\n— Bo Lind, Bern\n\n"It is not."\n\n-- Ada Ray\n\n“It rains.”\n- and nothing else\n\nIt rained.'
    )
    found = turns(text)
    assert [(text[slice(*t.label)], text[slice(*t.chars)]) for t in found] == [
        ("Bo Lind", "“It is late.”"),
        ("Ada Ray", '"It is not."'),
    ]
    assert all(t.role is Role.NAME for t in found)


def test_initials_are_written_out_and_whoever_asks_in_brackets_is_named() -> None:
    text = "Ora Raff met Tom Kuba.\nOR: Is it true?\nTK: It is one word for it.\nOR: And now?\nTK: All of them."
    spoken = [turn.label for turn in turns(text)]
    assert written_out(text, [Span(0, 8), Span(13, 21), *spoken]) == ["Ora Raff", "Tom Kuba"] * 3
    hyphened = text.replace("Tom Kuba", "Tom Kuba-Lee")
    assert written_out(hyphened, [Span(13, 25), *(turn.label for turn in turns(hyphened))])[2] == "Tom Kuba-Lee"
    asked = "A: I did.\nQUESTION (Ann Lee, Daily Sun): Why did you?\nA: It rained.\nQUESTION: And now?\nA: No."
    assert labels(asked)[1:4:2] == ["Ann Lee", "QUESTION"]


def test_a_journalist_without_a_name_asks() -> None:
    found = turns("JOURNALIST: When will it start?\nANN LEE: In May.\nJOURNALIST: And the study?\nANN LEE: In June.")
    assert [t.role for t in found] == [Role.QUESTION, Role.NAME] * 2


CALL = """Merrow Ltd Earnings Call
Participants: Ada Lind, Chief Executive; Bo Dorn, Chief Financial Officer
Ada Lind
Thank you, and good morning, everyone.
Bo Dorn
Sales were up by a third.
Max Voss — Oslo Bank — Analyst
Ada, will it last?
Ada Lind
We think so, Max.
Max Voss — Oslo Bank — Analyst
Then thank you very much.
Ada Lind
It is a pleasure.
"""


def test_names_on_lines_of_their_own_head_turns() -> None:
    assert labels(CALL) == ["Ada Lind", "Bo Dorn", "Max Voss", "Ada Lind", "Max Voss", "Ada Lind"]
    assert CALL[slice(*turns(CALL)[2].chars)] == "Ada, will it last?\n"
    found = with_labels(CALL, [Span(CALL.index("Max Voss"), CALL.index("Max Voss") + 3)])
    assert "Max Voss" in [CALL[slice(*span)] for span in found]
    assert "Max" not in [CALL[slice(*span)] for span in found if span.start == CALL.index("Max Voss")]


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lind\nIt rained.\nBo Dorn\nIt snowed.\nMax Voss\nIt blew.\nIda Kay\nNo.\nOra Raff\nYes.",  # nobody comes again
        "Ada Lind\n\nBo Dorn\n\nAda Lind\n\nBo Dorn\n\nAda Lind\n\nBo Dorn\n\nThey met.",  # nothing is said
    ],
)
def test_lists_of_names_are_no_transcript(text: str) -> None:
    assert turns(text) == ()


def test_an_account_as_told_to_somebody_is_one_turn() -> None:
    text = "A day with Ada Lind\nAs told to Bo Dorn\nI get up at six.\nMy dog does too.\nI like it."
    (turn,) = turns(text)
    assert turn.role is Role.ANSWER
    assert text[slice(*turn.chars)].strip().startswith("I get up")
    assert turns(text.replace("I ", "She ").replace("My", "Her")) == ()


def test_letters_go_from_sir_to_the_signature() -> None:
    text = (
        "LETTERS\nSir, – I disagree.\nIt rains. – Yours, etc, ADA LIND, Oslo\nA storm\nDear Editor, I agree.\nBo Dorn\nBergen\n"
    )
    assert labels(text) == ["ADA LIND", "Bo Dorn"]
    assert text[slice(*turns(text)[0].chars)].strip() == "Sir, – I disagree.\nIt rains. –"
    assert text[slice(*turns(text)[1].chars)].strip() == "Dear Editor, I agree."
    assert turns("Sir, – I disagree.\nAda Lind\n") == ()


def test_whoever_is_credited_asks() -> None:
    text = "She laughs. Interview: Ada Lind\nBy Bo Dorn\nA letter by Max Voss"
    assert [credited(text, text.index(name)) for name in ("Ada", "Bo", "Max")] == [True, True, False]
