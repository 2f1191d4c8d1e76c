"""Who or what a target means: the candidates weighed, what is known of them, what becomes of the pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from stance import neighbours
from stance.casting import Cast
from stance.decode import Naming, Reading
from stance.neighbours import NEIGHBOURS, Scorer
from stance.referents import CANDIDATES, FEATURES, canonical, paragraphs, refer, refer_inputs, shortlist
from stance.spans import Span
from stance.targets import TargetPair, pointed
from tests.stance.fake_model import WIDTH, reading
from tests.stance.test_resolve import Case, seconds

TEXT = "President Ada Lind met Carl Berg in China. Berg praised her plan. “He lied,” Lind said. The plan is bad. Berg left."

WORDS, NOBODY_AIMED, BEARER, WITHIN, HERE, RECENT, GENDER, SPEAKER, AIMED = 0, 23, 25, 26, 27, 33, 40, 45, 51
"""Columns of the features."""


def weigh(weights: Mapping[int, float]) -> Scorer:
    """A scorer that is linear in the features."""

    def score(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        assert queries.shape[1] == 2 * candidates.shape[2] == 2 * WIDTH and features.shape[2] == FEATURES
        assert queries.dtype == candidates.dtype == features.dtype == np.float32
        vector = np.zeros(FEATURES)
        vector[list(weights)] = list(weights.values())
        return features @ vector

    return score


sensible = weigh({WORDS: 2.0, BEARER: 9.0, GENDER: 3.0, RECENT: 1.0, SPEAKER: -9.0})
"""The words themselves, unless they are a name, or a pronoun of somebody's gender."""


class Aimed(Case):
    """A case whose sentences point at words."""

    def __init__(self, text: str, targets: Mapping[int, str], aiming: Mapping[int, Naming] | None = None) -> None:
        super().__init__(text, {})
        self.readings: list[Reading] = [
            reading(text, i, s, None, targets.get(i), aiming=(aiming or {}).get(i)) for i, s in enumerate(self.sentences)
        ]
        self.pairs = [pair for pair in pointed(self.article, self.readings) if pair.sentence in targets]

    def refer(self, scorer: Scorer, speakers: Mapping[int, str] | None = None) -> list[TargetPair]:
        names = [(speakers or {}).get(i) for i in range(len(self.sentences))]
        return refer(self.article, self.sentences, self.readings, self.cast(), names, self.pairs, scorer)

    def inputs(self, speakers: Mapping[int, str] | None = None) -> tuple[list[list[int]], np.ndarray, Cast]:
        people, asked = self.cast(), [pair.sentence for pair in self.pairs]
        names = [(speakers or {}).get(i) for i in range(len(self.sentences))]
        chosen = shortlist(people, asked)
        _, _, features = refer_inputs(self.article, self.sentences, self.readings, people, names, asked, chosen)
        return chosen, features, people


def place(people: Cast, name: str) -> int:
    return next(n for n, c in enumerate(people.candidates) if c.name == name)


@pytest.fixture
def case() -> Aimed:
    return Aimed(TEXT, {0: "Carl Berg", 1: "her plan", 2: "He", 3: "The plan"})


def test_a_pronoun_is_whom_it_goes_for_a_name_its_bearer_and_other_words_themselves(case: Aimed) -> None:
    found = case.refer(sensible, {1: "Carl Berg", 2: "Ada Lind"})
    assert [(p.sentence, p.name) for p in found] == [(0, "Carl Berg"), (1, "her plan"), (2, "Carl Berg"), (3, "The plan")]
    assert [TEXT[slice(*p.chars)] for p in found] == ["Carl Berg", "her plan", "He", "The plan"]
    assert all(0 < p.score <= 1 for p in found)


def test_the_words_are_those_that_name_whoever_is_meant_where_the_sentence_has_such(case: Aimed) -> None:
    china = place(case.cast(), "China")
    rows, _, _ = case.inputs()
    assert all(china in row for row in rows)
    by_vector = weigh({WORDS: -9.0, HERE: 5.0, WITHIN: -2.0})  # somebody else of the same sentence
    first, second, *_ = case.refer(by_vector)
    assert (first.name, TEXT[slice(*first.chars)]) in {("Ada Lind", "Ada Lind"), ("China", "China")}
    assert (second.name, TEXT[slice(*second.chars)]) == ("Carl Berg", "Berg")


def test_a_score_is_what_the_scorer_gives_times_the_pointers_where_it_leaves_the_words(case: Aimed) -> None:
    even = case.refer(weigh({WORDS: 0.001}))
    rows, _, _ = case.inputs()
    for pair, own, row in zip(even, case.pairs, rows, strict=True):
        assert pair.name == own.name and pair.score == pytest.approx(own.score / len(row), rel=0.01)
    sure = case.refer(weigh({BEARER: 99.0}))
    assert sure[0].score == pytest.approx(1.0) and sure[0].name == "Carl Berg"


def test_nothing_asked_is_nothing_found(case: Aimed) -> None:
    case.pairs = []
    assert case.refer(sensible) == []


def test_an_article_without_names_keeps_the_words() -> None:
    case = Aimed("it rained. it was bad.", {0: "it", 1: "it"})
    assert [p.name for p in case.refer(weigh({RECENT: 5.0}))] == ["it", "it"]


def test_the_features_say_whose_name_it_is_who_speaks_and_who_goes_by_the_pronoun(case: Aimed) -> None:
    rows, features, people = case.inputs({2: "Ada Lind"})
    ada, carl = place(people, "Ada Lind"), place(people, "Carl Berg")
    named, _, he, _ = ({c: features[m, n] for n, c in enumerate(row)} for m, row in enumerate(rows))
    assert named[carl][BEARER] == named[carl][WITHIN] == 1 and named[ada][BEARER] == named[ada][WITHIN] == 0
    assert named[-1][WORDS] == 1 and named[carl][WORDS] == 0
    assert he[ada][SPEAKER] == 1 and he[carl][SPEAKER] == 0
    assert he[carl][GENDER] == 1 and he[ada][GENDER] < 1
    assert he[carl][RECENT] > 0
    assert np.isfinite(features).all() and not features[..., -NEIGHBOURS:].any()


def test_the_aiming_pointer_counts_for_every_mention_of_a_candidate() -> None:
    starts = [TEXT.index("Carl Berg"), TEXT.index("Berg praised"), TEXT.index("China")]
    chars = np.asarray([[starts[0], starts[0] + 9], [starts[2], starts[2] + 5], [starts[1], starts[1] + 4]])
    aiming = Naming(chars, np.asarray([0, 0.3, 0.4, 0.9], np.float32), 0.1)
    rows, features, people = Aimed(TEXT, {3: "The plan"}, {3: aiming}).inputs()
    shares = {c: float(features[0, n, AIMED]) for n, c in enumerate(rows[0]) if c >= 0}
    assert shares[place(people, "Carl Berg")] == pytest.approx(0.8)
    assert shares[place(people, "China")] == pytest.approx(0.1)
    assert shares[place(people, "Ada Lind")] == 0
    assert features[0, :, NOBODY_AIMED] == pytest.approx(0.1)


def test_the_shortlist_is_short_begins_with_the_words_and_has_names_alone() -> None:
    text = " ".join(f"{first} {last} came. A farmer said so." for first in ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus") for last in
                    ("Lind", "Berg", "Stone", "Wells", "Marsh", "Field"))  # fmt: skip
    people = Case(text, {1: "A farmer"}).cast()
    assert any(c.described for c in people.candidates)
    rows = shortlist(people, range(len(people.matched)))
    for i, row in enumerate(rows):
        assert row[0] == -1 and len(row) == len(set(row)) <= CANDIDATES
        assert not any(people.candidates[c].described for c in row[1:])
        if i % 2 == 0:
            (own,) = (n for n, c in enumerate(people.candidates) if i in c.sentences)
            assert own in row, "whoever is named in the sentence"


def test_canonical(case: Aimed) -> None:
    people = case.cast()

    def name(words: str, length: int | None = None) -> str | None:
        start = TEXT.index(words)
        found = canonical(words[:length], Span(start, start + (length or len(words))), people)
        return people.candidates[found].name if found >= 0 else None

    assert name("President Ada Lind") == "Ada Lind" and name("Berg praised", 4) == "Carl Berg"
    assert name("her plan") is None and name("He") is None
    inner = Aimed("Carl Berg’s plan is bad. Carl Berg left.", {0: "Carl Berg’s plan"})
    assert canonical("Carl Berg’s plan", Span(0, 16), inner.cast()) == -1, "a thing of his is not he"


def test_paragraphs_are_counted_from_the_line_ends_between() -> None:
    text = "a.\n\nb. c.\nd."
    spans = [Span(text.index(c), text.index(c) + 2) for c in "abcd"]
    found = paragraphs(text, spans)
    assert found[1] > found[0] and found[2] == found[1] and found[3] > found[2]


def test_the_second_reading_knows_the_sentences_around(case: Aimed) -> None:
    def goes_on(queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return np.asarray(sensible(queries, candidates, features) + 99 * features[..., FEATURES - NEIGHBOURS + 1])

    speakers = {1: "Carl Berg", 2: "Ada Lind"}
    assert [p.name for p in case.refer(sensible, speakers)][-1] == "The plan"
    assert [p.name for p in case.refer(goes_on, speakers)][-1] == "Carl Berg"


def test_blocks_see_over_their_borders(case: Aimed, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = weigh({WORDS: 1.0, BEARER: 3.0, RECENT: 1.0, **{FEATURES - n: 0.5 for n in range(1, NEIGHBOURS)}})
    whole = case.refer(scorer)
    monkeypatch.setattr(neighbours, "_BLOCK", 2)
    monkeypatch.setattr(neighbours, "_KEPT", 1)
    for one, other in zip(whole, case.refer(scorer), strict=True):
        assert one.name == other.name and one.score == pytest.approx(other.score)


def test_time_is_linear_in_the_articles_length() -> None:
    once = "Ada Lind met Carl Berg of Norland. Berg praised her plan. “He lied,” Lind said. The plan is bad. Berg left. "

    def run(times: int) -> float:
        words = ((0, "Carl Berg"), (1, "her plan"), (2, "He"), (3, "The plan"))
        case = Aimed(once * times, {5 * n + k: w for n in range(times) for k, w in words})
        case.cast()
        return seconds(lambda: case.refer(sensible))

    run(10)
    short, long = run(60), run(600)
    assert long < 30 * max(short, 0.02), f"{short:.3f} s for 300 sentences, {long:.3f} s for 3,000"
