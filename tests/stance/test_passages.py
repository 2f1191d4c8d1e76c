"""Passages: offsets, ownership, and nothing dropped."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from stance.errors import ModelError
from stance.passages import SHAPES, Passage, cut, special_ids
from stance.sentences import split
from stance.spans import Span, contains
from tests.stance.fake_model import tokenizer

TOKENIZER = tokenizer()


def cut_at(parts: list[str], room: int, overlap: int) -> tuple[str, list[Span], list[Passage]]:
    """The parts joined by a space, each a sentence."""
    text, spans = "", []
    for part in parts:
        spans.append(Span(len(text), len(text) + len(part)))
        text += part + " "
    return text, spans, cut(text, spans, TOKENIZER, room, overlap)


def words(text: str, passage: Passage, tokens: Span) -> list[str]:
    return [text[a:b] for a, b in passage.chars[tokens.start : tokens.end].tolist()]


def owners(passages: list[Passage]) -> Counter[int]:
    return Counter(s.index for p in passages for s in p.sentences if s.owned)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=40),
    room=st.integers(10, 50),
    overlap=st.integers(0, 6),
)
def test_every_sentence_is_read_whole_and_owned_once(lengths: list[int], room: int, overlap: int) -> None:
    parts = ["\u0007" if n == 0 else " ".join("abcdefg"[k % 7] for k in range(n)) for n in lengths]
    _, spans, passages = cut_at(parts, room, overlap)
    read: dict[int, set[tuple[int, int]]] = {}
    for passage in passages:
        assert len(passage.ids) == len(passage.shapes) == len(passage.chars) <= room
        assert passage.ids[0] == 2 and passage.ids[-1] == 3
        assert [s.index for s in passage.sentences] == list(range(passage.sentences[0].index, passage.sentences[-1].index + 1))
        assert passage.sentences[0].tokens.start == 1 and passage.sentences[-1].tokens.end == len(passage.ids) - 1
        assert all(a.tokens.end == b.tokens.start for a, b in pairwise(passage.sentences)), "no padding, no gap"
        assert any(s.owned for s in passage.sentences)
        for s in passage.sentences:
            chars = [tuple(c) for c in passage.chars[s.tokens.start : s.tokens.end].tolist()]
            assert chars and all(contains(spans[s.index], c) for c in chars)
            if s.owned:
                read.setdefault(s.index, set()).update(chars)
    for i, n in enumerate(lengths):
        windows = owners(passages)[i]
        assert windows == 1 if n <= room - 2 else windows > 1, "an over-long sentence comes in several windows, any other once"
        assert len(read[i]) == max(n, 1), "no token is dropped"


def test_neighbours_share_sentences_and_each_copy_is_owned_where_it_has_context() -> None:
    _, _, passages = cut_at(["a b c d"] * 9, 18, 2)
    found = [[(s.index, s.owned) for s in p.sentences] for p in passages]
    assert found[:2] == [
        [(0, True), (1, True), (2, True), (3, False)],
        [(2, False), (3, True), (4, True), (5, False)],
    ]


def test_no_overlap_no_copies() -> None:
    _, _, passages = cut_at(["a b c d"] * 9, 18, 0)
    assert [len(p.sentences) for p in passages] == [4, 4, 1]


def test_windows_of_an_over_long_sentence_overlap_by_half() -> None:
    text, _, passages = cut_at(["a b", " ".join("abcdefghijklmnopqrst"), "c d"], 12, 1)
    assert [[s.index for s in p.sentences] for p in passages] == [[0], [1], [1], [1], [2]]
    assert [words(text, p, p.sentences[0].tokens) for p in passages[1:4]] == [
        list("abcdefghij"),
        list("fghijklmno"),
        list("klmnopqrst"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He 🙂 said. She 👩‍👩‍👧 left.", ["He", "said", "She", "left"]),
        ("He said.\r\nShe left.\r\n", ["He", "said", "She", "left"]),
        ("Jose\u0301 said. Zoe\u0308 left.", ["said", "left"]),
        ("\u200fHe\u200f said. \u202bShe\u202c left.", ["He", "said", "She", "left"]),
        ("\ufeffHe said.\u00a0She left.", ["He", "said", "She", "left"]),
        ("𝐇 He said. She left.", ["He", "said", "She", "left"]),
    ],
)
def test_offsets_index_the_text_as_given(text: str, expected: list[str]) -> None:
    sentences = split(text)
    (passage,) = cut(text, sentences, TOKENIZER, 64, 1)
    for word in expected:
        start = text.index(word)
        chars = Span(start, start + len(word))
        within = next(s for s in passage.sentences if contains(sentences[s.index], chars))
        tokens = passage.token_span(chars, within.tokens)
        assert tokens is not None and passage.char_span(tokens) == chars, word


@pytest.mark.parametrize(
    "sentences",
    [
        [(0, 9), (10, 19)],
        [(3, 9)],
        [(0, 1), (1, 2), (2, 19)],
        [(0, 6), (6, 12)],
        [(2, 5), (7, 8), (12, 18)],
        [(9, 10), (10, 19)],
    ],
)
def test_given_sentences_are_honoured_even_across_words(sentences: list[tuple[int, int]]) -> None:
    spans = [Span(*s) for s in sentences]
    passages = cut("He said. And she left.", spans, TOKENIZER, 64, 1)
    assert owners(passages) == Counter(range(len(spans)))
    for s in (s for p in passages for s in p.sentences):
        for a, b in passages[0].chars[s.tokens.start : s.tokens.end].tolist():
            assert spans[s.index].start <= a < b <= spans[s.index].end


def test_sentences_of_which_the_tokenizer_keeps_nothing_get_a_token() -> None:
    text = "\u0007 a \u0007 \u0008 b \u0007"
    spans = [Span(i, i + 1) for i in range(0, len(text), 2)]
    (passage,) = cut(text, spans, TOKENIZER, 64, 1)
    assert [words(text, passage, s.tokens) for s in passage.sentences] == [[text[a:b]] for a, b in spans]


def test_nothing_to_cut() -> None:
    assert cut("", [], TOKENIZER, 64, 1) == []
    assert cut("some text", [], TOKENIZER, 64, 1) == []


def test_shapes_tell_case_line_and_quotation() -> None:
    text = "The USA 3 won.\n“We Did”"
    (passage,) = cut(text, [Span(0, 14), Span(15, len(text))], TOKENIZER, 64, 1)
    shape = {text[a:b]: int(s) for (a, b), s in zip(passage.chars.tolist(), passage.shapes.tolist(), strict=True) if a >= 0}
    assert (shape["The"], shape["3"], shape["."]) == (1, 3, 0)
    assert shape["“"] == 4 + 8 and shape["We"] == 1 + 8 and shape["D"] == 1 + 8
    assert int(passage.shapes.max()) < SHAPES and passage.shapes[0] == passage.shapes[-1] == 0


def test_the_passage_does_not_depend_on_what_follows_it() -> None:
    parts = ["a b c d"] * 9
    _, _, few = cut_at(parts, 18, 2)
    _, _, many = cut_at([*parts, "e f", "g h i j k l m n o p q r s t u v w x y z"], 18, 2)
    for a, b in zip(few[:-1], many, strict=False):
        assert np.array_equal(a.ids, b.ids) and np.array_equal(a.chars, b.chars) and np.array_equal(a.shapes, b.shapes)


def test_token_span_without_a_token() -> None:
    text, _, (passage,) = cut_at(["a  b", "c d"], 64, 1)
    first = passage.sentences[0].tokens
    assert passage.token_span((1, 2), first) is None, "white space"
    assert passage.token_span((text.index("c"), text.index("c") + 1), first) is None, "another sentence"
    assert passage.token_span((0, len(text)), first) == first


def test_too_short_passages_and_odd_tokenizers_are_one_line() -> None:
    with pytest.raises(ModelError, match="passage_tokens is 9, expected at least 10; raise it in the spec"):
        cut("a", [Span(0, 1)], TOKENIZER, 9, 1)
    bare = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(ModelError, match="adds no special tokens"):
        special_ids(bare)
