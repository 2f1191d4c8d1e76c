"""The sample: readable, true to its texts, openly licensed, and nothing of the gold test part in it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from training.checks import count, find
from training.corpora import sample
from training.corpora.conversion import held_out
from training.gold import Labelled, read

FOLDER = Path(str(resources.files("training"))) / "sample"
OPEN = ("CC BY 2.5", "OGL-UK-3.0", "public domain", "CC-BY-3.0-AU", "reuse with attribution")


@pytest.fixture(scope="module")
def parts() -> dict[str, list[Labelled]]:
    return {name: read(FOLDER / f"{name}.jsonl") for name in ("train", "heldout")}


def articles() -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / "articles.jsonl").read_text("utf-8").splitlines()]


def test_every_sentence_is_labelled_for_every_task(parts: dict[str, list[Labelled]]) -> None:
    assert {name: len(items) for name, items in parts.items()} == {"train": 40, "heldout": 15}
    for item in (item for items in parts.values() for item in items):
        assert [r.sentence for r in item.records] == list(range(len(item.article.sentences or ())))
        assert all(r.labelled == {"speaker", "claim_type", "stance", "target"} for r in item.records)
        assert all(item.article.text[slice(*r.span)] == r.text for r in item.records)


def test_all_is_openly_licensed_and_named_in_the_readme(parts: dict[str, list[Labelled]]) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    metas = [{"id": item.article.id, **item.article.meta} for items in parts.values() for item in items]
    for meta in [*metas, *articles()]:
        assert meta["licence"] in OPEN
        assert meta["id"].startswith(("gum-", "re3d-"))
        assert f"`{meta['id']}`" in readme and meta["url"] in readme


def test_parts_do_not_overlap_and_train_is_not_held_out(parts: dict[str, list[Labelled]]) -> None:
    train, held = ({item.article.id for item in parts[name]} for name in ("train", "heldout"))
    assert not train & held_out() and held <= held_out()
    assert len(articles()) == 6
    assert not {row["id"] for row in articles()} & (train | held_out())
    assert all("sentences" not in row for row in articles())


def test_no_article_of_the_gold_test_part(shared: Path) -> None:
    lines = (shared / "data" / "gold" / "test.jsonl").read_text("utf-8").splitlines()
    test = {json.loads(line)["article_id"] for line in lines}
    everything = "".join(file.read_text("utf-8") for file in FOLDER.iterdir())
    assert not [article_id for article_id in test if article_id in everything]


def test_labels_follow_the_guide(parts: dict[str, list[Labelled]]) -> None:
    found = count(find([item for items in parts.values() for item in items], neutral="neutral", no_claim="none"))
    assert sum(found.values()) <= 10
    assert "mention outside its sentence" not in found


def test_it_is_remade_as_it_lies_there(shared: Path, tmp_path: Path) -> None:
    sample.remake(shared / "data" / "gold", tmp_path)
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (FOLDER / file.name).read_bytes(), file.name
