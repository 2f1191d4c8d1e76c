"""Legal spans and their probabilities on hand-made logits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stance.decode import Pointer, best_span, merge_windows, namings, pointers, whole_words
from stance.passages import STYLES, Passage, PassageSentence, cut
from stance.spans import Span
from tests.stance.fake_model import reading, tokenizer


def logits(n: int, none: float, start: dict[int, float], end: dict[int, float]) -> np.ndarray:
    found = np.zeros((2, n))
    found[:, 0] = none / 2
    for row, values in zip(found, (start, end), strict=True):
        for column, value in values.items():
            row[column] = value
    return found


def test_best_span_and_its_probability() -> None:
    span, probability, none = best_span(logits(5, 3.0, {2: 4}, {3: 2}), Span(1, 4))
    assert span == Span(2, 4)
    scores = np.exp([3.0, 0, 0, 2, 4, 6, 2])  # none; (1,1) (1,2) (1,3) (2,2) (2,3) (3,3)
    assert (probability, none) == pytest.approx((scores[5] / scores.sum(), scores[0] / scores.sum()))


def test_an_end_before_its_start_is_never_chosen() -> None:
    span, _, _ = best_span(logits(6, 0.0, {4: 9}, {2: 9}), Span(1, 6))
    assert span.start < span.end and span in (Span(1, 3), Span(2, 3), Span(4, 5), Span(4, 6))


def test_tokens_of_other_sentences_are_not_legal() -> None:
    span, probability, none = best_span(logits(8, 0.0, {5: 99}, {6: 99}), Span(1, 4))
    assert Span(1, 4).start <= span.start and span.end <= 4
    assert probability == pytest.approx(1 / 7) and none == pytest.approx(1 / 7)


def test_longest() -> None:
    assert best_span(logits(9, 0.0, {1: 9}, {7: 9, 4: 5, 3: 1}), Span(1, 9), longest=3)[0] == Span(1, 4)
    assert best_span(logits(9, 0.0, {1: 9}, {7: 9, 3: 1}), Span(1, 9))[0] == Span(1, 8)


def test_one_token_and_none_surely() -> None:
    span, probability, none = best_span(logits(3, 50.0, {}, {}), Span(1, 2))
    assert span == Span(1, 2) and none == pytest.approx(1) and 0 <= probability < 1e-9


@pytest.mark.parametrize(
    ("text", "words", "whole"),
    [
        ("the minister's aide", "ini", "minister"),
        ("“Wang Yi,” he", "“Wang Yi,”", "Wang Yi"),
        ("said Wang ", " Wang ", "Wang"),
        ("Jose\u0301 said", "Jos", "Jose\u0301"),
        ("Jose\u0301 said", "Jose", "Jose\u0301"),
        ("in Zoe\u0308rsdorf now", "rsd", "Zoe\u0308rsdorf"),
        ("वह हिन्दी बोले", "न", "हिन्दी"),
        ("G20 met", "20", "G20"),
        ("🙂 smiled", "🙂", "🙂"),
        ("“”", "“”", "“"),
    ],
)
def test_whole_words(text: str, words: str, whole: str) -> None:
    start = text.index(words)
    a, b = whole_words(text, Span(start, start + len(words)), Span(0, len(text)))
    assert text[a:b] == whole


def test_the_full_stop_of_the_sentence_is_no_part_of_a_name() -> None:
    for text, name in (
        ("said Amos Drey.", "Amos Drey"),
        ("said Al Roy Jr.", "Al Roy Jr."),
        ("says Lt. Amos Drey. He", "Amos Drey."),
    ):
        start = text.index(name)
        a, b = whole_words(text, Span(start, text.rindex(".") + 1), Span(0, len(text)))
        assert text[a:b] == name


def test_words_never_leave_their_sentence() -> None:
    assert whole_words("onetwo", Span(3, 4), Span(3, 6)) == Span(3, 6)
    assert whole_words("onetwo", Span(1, 2), Span(0, 3)) == Span(0, 3)


def test_pointers_are_in_the_article() -> None:
    text = "It rained. He left."
    sentences = [Span(0, 10), Span(11, 19)]
    (passage,) = cut(text, sentences, tokenizer(), 64, 1)
    rows = np.full((2, 2, len(passage.ids)), -1e4)
    rows[:, :, 0] = [[9.0, 9.0], [0.0, 0.0]]
    he = passage.token_span((11, 13), passage.sentences[1].tokens)
    assert he is not None
    rows[1, 0, he.start] = rows[1, 1, he.end - 1] = 5.0
    first, second = pointers(text, passage, rows, sentences)
    assert first.none > 0.99
    assert second == Pointer(he, Span(11, 13), second.probability, second.none) and second.probability > 0.99


@pytest.mark.parametrize(("style", "words"), [(STYLES[0], "Ada Lind, a doctor"), (STYLES[1], "Ada Lind, a doctor,")])
def test_the_comma_behind_an_apposition_belongs_to_the_source_in_one_style_alone(style: str, words: str) -> None:
    text = "Ada Lind, a doctor, left."
    (passage,) = cut(text, [Span(0, len(text))], tokenizer(), 64, 1, style)
    tokens = passage.token_span((0, len("Ada Lind, a doctor,")), passage.sentences[0].tokens)
    assert tokens is not None
    rows = np.full((1, 2, len(passage.ids)), -1e4)
    rows[0, 0, tokens.start] = rows[0, 1, tokens.end - 1] = 5.0
    (found,) = pointers(text, passage, rows, [Span(0, len(text))])
    assert text[slice(*found.chars)] == words


def test_of_windows_the_one_surest_of_its_mention_stays() -> None:
    text, whole = "He left. She", Span(0, 8)
    unsure, sure = reading(text, 1, whole), reading(text, 1, whole, "He")
    other = reading(text, 0, whole)
    merged = merge_windows([unsure, sure, replace(sure, attributed=0.0), other])
    assert [r.sentence for r in merged] == [0, 1] and merged[1] is sure
    assert merge_windows([]) == []


def test_naming_shares_the_probability_of_the_words() -> None:
    chars = np.asarray([[-1, -1], [0, 3], [4, 9], [10, 12], [-1, -1]])
    passage = Passage(np.zeros(5, np.int64), np.zeros(5, np.int64), chars, (PassageSentence(0, Span(1, 4), True),))
    (naming,) = namings(passage, np.log(np.asarray([[0.1, 0.2, 0.4, 0.25, 0.05]])))
    assert naming.nobody == pytest.approx(0.1) and naming.passage == (0, 12)
    found = naming.shares(np.asarray([4, 0, 5, 3, 12]), np.asarray([9, 9, 11, 4, 20]))
    assert found.tolist() == pytest.approx([0.4, 0.6, 0.65, 0, 0])  # a token counts whole
