"""Articles that were written and labelled line by line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from stance.errors import InputError
from training.corpora import convert
from training.corpora.sheets import NAME

SHEET = """# breaks: 1
-\t-\tnone\tneutral\t-\tMayor meets bakers

Ada Lind\tMayor Ada Lind\tevaluation\toppose\tThe tax\t"The tax helps no one," Mayor Ada Lind said.
Ada Lind\tshe@2\tdemand\tsupport\tBakers' Union\tWhat she wants, she said, is a word with the Bakers' Union.
"""


def test_a_sheet_is_an_article_with_every_sentence_labelled(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(SHEET, "utf-8")
    (item,) = convert(NAME, tmp_path).items
    text = item.article.text
    assert text.startswith('Mayor meets bakers\n"The tax helps no one,"') and item.article.id == "sheets-a"
    heading, first, second = item.records
    assert heading.speaker is heading.target is None and heading.claim_type == "none"
    assert text[slice(*first.mention)] == "Mayor Ada Lind" and first.target_span == (heading.end + 2, heading.end + 9)
    assert second.mention is not None and second.mention[0] == text.index("she said")
    assert text[slice(*second.target_span)] == second.target == "Bakers' Union"
    assert second.start == first.end + 1 and all(len(r.labelled) == 4 for r in item.records)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Ada\tAda\tnone\tneutral\tAda left.", "a.tsv, line 1: 5 columns; expected speaker, mention"),
        ("Ada\tBob\tnone\tneutral\t-\tAda left.", "line 1: mention 'Bob' is not in the sentence"),
        ("Ada\tAda@2\tnone\tneutral\t-\tAda left.", "line 1: mention 'Ada@2' is not in the sentence"),
        ("-\t-\t-\tneutral\t-\tAda left.", "line 1: no claim_type"),
        ("", "a.tsv: no sentence in it"),
    ],
)
def test_a_bad_line_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "a.tsv").write_text(line + "\n", "utf-8")
    with pytest.raises(InputError, match=told):
        convert(NAME, tmp_path)


def test_a_sheet_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes("-\t-\tnone\tneutral\t-\tCafé.\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"a\.tsv: not UTF-8: .* at byte 22; save the file as UTF-8"):
        convert(NAME, tmp_path)


def test_a_speaker_may_begin_with_a_hash(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("# a comment\n#MeToo\t#MeToo\tdemand\tneutral\t-\t#MeToo wants answers.\n", "utf-8")
    (item,) = convert(NAME, tmp_path).items
    assert [r.speaker for r in item.records] == ["#MeToo"]


def test_a_folder_without_sheets_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sheets in it"):
        convert(NAME, tmp_path)


def test_the_invented_articles_are_sheets() -> None:
    items = convert(NAME, Path(str(resources.files("training"))) / "labels" / "invented").items
    assert len(items) == 812 and sum(len(item.records) for item in items) == 30858
