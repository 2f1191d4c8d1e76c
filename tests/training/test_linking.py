"""The scorer of candidate speakers: whom a label admits, its loss, and that it learns."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from stance.casting import cast
from stance.labeler import Labeler
from stance.neighbours import Neighbourhood
from stance.records import MENTION, Record
from stance.referents import FEATURES as REFERENT_FEATURES
from stance.resolve import FEATURES
from training.checkpoint import labeler
from training.gold import Labelled, read
from training.linking import LinkExample, admitted, drawn, fit_link, link_examples, link_loss, meant
from training.model import LinkHead, StanceModel

from .conftest import rows


@pytest.fixture
def reader(model: StanceModel, encoder: Path) -> Labeler:
    return labeler(model, encoder)


@pytest.fixture(scope="module")
def items() -> list[Labelled]:
    return read(rows())


def example(allowed: list[list[bool]], present: list[list[bool]] | None = None) -> LinkExample:
    torch.manual_seed(0)
    m, n = len(allowed), len(allowed[0])
    chosen = [[place - 1 for place in range(n) if present is None or present[row][place]] for row in range(m)]
    around = Neighbourhood.of(chosen, np.zeros(m, int))
    return LinkExample(torch.randn(m, 16), torch.randn(m, n, 8), torch.randn(m, n, FEATURES), torch.tensor(allowed), around)


def test_the_loss_is_the_share_of_what_is_admitted() -> None:
    scores = torch.log(torch.tensor([[1.0, 2.0, 5.0], [1.0, 1.0, 2.0], [9.0, 1.0, 1.0]]))
    found = link_loss(scores, example([[False, True, False], [True, True, False], [False, False, False]]))
    assert found is not None
    assert float(found) == pytest.approx(-(math.log(2 / 8) + math.log(2 / 4)) / 2)  # the third sentence does not count
    padded = link_loss(scores[:1, :2], example([[False, True]], [[True, True]]))
    assert padded is not None and float(padded) == pytest.approx(-math.log(2 / 3))
    assert link_loss(scores, example([[False] * 3] * 3)) is None


def test_it_learns_and_ends_in_evaluation_mode() -> None:
    data = [example([[True, False, False], [False, True, False], [False, False, True]])]
    torch.manual_seed(1)
    head = LinkHead(8, FEATURES)
    first = fit_link(head, data, epochs=1)
    assert fit_link(head, data, epochs=200) < 0.5 * first and not head.training


def test_the_same_seed_gives_the_same_scorer() -> None:
    data, weights = [example([[True, False]]), example([[False, True]])], []
    for _ in range(2):
        torch.manual_seed(1)
        head = LinkHead(8, FEATURES)
        torch.manual_seed(2)  # dropout's own draws
        fit_link(head, data, epochs=3, seed=5)
        weights.append(head.query.weight.detach().clone())
    assert torch.equal(*weights)


def test_nothing_to_learn_from_is_no_number() -> None:
    assert math.isnan(fit_link(LinkHead(8, FEATURES), [], epochs=2))
    assert math.isnan(fit_link(LinkHead(8, FEATURES), [example([[False, False]])], epochs=2))


def test_examples_come_from_articles_that_have_speakers(reader: Labeler, items: list[Labelled]) -> None:
    speakers, targets = link_examples(reader, items)
    found = list(speakers)
    assert len(found) == len(items)
    for one, item in zip(found, items, strict=True):
        assert one.queries.shape == (len(item.records), 64)
        assert one.candidates.shape[:2] == one.features.shape[:2] == one.allowed.shape == one.present.shape
        assert not (one.allowed & ~one.present).any()
    assert list(targets) == []
    assert [*map(list, link_examples(reader, read(rows(("article_id", "text", "claim_type")))))] == [[], []]
    assert math.isfinite(fit_link(LinkHead(32, FEATURES), found, epochs=1))


def test_examples_of_targets_have_a_row_for_each_stance(reader: Labeler) -> None:
    labels = [
        {**row, "target": "Ada Brook" if row["speaker"] == "Carl Reed" else "the dam" if "dam" in row["text"] else ""}
        for row in rows()
    ]
    items = read(labels)
    speakers, targets = link_examples(reader, items)
    assert len(speakers) == 4 and [len(one.queries) for one in targets] == [2, 1, 1]
    assert all(one.features.shape == (*one.allowed.shape, REFERENT_FEATURES) for one in targets)
    assert all(one.allowed.any(1).all() and not (one.allowed & ~one.present).any() for one in list(targets)[:2])
    assert targets[0].allowed[0, 0], "the dam is words"
    assert not targets[1].allowed[0, 0] and not targets[2].allowed.any(), "a name; a name that the article does not have"
    assert math.isfinite(fit_link(LinkHead(32, REFERENT_FEATURES), targets, epochs=1))


def test_too_many_articles_are_drawn_evenly(items: list[Labelled]) -> None:
    mute = read(rows(("article_id", "text", "claim_type")))
    assert drawn([*mute, *items]) == ([4, 5, 6, 7], 4)
    assert drawn([items[0], *mute, *items], most=2) == ([0, 6], 5)


def test_a_sentence_or_two_count_only_where_there_is_nothing_else(items: list[Labelled]) -> None:
    short = [replace(item, records=item.records[:2]) for item in items]
    assert drawn([*short, *items]) == ([4, 5, 6, 7], 4)
    assert drawn(short) == ([0, 1, 2, 3], 4)


def test_a_label_admits_nobody_a_name_or_somebody(reader: Labeler, items: list[Labelled]) -> None:
    item = items[0]  # "Ada Brook said ..." and "Carl Reed praised ..."
    people = cast(item.article, (seen := reader.read(item.article)).readings, seen.mentions)
    names = [c.name for c in people.candidates]
    row = [-1, *range(len(names))]
    ada = names.index("Ada Brook")
    nobody, adas, carls = item.records
    assert admitted(nobody, row, people) == [True] + [False] * len(names)
    assert [c for c, yes in zip(row, admitted(adas, row, people), strict=True) if yes] == [ada]
    assert adas.mention is not None
    marked = {"mention_start": adas.mention.start, "mention_end": adas.mention.end, "labelled": frozenset({MENTION})}
    columns = ("a", 1, adas.start, adas.end, adas.text)
    assert admitted(Record(*columns, speaker="Ada Brook", **marked), row, people)[1 + ada]
    somebody = Record(*columns, speaker="she", **marked)
    assert admitted(somebody, row, people) == [False] + [True] * len(names)
    stranger = Record(*columns, speaker="Zoe Novak", labelled=frozenset({"speaker"}))
    assert not any(admitted(stranger, row, people))
    assert carls.speaker == "Carl Reed"


def test_a_target_is_a_name_the_words_themselves_or_off_the_list(reader: Labeler, items: list[Labelled]) -> None:
    item = items[0]
    people = cast(item.article, (seen := reader.read(item.article)).readings, seen.mentions)
    row = [-1, *range(len(people.candidates))]
    record = item.records[1]

    def admits(target: str, words: bool) -> list[str]:
        span = {"target_start": record.start, "target_end": record.start + 3} if words else {}
        labelled = Record("a", 1, record.start, record.end, record.text, target=target, **span, labelled=frozenset({"target"}))
        return [
            people.candidates[c].name if c >= 0 else "words"
            for c, yes in zip(row, meant(labelled, row, people), strict=True)
            if yes
        ]

    assert admits("Carl Reed", words=False) == admits("Carl Reed", words=True) == ["Carl Reed"]
    assert admits("the mill", words=True) == ["words"]
    assert admits("Zoe Novak", words=False) == []
    carl = next(n for n, c in enumerate(people.candidates) if c.name == "Carl Reed")
    without = [c for c in row if c != carl]
    labelled = Record("a", 1, record.start, record.end, record.text, target="Carl Reed", labelled=frozenset({"target"}))
    assert not any(meant(labelled, without, people)), "a name that is not on the list is not the words themselves"
