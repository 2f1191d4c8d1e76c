"""The user's own names: files, mappings, clashes, and records renamed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance.aliases import given, read, renamed
from stance.errors import UsageError
from stance.records import Record

RECORD = Record("a", 0, 0, 4, "Text", "peking ", 0.9, 0, 2, target="PRC", target_start=0, target_end=2, target_score=0.4)


def table(folder: Path, text: str) -> dict[str, str]:
    (folder / "n.csv").write_bytes(text.encode())
    return read(folder / "n.csv")


@pytest.mark.parametrize(
    "text",
    [
        "China,Peking|PRC\n",
        "\ufeffName,also known as\r\nChina, peking \r\n\r\nChina,|PRC|\r\n",
        '"China","Peking|PRC|China"\n',
    ],
)
def test_files(tmp_path: Path, text: str) -> None:
    assert table(tmp_path, text) == {"peking": "China", "prc": "China", "china": "China"}


def test_a_name_alone_mends_its_capitals(tmp_path: Path) -> None:
    assert table(tmp_path, 'NATO,\n"Lind, Ada",A. Lind\n') == {"nato": "NATO", "a. lind": "Lind, Ada", "lind, ada": "Lind, Ada"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A,B,C\n", "line 1: 3 columns; expected two: name, also known as"),
        ("name,x\n\nA\n", "line 3: 1 columns"),
        ("A,B\nC,b\n", "line 2: 'b' stands for 'A' already; keep one"),
        ("A,B\nB,C\n", "line 2: 'B' is a name and another name at once; write the final name everywhere"),
        ("Nato,X\nNATO,Y\n", "'NATO' is written 'Nato' too"),
        (" ,B\n", "line 1: no name"),
        ('A,"B\nC,D\n', "cannot be read"),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as error:
        table(tmp_path, text)
    assert "\n" not in str(error.value)


def test_no_such_file_and_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("Zoë,Z\n".encode("latin-1"))
    for name in ("none.csv", "latin.csv", "."):
        with pytest.raises(UsageError, match=r"cannot be read .*expected a CSV file in UTF-8"):
            read(tmp_path / name)


def test_mappings(tmp_path: Path) -> None:
    expected = {"prc": "China", "peking": "China", "china": "China"}
    (tmp_path / "n.csv").write_text("China,PRC|Peking\n")
    for aliases in ({"China": ["PRC", "Peking"]}, {"China": "PRC|Peking"}, tmp_path / "n.csv", str(tmp_path / "n.csv")):
        assert given(aliases) == expected  # type: ignore[arg-type]
    assert given(None) == {}
    wrong: Any = [("China", "PRC")]
    with pytest.raises(UsageError, match="aliases: list; expected the path of a CSV file, or a mapping"):
        given(wrong)
    with pytest.raises(UsageError, match=r"aliases\['B'\]: 'x' stands for 'A' already"):
        given({"A": "X", "B": "x"})


def test_speaker_and_target_are_renamed_and_nothing_else() -> None:
    names = given({"China": ["PRC", "Peking"]})
    assert renamed(RECORD, names) == replace(RECORD, speaker="China", target="China")
    assert renamed(replace(RECORD, speaker=None, target="the PRC"), names) == replace(RECORD, speaker=None, target="the PRC")
    assert renamed(RECORD, {}) == RECORD


def test_a_target_that_was_asked_for_keeps_the_name_it_was_asked_by() -> None:
    asked = replace(RECORD, labelled=frozenset({"speaker", "stance"}))
    assert renamed(asked, given({"China": ["PRC", "Peking"]})) == replace(asked, speaker="China")
