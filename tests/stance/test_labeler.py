"""``Labeler``: pure, complete, and true to the contract, whatever the model says."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance import aliases
from stance.articles import Article
from stance.errors import InputError, ModelError, StanceError
from stance.labeler import Labeler, load
from stance.records import TASKS, Record, check
from stance.sentences import split
from stance.spans import Span
from tests.stance.fake_model import SPEC, FakeBackend, labeler

ARTICLES = [
    "President Ada Lind praised China. “We won,” she said. Carl Berg disagreed.\n\nIt rained 🙂 in Norland.",
    "Minister Jose\u0301 Berg said he will go.\r\nShe left.\r\n",
    "\u200fHe said \u202bno\u202c to it. 👩‍👩‍👧 laughed. Zoe\u0308 Lind cried.",
    "he " * 150 + "said so. They left.",
    "No",
    "A heading\n\nMs. Wu of the World Health Organization (WHO) said: “It is the end. We go.” The WHO left. “And",
]


def contract(document: Any, labels: Labeler, targets: tuple[str, ...] | None = None) -> None:
    """What holds for every record of a document, whatever the labels are."""
    article, spec = document.article, labels.spec
    sentences = article.sentences if article.sentences is not None else split(article.text)
    if targets is None:
        assert [r.sentence for r in document.sentences] == list(range(len(sentences)))
    for r in document.sentences:
        check(r)
        assert r.article_id == article.id and r.model == spec.model
        assert r.span == sentences[r.sentence] and r.text == article.text[r.start : r.end]
        assert r.speaker != "" and (r.speaker is not None or r.mention is None)
        assert r.claim_type in spec.claim_types and r.stance in spec.stances
        assert all(0 <= getattr(r, f"{task}_score") <= 1 for task in TASKS)
        for span in (r.mention, r.target_span):
            assert span is None or r.start <= span.start < span.end <= r.end
        assert (r.target is None) == (r.target_span is None)
        if targets is None:
            assert r.labelled == set(TASKS)
            assert (r.stance == spec.neutral) == (r.target is None)
        else:
            assert r.target in targets and r.labelled == {"speaker", "claim_type", "stance"}


@pytest.mark.parametrize("text", ARTICLES)
def test_contract(tiny_labeler: Labeler, text: str) -> None:
    document = tiny_labeler.label(text)
    assert document.sentences
    contract(document, tiny_labeler)


def test_the_tiny_model_says_something_of_everything(tiny_labeler: Labeler) -> None:
    records = [r for text in ARTICLES for r in tiny_labeler.label(text).sentences]
    assert {r.stance for r in records} >= {"neutral", "support"}
    assert {r.speaker is None for r in records} == {r.mention is None for r in records} == {True, False}


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.text(st.sampled_from("ab ABé\u0301🙂.!?\n\r“”\"'’\u200f\u00adＺ1"), min_size=1, max_size=120).filter(str.strip))
def test_contract_on_odd_texts(text: str) -> None:
    labels = labeler()
    contract(labels.label(text), labels)


def test_given_sentences_are_honoured_exactly(tiny_labeler: Labeler) -> None:
    text = "He said. And she\nleft the house, all of it."
    for spans in ([[0, 8], [9, 16], [17, 43]], [[3, 43]], [[0, 2], [2, 4], [20, 21]], []):
        document = tiny_labeler.label({"id": "a", "text": text, "sentences": spans})
        assert [[r.start, r.end] for r in document.sentences] == spans
        contract(document, tiny_labeler)


def test_the_same_article_gives_the_same_records_whatever_else_is_in_the_run() -> None:
    articles = [Article(str(n), text) for n, text in enumerate(ARTICLES)]
    alone = [labeler().label(a) for a in articles]
    for threads in (1, 2, 5):
        assert list(labeler(threads=threads).stream(articles)) == alone
    shared = labeler()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(shared.label, articles * 5))
    assert together == alone * 5
    assert [d for d in shared.stream(reversed(articles))] == alone[::-1]


def test_text_mapping_and_article_are_one(tiny_labeler: Labeler) -> None:
    text = ARTICLES[0]
    by_text = tiny_labeler.label(text)
    by_mapping = tiny_labeler.label({"text": text, "id": "article", "outlet": "X"})
    by_article = tiny_labeler.label(Article("article", text))
    assert by_text.sentences == by_mapping.sentences == by_article.sentences
    assert by_mapping.article.meta == {"outlet": "X"}


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("", "article: `text` is blank"),
        (" \r\n\u00a0", "article: `text` is blank"),
        ({}, "article: no `text`; expected a string"),
        ({"id": "x", "text": None}, "article: no `text`"),
        ({"text": 5}, "article: `text` is int 5; expected a string"),
        ({"text": "He\ud800"}, "article: `text` holds half a surrogate pair"),
        ({"text": "Hi.", "sentences": [[0, 9]]}, "article: `sentences`[0] is [0, 9], no span of a text of 3 characters"),
        (Article("x\ny", ""), "article 'x\\ny': `text` is blank"),
        (Article("x", "He left. She", (Span(4, 8), Span(0, 2))), "article 'x': `sentences`[1] begins at 0"),
        (None, "article: is NoneType, expected a text"),
        (b"Hi.", "article: is bytes, expected a text"),
    ],
)
def test_what_is_no_article_is_one_line(tiny_labeler: Labeler, article: Any, said: str) -> None:
    with pytest.raises(InputError) as raised:
        tiny_labeler.label(article)
    assert str(raised.value).startswith(said) and "\n" not in str(raised.value)


def test_a_bad_article_of_a_stream_raises_in_its_turn(tiny_labeler: Labeler) -> None:
    stream = tiny_labeler.stream(["He left.", "She left.", {"id": "x"}, "They left."])
    assert [next(stream).article.id, next(stream).article.id] == ["article-0", "article-1"]
    with pytest.raises(InputError, match="article-2: no `text`"):
        next(stream)


def test_bad_targets_of_a_stream_raise_at_once(tiny_labeler: Labeler) -> None:
    with pytest.raises(StanceError, match="names no target"):
        tiny_labeler.stream(["He left."], targets=",")


def test_targets(tiny_labeler: Labeler) -> None:
    names = ("Ada Lind", "China", "Nobody")
    document = tiny_labeler.label(ARTICLES[0], targets=list(names))
    contract(document, tiny_labeler, names)
    assert [(r.sentence, r.target, r.target_start) for r in document.sentences] == [(0, "Ada Lind", 10), (0, "China", 27)]
    assert tiny_labeler.label(ARTICLES[0], targets="Nobody").sentences == ()


def test_targets_change_nothing_but_stance_and_target(tiny_labeler: Labeler) -> None:
    plain = {r.sentence: r for r in tiny_labeler.label(ARTICLES[0]).sentences}
    for r in tiny_labeler.label(ARTICLES[0], targets="Ada Lind,China").sentences:
        other = plain[r.sentence]
        for column in ("speaker", "speaker_score", "mention_start", "claim_type", "claim_type_score", "text"):
            assert getattr(r, column) == getattr(other, column)


def test_a_target_keeps_its_offsets_and_its_stance_beside_others(tiny_labeler: Labeler) -> None:
    text = "He told her that Smith praised Smith's rival."
    one = {"article_id": "s", "target": "Smith", "start": 31, "end": 36}
    (record,) = tiny_labeler.label({"id": "s", "text": text}, targets=[one]).sentences
    assert (record.target, record.target_start, record.target_end, record.target_score) == ("Smith", 31, 36, 1.0)
    more = tiny_labeler.label({"id": "s", "text": text}, targets=[one, "rival", "He"]).sentences
    assert len(more) == 3 and next(r for r in more if r.target == "Smith").stance == record.stance


def test_only_passages_that_name_a_target_are_read_again() -> None:
    backend = FakeBackend()
    labels = labeler(backend=backend)
    text = "the official said no. " * 40 + "Wu left."
    labels.label(text)
    plain = len(backend.encoded)
    assert plain > 5
    labels.label(text, targets="Wu")
    assert len(backend.encoded) == 2 * plain + 1


@pytest.mark.parametrize("size", range(5))
def test_only_trained_tasks_are_decided(size: int) -> None:
    for tasks in itertools.combinations(TASKS, size):
        labels = labeler(replace(SPEC, tasks=tasks))
        for r in labels.label(ARTICLES[0]).sentences:
            check(r)
            assert r.labelled == {t for t in tasks if t != "target" or "stance" in tasks}
            for task in set(TASKS) - r.labelled:
                assert getattr(r, task) is None and getattr(r, f"{task}_score") is None


def test_labels_come_from_the_spec() -> None:
    spec = replace(SPEC, claim_types=("fact", "opinion"), stances={"contra": -1, "pro": 1}, name_kinds=())
    labels = labeler(spec)
    document = labels.label(ARTICLES[0])
    contract(document, labels)
    assert all(r.target is not None for r in document.sentences), "no neutral stance, so always a target"
    assert document.polarity == spec.stances


def test_a_model_without_stance_takes_no_targets() -> None:
    with pytest.raises(ModelError, match="tiny/1: learnt no stance, so it takes no targets"):
        labeler(replace(SPEC, tasks=("speaker",))).label("He left.", targets="China")


def test_names_stand_on_one_line_whatever_the_layout(tiny_labeler: Labeler) -> None:
    """Of the same words with other spaces the same names come."""
    plain = "President Ada Lind praised China. “We won,” she said. Carl Berg disagreed.\n\nIt rained in Norland."
    spaced = plain.replace("It rained", "It\xa0rained")
    names = [[(r.speaker, r.target) for r in tiny_labeler.label(text).sentences] for text in (plain, spaced)]
    assert names[0] == names[1] and ("It rained", None) in names[1]


def test_a_target_that_is_asked_for_has_logits_of_its_own() -> None:
    """The second half of what the stance graph gives; a model of before version 0.6 has one for both."""

    class Both(FakeBackend):
        def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
            support, oppose = (np.tile(np.float32(row), (len(sentences), 1)) for row in ([0, 9, 0], [0, 0, 9]))
            return np.concatenate([support, oppose], axis=1)

    class Older(Both):
        def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
            return super().stance(sentences, speakers, targets)[:, :3]

    for backend, wanted in ((Both(), "oppose"), (Older(), "support")):
        labels = labeler(backend=backend)
        assert {r.stance for r in labels.label(ARTICLES[0]).sentences} == {"support"}
        assert {r.stance for r in labels.label(ARTICLES[0], targets="China,Norland").sentences} == {wanted}


def test_the_identity_names_model_and_weights(tiny_labeler: Labeler) -> None:
    assert tiny_labeler.identity == "tiny/1 0123"


def test_load_says_what_is_wrong(tmp_path: Any) -> None:
    with pytest.raises(ModelError, match="no SHA256SUMS in it"):
        load(tmp_path)


def test_memory_does_not_grow_with_token_states() -> None:
    read = labeler().read(Article("a", "The official said no. " * 200))
    assert len(read.readings) == 200
    for r in read.readings:
        assert r.vector.base is None or r.vector.base.size < 64 * 8 * 4, "a view would keep the passage's states alive"


def test_the_users_own_names_replace_speakers_and_targets(tiny_labeler: Labeler) -> None:
    plain, own = tiny_labeler.label(ARTICLES[3]), labeler()
    found = {n for r in plain.records for n in (r.speaker, r.target) if n is not None}
    own.aliases = aliases.given({f"The one {n}": [n.upper()] for n in found})
    assert {r.speaker for r in plain.records} - {None} and {r.target for r in plain.records} - {None}
    assert list(own.label(ARTICLES[3]).records) == [
        replace(r, speaker=r.speaker and f"The one {r.speaker}", target=r.target and f"The one {r.target}") for r in plain.records
    ]


def test_records_are_records(tiny_labeler: Labeler) -> None:
    (record,) = tiny_labeler.label("No").sentences
    assert isinstance(record, Record) and isinstance(record.start, int) and not isinstance(record.speaker_score, np.floating)
