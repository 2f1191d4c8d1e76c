"""Splits by article, articles left out, label sets, and a data set that is cached by what it is made from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.errors import InputError, UsageError
from stance.spec import ModelSpec
from training.config import DataConfig, SpecConfig
from training.data import dataset, digest_of, left_out, load, locate, make_spec, proper_names_of, split, split_file, undisputed
from training.gold import Labelled, read

from .conftest import SENTENCES, rows, write_csv

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def items() -> list[Labelled]:
    return read(rows())


def ids(items: list[Labelled]) -> list[str]:
    return [item.article.id for item in items]


def test_a_split_is_by_article_and_the_same_whatever_the_order(items: list[Labelled]) -> None:
    train, dev = split(items, 0.25)
    assert len(dev) == 1 and sorted(ids(train) + ids(dev)) == ids(items)
    assert ids(split(items[::-1], 0.25)[1]) == ids(dev)
    assert set(ids(split([*items, *items], 0.25)[1])) == set(ids(dev))  # both copies of an article go to one side
    assert split(items[:1], 0.5) == (items[:1], [])


def test_dev_and_left_out_articles_are_never_trained_on(tmp_path: Path) -> None:
    path = str(write_csv(tmp_path / "all.csv"))
    own = load(DataConfig(train=[path], dev_fraction=0.25))
    assert not set(ids(own.train)) & set(ids(own.dev)) and len(own.train) == 3
    dev = tmp_path / "dev.jsonl"
    dev.write_text("".join(json.dumps(r) + "\n" for r in rows() if r["article_id"] == "news-1"), "utf-8")
    listed = tmp_path / "out.txt"
    listed.write_text("news-2 \r\n\n", "utf-8")
    given = load(DataConfig(train=[path], dev=[str(dev)], without=["news-0", str(listed)]))
    assert (ids(given.train), ids(given.dev)) == (["news-3"], ["news-1"])


def test_nothing_left_and_missing_files_are_one_line(tmp_path: Path) -> None:
    path = str(write_csv(tmp_path / "all.csv"))
    with pytest.raises(UsageError, match="no labelled sentence is left to train on"):
        load(DataConfig(train=[path], without=[f"news-{n}" for n in range(4)]))
    with pytest.raises(UsageError, match=r"data: none\.csv: no such file"):
        locate("none.csv")
    with pytest.raises(UsageError, match=r"data\.without: ids\.txt: no such file"):
        left_out(["ids.txt"])
    assert left_out(["some-id"]) == {"some-id"}


def test_a_file_listed_twice_counts_twice(tmp_path: Path) -> None:
    path = str(write_csv(tmp_path / "all.csv"))
    twice = load(DataConfig(train=[path, path], dev_fraction=0.25))
    assert len(twice.train) == 6 and len(twice.dev) == 1


def test_the_first_file_that_decides_a_task_of_an_article_decides_it_alone() -> None:
    first, second = read(rows(("article_id", "text", "speaker"))), read(rows())
    kept = undisputed([*first, *second])
    assert [r.labelled for r in kept[0].records] == [{"speaker"}] * 3
    assert [r.labelled for r in kept[4].records] == [{"claim_type", "stance"}] * 3


def test_what_the_first_file_leaves_open_the_second_decides() -> None:
    one, two = (read([row for i, row in enumerate(rows()) if (i % 3 == 0) == first]) for first in (True, False))
    kept = undisputed([*one, *two, *one])
    assert [bool(r.labelled) for item in kept for r in item.records] == [
        *[True] * sum(len(i.records) for i in [*one, *two]),
        *[False] * sum(len(i.records) for i in one),
    ]


def test_files_of_one_name_hold_different_articles(tmp_path: Path) -> None:
    for folder, texts in (("a", ["It rains.", "It snows."]), ("b", ["He left.", "She stayed.", "They ate."])):
        (tmp_path / folder).mkdir()
        lines = ["text,claim_type", *(f"{text},fact" for text in texts)]
        (tmp_path / folder / "labels.csv").write_text("\n".join(lines) + "\n", "utf-8")
    a, b = (str(tmp_path / folder / "labels.csv") for folder in "ab")
    both = load(DataConfig(train=[a, b], dev_fraction=0.01))
    assert sum(bool(r.labelled) for item in [*both.train, *both.dev] for r in item.records) == 5
    assert len(load(DataConfig(train=[b], dev=[a])).train) == 3


def test_labels_come_from_the_data_by_frequency_or_from_the_config(items: list[Labelled]) -> None:
    spec = make_spec(SpecConfig(name="n", version="2", passage_tokens=64), items)
    assert (spec.model, spec.passage_tokens, spec.tasks) == ("n/2", 64, ("speaker", "claim_type", "stance"))
    assert spec.claim_types == ("fact", "view", "call")
    assert spec.stances == {"none": 0, "against": 0, "for": 0}  # nobody said which is which
    own = make_spec(SpecConfig(claim_types=["call", "view", "fact"], stances={"for": 1, "against": -1, "none": 0}), items)
    assert own.claim_types == ("call", "view", "fact") and own.neutral == "none"
    renamed = [{**row, "stance": {"for": "support", "against": "oppose", "none": "neutral"}[row["stance"]]} for row in rows()]
    assert make_spec(SpecConfig(), read(renamed)).stances == {"neutral": 0, "oppose": -1, "support": 1}


def test_a_tagger_without_marked_names_has_no_kinds(items: list[Labelled]) -> None:
    assert make_spec(SpecConfig(), items).name_kinds == ()
    marked = read([{**row, "names": [[0, 3, "person"]]} for row in rows()])
    assert make_spec(SpecConfig(), marked).name_kinds == ModelSpec().name_kinds
    assert proper_names_of(items[0].records) is None
    assert proper_names_of(marked[0].records) == [(0, 3, "person")] * 3


def test_names_of_another_form_are_one_line() -> None:
    bad: list[dict[str, Any]] = [{**row, "names": [["person"]]} for row in rows()]
    with pytest.raises(InputError, match="column names is no list of"):
        proper_names_of(read(bad)[0].records)


def test_the_cache_knows_what_it_was_made_from(items: list[Labelled], spec: ModelSpec, encoder: Path, tmp_path: Path) -> None:
    passages = dataset(items, spec, str(encoder), tmp_path / "cache")
    assert len(passages) == 4 and passages["length"] == [len(row) for row in passages["ids"]]
    again = dataset(items, spec, str(encoder), tmp_path / "cache")
    assert again.cache_files == passages.cache_files
    digest = digest_of(items, spec, str(encoder))
    assert digest == digest_of(read(rows()), spec, str(encoder))
    changed = [{**row, "claim_type": "call"} if n == 5 else row for n, row in enumerate(rows())]
    undecided = [{**row, "claim_type": ""} if n == 5 else row for n, row in enumerate(rows())]
    for other in (changed, undecided):
        assert digest_of(read(other), spec, str(encoder)) != digest
    assert digest_of(items, ModelSpec(), str(encoder)) != digest


MEASURE = """
import sys
from pathlib import Path
from training import data
from training.config import DataConfig, SpecConfig
for path in sys.argv[3:]:
    split = data.load(DataConfig(train=[path]))
    passages = data.dataset(split.train, data.make_spec(SpecConfig(), split.train), *sys.argv[1:3])
    assert len(passages) == sum(1 for _ in split.train)
    print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""
"""Prints the most memory so far, in kB, after each file; ``ru_maxrss`` would begin with that of the test's own process."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read where Linux tells it")
def test_memory_does_not_hold_the_articles(encoder: Path, tmp_path: Path) -> None:
    """3,000 more articles of three sentences, each with a long comment: 5 MB more, where it was 45 when they were held."""
    paths = []
    for count in (1_200, 4_200):
        columns = {
            "article_id": [f"news-{n // 3}" for n in range(3 * count)],
            "text": [f"{SENTENCES[n % 12][0]} It was row {n} of the file." for n in range(3 * count)],
            "claim_type": [SENTENCES[n % 12][2] for n in range(3 * count)],
            "comment": ["why " * 500] * (3 * count),
        }
        pq.write_table(pa.table(columns), tmp_path / f"{count}.parquet", row_group_size=300)
        paths.append(str(tmp_path / f"{count}.parquet"))
    command = [sys.executable, "-c", MEASURE, str(encoder), str(tmp_path / "cache"), *paths]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    few, many = map(int, done.stdout.split())
    assert many - few < 15_000


def test_a_thousand_passages_without_a_label_may_come_first(
    spec: ModelSpec, items: list[Labelled], encoder: Path, tmp_path: Path
) -> None:
    mute = read(rows(("article_id", "text", "claim_type")))[0]
    passages = dataset([mute] * 1001 + items, spec, str(encoder), tmp_path / "cache")
    assert passages["naming"][0] == [[]] * len(passages["naming"][0]) and any(passages["naming"][1001])


def test_the_cache_of_other_code_is_not_taken(
    items: list[Labelled], spec: ModelSpec, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dataset(items, spec, str(encoder), tmp_path / "cache").cache_files
    monkeypatch.setattr("training.data._code", lambda: "another")
    assert dataset(items, spec, str(encoder), tmp_path / "cache").cache_files != before


def test_a_split_is_written_with_its_articles(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "all.csv")
    said = split_file(str(path), str(tmp_path / "part"), 0.25)
    train, dev = (read(tmp_path / f"part.{part}.jsonl") for part in ("train", "dev"))
    assert len(said.splitlines()) == 2 and (len(train), len(dev)) == (3, 1)
    whole = {item.article.id: item for item in read(path)}
    for item in [*train, *dev]:
        assert item.article.text == whole[item.article.id].article.text
        assert [r.speaker for r in item.records] == [r.speaker for r in whole[item.article.id].records]
    with pytest.raises(UsageError, match="--fraction 1"):
        split_file(str(path), str(tmp_path / "part"), 1)


def test_named_articles_are_set_aside(tmp_path: Path) -> None:
    path, ids = write_csv(tmp_path / "all.csv"), tmp_path / "ids.txt"
    named = [item.article.id for item in read(path)][1:3]
    ids.write_text("\n".join(named) + "\n", "utf-8")
    split_file(str(path), str(tmp_path / "part"), 0.1, [str(ids)])
    train, dev = (read(tmp_path / f"part.{part}.jsonl") for part in ("train", "dev"))
    assert [item.article.id for item in dev] == named
    assert not {item.article.id for item in train} & {*named} and len(train) == 2
    with pytest.raises(UsageError, match="0 of the 4 articles"):
        split_file(str(path), str(tmp_path / "part"), 0.1, ["nobody"])
    with pytest.raises(UsageError, match=r"--articles: .*no such file"):
        split_file(str(path), str(tmp_path / "part"), 0.1, [str(tmp_path / "none.txt")])
