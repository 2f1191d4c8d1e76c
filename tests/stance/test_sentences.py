"""Sentence splitting: news that splitters stumble over, the guarantees, and a floor on GUM's gold bounds."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from stance.sentences import split
from stance.spans import Span

# One line each: sentences as they should come, parted by ` | `.
NEWS = (
    """
He met Sen. John McCain and Gov. Jerry Brown. | They spoke with Rep. Ron Paul, R-Texas.
The U.S. Senate voted. | He lives in the U.S. | The U.K. said so. | Washington, D.C. officials agreed.
J. R. R. Tolkien wrote it. | George W. Bush read it. | The EU's Mr. J.-P. Dupont did not.
“We have been ignored,” said Quill. | “That ends now.” | She left.
“Stop!” he shouted. | “Why?” she asked. | “No.” | She left.
"Stop!" he shouted. | "Why?" she asked. | "No." | She left.
“We won. | We are happy. | It is over,” he said.
"We won. | We are happy. | It is over," he said.
"I am sure." | "So am I."
He waited ... and waited. | Then he left... for good. | And then... | Nothing.
He said it was “over.” | Then he left. | He said it was “over”. | Then he came back.
At 5 p.m. Monday the talks began. | They ended at 7 p.m. | Nobody spoke until 10 a.m. Nov. 29.
Norline Inc. declined to comment. | He joined Smith & Co. | She did not.
Jan. 5 was cold. | On Feb. 3, 2014, it snowed. | The price rose 3.5 percent to $4.2 billion.
Navy Rear Adm. John Kirby and Spc. Lorraine Walsh agreed. | Lt. Khairalla al-Jabbouri, 31, did not.
St. Louis, Mo. (AP) — A man died. | WASHINGTON (AP) — The U.S. won.
Watch it on DIRECTV Ch. 349. | No. 10 declined. | He said no. | Never again.
He left (he was tired). | She stayed. | (Nobody knew.) | They liked food, etc. | The rest is known.
It is good [...] in parts. | The rest is bad [...] | However, it will do.
iPhone sales rose. | eBay fell. | wikiHow grew.
He said no.She said yes. | Is that so?! | Yes!!!
The crews will strike. 🚢 | The operator declined. :) | He left. — Rick Santorum
1. Item one is here. | It goes on.
""".strip()
    .replace("no.She", "no. | She")
    .splitlines()
)


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize("line", NEWS)
def test_news(line: str) -> None:
    gold = line.split(" | ")
    assert pieces(" ".join(gold)) == gold


def test_marks_made_of_two_single_ones() -> None:
    parts = ["''It was so,'' Ms. Voss said.", "''It won't be so again.", "Never.''", "She left."]
    assert pieces(" ".join(parts)) == parts


def test_words_run_together_after_a_full_stop() -> None:
    assert pieces("He was killed before.Police are looking.") == ["He was killed before.", "Police are looking."]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\n \t\n"])
def test_a_line_break_always_ends_a_sentence(newline: str) -> None:
    text = newline.join(["Ferry workers threaten strike", "By Dov Anders", "Ferry crews will strike", "and more."])
    assert pieces(text) == ["Ferry workers threaten strike", "By Dov Anders", "Ferry crews will strike", "and more."]


def test_a_lone_bullet_belongs_to_its_item() -> None:
    assert pieces("Two things:\n•\nFirst.\n-\nSecond.\n•") == ["Two things:", "•\nFirst.", "-\nSecond.", "•"]


def test_nothing_in_nothing_out() -> None:
    assert split("") == split(" \r\n\t\u00a0") == []


def test_offsets_are_of_the_text_itself() -> None:
    text = "\u200fHe said 🚢 no.\r\n  Cafe\u0301 shut.  \u00a0J.\u00a0Smith left. "
    assert pieces(text) == ["\u200fHe said 🚢 no.", "Cafe\u0301 shut.", "J.\u00a0Smith left."]
    assert all(type(span) is Span for span in split(text))


def test_spans_are_trimmed_in_order_and_cover_everything() -> None:
    rnd = random.Random(7)
    parts = [
        *"aB.?! \n\r\"“”’'()[]…-•,:;1🚢\u200f\u00a0\u0301é。",
        "Sen.",
        "U.S.",
        " ...",
        " No.",
        "etc.",
        "p.m.",
        " Monday",
        "http://x.y/Z",
    ]
    for _ in range(5000):
        text = "".join(rnd.choice(parts) for _ in range(rnd.randrange(30)))
        position = 0
        for start, end in split(text):
            assert position <= start < end and text[start:end].strip() == text[start:end], text
            assert not text[position:start].strip(), text
            position = end
        assert not text[position:].strip(), text


@pytest.mark.parametrize(
    "unit", ["x", ".", ". ", '"', "“.", "A. ", "a.", "?!", "(", "U.S. ", "a... ", '." ', "🚢", ". 🚢 ", "•\n", "中。", "’.", " "]
)
def test_time_is_linear_in_hostile_text(unit: str) -> None:
    start = time.process_time()
    split((unit * 200_000)[:200_000])
    assert time.process_time() - start < 5  # quadratic would be minutes


def test_floor_on_gold_bounds(shared: Path) -> None:
    articles = [json.loads(line) for line in (shared / "data/gum/articles.jsonl").read_text("utf-8").splitlines()]
    found = [{(s.start, s.end) for s in split(a["text"])} for a in articles]
    gold = [{tuple(s) for s in a["sentences"]} for a in articles]
    hits = sum(len(f & g) for f, g in zip(found, gold, strict=True))
    assert 2 * hits / (sum(map(len, found)) + sum(map(len, gold))) > 0.945
