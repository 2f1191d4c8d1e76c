"""The order of sentences on hand-made numbers; the command on the tiny labeler and on what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stance.errors import UsageError
from stance.labeler import Labeler
from training import gold
from training.__main__ import main
from training.suggestions import SAME_ARTICLE, order, suggest

TEXTS = [
    "Ada Lind said the dam is a mistake. Rain fell on the valley. She urged the council to act. 😀 Nobody came.",
    "Carl Reed praised the school. The school needs a roof. The roof was paid for by the church.",
]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    rows = [{"id": f"a{n}", "text": text, "source": "Paper"} for n, text in enumerate(TEXTS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_doubt_comes_first_then_likeness_then_the_article() -> None:
    vectors = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    found = order(np.array([0.5, 0.49, 0.3, 0.29]), vectors, ["a", "b", "a", "c"], 4)
    assert [index for index, _ in found] == [0, 3, 1, 2]  # 2 is of the first one's article, so 3 comes before it
    assert [gain for _, gain in found][:2] == [0.5, 0.29] and found[2][1] == 0
    assert 0.3 * SAME_ARTICLE < 0.29


def test_a_longer_order_begins_with_the_shorter() -> None:
    draw = np.random.default_rng(0)
    doubts, vectors, places = draw.random(50), draw.normal(size=(50, 4)), [f"a{n % 7}" for n in range(50)]
    longer = order(doubts, vectors, places, 60)
    assert order(doubts, vectors, places, 10) == longer[:10]
    assert sorted(index for index, _ in longer) == list(range(50))


def test_suggestions_are_records_to_correct(tiny_labeler: Labeler, articles: Path, tmp_path: Path) -> None:
    output = tmp_path / "next.csv"
    items = suggest(tiny_labeler, [str(articles)], 3, output=output)
    rows = sorted((r for item in items for r in item.records), key=lambda r: r.extra["rank"])
    assert [r.extra["rank"] for r in rows] == [1, 2, 3]
    assert [r.extra["gain"] for r in rows] == sorted((r.extra["gain"] for r in rows), reverse=True)
    back = gold.read(output)
    assert {(i.article.id, i.article.text) for i in back} <= {(f"a{n}", text) for n, text in enumerate(TEXTS)}
    assert {(r.article_id, r.start, r.end) for i in back for r in i.records} == {(r.article_id, r.start, r.end) for r in rows}
    assert all(len(i.article.sentences or ()) >= 3 for i in back)  # the whole article, not only what was chosen


def test_bad_calls_are_told_in_a_line(tiny_labeler: Labeler, articles: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="-n 0: expected at least 1"):
        suggest(tiny_labeler, [str(articles)], 0)
    with pytest.raises(UsageError, match="--tasks mood: the model knows"):
        suggest(tiny_labeler, [str(articles)], 1, ["mood"])
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", "utf-8")
    with pytest.raises(UsageError, match="no sentence in it"):
        suggest(tiny_labeler, [str(empty)], 1)


def test_commands(articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], exported: Path) -> None:
    out, tasks, back = tmp_path / "next.jsonl", tmp_path / "tasks.json", tmp_path / "mine.csv"
    assert main(["suggest", str(exported), str(articles), "-n", "2", "-o", str(out)]) == 0
    first = capsys.readouterr().out.splitlines()
    assert len(first) == 2 and first[0].startswith("1\t")
    assert main(["labelstudio", "export", str(out), "-o", str(tasks), "--predictions"]) == 0
    assert main(["labelstudio", "import", str(tasks), "-o", str(back)]) == 2  # nobody has accepted the predictions yet
    made = json.loads(tasks.read_text("utf-8"))
    tasks.write_text(json.dumps([{**task, "annotations": task["predictions"]} for task in made]), "utf-8")
    assert main(["labelstudio", "import", str(tasks), "-o", str(back)]) == 0
    assert main(["agreement", str(out), str(back)]) == 0
    assert "alpha" in capsys.readouterr().out
    assert main(["suggest", str(tmp_path / "none"), str(articles)]) == 2
    assert "no such file or folder" in capsys.readouterr().err
