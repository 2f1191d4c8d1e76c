"""LabelledArticle: records, table, what a notebook shows."""

from __future__ import annotations

from stance.articles import Article
from stance.labelled import LabelledArticle
from stance.records import COLUMNS, Record

ARTICLE = Article("a", "Ada Lind praised Vesta. It rained.")
RECORDS = (
    Record(
        "a", 0, 0, 23, "Ada Lind praised Vesta.", speaker="Ada Lind", claim_type="praise", stance="pro", extra={"desk": "world"}
    ),
    Record("a", 1, 24, 34, "It rained.", claim_type="plain", stance="nil"),
)


def test_sentences_are_the_records() -> None:
    assert LabelledArticle(ARTICLE, RECORDS).sentences is RECORDS


def test_table_has_the_columns_of_the_contract_and_then_the_extra_ones() -> None:
    table = LabelledArticle(ARTICLE, RECORDS).to_pandas()
    assert list(table.columns) == [*COLUMNS, "desk"]
    assert table["speaker"][0] == "Ada Lind"
    assert table["speaker"].isna().tolist() == [False, True]
    assert table["labelled"][0] == "speaker,claim_type,stance,target"


def test_table_without_records_keeps_its_columns() -> None:
    table = LabelledArticle(ARTICLE, ()).to_pandas()
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 0


def test_notebook_shows_the_labels_and_only_a_fragment() -> None:
    html = LabelledArticle(ARTICLE, RECORDS, {"pro": 1})._repr_html_()
    assert "Ada Lind" in html
    assert "praise" in html
    assert "<html" not in html


def test_polarity_does_not_make_articles_differ() -> None:
    assert LabelledArticle(ARTICLE, RECORDS, {"pro": 1}) == LabelledArticle(ARTICLE, RECORDS)
