"""Records to label arrays: indices, what stays undecided, given targets, and batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stance.errors import UsageError
from stance.passages import Passage, cut
from stance.records import MENTION, Record
from stance.runtime import read_tokenizer
from stance.sentences import split
from stance.spec import ModelSpec
from training.examples import IGNORE, POINTED, STEP, Labels, build, collate

TEXT = "Ada Brook said the dam is a mistake. The mill on the river closed in March."


@pytest.fixture
def passage(encoder: Path) -> Passage:
    (whole,) = cut(TEXT, split(TEXT), read_tokenizer(encoder), 48, 2)
    return whole


@pytest.fixture
def labels(spec: ModelSpec) -> Labels:
    return Labels.of(spec)


def record(sentence: int = 0, labelled: str = "speaker,claim_type,stance,target", **columns: Any) -> Record:
    start, end = split(TEXT)[sentence]
    return Record("a1", sentence, start, end, TEXT[start:end], labelled=frozenset(filter(None, labelled.split(","))), **columns)


def words(text: str) -> dict[str, int]:
    return {"start": TEXT.index(text), "end": TEXT.index(text) + len(text)}


def span(name: str, text: str) -> dict[str, int]:
    return {f"{name}_{key}": value for key, value in words(text).items()}


def tokens(passage: Passage, text: str, sentence: int = 0) -> list[int]:
    found = passage.token_span((words(text)["start"], words(text)["end"]), passage.sentences[sentence].tokens)
    assert found is not None
    return list(found)


ADA = {"speaker": "Ada Brook", **span("mention", "Ada Brook")}
DAM = {"target": "the dam", **span("target", "the dam")}


def test_every_label_has_its_index(passage: Passage, labels: Labels) -> None:
    records = {
        0: [record(claim_type="view", stance="against", **ADA, **DAM)],
        1: [record(1, claim_type="fact", stance="none")],
    }
    example = build(passage, records, None, labels)
    speaker, target = tokens(passage, "Ada Brook"), tokens(passage, "the dam")
    assert example["attributed"] == [1, 0]
    assert example["claim_type"] == [1, 0]
    assert example["mention"] == [[speaker[0], speaker[1] - 1], [0, 0]]
    assert example["target"] == [[target[0], target[1] - 1], [0, 0]]
    # A target that is marked teaches the stance towards it, towards it where it is asked for, and towards whatever the model points at.
    first = [[0, *speaker, POINTED, POINTED, 0], [0, *speaker, *target, 0], [0, *speaker, *target, 1]]
    assert example["pairs"] == [*first, [1, -1, -1, POINTED, POINTED, 0]]
    assert example["stance"] == [2, 2, 2, 0]
    assert set(example["names"]) == {IGNORE}
    assert example["length"] == len(example["ids"]) == len(example["shapes"])


def test_what_nobody_decided_is_ignored(passage: Passage, labels: Labels) -> None:
    example = build(passage, {0: [record(labelled="claim_type", claim_type="call")]}, None, labels)
    assert example["claim_type"] == [2, IGNORE]
    assert example["attributed"] == [IGNORE, IGNORE]
    assert example["mention"] == example["target"] == [[IGNORE, IGNORE]] * 2
    assert example["pairs"] == example["stance"] == []


def test_a_mention_alone_decides_who_is_pointed_at(passage: Passage, labels: Labels) -> None:
    example = build(passage, {0: [record(labelled=MENTION, **ADA)], 1: [record(1, labelled=MENTION)]}, None, labels)
    assert example["attributed"] == [1, 0]
    assert example["mention"][0] != [IGNORE, IGNORE] and example["mention"][1] == [0, 0]


def test_a_speaker_whose_words_are_unknown_says_only_that_somebody_speaks(passage: Passage, labels: Labels) -> None:
    unknown = record(labelled="speaker", speaker="Dora Finch", extra={"mention_unknown": True})
    elsewhere = record(1, labelled="speaker", speaker="Dora Finch")
    example = build(passage, {0: [unknown], 1: [elsewhere]}, None, labels)
    assert example["attributed"] == [1, 1]
    assert example["mention"] == [[IGNORE, IGNORE], [0, 0]]  # a mention that is known to be absent is "none"


def test_a_target_without_its_words_decides_no_pointer(passage: Passage, labels: Labels) -> None:
    example = build(passage, {0: [record(labelled="target,stance", stance="against", target="the town")]}, None, labels)
    assert example["target"][0] == [IGNORE, IGNORE]
    assert example["pairs"] == [[0, -1, -1, POINTED, POINTED, 0]]


def test_given_targets_teach_the_stance_and_not_the_pointer(passage: Passage, labels: Labels) -> None:
    given = [
        record(labelled="stance", stance="against", **DAM),
        record(labelled="stance", stance="for", target="a mistake", **span("target", "a mistake")),
    ]
    example = build(passage, {0: given}, None, labels)
    assert example["target"][0] == [IGNORE, IGNORE]
    assert example["pairs"] == [[0, -1, -1, *tokens(passage, "the dam"), 1], [0, -1, -1, *tokens(passage, "a mistake"), 1]]
    assert example["stance"] == [2, 1]


def test_a_sentence_that_another_passage_owns_teaches_nothing(encoder: Path, labels: Labels) -> None:
    text = " ".join(f"Ada Brook said the dam number {n} is a mistake." for n in range(8))
    sentences = split(text)
    passages = cut(text, sentences, read_tokenizer(encoder), 48, 2)
    records = {
        i: [Record("a", i, *s, text[slice(*s)], claim_type="fact", labelled=frozenset({"claim_type"}))]
        for i, s in enumerate(sentences)
    }
    built = [build(p, records, [(0, 9, "person")], labels) for p in passages]
    assert len(passages) > 1 and sum(len(p.sentences) for p in passages) > len(sentences)
    for passage, example in zip(passages, built, strict=True):
        for sentence, label in zip(passage.sentences, example["claim_type"], strict=True):
            assert label == (0 if sentence.owned else IGNORE)
            names = set(example["names"][slice(*sentence.tokens)])
            assert IGNORE not in names if sentence.owned else names == {IGNORE}
    assert sum(label == 0 for example in built for label in example["claim_type"]) == len(sentences)


def test_names_are_marked_where_a_kind_is_known(passage: Passage, labels: Labels) -> None:
    marked = [(*words("Ada Brook").values(), "person"), (*words("March").values(), "date")]
    row = build(passage, {}, marked, labels)["names"]
    first, last = tokens(passage, "Ada Brook")
    assert row[first:last] == [1] * (last - first)
    assert row[0] == row[-1] == IGNORE  # special tokens
    assert set(row[last:-1]) == {0}


@pytest.mark.parametrize(("task", "known"), [("claim_type", "fact, view, call"), ("stance", "none, for, against")])
def test_a_label_outside_the_set_is_one_clear_line(passage: Passage, labels: Labels, task: str, known: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(passage, {1: [record(1, labelled=task, **{task: "rumour"})]}, None, labels)
    assert str(caught.value) == (
        f"article 'a1', sentence 1: {task} 'rumour' is not in the label set ({known}); correct it, or the spec"
    )


def test_a_batch_pads_and_numbers_rows_through(passage: Passage, encoder: Path, labels: Labels) -> None:
    (short,) = cut("Rain fell.", split("Rain fell."), read_tokenizer(encoder), 48, 2)
    whole = build(passage, {0: [record(claim_type="view", stance="against", **ADA, **DAM)]}, None, labels)
    few = build(short, {0: [Record("b", 0, 0, 10, "Rain fell.", claim_type="fact", stance="none")]}, None, labels)
    batch = collate([whole, few])
    assert batch["ids"].shape == batch["mask"].shape == batch["names"].shape == (2, STEP)
    assert batch["mask"].sum(1).tolist() == [len(whole["ids"]), len(few["ids"])]
    assert set(batch["names"][1, len(few["ids"]) :].tolist()) == {IGNORE}
    assert batch["rows"].tolist() == [[0, *whole["sentences"][0]], [0, *whole["sentences"][1]], [1, *few["sentences"][0]]]
    assert batch["pairs"].tolist() == [*whole["pairs"], [2, *few["pairs"][0][1:]]]
    assert batch["stance"].tolist() == [2, 2, 2, 0] and batch["claim_type"].tolist() == [1, IGNORE, 0]


def test_an_article_without_records_leaves_all_to_a_teacher(passage: Passage, labels: Labels) -> None:
    example = build(passage, {}, None, labels)
    assert example["pairs"] == [[0, *[POINTED] * 4, 0], [1, *[POINTED] * 4, 0]]
    assert set(example["stance"]) == set(example["claim_type"]) == set(example["attributed"]) == {IGNORE}


def test_a_batch_without_any_pair_keeps_its_shapes(passage: Passage, labels: Labels) -> None:
    batch = collate([build(passage, {0: [record(labelled="claim_type", claim_type="call")]}, None, labels)])
    assert batch["pairs"].shape == (0, 6) and batch["stance"].shape == (0,)
    assert batch["mention"].shape == batch["target"].shape == (2, 2)
