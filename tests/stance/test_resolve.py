"""Who speaks, with a linker made by hand: it takes the candidate that the named features speak for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from stance import neighbours
from stance.articles import Article
from stance.casting import Cast, cast, mentions_in
from stance.decode import NamedMention
from stance.names import proper_names
from stance.neighbours import NEIGHBOURS, Scorer
from stance.resolve import CANDIDATES, FEATURES, Resolved, link_inputs, resolve, shortlist
from stance.scene import Scene
from stance.sentences import split
from stance.spans import Span
from tests.stance.fake_model import WIDTH, reading

TEXT = "President Ada Lind met reporters. “We won,” she said. Lind smiled. A senior official disagreed. It rained."
PERSON, PLACE = (np.eye(4, dtype=np.float32)[n] for n in (1, 3))

NOBODY, NONE, MATCHED, RECENT, OFTEN, DESCRIBED, INSIDE = 0, 2, 14, 19, 20, 21, 31
"""Columns of the features."""


def weigh(weights: Mapping[int, float]) -> Scorer:
    """A scorer that is linear in the features."""

    def link(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        assert queries.shape[1] == 2 * candidates.shape[2] == 2 * WIDTH and features.shape[2] == FEATURES
        assert len(queries) == len(candidates) == len(features) and candidates.shape[1] == features.shape[1]
        vector = np.zeros(FEATURES)
        vector[list(weights)] = list(weights.values())
        return features @ vector

    return link


def sensible(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Nobody where no words name a speaker, else whom they name, else who came last."""
    nobody = features[..., NOBODY] * (9 * features[..., NONE] - 4)
    return nobody + 9 * features[..., MATCHED] + 3 * features[..., RECENT]


class Case:
    """An article with a mention (or none) for each sentence; its names are persons unless they are China."""

    def __init__(self, text: str, mentions: Mapping[int, str]) -> None:
        self.article = Article("a", text)
        self.sentences = split(text)
        self.readings = [reading(text, i, s, mentions.get(i)) for i, s in enumerate(self.sentences)]
        self.names = [self._name(chars) for chars in proper_names(text, self.sentences)]

    def _name(self, chars: Span) -> NamedMention:
        place = self.article.text[chars.start : chars.end] == "China"
        sentence = next(i for i, s in enumerate(self.sentences) if s.end > chars.start)
        return NamedMention(chars, "place" if place else "person", sentence, np.ones(WIDTH), PLACE if place else PERSON)

    def cast(self) -> Cast:
        return cast(self.article, self.readings, self.names)

    def resolve(self, link: Scorer = sensible, temperature: float = 1.0) -> list[Resolved]:
        return resolve(self.article, self.sentences, self.readings, self.cast(), link, temperature)


@pytest.fixture
def case() -> Case:
    return Case(TEXT, {1: "she", 2: "Lind", 3: "A senior official"})


def test_words_that_are_a_name_stand_for_its_bearer_alone(case: Case) -> None:
    def contrary(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return -9 * features[..., MATCHED] - 5 * features[..., NOBODY]

    found = case.resolve(contrary)
    assert found[2].name == "Ada Lind" and found[2].score < 0.01  # the scorer's doubt stays
    silent = case.resolve(lambda q, c, f: 9 * f[..., NOBODY])
    assert [r.name for r in silent] == [None] * 5


def test_pronoun_surname_description_and_nobody(case: Case) -> None:
    found = case.resolve()
    assert [r.name for r in found] == [None, "Ada Lind", "Ada Lind", "A senior official", None]
    assert [r.mention and case.article.text[r.mention.start : r.mention.end] for r in found] == [
        None, "she", "Lind", "A senior official", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "speaker"),
    [
        ("she", "Mary Lind"),
        ("he", "Peter Dorn"),
        ("The spokeswoman", "Mary Lind"),
        ("they", "Peter Dorn"),
        ("Dorn", "Peter Dorn"),
    ],
)
def test_nobody_speaks_who_goes_by_another_pronoun(words: str, speaker: str) -> None:
    text = f"Mary Lind met Peter Dorn, who lives in Vienna. {words} said it was late."
    found = Case(text, {1: words}).resolve(weigh({RECENT: -3.0, NOBODY: -9.0, MATCHED: 9.0 if words == "Dorn" else -9.0}))
    assert found[1].name in {speaker, "Vienna"} and found[1].name != {"Mary Lind": "Peter Dorn"}.get(speaker, "Mary Lind")


@pytest.mark.parametrize(
    ("words", "speaker"),
    [
        ("Police in Oslo", "Police in Oslo"),
        ("a spokesman for Oslo", "a spokesman for Oslo"),
        ("Oslo’s plan", "Oslo"),  # of no people: the scorer decides
        ("two analysts, Oslo", "Oslo"),
    ],
)
def test_whoever_is_named_in_a_description_of_people_is_not_the_speaker(words: str, speaker: str) -> None:
    inside = Case(f"It rained. Then {words} said so.", {1: words}).resolve(weigh({INSIDE: 3.0, DESCRIBED: -2.0}))
    assert inside[1].name == speaker


@pytest.mark.parametrize(
    ("words", "speaker"), [("an analyst", "an analyst"), ("the analyst", "Ada Lind"), ("a poll", "Ada Lind")]
)
def test_words_that_bring_in_somebody_new_are_nobody_who_was_named(words: str, speaker: str) -> None:
    found = Case(f"Ada Lind left. Then {words} said so.", {1: words}).resolve(weigh({NOBODY: -9.0, RECENT: 3.0, DESCRIBED: -2.0}))
    assert found[1].name == speaker


def test_a_title_before_a_surname_says_whose_it_is() -> None:
    text = "Mary Lind met Peter Lind. Mrs. Lind smiled. Mr. Lind did not. Lind left. His wife Kim Lind stayed. Mr. Lind wept."
    case = Case(text, {1: "Mrs. Lind", 2: "Mr. Lind", 3: "Lind", 5: "Mr. Lind"})
    assert [r.name for r in case.resolve()] == [None, "Mary Lind", "Peter Lind", "Mary Lind", None, "Peter Lind"]


def test_nobody_has_no_mention_and_no_vector(case: Case) -> None:
    for found in case.resolve(weigh({NOBODY: 99.0})):
        assert (found.name, found.mention) == (None, None) and not found.vector.any()
        assert found.score == pytest.approx(1)


def test_a_speaker_may_be_known_without_words_that_name_him(case: Case) -> None:
    last = case.resolve(weigh({NOBODY: -9.0, RECENT: 3.0}))[-1]
    assert last.name is not None and last.mention is None and not last.vector.any()


def test_the_score_is_a_probability_under_its_temperature(case: Case) -> None:
    sharp, flat = case.resolve(), case.resolve(temperature=4.0)
    assert [r.name for r in sharp] == [r.name for r in flat]
    assert all(0 < b.score < a.score <= 1 for a, b in zip(sharp, flat, strict=True))


def test_padding_of_short_rows_is_never_chosen(case: Case) -> None:
    def link(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        scores = features @ np.eye(FEATURES)[NOBODY]
        scores[(features == 0).all(axis=-1)] = 99.0
        return scores

    people = case.cast()
    rows = shortlist(people, range(5))
    scores = case.resolve(link)
    for row, found in zip(rows, scores, strict=True):
        assert found.name is None or found.name in {people.candidates[c].name for c in row if c >= 0}


def test_the_cast(case: Case) -> None:
    people = case.cast()
    assert [(c.name, c.described, len(c.mentions)) for c in people.candidates] == [
        ("Ada Lind", False, 2),
        ("A senior official", True, 1),
    ]
    assert people.matched == (-1, -1, 0, 1, -1)
    assert [people.forms[i] for i in (0, 1, 2, 3)] == [0, 2, 6, 7], "none, she, name, description"
    assert people.within(Span(0, 33)) == [0] and people.within(Span(33, 40)) == []
    assert [e[0] for e in people.events] == sorted(e[0] for e in people.events)


def test_a_name_that_only_describes_a_source_is_not_the_source() -> None:
    text = "Ada Lind won. A Lind campaign worker said so. The Lind campaign worker left."
    people = Case(text, {1: "A Lind campaign worker", 2: "The Lind campaign worker"}).cast()
    described = [c for c in people.candidates if c.described]
    assert [(c.name, c.sentences) for c in described] == [("A Lind campaign worker", (1, 2))], "one source, as first written"
    assert people.matched[1] == people.matched[2] == people.candidates.index(described[0])


@pytest.mark.parametrize("words", ["President Ada Lind", "Ada Lind’s", "Ada Lind, the president", "Ada Lind (centre)"])
def test_words_around_the_name(words: str) -> None:
    people = Case(f"It rained. {words} said so.", {1: words}).cast()
    assert people.forms[1] == 6 and people.candidates[people.matched[1]].name == "Ada Lind"


def test_of_two_people_the_pronoun_takes_the_latest_and_the_name_its_own() -> None:
    text = "Ada Lind arrived. Carl Berg waited. He spoke. Lind answered."
    found = Case(text, {2: "He", 3: "Lind"}).resolve()
    assert [r.name for r in found[2:]] == ["Carl Berg", "Ada Lind"]


def test_the_shortlist_is_short_begins_with_nobody_and_has_no_doubles() -> None:
    text = " ".join(f"{first} {last} came." for first in ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus") for last in
                    ("Lind", "Berg", "Stone", "Wells", "Marsh", "Field"))  # fmt: skip
    people = Case(text, {5: "Ada Field"}).cast()
    for row in shortlist(people, range(len(people.matched))):
        assert row[0] == -1 and len(row) == len(set(row)) <= CANDIDATES + 1
    assert people.matched[5] in shortlist(people, range(5, 6))[0]


def test_no_names_at_all() -> None:
    found = Case("it rained. it snowed.", {}).resolve()
    assert [(r.name, r.score) for r in found] == [(None, pytest.approx(1.0))] * len(found)


def test_mentions_in() -> None:
    names = [NamedMention(Span(a, b), None, 0, np.ones(2), PERSON) for a, b in ((0, 3), (5, 9), (12, 14))]
    assert [m.chars for m in mentions_in(names, Span(3, 5))] == []
    assert [m.chars for m in mentions_in(names, Span(2, 13))] == [(0, 3), (5, 9), (12, 14)]
    assert [m.chars for m in mentions_in(names, Span(8, 12))] == [(5, 9)]


def test_a_block_gives_what_the_whole_gives(case: Case) -> None:
    people = case.cast()
    scene = Scene.of(case.article, case.sentences, people)
    whole = link_inputs(case.article, case.sentences, case.readings, people, range(5), shortlist(people, range(5)))
    block = range(2, 4)
    part = link_inputs(case.article, case.sentences, case.readings, people, block, shortlist(people, block), scene)
    for a, b in zip(whole, part, strict=True):
        assert np.array_equal(a[2:4][:, : b.shape[1]], b)


def test_scene_counts_quotations_and_paragraphs() -> None:
    case = Case("He said “We won. We did.”\n\nIt rained. “No,” Lind said.", {3: "Lind"})
    scene = Scene.of(case.article, case.sentences, case.cast())
    texts = [case.article.text[a:b] for a, b in case.sentences]
    assert len(texts) == 4, texts
    assert scene.paragraph.tolist() == [0, 0, 1, 1]
    assert scene.quotation.tolist() == [-1, 0, -1, 1]
    assert scene.quoted[1] == 1 and scene.quoted[2] == 0 and 0 < scene.quoted[3] < 1


def test_the_voice_of_an_interview() -> None:
    case = Case("Ada Lind sat down.\n\nWhy did you leave?\n\nI was tired.\n\nLind said: “Will we go? I am.”", {})
    voice = Scene.of(case.article, case.sentences, case.cast()).voice
    assert voice[:4, 0].tolist() == [0, 0, 1, 0], "first person"
    assert voice[:4, 1].tolist() == [0, 1, 0, 0] and voice[:4, 2].tolist() == [0, 0, 1, 0], "a question, and what follows it"
    assert not voice[4:, :2].any(), "quoted words are in nobody's voice but the speaker's"
    assert len({*map(tuple, voice[:, 3:6].tolist())}) == 1, "of the whole article"
    assert not voice[:, 6:].any()


@pytest.mark.parametrize(
    ("intro", "asker"),
    [
        ("The Tribune met the novelist Ada Lind.", "Tribune"),
        ("Ada Lind spoke to us. The Tribune's Bo Ray recently interviewed Ada Lind.", "Bo Ray"),
        ("Bo Ray of the Coast Mirror caught up with the novelist Ada Lind.", "Bo Ray"),
        ("The Tribune praised the novelist Ada Lind.", None),
    ],
)
def test_who_asks_in_an_interview(intro: str, asker: str | None) -> None:
    text = f"{intro} Lind writes. Lind lives here.\n\nQ: When did you begin?\n\nA: My father died, so I began.\n\nQ: Why?\n\nA: I had time."
    case = Case(text, {})
    found = case.resolve(weigh({NOBODY: 2.0, OFTEN: 4.0}))
    said = {case.article.text[s.start : s.end]: r.name for s, r in zip(case.sentences, found, strict=True)}
    assert said["A: I had time."] == "Ada Lind"
    assert said["Q: Why?"] == asker


def test_turns_that_letters_open() -> None:
    case = Case("It rained.\n\nQ: Why was it?\n\nA: It was not. We left.\n\nQ: When was it?\n\nA: It was late.\n\nThe end.", {})
    voice = Scene.of(case.article, case.sentences, case.cast()).voice
    assert voice[:, 6].tolist() == [0, 1, 0, 0, 1, 0, 0] and voice[:, 7].tolist() == [0, 0, 1, 1, 0, 1, 0]


def test_the_second_reading_knows_what_the_first_said_of_the_sentences_around(case: Case) -> None:
    before = FEATURES - NEIGHBOURS + 1

    def goes_on(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return sensible(queries, candidates, features) + 99 * features[..., before]

    assert [r.name for r in case.resolve()] == [None, "Ada Lind", "Ada Lind", "A senior official", None]
    assert [r.name for r in case.resolve(goes_on)] == [None, None, "Ada Lind", "Ada Lind", "A senior official"]


def test_blocks_see_over_their_borders(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = {NOBODY: 1.0, MATCHED: 3.0, RECENT: 1.0, **{FEATURES - n: 0.5 for n in range(1, NEIGHBOURS)}}
    whole = case.resolve(weigh(weights))
    monkeypatch.setattr(neighbours, "_BLOCK", 2)
    monkeypatch.setattr(neighbours, "_KEPT", 1)
    for one, other in zip(whole, case.resolve(weigh(weights)), strict=True):
        assert one.name == other.name and one.score == pytest.approx(other.score)


def seconds(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def test_time_is_linear_in_the_articles_length() -> None:
    once = "Ada Lind met reporters. “We won,” she said. Carl Berg of Norland smiled. A senior official disagreed. It rained. "

    def run(times: int) -> float:
        case = Case(
            once * times,
            {5 * n + k: w for n in range(times) for k, w in ((1, "she"), (2, "Carl Berg"), (3, "A senior official"))},
        )
        return seconds(case.resolve)

    run(10)
    short, long = run(60), run(600)
    assert long < 30 * max(short, 0.02), f"{short:.3f} s for 300 sentences, {long:.3f} s for 3,000"


def test_a_pronoun_is_hardly_anybody_who_is_named_only_later() -> None:
    from types import SimpleNamespace

    from stance.resolve import _clashes

    def somebody(first: int, described: bool = False) -> SimpleNamespace:
        return SimpleNamespace(gender=None, described=described, mentions=(Span(0, 1),), sentences=(first,))

    people = SimpleNamespace(
        asked=("she", None), beside=((), ()), new=(-1, -1), forms=(2, 6), candidates=(somebody(0), somebody(1), somebody(1, True))
    )
    assert _clashes(people, 0, [-1, 0, 1, 2]).tolist() == [0, 0, -3, 0]  # type: ignore[arg-type]
    assert not _clashes(people, 1, [-1, 0, 1, 2]).any()  # type: ignore[arg-type]
