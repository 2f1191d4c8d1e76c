"""The report on the invented articles of ``test_evaluation``, with scores, meta data and a second person."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from stance.errors import UsageError
from stance.records import Record
from tests.training.test_evaluation import GOLD, mistaken
from training.evaluation import Evaluation, evaluate
from training.gold import Labelled
from training.report import pieces

DATED = [
    Labelled(replace(item.article, meta={"source": f"Paper {n}", "date": f"202{n}-05-01"}), item.records)
    for n, item in enumerate(GOLD)
]


def scored() -> list[Record]:
    scores = {f"{task}_score": 0.5 for task in ("speaker", "stance", "target")}
    return [replace(r, **scores, claim_type_score=r.claim_type_score or 0.8) for r in mistaken()]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    perfect = [r for item in GOLD for r in item.records]
    second = [Labelled(GOLD[0].article, tuple(r for r in mistaken() if r.article_id == "a")), GOLD[1]]
    return evaluate(scored(), DATED, baseline=perfect, second=second)


def test_everything_stands_in_one_page(evaluation: Evaluation, tmp_path: Path) -> None:
    page = (evaluation.save(tmp_path) / "report.html").read_text("utf-8")
    assert page.count("<svg") == 1 + 2 * 4 and "share that is right" in page
    assert all(f'id="{name}"' in page for name in ("agreement", "comparison", "calibration", "claim_type"))
    assert "Paper 1" in page and "2021" in page and "first sentence" in page
    assert not re.search(r"https?:|src=|<script|@import|url\((?!#)", page)


def test_errors_show_gold_beside_predicted(evaluation: Evaluation, tmp_path: Path) -> None:
    page = (evaluation.save(tmp_path) / "report.html").read_text("utf-8")
    assert '<mark class="target">&lt;b&gt;Norland</mark>' in page or '<mark class="target">' in page
    section = page[page.index('id="target"') :]
    assert "<strong>Norland</strong>" in section and "<strong>Vesta</strong>" in section


def test_metrics_hold_every_table_but_no_text(evaluation: Evaluation, tmp_path: Path) -> None:
    text = (evaluation.save(tmp_path) / "metrics.json").read_text("utf-8")
    metrics = json.loads(text)
    assert {"figures", "calibration", "comparison", "agreement", "tasks"} <= set(metrics)
    assert set(metrics["tasks"]["claim_type"]) == {"confusion", "per_class", "slices", "reliability", "risk_coverage"}
    assert "rained" not in text and "Ada Lind" not in text
    speaker = next(row for row in metrics["agreement"] if row["task"] == "speaker")
    assert speaker["agreed"] == 1 and speaker["n"] == 8


def test_slices(evaluation: Evaluation) -> None:
    table = evaluation.slices("claim_type").set_index(["slice", "part"])
    assert table.loc[("outlet", "Paper 0"), "n"] == 4 and table.loc[("date", "2021"), "n"] == 4
    assert table.loc[("position", "first sentence"), "n"] == 2
    assert table.loc[("speaker named by", "nobody"), "macro_f1"] == 1
    speaker = evaluation.slices("speaker").set_index(["slice", "part"])
    assert speaker.loc[("speaker named by", "pronoun"), "accuracy"] == 0.5
    assert "length" not in set(table.index.get_level_values(0))  # all sentences are short


def test_reliability_and_risk(evaluation: Evaluation) -> None:
    table = evaluation.reliability("claim_type")
    assert table[["from", "n", "accuracy"]].to_numpy().tolist() == [[0.5, 1, 0.0], [0.8, 6, 1.0], [0.9, 1, 0.0]]
    risks = evaluation.risk_coverage("claim_type")
    assert risks.coverage.tolist() == [1 / 8, 7 / 8, 1] and risks.accuracy.tolist() == [0, 6 / 7, 6 / 8]
    row = evaluation.calibration().set_index("task").loc["claim_type"]
    assert row.ece == pytest.approx((0.5 + 6 * 0.2 + 0.9) / 8) and row.n == 8
    assert row.ece_low <= row.ece <= row.ece_high
    assert row.brier == pytest.approx((0.25 + 6 * 0.04 + 0.81) / 8)
    # Six scores of .8 (mean deviation of six draws: .1311 of 1), one of .5 and one of .9 (each: 2 p (1 - p)).
    assert row.ece_chance == pytest.approx((6 * 0.1311 + 0.5 + 0.18) / 8, abs=0.01) and row.ece_chance < row.ece_chance_high < 0.5


def test_thresholds_say_what_is_promised_and_kept(evaluation: Evaluation) -> None:
    table = evaluation.thresholds().query("task == 'claim_type'").set_index("min_score")
    assert table.n.to_dict() == {0.0: 8, 0.5: 8, 0.6: 7, 0.7: 7, 0.8: 7, 0.9: 1}
    assert table.precision.tolist()[:3] == [6 / 8, 6 / 8, 6 / 7] and table.coverage[0.6] == 7 / 8
    assert (table.promised >= table.index).all() and table.promised[0.6] == pytest.approx((6 * 0.8 + 0.9) / 7)


def test_predictions_without_scores_have_no_curves(tmp_path: Path) -> None:
    plain = evaluate([r for item in GOLD for r in item.records], GOLD)
    assert plain.reliability("stance").empty and plain.risk_coverage("stance").empty
    assert plain.calibration().ece.isna().all() and plain.thresholds().empty
    assert (plain.save(tmp_path) / "report.html").read_text("utf-8").count("<svg") == 1


def test_cell_shows_an_article_with_its_labels(evaluation: Evaluation) -> None:
    cell = evaluation._repr_html_()
    assert 'class="mention i0"' in cell and "accusation" in cell and "− oppose" in cell
    assert evaluation.article("b").records[2].speaker is None
    with pytest.raises(UsageError, match="not in"):
        evaluation.article("nowhere")


def test_second_labels_are_asked_for() -> None:
    with pytest.raises(UsageError, match="no second labels"):
        evaluate(scored(), GOLD).agreement()


def test_pieces_of_a_sentence_stay_within_it() -> None:
    sentence = Record("a", 1, 10, 20, "0123456789")
    outside = replace(sentence, speaker="x", mention_start=2, mention_end=12, target_start=11, target_end=14)
    assert pieces(sentence, outside) == [("0", "mention"), ("1", "mention target"), ("23", "target"), ("456789", "")]
    assert pieces(sentence, None) == [("0123456789", "")]
