"""From a model, a file or records to tables and a report; two invented articles."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from stance.articles import Article
from stance.errors import InputError, UsageError
from stance.records import Record, to_row
from stance.runtime import DEFAULT_MODEL
from stance.spans import Span
from training.evaluation import Evaluation, evaluate
from training.gold import Labelled

TEXT = "Vesta must act, Ada Lind said. It rained. <b>Norland</b> lied, she said. Talks go on."
SENTENCES = (Span(0, 30), Span(31, 41), Span(42, 72), Span(73, 85))
ALL = frozenset({"speaker", "claim_type", "stance", "target"})


def article(name: str) -> Article:
    return Article(name, TEXT, SENTENCES)


def rows(name: str, **scores: float) -> list[Record]:
    """The article's labels as a careful reader gives them."""
    columns: list[dict[str, Any]] = [
        {"speaker": "Ada Lind", "mention_start": 16, "mention_end": 24, "claim_type": "demand", "stance": "neutral"},
        {"claim_type": "none", "stance": "neutral"},
        {"speaker": "Ada Lind", "mention_start": 63, "mention_end": 66, "claim_type": "accusation", "stance": "oppose",
         "target": "Norland", "target_start": 45, "target_end": 52},
        {"claim_type": "none", "stance": "neutral"},
    ]  # fmt: skip
    return [
        Record(name, i, s.start, s.end, TEXT[s.start : s.end], labelled=ALL, **c, **scores)
        for i, (s, c) in enumerate(zip(SENTENCES, columns, strict=True))
    ]


GOLD = [Labelled(article(name), tuple(rows(name))) for name in ("a", "b")]


def mistaken() -> list[Record]:
    """Two errors in claim type, the surer one in article b; one speaker that is nobody; one target that is another."""
    a, b = rows("a"), rows("b")
    a[0] = replace(a[0], claim_type="assertion", claim_type_score=0.5)
    b[2] = replace(b[2], claim_type="assertion", claim_type_score=0.9, speaker=None, mention_start=None, mention_end=None)
    b[2] = replace(b[2], target="Vesta", target_start=63, target_end=66)
    return [*a, *b]


class FakeLabeler:
    """Answers what it was given; records what it was asked."""

    spec = SimpleNamespace(model="fake/1")

    def __init__(self, answers: Sequence[Record]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, list[Mapping[str, Any]]]] = []

    def label(self, article: Article, targets: Sequence[Mapping[str, Any]] | None = None) -> Any:
        self.asked.append((article.id, list(targets or [])))
        found = [r for r in self.answers if r.article_id == article.id]
        if targets is not None:
            found = [
                replace(
                    found[2], labelled=ALL - {"target"}, target=t["target"], target_start=t.get("start"), target_end=t.get("end")
                )
                for t in targets
            ]
        return SimpleNamespace(sentences=found)

    def stream(self, articles: Iterable[Article]) -> Iterator[Any]:
        return map(self.label, articles)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(mistaken(), GOLD)


def value(result: Evaluation, task: str, metric: str) -> float:
    table = result.summary().set_index(["task", "metric"])
    return float(table.loc[(task, metric), "value"])


def test_summary(evaluation: Evaluation) -> None:
    table = evaluation.summary()
    assert list(table.columns) == ["task", "metric", "value", "low", "high", "n"]
    assert value(evaluation, "claim_type", "accuracy") == 6 / 8
    assert value(evaluation, "speaker", "accuracy") == 7 / 8
    assert value(evaluation, "target", "overlap_f1") == 1 / 2
    accuracy = table[(table.task == "claim_type") & (table.metric == "accuracy")].iloc[0]
    assert (accuracy.low, accuracy.high, accuracy.n) == (0.75, 0.75, 8)  # both articles have one error
    assert evaluation.notes == ()


def test_confusion_of_classes_and_of_names(evaluation: Evaluation) -> None:
    table = evaluation.confusion("claim_type")
    assert list(table.index) == ["none", "accusation", "demand"]
    assert table.loc["accusation", "assertion"] == table.loc["demand", "assertion"] == 1
    assert table.to_numpy().sum() == 8
    speakers = evaluation.confusion("speaker")
    assert speakers.loc["somebody"].to_dict() == {"(nobody)": 1, "right": 3}
    assert evaluation.confusion("target").loc["something", "other"] == 1


def test_errors_come_surest_first(evaluation: Evaluation) -> None:
    table = evaluation.errors("claim_type")
    assert list(table.columns) == ["text", "gold", "predicted", "score", "article", "sentence"]
    assert list(table.article) == ["b", "a"] and list(table.score) == [0.9, 0.5]
    assert len(evaluation.errors("claim_type", 1)) == 1
    assert evaluation.errors("speaker").iloc[0].predicted == "(nobody)"


def test_per_class(evaluation: Evaluation) -> None:
    table = evaluation.per_class("claim_type").set_index("label")
    assert table.loc["accusation"].to_list() == [1.0, 0.5, pytest.approx(2 / 3), 2]
    assert table.loc["assertion", "n"] == 0
    with pytest.raises(UsageError, match="names are no classes"):
        evaluation.per_class("speaker")
    with pytest.raises(UsageError, match="'stance_given' was not evaluated; there are speaker, "):
        evaluation.errors("stance_given")


def test_data_without_a_column_says_so_and_evaluates_the_rest() -> None:
    fewer = [Labelled(g.article, tuple(replace(r, labelled=frozenset({"claim_type"})) for r in g.records)) for g in GOLD]
    result = evaluate(mistaken(), fewer)
    assert result.tasks == ("claim_type",)
    assert "No row of the data decides stance: not evaluated." in result.notes
    result = evaluate([replace(r, labelled=frozenset({"speaker"})) for r in mistaken()[1:]], GOLD)
    assert result.tasks == ("speaker",)
    assert "The predictions decide claim_type nowhere: not evaluated." in result.notes
    assert "speaker: 1 of 8 rows are left undecided by the predictions and count as wrong." in result.notes
    assert "1 gold rows have no prediction." in result.notes


def test_a_labeler_gets_golds_sentences_and_given_targets() -> None:
    given = replace(GOLD[0].records[2], labelled=frozenset({"stance"}), stance="support")
    both = [Labelled(article("a"), (*GOLD[0].records, given)), Labelled(article("b"), (replace(given, article_id="b"),))]
    labeler = FakeLabeler(mistaken())
    result = evaluate(labeler, both)
    words = {"target": "Norland", "start": 45, "end": 52}
    assert sorted(labeler.asked, key=str) == [("a", []), ("a", [words]), ("b", [words])]
    assert value(result, "stance_given", "accuracy") == 0 and value(result, "stance", "accuracy") == 1
    assert result.errors("stance_given").towards.to_list() == ["Norland", "Norland"]
    assert result.model == "fake/1"


def test_folders_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str, Path | None]] = []

    def loader(kind: str) -> Any:
        return lambda folder=None: loaded.append((kind, folder)) or FakeLabeler(mistaken())

    for name, function in (("stance.labeler", "load"), ("training.checkpoint", "load_labeler")):
        module = ModuleType(name)
        setattr(module, function, loader(name))
        monkeypatch.setitem(sys.modules, name, module)
    runtime, torch = tmp_path / "runtime", tmp_path / "torch"
    for folder in (runtime, torch):
        folder.mkdir()
    (runtime / "SHA256SUMS").touch()
    (runtime / "encode.onnx").touch()
    evaluate(runtime, GOLD)
    evaluate(torch, GOLD)
    evaluate("default", GOLD)
    assert loaded == [("stance.labeler", runtime), ("training.checkpoint", torch), ("stance.labeler", DEFAULT_MODEL)]


def write(path: Path, records: Iterable[Record]) -> Path:
    path.write_text("".join(json.dumps(to_row(r)) + "\n" for r in records), "utf-8")
    return path


def test_files_of_any_system(tmp_path: Path, evaluation: Evaluation) -> None:
    gold = write(tmp_path / "gold.jsonl", [r for g in GOLD for r in g.records])
    predicted = write(tmp_path / "predicted.jsonl", mistaken())
    result = evaluate(predicted, gold)
    pd.testing.assert_frame_equal(result.summary(), evaluation.summary())
    assert (result.model, result.data) == (str(predicted), str(gold))


def test_bad_calls_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder; expected a model folder, a file of predictions, or `default`"):
        evaluate(tmp_path / "nothing", GOLD)
    with pytest.raises(UsageError, match="no labelled rows"):
        evaluate(mistaken(), [])
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps({**to_row(mistaken()[0]), "end": None}) + "\n")
    with pytest.raises(InputError, match=r"bad\.jsonl, line 1: record without end"):
        evaluate(bad, GOLD)


def test_comparison_pairs_the_draws(evaluation: Evaluation) -> None:
    with pytest.raises(UsageError, match="no second system"):
        evaluation.comparison()
    perfect = [r for g in GOLD for r in g.records]
    table = evaluate(perfect, GOLD, baseline=mistaken()).comparison().set_index(["task", "metric"])
    gain = table.loc[("claim_type", "accuracy")]
    assert (gain.value, gain.baseline, gain.difference, gain.low, gain.high) == (1, 0.75, 0.25, 0.25, 0.25)
    assert (evaluate(perfect, GOLD, baseline=perfect).comparison().difference == 0).all()


def test_report_is_self_contained_and_escaped(tmp_path: Path) -> None:
    folder = evaluate(mistaken(), GOLD, baseline=mistaken()).save(tmp_path / "new" / "report")
    page = (folder / "report.html").read_text("utf-8")
    assert "&lt;b&gt;Norland&lt;/b&gt;" in page and "<b>Norland" not in page
    assert "http" not in page and "src=" not in page and page.startswith("<!doctype html>")
    assert all(f'id="{task}"' in page for task in ("speaker", "claim_type", "stance", "target"))
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    figure = next(f for f in metrics["figures"] if (f["task"], f["metric"]) == ("claim_type", "accuracy"))
    assert figure == {"task": "claim_type", "metric": "accuracy", "value": 0.75, "low": 0.75, "high": 0.75, "n": 8}
    assert "rained" not in json.dumps(metrics)


def test_undefined_figures_are_null_in_json(tmp_path: Path) -> None:
    one = evaluate(mistaken()[:4], GOLD[:1]).save(tmp_path)
    assert json.loads((one / "metrics.json").read_text("utf-8"))["figures"][0]["low"] is None


def test_notebook_cell(evaluation: Evaluation) -> None:
    cell = evaluation._repr_html_()
    assert cell.strip().startswith("<div") and "macro_f1" in cell and "0.750" in cell and "<html" not in cell
