"""Figures on records of a few sentences, computed by hand, and the formulas against scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from stance.records import Record
from training import bootstrap, metrics
from training.pairs import is_given, join, same

ALL = frozenset({"speaker", "claim_type", "stance", "target"})


def row(sentence: int, article: str = "a", labelled: frozenset[str] | set[str] = ALL, **columns: Any) -> Record:
    """A sentence of 100 characters with defaults of the outlet's own voice."""
    start = 100 * sentence
    columns = {"claim_type": "none", "stance": "neutral", **columns}
    return Record(article, sentence, start, start + 100, "x" * 100, labelled=frozenset(labelled), **columns)


def said(sentence: int, speaker: str, start: int | None, end: int | None, **columns: Any) -> Record:
    """A sentence with a speaker, its mention counted from the sentence's start."""
    base = 100 * sentence
    mention = {} if start is None or end is None else {"mention_start": base + start, "mention_end": base + end}
    return row(sentence, speaker=speaker, **mention, **columns)


GOLD = [
    said(0, "Ada Lind", 0, 8, claim_type="demand", stance="support", target="Vesta", target_start=20, target_end=25),
    said(1, "Ada Lind", 0, 3, claim_type="assertion"),
    said(2, "Ada Lind", None, None, claim_type="assertion"),
    row(3),
    said(4, "residents", 10, 19, claim_type="assertion", stance="oppose", target="the pact", target_start=450, target_end=458),
]
PREDICTED = [
    said(0, "ada lind", 0, 8, claim_type="demand", stance="support", target="Vesta", target_start=16, target_end=25),
    said(1, "Bo Ek", 0, 5, claim_type="demand"),
    row(2, claim_type="assertion"),
    row(3, speaker="Bo Ek", mention_start=300, mention_end=302, claim_type="none"),
    said(4, "the residents", 6, 19, claim_type="none", stance="support", target="Norland", target_start=430, target_end=437),
]


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    return metrics.values(GOLD, PREDICTED)


def test_speaker_counts_null_as_a_class(found: dict[str, float]) -> None:
    assert found["speaker_accuracy"] == 2 / 5  # sentences 0 and 4
    # right names: 0, 4; predicted names: 0, 1, 3, 4; gold names: 0, 1, 2, 4
    assert (found["speaker_name_precision"], found["speaker_name_recall"], found["speaker_name_f1"]) == (2 / 4, 2 / 4, 0.5)
    # somebody speaks, whoever it is: predicted 0, 1, 3, 4; gold 0, 1, 2, 4
    assert (found["speaker_attributed_precision"], found["speaker_attributed_recall"]) == (3 / 4, 3 / 4)
    assert found["speaker_attributed_accuracy"] == 3 / 5
    assert found["speaker_accuracy_no_mention"] == 0
    assert found["speaker_coverage"] == 1


def test_mention_exact_and_overlap(found: dict[str, float]) -> None:
    # gold 0, 1, 4; predicted 0 (equal), 1 (overlaps), 3 (none in gold), 4 (overlaps)
    assert (found["speaker_mention_exact_precision"], found["speaker_mention_exact_recall"]) == (1 / 4, 1 / 3)
    assert (found["speaker_mention_overlap_precision"], found["speaker_mention_overlap_recall"]) == (3 / 4, 1)
    assert found["speaker_mention_overlap_f1"] == pytest.approx(6 / 7)


def test_classes_and_target(found: dict[str, float]) -> None:
    assert found["claim_type_accuracy"] == 3 / 5
    # assertion: 1 of 3 found, never wrongly (F1 1/2); demand: 1 right, 1 wrong (2/3); none: 1 right, 1 wrong (2/3)
    assert found["claim_type_macro_f1"] == pytest.approx((1 / 2 + 2 / 3 + 2 / 3) / 3)
    assert found["stance_accuracy"] == 4 / 5
    assert (found["target_overlap_precision"], found["target_overlap_recall"]) == (1 / 2, 1 / 2)
    assert found["target_name_f1"] == 1 / 2
    assert found["target_stance_target_f1"] == 1 / 2


def test_stance_target_needs_both(found: dict[str, float]) -> None:
    other = [replace(PREDICTED[0], stance="oppose"), *PREDICTED[1:]]
    changed = metrics.values(GOLD, other)
    assert changed["target_overlap_f1"] == found["target_overlap_f1"]
    assert changed["target_stance_target_f1"] == 0


def test_undecided_predictions_are_wrong_and_named() -> None:
    fewer = [replace(PREDICTED[0], labelled=ALL - {"claim_type"}, claim_type=None), *PREDICTED[1:4]]
    found = metrics.values(GOLD, fewer)
    assert found["claim_type_accuracy"] == 2 / 5
    assert found["claim_type_coverage"] == 3 / 5
    assert metrics.labels_of(metrics.pairs_of(join(GOLD, fewer), "claim_type"), "claim_type")[-1] == metrics.UNDECIDED


def test_what_either_side_leaves_out_is_left_out() -> None:
    only = [replace(r, labelled=frozenset({"stance", "target"})) for r in PREDICTED]
    assert {name.split("_")[0] for name in metrics.values(GOLD, only)} == {"stance", "target"}
    assert {name.split("_")[0] for name in metrics.values(only, GOLD)} == {"stance", "target"}
    assert metrics.values([], GOLD) == metrics.values(GOLD, []) == {}


def test_mention_rows_count_for_mention_and_attribution_alone() -> None:
    gold = [replace(r, labelled=frozenset({"mention"}), speaker=r.speaker and "as written") for r in GOLD]
    found = metrics.values(gold, PREDICTED)
    assert found["speaker_attributed_recall"] == 3 / 4
    assert "speaker_accuracy" not in found and "speaker_mention_overlap_f1" in found


def test_target_without_words_is_compared_by_name() -> None:
    gold = [replace(GOLD[0], target_start=None, target_end=None), *GOLD[1:]]
    assert metrics.values(gold, PREDICTED)["target_overlap_f1"] == 1 / 2
    assert metrics.values(gold, [replace(PREDICTED[0], target="Ostby"), *PREDICTED[1:]])["target_overlap_f1"] == 0


@pytest.mark.parametrize(
    ("words", "speaker", "kind"),
    [
        ("She", "Ada Lind", "pronoun"),
        ("Prime Minister Lind", "Ada Lind", "name"),
        ("The prime minister", "Ada Lind", "description"),
        ("The residents", "The residents", "description"),
        ("Residents", "residents", "description"),
    ],
)
def test_kind_of_mention(words: str, speaker: str, kind: str) -> None:
    record = Record("a", 0, 50, 90, f"{words} spoke.", speaker=speaker, mention_start=50, mention_end=50 + len(words))
    assert metrics.mention_kind(record) == kind


def test_equality_of_names() -> None:
    assert same("The Foreign Ministry", "foreign  ministry") and same("Cote d’Or", "Cote d'Or")
    assert not same("Wang", "Wang Yi") and not same(None, "Wang") and not same("Theo", "o")


GIVEN = frozenset({"stance"})


def asked(target: str, start: int | None, stance: str) -> Record:
    """A row of sentence 0 with a given target of five characters."""
    words = {} if start is None else {"target_start": start, "target_end": start + 5}
    return row(0, labelled=GIVEN, claim_type=None, target=target, stance=stance, **words)


def test_given_targets_are_joined_by_words_before_names() -> None:
    gold = [
        asked("Vesta", 10, "support"),
        asked("Vesta", 50, "oppose"),
        asked("Norland", None, "neutral"),
        asked("Ostby", 70, "support"),
    ]
    predicted = [asked("Vesta", 50, "oppose"), asked("Vesta", 10, "support"), asked("the Norland", 90, "oppose")]
    joined = join(gold, predicted)
    assert [p.predicted and p.predicted.stance for p in joined.given] == ["support", "oppose", "oppose", None]
    assert (joined.sentences, joined.missing, joined.spare) == ((), 1, 0)
    found = metrics.values(gold, predicted)
    assert found["stance_given_accuracy"] == 2 / 4 and found["stance_given_coverage"] == 3 / 4
    assert "stance_accuracy" not in found


def test_given_and_pointed_stance_do_not_mix() -> None:
    gold = [*GOLD, asked("Vesta", 20, "oppose")]
    joined = join(gold, [*PREDICTED, asked("Vesta", 20, "oppose")])
    assert len(joined.sentences) == 5 and len(joined.given) == 1
    assert all(p.predicted is not None and not is_given(p.predicted) for p in joined.sentences)
    found = metrics.values(gold, [*PREDICTED, asked("Vesta", 20, "oppose")])
    assert (found["stance_accuracy"], found["stance_given_accuracy"]) == (4 / 5, 1)


def test_speaker_of_a_sentence_with_several_given_targets_counts_once() -> None:
    both = frozenset({"speaker", "stance"})
    gold = [replace(asked(t, None, "support"), labelled=both, speaker="Ada Lind") for t in ("Vesta", "Norland")]
    figures = {(m.task, m.metric): m.n for m in metrics.measures(join(gold, gold))}
    assert figures["speaker", "accuracy"] == 1 and figures["stance_given", "accuracy"] == 2


def test_other_bounds_are_joined_by_the_largest_overlap_and_counted() -> None:
    whole = replace(PREDICTED[0], start=0, end=199, text="x" * 199)
    third = replace(PREDICTED[2], sentence=1, start=199, end=300, text="x" * 101)
    joined = join(GOLD, [whole, third, row(9), row(0, article="b")])
    assert [p.predicted for p in joined.sentences] == [whole, whole, third, None, None]
    assert (joined.moved, joined.missing, joined.spare, joined.elsewhere) == (3, 2, 1, 1)


def test_same_index_with_other_bounds_is_not_trusted() -> None:
    shifted = [replace(r, sentence=r.sentence + 1) for r in PREDICTED]
    assert metrics.values(GOLD, shifted) == metrics.values(GOLD, PREDICTED)


def test_the_same_words_meet_whatever_stands_between_them() -> None:
    words = ["It rains.", "It snows.", "Yes.", "It hails.", "Yes."]

    def placed(gap: int, labels: str) -> list[Record]:
        starts = np.cumsum([0, *(len(w) + gap for w in words[:-1])]).tolist()
        return [
            replace(row(i), start=s, end=s + len(w), text=w, mention_start=None, mention_end=None, claim_type=c)
            for i, (s, w, c) in enumerate(zip(starts, words, labels, strict=True))
        ]

    joined = join(placed(3, "abcde"), placed(1, "abcde"))
    assert [p.predicted and p.predicted.claim_type for p in joined.sentences] == list("abcde")
    assert (joined.moved, joined.missing, joined.spare) == (4, 0, 0)
    other = [replace(r, text=r.text.upper()) for r in placed(3, "abcde")]
    assert join(placed(3, "abcde"), other).missing == 5  # the same places in another text


def random_rows(seed: int, articles: int = 8, sentences: int = 20) -> list[Record]:
    draw = np.random.default_rng(seed)
    classes = ["assertion", "demand", "none"]
    return [
        row(i, article=f"a{k}", claim_type=classes[draw.choice(3, p=[0.3, 0.1, 0.6])])
        for k in range(articles)
        for i in range(sentences)
    ]


def test_formulas_agree_with_scikit_learn() -> None:
    gold, predicted = random_rows(1), random_rows(2)
    truth, guess = [r.claim_type for r in gold], [r.claim_type for r in predicted]
    found = metrics.values(gold, predicted)
    assert found["claim_type_accuracy"] == pytest.approx(reference.accuracy_score(truth, guess))
    assert found["claim_type_macro_f1"] == pytest.approx(reference.f1_score(truth, guess, average="macro"))
    assert found["claim_type_kappa"] == pytest.approx(reference.cohen_kappa_score(truth, guess))
    counts = np.array([[3.0, 1.0, 2.0]])  # true positives, false positives, false negatives
    precision, recall, f1, _ = reference.precision_recall_fscore_support([1] * 5 + [0], [1] * 3 + [0] * 2 + [1], average="binary")
    assert (bootstrap.precision(counts)[0], bootstrap.recall(counts)[0]) == (precision, recall)
    assert bootstrap.f1(counts)[0] == pytest.approx(f1)


def test_intervals_resample_articles_not_sentences() -> None:
    gold = [row(i, article=f"a{k}") for k in range(10) for i in range(50)]
    predicted = [replace(r, claim_type="none" if int(r.article_id[1:]) < 5 else "demand") for r in gold]
    [accuracy] = [
        f for f in bootstrap.figures(metrics.measures(join(gold, predicted))) if (f.task, f.metric) == ("claim_type", "accuracy")
    ]
    # five articles wholly right, five wholly wrong: standard error .158 by article (.022 if sentences were independent)
    assert (accuracy.value, accuracy.n) == (0.5, 500)
    assert accuracy.low == pytest.approx(0.2, abs=0.05) and accuracy.high == pytest.approx(0.8, abs=0.05)


def test_intervals_are_reproducible_and_one_article_has_none() -> None:
    found = [m for m in metrics.measures(join(random_rows(1), random_rows(2))) if m.task == "claim_type"]
    assert bootstrap.figures(found) == bootstrap.figures(found)
    assert all(f.low <= f.value <= f.high for f in bootstrap.figures(found))
    assert all(np.isnan(f.low) for f in bootstrap.figures(metrics.measures(join(GOLD, PREDICTED))))


def test_undefined_is_nan_not_zero() -> None:
    assert np.isnan(bootstrap.precision(np.array([0.0, 0.0, 2.0])))
    assert bootstrap.f1(np.array([0.0, 0.0, 2.0])) == 0
    assert np.isnan(bootstrap.kappa(np.array([4.0]))) and bootstrap.interval(np.array([np.nan])) == pytest.approx(
        (np.nan, np.nan), nan_ok=True
    )


def test_permutation_test_agrees_with_scipy() -> None:
    from scipy.stats import permutation_test

    gold = random_rows(1, articles=10)
    ours, theirs = random_rows(2, articles=10), [*random_rows(1, articles=10)[:60], *random_rows(3, articles=10)[60:]]
    first, second = (
        next(m for m in metrics.measures(join(gold, rows)) if (m.task, m.metric) == ("claim_type", "accuracy"))
        for rows in (ours, theirs)
    )
    hits = [m.counts[:, 0] for m in (first, second)]
    expected = permutation_test(hits, lambda a, b, axis: (a - b).sum(axis), permutation_type="samples", n_resamples=10_000)
    assert bootstrap.permuted(first, second) == pytest.approx(expected.pvalue, abs=0.02)
    assert bootstrap.permuted(first, first) == 1


def test_two_systems_line_up_where_only_one_gives_a_label() -> None:
    gold = random_rows(1)
    odd = [replace(r, claim_type="odd") if i % 3 else r for i, r in enumerate(gold)]
    ours, theirs = join(gold, gold), join(gold, odd)
    pair = [
        next(m for m in metrics.measures(a, also=b, tasks=("claim_type",)) if m.metric == "macro_f1")
        for a, b in ((ours, theirs), (theirs, ours))
    ]
    assert pair[0].counts.shape == pair[1].counts.shape
    assert pair[0].formula(pair[0].counts.sum(0)) == 1 and bootstrap.permuted(*pair) < 0.02


def test_only_the_tasks_that_are_asked_for(found: dict[str, float]) -> None:
    some = metrics.measures(join(GOLD, PREDICTED), tasks=("stance", "speaker"))
    assert {m.task for m in some} == {"stance", "speaker"}
    assert {f"{m.task}_{m.metric}" for m in some} <= set(found)
