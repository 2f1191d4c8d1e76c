"""Articles: paths, folders, globs, standard input, text and HTML; what is set aside; offsets kept."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.articles import Article, expand, from_mapping, read
from stance.errors import InputError, SetAside, UsageError
from stance.spans import Span

TEXT = "\u200fHe said “no”.\r\n\r\nCafe\u0301 🚢 — then\rshe left.\n"
PAGE = """<html><head><title>Pact signed</title><link rel="canonical" href="https://example.org/pact">
<meta property="article:published_time" content="2020-01-02"></head><body><nav>Home | News</nav><article>
<p>The two presidents met in Ostby on Monday &amp; signed a pact.</p><p>“It will pay off,” said President Ada Lind.</p>
</article><footer>Imprint</footer></body></html>"""


def make(folder: Path, name: str, *items: Any) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    return str(path)


def ids(found: Any) -> list[str]:
    return [item.id if isinstance(item, Article) else f"aside {item.line}" for item in found]


def only(inputs: list[str], **options: Any) -> Article | SetAside:
    (item,) = read(inputs, **options)
    return item


@pytest.mark.parametrize("name", ["one.txt", "one.TXT", "one.txt.gz"])
def test_text_is_kept_to_the_character(tmp_path: Path, name: str) -> None:
    raw = b"\xef\xbb\xbf" + TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    assert only([str(tmp_path / name)]) == Article(name, TEXT)


def test_jsonl_text_is_kept_to_the_character(tmp_path: Path) -> None:
    assert only([make(tmp_path, "a.jsonl", {"id": "a", "text": TEXT})]) == Article("a", TEXT)


def test_page_gives_paragraphs_and_meta(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    page = only([str(tmp_path / "page.html")])
    assert isinstance(page, Article) and page.id == "page.html"
    assert page.text.split("\n") == [
        "The two presidents met in Ostby on Monday & signed a pact.",
        "“It will pay off,” said President Ada Lind.",
    ]
    assert (page.meta["title"], page.meta["date"], page.meta["url"]) == ("Pact signed", "2020-01-02", "https://example.org/pact")


@pytest.mark.parametrize(
    "name, raw", [("a.html", b""), ("b.htm", b"<html></html>"), ("c.txt", b" \n"), ("d.txt", b"caf\xe9"), ("e.txt.gz", b"?")]
)
def test_a_file_without_an_article_is_set_aside(tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    item = only([str(tmp_path / name)])
    assert isinstance(item, SetAside) and item.file == str(tmp_path / name) and item.line is None and item.reason


def test_ids_default_to_file_and_row(tmp_path: Path) -> None:
    path = make(tmp_path, "news.jsonl", {"text": "One."}, {"text": "Two.", "id": ""}, {"text": "Three.", "id": 7})
    assert ids(read([path])) == ["news.jsonl:1", "news.jsonl:2", "7"]


def test_files_of_one_name_do_not_share_default_ids(tmp_path: Path) -> None:
    paths = [make(tmp_path, f"{folder}/news.jsonl", {"text": "One."}) for folder in "ab"]
    found = ids(read(paths))
    assert len(set(found)) == 2 and all(name.endswith("news.jsonl:1") for name in found)


def test_the_second_article_of_an_id_is_set_aside(tmp_path: Path) -> None:
    first = make(tmp_path, "a.jsonl", {"id": "x", "text": " "}, {"id": "x", "text": "One."}, {"id": "x", "text": "Two."})
    second = make(tmp_path, "b.jsonl", {"id": "x", "text": "Three."}, {"id": "y", "text": "Four."})
    found = list(read([first, second]))
    assert ids(found) == ["aside 1", "x", "aside 3", "aside 1", "y"]
    assert isinstance(found[3], SetAside) and found[3].file == second and found[3].article_id == "x" and "'x'" in found[3].reason


def test_bad_rows_are_set_aside_with_line_id_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(
        b'{"id": "n"}\n{"id": "caf\xe9", "text": "x"}\n{"id": "s", "text": "\\ud800"}\n{"id": true, "text": "x"}\n{"id": "ok", "text": "x"}'
    )
    found = list(read([str(path)]))
    assert ids(found) == ["aside 1", "aside 2", "aside 3", "aside 4", "ok"]
    assert [item.article_id for item in found if isinstance(item, SetAside)] == ["n", None, "s", None]
    assert all("\n" not in item.reason for item in found if isinstance(item, SetAside))


def test_folder_glob_and_file_each_give_a_file_once(tmp_path: Path) -> None:
    for name in ("b.jsonl", "sub/a.txt", "sub/c.html.gz", "notes.docx", "data.sqlite", "run.json"):
        make(tmp_path, name, {"id": name, "text": "One."})
    everything = expand([str(tmp_path)])
    assert [os.path.relpath(path, tmp_path) for path in everything] == ["b.jsonl", "run.json", "sub/a.txt", "sub/c.html.gz"]
    assert expand([str(tmp_path / "*.json*"), str(tmp_path / "b.jsonl"), str(tmp_path)]) == everything
    assert expand([str(tmp_path / "**" / "*.txt")]) == [str(tmp_path / "sub" / "a.txt")]
    assert expand(everything) == everything
    assert expand(["-", "-"]) == ["-"]


def test_a_file_whose_name_looks_like_a_glob(tmp_path: Path) -> None:
    assert ids(read([make(tmp_path, "a[1].jsonl", {"id": "x", "text": "One."})])) == ["x"]


@pytest.mark.parametrize("name", ["none.jsonl", "*.jsonl", "empty", "x.docx"])
def test_an_input_that_gives_nothing_is_told_before_anything_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.docx").write_text("x")
    with pytest.raises(UsageError, match=r"^\S+: ") as error:
        read([str(tmp_path / name)])  # not iterated
    assert "\n" not in str(error.value)


def test_columns_and_standard_input() -> None:
    stream = io.BytesIO(b'{"body": "One.", "key": "k", "text": "wrong", "more": [1]}\n{"text": "Two."}\n')
    first, second = read(["-"], {"text": "body", "id": "key"}, stdin=stream)
    assert first == Article("k", "One.", None, {"body": "One.", "key": "k", "more": [1]})
    assert isinstance(second, SetAside) and (second.file, second.line) == ("-", 2) and "`text`" in second.reason


def test_csv_row_with_sentences(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text,sentences\na,"One. Two.","[[0, 4], [5, 9]]"\nb,Three.,\n', "utf-8")
    first, second = read([str(tmp_path / "a.csv")])
    assert isinstance(first, Article) and first.sentences == (Span(0, 4), Span(5, 9))
    assert isinstance(second, Article) and second.sentences is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux file names are arbitrary bytes")
def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt")
    with open(path, "wb") as file:
        file.write(b"One.")
    article = only([str(tmp_path)])
    assert isinstance(article, Article) and article.id.encode("utf-8")


def test_from_mapping_takes_what_json_numpy_and_pandas_give() -> None:
    pairs = np.array([[0, 4], [5, 9]])
    article = from_mapping({"id": np.int64(3), "text": "One. Two.", "sentences": pairs, "lang": "en"}, default_id="d")
    assert article == Article("3", "One. Two.", (Span(0, 4), Span(5, 9)), {"lang": "en"})
    assert from_mapping({"id": float("nan"), "text": "x", "sentences": float("nan")}, default_id="d") == Article("d", "x")
    assert from_mapping({"text": "x", "sentences": []}, default_id="d").sentences == ()


@pytest.mark.parametrize(
    "obj, word",
    [
        ({}, "`text`"),
        ({"text": None}, "`text`"),
        ({"text": 5}, "`text`"),
        ({"text": " \n"}, "`text` is blank"),
        ({"text": "a\0b"}, "NUL"),
        ({"text": "a\ud83d"}, "U\\+D83D"),
        ({"text": "a", "id": "\0"}, "`id`"),
        ({"text": "a", "id": 1.5}, "`id`"),
        ({"text": "a", "id": True}, "`id`"),
        ({"text": "a", "title": "\udc00"}, "`title`"),
        ({"text": "ab c", "sentences": [[0, 99]]}, r"\[0, 99\]"),
        ({"text": "ab c", "sentences": [[-1, 2]]}, "no span"),
        ({"text": "ab c", "sentences": [[1, 1]]}, "no span"),
        ({"text": "ab c", "sentences": [[0, 2], [1, 4]]}, r"\[1\] begins at 1"),
        ({"text": "ab c", "sentences": [[3, 4], [0, 2]]}, r"\[1\] begins at 0"),
        ({"text": "ab c", "sentences": [[2, 3]]}, "blank"),
        ({"text": "ab c", "sentences": [[0, 1.5]]}, "whole numbers"),
        ({"text": "ab c", "sentences": [[False, True]]}, "whole numbers"),
        ({"text": "ab c", "sentences": [[0, 1, 2]]}, "whole numbers"),
        ({"text": "ab c", "sentences": [3]}, "whole numbers"),
        ({"text": "ab c", "sentences": {"0": 1}}, "`sentences` is dict"),
        ({"text": "ab c", "sentences": "no"}, "`sentences` is str"),
    ],
)
def test_from_mapping_says_what_breaks_the_contract(obj: dict[str, Any], word: str) -> None:
    with pytest.raises(InputError, match=word) as error:
        from_mapping(obj, default_id="d", place="here")
    assert str(error.value).startswith("here: ") and "\n" not in str(error.value)
