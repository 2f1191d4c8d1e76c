"""Targets: asked for in every way that a user can ask, and pointed at."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.articles import Article
from stance.errors import InputError, StanceError
from stance.spans import Span
from stance.targets import Target, asked, given, parse, pointed
from tests.stance.fake_model import reading
from tests.stance.test_resolve import Case

TEXT = "President Ada Lind praised China. She attacked Carl Berg’s plan. Lind said Berg hates it."


def test_a_list() -> None:
    assert parse("China, Barack Obama,") == [Target("China"), Target("Barack Obama")]
    assert parse("China|PRC | Beijing") == [Target("China", ("PRC", "Beijing"))]


def test_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("\ufeffChina|PRC|Beijing\r\n\r\nJosé, the Elder\r\n".encode())
    assert parse(str(path)) == [Target("China", ("PRC", "Beijing")), Target("José, the Elder")]


def test_tables(tmp_path: Path) -> None:
    rows = [{"article_id": "a", "target": " Smith ", "start": 3, "end": 8}, {"article_id": 7, "target": "Lee"}, {"target": "Wu"}]
    expected = [Target("Smith", (), "a", Span(3, 8)), Target("Lee", (), "7"), Target("Wu")]
    lines = "\n".join(json.dumps(r) for r in rows)
    (tmp_path / "t.jsonl").write_text(lines + "\n\n")
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "t.csv").write_bytes("\ufeffarticle_id,target,start,end\r\na, Smith ,3,8\r\n7,Lee,,\r\n,Wu,,\r\n".encode())
    for name in ("t.jsonl", "t.jsonl.gz", "t.csv"):
        assert parse(str(tmp_path / name)) == expected, name


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.txt", None, "none.txt: cannot be read (No such file or directory)"),
        ("none.csv", None, "none.csv: no such file"),
        ("t.txt", b"\n | \n", "names no target"),
        ("t.txt", b"caf\xe9", "not UTF-8"),
        ("t.csv", b"", "names no target"),
        ("t.csv", b"article_id,target\n", "names no target"),
        ("t.csv", b"article_id,name\na,China\n", "t.csv:2: no target in it; expected article_id, target"),
        ("t.csv", b"target,start,end\nChina,1,\n", "t.csv:2: start '1' and end None are no offsets"),
        ("t.csv", b"target,start,end\nChina,x,9\n", "t.csv:2: start 'x' and end '9' are no offsets"),
        ("t.csv", b"target\ncaf\xe9\n", "t.csv:2: not UTF-8"),
        ("t.jsonl", b'{"target": "a"}\n{', "t.jsonl:2: not JSON"),
        ("t.jsonl", b"[1]", "t.jsonl:1: not a JSON object"),
        ("t.jsonl", b'{"target": 5}', "t.jsonl:1: no target"),
        ("t.jsonl", b'{"target": "a", "start": 5, "end": 5}', "start 5 and end 5 are no span"),
        ("t.jsonl", b'{"target": "a", "start": -1, "end": 5}', "start -1 and end 5 are no span"),
        ("t.jsonl", b'{"target": "a", "start": 1.5, "end": 5}', "are no offsets"),
        ("t.jsonl", b'{"target": "a", "start": true, "end": 5}', "are no offsets"),
    ],
)
def test_what_asks_for_nothing_is_one_line(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(StanceError) as raised:
        parse(str(tmp_path / name))
    assert said in str(raised.value) and name in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", " ", ",", "|,|"])
def test_an_empty_list_is_one_line(text: str) -> None:
    with pytest.raises(StanceError, match="names no target; give for example"):
        parse(text)


def test_as_python_gives_them() -> None:
    assert given(None) is None
    assert given([]) == []
    assert given("China,Wu") == given(["China", "Wu"]) == [Target("China"), Target("Wu")]
    assert given(["China|PRC"]) == [Target("China", ("PRC",))]
    mixed = given(
        ({"target": "Wu", "start": 1, "end": 3}, Target("Lee"), {"target": "Mo", "article_id": np.nan, "start": np.nan})
    )
    assert mixed == [Target("Wu", (), None, Span(1, 3)), Target("Lee"), Target("Mo")]


@pytest.mark.parametrize(
    "targets", [5, {"target": "x"}, [5], [""], [" | "], ["a", None], [{"name": "x"}], [{"target": " "}], "x.txt"]
)
def test_what_is_no_target_is_one_line(targets: Any) -> None:
    with pytest.raises(StanceError) as raised:
        given(targets)
    assert "target" in str(raised.value) and "\n" not in str(raised.value)


def test_a_blank_name_would_be_found_everywhere() -> None:
    with pytest.raises(StanceError, match="has a blank name"):
        Target("China", ("",))


@pytest.fixture
def case() -> Case:
    return Case(TEXT, {1: "She", 2: "Lind"})


def found(case: Case, *targets: Target) -> list[tuple[int, str, str]]:
    rows = asked(case.article, case.sentences, targets, case.cast())
    return [(i, name, case.article.text[a:b]) for i, name, (a, b) in rows]


def test_asked_by_the_words_and_by_names_that_resolve_to_it(case: Case) -> None:
    assert found(case, Target("Ada Lind")) == [(0, "Ada Lind", "Ada Lind"), (2, "Ada Lind", "Lind")]
    assert found(case, Target("plan")) == [(1, "plan", "plan")]
    assert found(case, Target("PRC", ("China",))) == [(0, "PRC", "China")]
    assert found(case, Target("Norway")) == []


def test_asked_is_in_the_texts_order_one_row_a_sentence_and_target(case: Case) -> None:
    rows = found(case, Target("Carl Berg"), Target("China"), Target("Ada Lind"), Target("Ada Lind"))
    assert rows == [
        (0, "Ada Lind", "Ada Lind"),
        (0, "China", "China"),
        (1, "Carl Berg", "Carl Berg"),
        (2, "Ada Lind", "Lind"),
        (2, "Carl Berg", "Berg"),
    ]


def test_asked_takes_whole_words_only() -> None:
    case = Case("Chinatown grew. In China it rained. (China) China’s left.", {})
    assert [i for i, _, _ in found(case, Target("China"))] == [1, 2]
    assert found(Case("Go China", {}), Target("China")) == [(0, "China", "China")]


def test_asked_of_one_article_and_by_offsets(case: Case) -> None:
    assert found(case, Target("Lind", (), "b")) == []
    end = TEXT.rindex("Berg")
    assert found(case, Target("Anybody", (), "a", Span(end, end + 4))) == [(2, "Anybody", "Berg")]
    for past in (Span(10_000, 10_004), Span(7, 10_000)):
        with pytest.raises(InputError, match=r"target 'Nowhere' lies at \d+-10,?\d+, the text ends at 89"):
            found(case, Target("Nowhere", (), "a", past))
    curly = Case("Reporters saw O’Brien leave.", {})
    assert found(curly, Target("O'Brien")) == [(0, "O'Brien", "O’Brien")]
    across = Span(TEXT.index("China"), TEXT.index("attacked"))
    assert [i for i, _, _ in found(case, Target("X", (), None, across))] == [0, 1]


def test_sentences_that_touch_share_no_target(case: Case) -> None:
    rows = asked(case.article, [Span(0, 10), Span(10, 20), Span(20, 30)], [Target("X", (), None, Span(10, 20))], case.cast())
    assert [i for i, _, _ in rows] == [1]


def test_pointed_gives_each_sentence_its_pair_given_that_there_is_one(case: Case) -> None:
    readings = [reading(TEXT, 0, case.sentences[0], None, "China"), *case.readings[1:]]
    pairs = pointed(case.article, readings)
    assert [p.sentence for p in pairs] == [0, 1, 2]
    assert (pairs[0].name, TEXT[pairs[0].chars.start : pairs[0].chars.end]) == ("China", "China")
    assert pairs[0].score == pytest.approx(0.9 / 0.95) and all(0 <= p.score <= 1 for p in pairs)


def test_a_long_article_is_walked_once() -> None:
    text = "Ada Lind praised China. It rained. " * 3000
    sentences = [Span(m, m + 10) for m in range(0, len(text) - 10, 11)]
    people = Case("It rained.", {}).cast()
    assert len(asked(Article("a", text), sentences, [Target("China"), Target("Lind")], people)) >= 6000
