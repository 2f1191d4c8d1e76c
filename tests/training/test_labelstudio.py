"""To Label Studio and back: cell for cell, with emoji and CRLF, and after a person's corrections."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from stance.articles import Article
from stance.errors import InputError, UsageError
from stance.records import MENTION, Record, to_row
from stance.spans import Span
from training import gold, labelstudio
from training.gold import Labelled
from training.writing import write

TEXT = "😀 Ada Lind said:\r\n“Vesta 👩‍🚒 must act.”\r\nIt rained 🌧.\r\nShe blamed Norland."
ALL = frozenset({"speaker", "claim_type", "stance", "target"})


def place(words: str) -> tuple[int, int]:
    return TEXT.index(words), TEXT.index(words) + len(words)


SENTENCES = tuple(Span(*place(line)) for line in TEXT.split("\r\n"))


def records() -> list[Record]:
    """Every shape of a row: no mention, undecided tasks, null against open, a speaker without words, scores, extra columns."""
    (a, b), (c, d), (e, f) = place("Ada Lind"), place("Norland"), place("She")
    texts = [TEXT[slice(*s)] for s in SENTENCES]
    scores = {f"{t}_score": 0.25 + 0.125 * i for i, t in enumerate(("speaker", "claim_type", "stance", "target"))}
    base = [
        {"speaker": "Ada Lind", "mention_start": a, "mention_end": b, "claim_type": "none", "stance": "neutral", **scores},
        {"speaker": "Ada Lind", "claim_type": "demand", "stance": "support", "target": "Vesta 👩‍🚒"},
        {"claim_type": None, "stance": "neutral", "labelled": ALL - {"claim_type", "target"}},
        {"speaker": "Ada Lind", "mention_start": e, "mention_end": f, "claim_type": "accusation", "stance": "oppose",
         "target": "Norland", "target_start": c, "target_end": d, **scores},
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [{"labelled": ALL, "model": "m/1", "extra": {"corpus": "x"}, **columns} for columns in base]
    return [Record("doc", i, *s, t, **columns) for i, (s, t, columns) in enumerate(zip(SENTENCES, texts, rows, strict=True))]


ARTICLE = Article("doc", TEXT, SENTENCES, {"source": "Paper", "date": "2020-01-02"})
ITEM = Labelled(ARTICLE, tuple(records()))


def task(as_predictions: bool = False) -> dict[str, Any]:
    """As it comes back from Label Studio: through JSON."""
    return json.loads(json.dumps(labelstudio.to_task(ITEM, as_predictions)))


def results(of: dict[str, Any]) -> list[dict[str, Any]]:
    return of["annotations"][0]["result"]


def utf16(at: int) -> int:
    return len(TEXT[:at].encode("utf-16-le")) // 2


def test_round_trip_cell_for_cell() -> None:
    back = labelstudio.from_task(task())
    assert back == ITEM
    assert [to_row(r) for r in back.records] == [to_row(r) for r in ITEM.records]


def test_what_nobody_submitted_is_no_label(tmp_path: Path) -> None:
    predicted = task(as_predictions=True)
    skipped = {**predicted, "annotations": [{"was_cancelled": True, "result": []}]}
    accepted = {**predicted, "annotations": [predicted["predictions"][0]]}
    file = tmp_path / "export.json"
    for tasks in ([predicted], [skipped], [{**predicted, "annotations": []}]):
        file.write_text(json.dumps(tasks), "utf-8")
        with pytest.raises(InputError, match="nobody has submitted any of its 1 tasks"):
            labelstudio.bring_back(file, tmp_path / "back.jsonl")
    file.write_text(json.dumps([predicted, skipped, accepted]), "utf-8")
    assert labelstudio.bring_back(file, tmp_path / "back.jsonl").endswith("1 articles; left out 2 tasks that nobody submitted")


def test_offsets_of_older_versions_are_utf16_units() -> None:
    old = task()
    for result in results(old):
        for key in ("start", "end"):
            if "value" in result:
                result["value"][key] = utf16(result["value"][key])
    assert utf16(SENTENCES[3].start) > SENTENCES[3].start
    assert labelstudio.from_task(old) == ITEM


def test_white_space_may_be_written_otherwise() -> None:
    changed = task()
    for result in results(changed):
        if "value" in result and isinstance(result["value"]["text"], str):
            result["value"]["text"] = result["value"]["text"].replace(" ", "  ").replace("\n", "\\n")
    assert labelstudio.from_task(changed) == ITEM


def test_rows_of_given_targets_and_of_mentions_alone() -> None:
    given = [
        replace(records()[3], target=name, labelled=frozenset({"stance"}), speaker=None, mention_start=None, mention_end=None)
        for name in ("Norland", "Vesta")
    ]
    mention = replace(records()[0], labelled=frozenset({MENTION}), stance=None, claim_type=None)
    item = Labelled(ARTICLE, (mention, *given))
    assert labelstudio.from_task(json.loads(json.dumps(labelstudio.to_task(item)))) == item


def test_corrections_lose_their_score_and_nothing_else_changes() -> None:
    mended = task()
    for result in results(mended):
        if result.get("id") == "s3" and result["from_name"] == "claim_type":
            result["value"]["choices"] = ["evaluation"]
    row = labelstudio.from_task(mended).records[3]
    expected = replace(ITEM.records[3], claim_type="evaluation", claim_type_score=None, model=None)
    assert row == expected
    assert labelstudio.from_task(mended).records[:3] == ITEM.records[:3]


def test_a_label_given_to_an_open_task_decides_it() -> None:
    mended = task()
    region = next(r for r in results(mended) if r.get("id") == "s2")["value"]
    value = {**{k: region[k] for k in ("start", "end", "text")}, "choices": ["none"]}
    results(mended).append({"id": "s2", "from_name": "claim_type", "to_name": "text", "type": "choices", "value": value})
    row = labelstudio.from_task(mended).records[2]
    assert (row.claim_type, row.labelled) == ("none", ALL - {"target"})


def test_sentences_that_a_person_drew_removed_or_cut() -> None:
    mended = task()
    kept = [r for r in results(mended) if r.get("id") not in ("s1", "s2") and r.get("from_id") not in ("s1", "s2")]
    start, end = place("It rained")
    value = {"start": start, "end": end, "text": "It rained"}
    kept += [
        {"id": "Xy", "from_name": "sentence", "to_name": "text", "type": "labels", "value": {**value, "labels": ["Sentence"]}},
        {"id": "Xy", "from_name": "stance", "to_name": "text", "type": "choices", "value": {**value, "choices": ["neutral"]}},
    ]
    mended["annotations"][0]["result"] = kept
    back = labelstudio.from_task(mended)
    assert back.article.sentences == (SENTENCES[0], SENTENCES[1], Span(start, end), SENTENCES[3])
    assert [r.sentence for r in back.records] == [0, 2, 3]
    assert back.records[1].labelled == {"speaker", "stance", "target"} and back.records[1].extra == {}


def test_the_newest_annotation_that_was_not_cancelled_counts() -> None:
    both = task()
    newer = deepcopy(both["annotations"][0]) | {"updated_at": "2026-01-02T00:00:00Z"}
    next(r for r in newer["result"] if r.get("from_name") == "stance")["value"]["choices"] = ["oppose"]
    cancelled = {"result": [], "was_cancelled": True, "updated_at": "2026-01-03T00:00:00Z"}
    both["annotations"] = [{**both["annotations"][0], "updated_at": "2026-01-01T00:00:00Z"}, newer, cancelled]
    assert labelstudio.from_task(both).records[0].stance == "oppose"


def test_bad_tasks_are_told_in_a_line() -> None:
    with pytest.raises(InputError, match=r"f\.json, task 3: no task of `labelstudio export`"):
        labelstudio.from_task({"data": {"text": "x"}}, "f.json, task 3")
    moved = task()
    results(moved)[0]["value"]["start"] = 2
    with pytest.raises(InputError, match=r"region 's0' holds .* was the text changed"):
        labelstudio.from_task(moved)
    far = task()
    results(far)[0]["value"]["end"] = 10_000
    with pytest.raises(InputError, match="no start and end within the text"):
        labelstudio.from_task(far)
    twice = task()
    relation = next(r for r in results(twice) if r["type"] == "relation")
    results(twice).append({**relation, "from_id": "m3", "to_id": "s0"})
    with pytest.raises(InputError, match="joined to 2 regions Mention; keep one"):
        labelstudio.from_task(twice)


def test_configuration_names_what_tasks_use() -> None:
    root = ElementTree.fromstring(labelstudio.config(["none", 'a "b" & <c>'], ["neutral"]))
    names = {element.get("name") for element in root.iter() if element.get("name")}
    used = {r["from_name"] for r in results(task()) if "from_name" in r}
    assert used <= names
    assert [c.get("value") for c in root.find("Choices[@name='claim_type']") or ()] == ["none", 'a "b" & <c>']
    relations = {r.get("value") for r in root.iter("Relation")}
    assert {r["labels"][0] for r in results(task()) if r["type"] == "relation"} <= relations


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_files_train_with_no_conversion(tmp_path: Path, ending: str) -> None:
    source, tasks, back = tmp_path / f"labels.{ending}", tmp_path / "tasks.json", tmp_path / f"back.{ending}"
    write([ITEM], source)
    assert gold.read(source) == [ITEM]
    said = labelstudio.export(source, tasks)
    assert "1 tasks, 4 sentences" in said and tasks.with_suffix(".xml").is_file()
    labelstudio.bring_back(tasks, back)
    assert gold.read(back) == [ITEM]
    assert back.read_bytes() == source.read_bytes() or ending == "parquet"


def test_files_that_are_none(tmp_path: Path) -> None:
    write([ITEM], tmp_path / "a.jsonl")
    with pytest.raises(UsageError, match=r"ends in \.json"):
        labelstudio.export(tmp_path / "a.jsonl", tmp_path / "tasks.csv")
    bad = tmp_path / "bad.json"
    bad.write_text("id,text", "utf-8")
    with pytest.raises(InputError, match=r"not JSON .* export from Label Studio as JSON"):
        labelstudio.bring_back(bad, tmp_path / "out.jsonl")
    bad.write_text("{}", "utf-8")
    with pytest.raises(InputError, match="expected a JSON list of tasks"):
        labelstudio.bring_back(bad, tmp_path / "out.jsonl")
