"""The guide's rules: each on one label that follows it and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from training.checks import RULES, count, find
from training.gold import read

TEXT = "“Berg lied,” Prime Minister Ada Lind said."
LABEL = {
    "article_id": "a",
    "sentence": 0,
    "start": 0,
    "end": len(TEXT),
    "text": TEXT,
    "speaker": "Ada Lind",
    "mention_start": 13,
    "mention_end": 36,
    "claim_type": "accusation",
    "stance": "oppose",
    "target": "Berg",
    "target_start": 1,
    "target_end": 5,
}
NOTHING = {"claim_type": "none", "stance": "neutral", "target": None, "target_start": None, "target_end": None}


def rules(*rows: dict[str, Any]) -> list[str]:
    return [finding.rule for finding in find(read(list(rows)), neutral="neutral", no_claim="none")]


def following(start: int, text: str, **label: Any) -> dict[str, Any]:
    empty = {"speaker": None, "mention_start": None, "mention_end": None, **NOTHING}
    return {**LABEL, **empty, "sentence": 1, "start": start, "end": start + len(text), "text": text, **label}


def test_labels_as_the_guide_has_them_give_no_finding() -> None:
    assert rules(LABEL, following(len(TEXT) + 1, "It rained.")) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"mention_start": 1, "mention_end": 5}, "mention inside a quotation"),
        ({"mention_start": 13, "mention_end": 35}, "mention cuts a word or has white space at its ends"),
        ({"mention_start": 12}, "mention cuts a word or has white space at its ends"),
        ({"speaker": "Ada Lindqvist"}, "speaker's name nowhere in the article"),
        ({"speaker": "Prime Minister Ada Lind"}, "speaker keeps a title"),
        ({"target_start": 2}, "target cuts a word or has white space at its ends"),
        ({"target": "Tom Berg"}, "target nowhere in the article"),
        ({"stance": "neutral"}, "neutral with a target, or a stance without one"),
        ({"target": None}, "neutral with a target, or a stance without one"),
        ({"claim_type": "none"}, "stance without a claim"),
    ],
)
def test_each_rule_finds_its_breach(change: dict[str, Any], rule: str) -> None:
    assert rules({**LABEL, **change}) == [rule]


def test_words_of_another_sentence() -> None:
    other = following(len(TEXT) + 1, "He knew.", speaker="Ada Lind", mention_start=28, mention_end=36)
    assert rules(LABEL, other) == ["mention outside its sentence"]
    other = following(
        len(TEXT) + 1, "He knew.", claim_type="evaluation", stance="oppose", target="Berg", target_start=1, target_end=5
    )
    assert rules(LABEL, other) == ["target outside its sentence"]


def test_one_speaker_has_one_name() -> None:
    other = following(len(TEXT) + 1, "Lind left.", speaker="Lind", mention_start=len(TEXT) + 1, mention_end=len(TEXT) + 5)
    [finding] = find(read([LABEL, other]))
    assert (finding.rule, finding.sentence) == ("one speaker under two names", 1)
    assert finding.detail == "'Ada Lind' and 'Lind'"


def test_pronouns_and_articles() -> None:
    text = "He praised The Hague."
    start = len(TEXT) + 1
    other = following(
        start, text, speaker="He", mention_start=start, mention_end=start + 2, claim_type="evaluation", stance="support"
    )
    other |= {"target": "The Hague", "target_start": start + 11, "target_end": start + 20}
    assert set(rules(LABEL, other)) == {"speaker is a pronoun", "target keeps its article before a name"}


def test_label_rules_rest_without_label_names() -> None:
    items = read([{**LABEL, "claim_type": "none", "target": None}])
    assert find(items) == []
    assert count(find(items, neutral="neutral", no_claim="none")) == {
        "neutral with a target, or a stance without one": 1,
        "stance without a claim": 1,
    }
    assert set(count(find(items, neutral="neutral", no_claim="none"))) <= set(RULES)
