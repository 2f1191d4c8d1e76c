"""Reading label files: whole records, stand-off records, the small forms, and what is missing against what is null."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stance.errors import InputError
from training import writing
from training.gold import MENTION_UNKNOWN, articles_file, read, stream

TEXT = "Heading\n\nAda Lind spoke. She left."
SPANS = [(0, 7), (9, 24), (25, 34)]


def records(*labels: Mapping[str, Any], text: bool = True) -> list[dict[str, Any]]:
    rows = []
    for number, label in enumerate(labels):
        start, end = SPANS[number]
        row = {"article_id": "a", "sentence": number, "start": start, "end": end, **label}
        rows.append({**row, "text": TEXT[start:end]} if text else row)
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_text_is_rebuilt_at_the_offsets() -> None:
    [item] = read(records({"claim_type": "none"}, {"claim_type": "none"}, {"claim_type": "assertion"}))
    assert item.article.text == TEXT
    assert item.article.sentences == tuple(SPANS)
    assert [r.claim_type for r in item.records] == ["none", "none", "assertion"]


def test_records_are_sorted_and_articles_keep_their_order() -> None:
    rows = records({"claim_type": "none"}, {"claim_type": "none"})
    other = {"article_id": "b", "sentence": 0, "start": 0, "end": 3, "text": "Hi.", "claim_type": "none"}
    items = read([rows[1], other, rows[0]])
    assert [item.article.id for item in items] == ["a", "b"]
    assert [r.sentence for r in items[0].records] == [0, 1]


def test_a_part_of_an_article_is_numbered_so_that_numbers_index_its_sentences() -> None:
    row = {"article_id": "a", "sentence": 7, "start": 9, "end": 24, "text": "Ada Lind spoke.", "claim_type": "none"}
    [item] = read([row])
    assert item.article.sentences is not None
    assert item.article.sentences[item.records[0].sentence] == item.records[0].span
    assert item.article.text == "\n" * 9 + "Ada Lind spoke."


def test_full_text_comes_from_the_file_beside_the_labels(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", records({"claim_type": "none"}, {"claim_type": "none"}, text=False))
    write(articles_file(file), [{"id": "a", "text": TEXT, "sentences": SPANS, "title": "T"}])
    [item] = read(file)
    assert (item.article.text, item.article.sentences, item.article.meta) == (TEXT, tuple(SPANS), {"title": "T"})
    assert [r.text for r in item.records] == ["Heading", "Ada Lind spoke."]


def test_sentences_beside_the_labels_are_split_where_the_labels_agree(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", records({"claim_type": "none"}, {"claim_type": "none"})[1:])
    write(articles_file(file), [{"id": "a", "text": TEXT}])
    [item] = read(file)
    assert item.article.sentences == tuple(SPANS)
    assert item.records[0].sentence == 1


def test_scattered_rows_and_articles_in_another_order_give_the_same(tmp_path: Path) -> None:
    """Order is that in which the articles first come among the labels; of two articles of one id the last counts."""
    labels = records({"claim_type": "none"}, {"claim_type": "none"}, {"claim_type": "demand"}, text=False)
    together = [{**row, "article_id": name} for name in "cab" for row in labels]
    scattered = [together[place] for place in (1, 5, 0, 8, 7, 2, 4, 3, 6)]
    articles = [{"id": name, "text": TEXT, "title": name} for name in "xabcy"]
    one = write(tmp_path / "one.jsonl", together)
    write(articles_file(one), [articles[place] for place in (3, 1, 2)])
    other = write(tmp_path / "other.jsonl", scattered)
    write(articles_file(other), [{"id": "a", "text": TEXT, "title": "first"}, *articles])
    items = read(one)
    assert [item.article.meta["title"] for item in items] == ["c", "a", "b"]
    assert read(other) == items == list(stream(other))


def test_an_articles_file_without_the_articles_of_the_labels_is_still_one(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", records({"claim_type": "none"}, text=False))
    write(articles_file(file), [{"id": "other", "text": TEXT}])
    with pytest.raises(InputError, match=r"line 1: article 'a' is not in x\.articles\.jsonl"):
        read(file)


def test_stand_off_without_articles_says_what_to_do(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", records({"claim_type": "none"}, text=False))
    with pytest.raises(InputError, match=r"no x\.articles\.jsonl beside them.*prepare"):
        read(file)


def test_text_that_is_not_the_articles_names_file_and_line(tmp_path: Path) -> None:
    rows = records({"claim_type": "none"}, {"claim_type": "none"})
    rows[1]["text"] = "Ada Lind wept!!"
    file = write(tmp_path / "x.jsonl", rows)
    write(articles_file(file), [{"id": "a", "text": TEXT}])
    with pytest.raises(InputError, match=r"x\.jsonl, line 2: .*'Ada Lind spoke\.'.*'Ada Lind wept!!'"):
        read(file)


def test_article_missing_beside_the_labels(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", records({"claim_type": "none"}))
    write(articles_file(file), [{"id": "other", "text": TEXT}])
    with pytest.raises(InputError, match=r"line 1: article 'a' is not in x\.articles\.jsonl"):
        read(file)


def test_rows_of_text_and_labels_are_articles_of_one_sentence(tmp_path: Path) -> None:
    rows = [{"text": "Taxes must fall.", "claim_type": "demand"}, {"text": "It rained. And snowed.", "claim_type": "none"}]
    items = read(write(tmp_path / "mine.jsonl", rows))
    assert [item.article.id for item in items] == ["mine.jsonl:1", "mine.jsonl:2"]  # as `stance score` names them
    assert items[1].article.sentences == ((0, 22),)
    assert items[0].records[0].labelled == {"claim_type"}


def test_rows_that_share_an_article_are_joined_by_spaces() -> None:
    rows = [
        {"article_id": "n", "text": "Ada Lind left.", "speaker": None, "claim_type": "none"},
        {"article_id": "n", "text": "“I go,” Lind said.", "speaker": "Ada Lind", "claim_type": "commitment"},
    ]
    [item] = read(rows)
    assert item.article.text == "Ada Lind left. “I go,” Lind said."
    mention = item.records[1].mention
    assert mention is not None and item.article.text[slice(*mention)] == "Lind"
    assert item.records[0].labelled == {"speaker", "claim_type"}


def test_csv_is_read_like_jsonl(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text('text,speaker,stance\n"He, too, left.",,neutral\nTaxes fell.,Ada Lind,\n', "utf-8")
    first, second = (item.records[0] for item in read(file))
    assert (first.text, first.speaker, first.stance, first.labelled) == ("He, too, left.", None, "neutral", {"speaker", "stance"})
    assert (second.speaker, second.labelled) == ("Ada Lind", {"speaker"})


def test_columns_may_bear_other_names(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", [{"body": "Taxes fell.", "type": "none"}])
    [item] = read(file, {"text": "body", "claim_type": "type"})
    assert item.records[0].claim_type == "none"


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Ada Lind said so.", "Ada Lind"),
        ("“Lind is wrong,” Lind said.", "Lind"),
        ("Lind met Lind.", None),
        ("She said so.", None),
    ],
)
def test_a_speaker_without_offsets_is_found_where_plain(sentence: str, found: str | None) -> None:
    [item] = read([{"text": sentence, "speaker": "Ada Lind"}])
    [record] = item.records
    assert (record.mention and sentence[slice(*record.mention)]) == found
    assert record.speaker == "Ada Lind" and "speaker" in record.labelled
    assert record.extra.get(MENTION_UNKNOWN, False) is (found is None)


def test_a_null_mention_is_a_decision_and_is_not_searched_for() -> None:
    [item] = read([{"text": "Ada Lind said so.", "speaker": "Ada Lind", "mention_start": None, "mention_end": None}])
    assert item.records[0].mention is None
    assert MENTION_UNKNOWN not in item.records[0].extra


def test_a_target_without_offsets_is_found() -> None:
    [item] = read([{"text": "He blamed the pact.", "stance": "oppose", "target": "the pact"}])
    assert item.records[0].target_span == (10, 18)


def test_missing_is_not_null() -> None:
    rows = [
        {"text": "One.", "speaker": None, "claim_type": "none"},
        {"text": "Two.", "claim_type": "none"},
        {"text": "Three.", "speaker": None, "claim_type": "none", "labelled": "claim_type"},
        {"text": "Four.", "speaker": None, "claim_type": "none", "labelled": ""},
    ]
    labelled = [item.records[0].labelled for item in read(rows)]
    assert labelled == [{"speaker", "claim_type"}, {"claim_type"}, {"claim_type"}, set()]


def test_several_targets_of_a_sentence_are_given_ones() -> None:
    rows = [
        {"article_id": "a", "sentence": 0, "text": "He blamed Norland and praised Vesta.", "stance": stance, "target": target}
        for stance, target in (("oppose", "Norland"), ("support", "Vesta"))
    ]
    [item] = read(rows)
    assert item.article.text == "He blamed Norland and praised Vesta."
    assert [(r.sentence, r.target, r.labelled) for r in item.records] == [(0, "Norland", {"stance"}), (0, "Vesta", {"stance"})]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"holds no rows"),
        (
            [{"text": "Hi.", "Claim-Type": "none"}],
            r"expected the columns .*found Claim-Type, text; is 'Claim-Type' your claim_type\?",
        ),
        ([{"sentences": "Hi.", "stance": "neutral"}], r"expected the columns `text`.*found sentences, stance"),
        ([{"text": " ", "stance": "neutral"}], r"row 1: no text in the row"),
        ([{"text": "Hi.", "stance": "neutral", "labelled": ""}], r"no row decides anything"),
        ([{"text": "Hi.", "stance": None, "labelled": "stance"}], r"row 1: .*stance is null but labelled"),
        ([{"text": "Hi.", "speaker": "A", "mention_start": 2, "mention_end": 9}], r"mention 2-9 lies outside"),
        (
            [{"article_id": "a", "start": 0, "end": 9, "text": "Hi.", "stance": "neutral"}],
            r"start 0 and end 9 are not those of a text of 3 characters",
        ),
        (
            [
                {"article_id": "a", "start": 0, "end": 3, "text": "Hi.", "stance": "neutral"},
                {"article_id": "a", "text": "Ho.", "stance": "neutral"},
            ],
            r"row 2: no start and end",
        ),
        (
            [
                {"article_id": "a", "start": 0, "end": 3, "text": "Hi.", "stance": "neutral"},
                {"article_id": "a", "start": 2, "end": 5, "text": "Ho.", "stance": "neutral"},
            ],
            r"row 2: the sentence at 2 overlaps",
        ),
        (
            [
                {"article_id": "a", "sentence": 0, "text": "Hi.", "claim_type": "none"},
                {"article_id": "a", "sentence": 0, "text": "Hi.", "claim_type": "demand"},
            ],
            r"row 2: claim_type is 'demand', but another row of this sentence says 'none'",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_place(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(rows)
    assert "\n" not in str(caught.value)


def test_an_unreadable_line_names_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"text": "Hi.", "stance": "neutral"}\n{oops\n', "utf-8")
    with pytest.raises(InputError, match=r"x\.jsonl, line 2"):
        read(file)


def test_columns_that_no_utf8_can_hold_come_back_as_they_were(tmp_path: Path) -> None:
    """Half a surrogate pair in a column that nobody reads, as a cut-off emoji leaves."""
    labels, again = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    labels.write_text(json.dumps({"article_id": "a", "start": 0, "end": 9, "text": "It rains.", "claim_type": "none"}) + "\n")
    articles_file(labels).write_text(json.dumps({"id": "a", "text": "It rains.", "teaser": "Rain \ud83d"}) + "\n")
    items = read(labels)
    writing.write(items, again)
    assert read(again)[0].article.meta == items[0].article.meta == {"teaser": "Rain \ud83d"}
