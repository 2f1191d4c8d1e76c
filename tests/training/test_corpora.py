"""The converters, on tiny invented corpora of the published layouts, and once on the real ones where they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from stance.errors import InputError, UsageError
from stance.records import MENTION, Record
from stance.spans import Span
from training.corpora import CORPORA, convert, gold, polnear, prepare
from training.corpora.conversion import HELD_OUT, held_out
from training.corpora.gum import proper_name
from training.corpora.polnear import parse
from training.data import split
from training.gold import articles_file, read


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def words(text: str, record: Record, name: str) -> str | None:
    start, end = getattr(record, f"{name}_start"), getattr(record, f"{name}_end")
    return None if start is None else text[start:end]


def held_out_id(prefix: str) -> str:
    return next(article_id for article_id in sorted(held_out()) if article_id.startswith(prefix))


# gold


def gold_corpus(root: Path) -> Path:
    text = "Ada Lind spoke. Taxes fell."
    label = {
        "speaker": None,
        "mention_start": None,
        "mention_end": None,
        "claim_type": "none",
        "stance": "neutral",
        "target": None,
    }
    whole = {"target_start": None, "target_end": None, "labelled": "speaker,claim_type,stance,target"}

    def rows(article: str, digest: str) -> list[dict[str, Any]]:
        spans = ((0, 15), (16, 27))
        place = [{"article_id": article, "sentence": n, "start": a, "end": b} for n, (a, b) in enumerate(spans)]
        return [{**p, **label, **whole, "text_sha256": digest} for p in place]

    right = sha256(text.encode()).hexdigest()
    lines(root / "gold" / "train.jsonl", [*rows("gum-x", right), *rows("gum-y", "0" * 64), *rows("fnc-1", right)])
    articles = [{"id": name, "text": text, "title": "T", "url": "u", "source": "s"} for name in ("gum-x", "gum-y")]
    lines(root / "gum" / "articles.jsonl", articles)
    return root / "gold"


def test_gold_is_joined_with_its_texts(tmp_path: Path) -> None:
    done = convert("gold", gold_corpus(tmp_path))
    [item] = done.items
    assert [r.text for r in item.records] == ["Ada Lind spoke.", "Taxes fell."]
    assert item.records[0].labelled == {"speaker", "claim_type", "stance", "target"}
    assert item.records[0].extra == {"corpus": "gold"}
    assert done.drops == {
        "article whose text is not the one that was labelled": 1,
        "article without a text beside the labels": 1,
    }


def test_a_correction_changes_the_very_label_that_it_was_made_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = gold_corpus(tmp_path)
    before = convert("gold", folder).items[0].records[0]
    patch = {"article_id": before.article_id, "sentence": before.sentence, "reason": "read again"}
    fits = {**patch, "was": {"claim_type": before.claim_type}, "now": {"claim_type": "other"}}
    late = {**patch, "was": {"claim_type": before.claim_type}, "now": {"claim_type": "third"}}
    package = tmp_path / "package"
    (package / "labels").mkdir(parents=True)
    (package / "labels" / gold.CORRECTIONS).write_text("".join(json.dumps(p) + "\n" for p in (fits, late)), "utf-8")
    monkeypatch.setattr(gold.resources, "files", lambda name: package)
    done = convert("gold", folder)
    assert done.items[0].records[0].claim_type == "other"
    assert done.drops["correction of a label that reads otherwise"] == 1


def test_own_labels_are_whole_and_their_corrections_fit(shared: Path) -> None:
    done = convert("own", shared / "data")
    assert not done.drops, done.drops
    assert len(done.items) >= 500 and sum(len(item.records) for item in done.items) >= 13_000
    assert not {item.article.id for item in done.items} & {
        item.article.id for item in convert("gold", shared / "data" / "gold").items
    }


def test_labels_of_sentences_are_whole_and_none_is_in_the_tenth_set_aside(shared: Path) -> None:
    done = convert("sentences", shared / "data")
    assert not done.drops, done.drops
    records = [r for item in done.items for r in item.records]
    assert len(records) >= 5_000 and all(r.claim_type and r.stance for r in records)
    assert any("speaker" not in r.labelled for r in records)
    _, apart = split(convert("newsmtsc", shared / "data" / "newsmtsc").items, 0.1)
    assert len(apart) > 500 and not {item.article.id for item in done.items} & {item.article.id for item in apart}


def test_gold_takes_a_split_file_and_needs_its_siblings(tmp_path: Path) -> None:
    folder = gold_corpus(tmp_path)
    assert convert("gold", folder / "train.jsonl").items == convert("gold", folder).items
    (tmp_path / "gum" / "articles.jsonl").unlink()
    with pytest.raises(InputError, match="put gum, re3d, news, polnear and newsmtsc into"):
        convert("gold", folder)


# PolNeAR

POLNEAR = 'Lind: Tax cuts.\n\nSen. Ada Lind said "taxes must fall at once."\n"They must," she added. It rained in Ostby.\nIt is said that bread is dear.'
NESTED = "Ann said Bob thinks taxes fell."


def annotation(text: str, *attributions: Mapping[str, str]) -> str:
    out, number = [], 0
    for event, roles in enumerate(attributions, 1):
        keys = []
        for role, piece in roles.items():
            number += 1
            start = text.index(piece)
            out.append(f"T{number}\t{role} {start} {start + len(piece)}\t{piece}")
            keys.append(f"{role}:T{number}")
        out.append(f"E{event}\t" + " ".join(keys))
    return "\n".join(out) + "\n"


def polnear_corpus(root: Path) -> Path:
    part = root / "data" / "train"
    text = part / "text"
    text.mkdir(parents=True)
    labels = part / "attributions"
    labels.mkdir()
    (text / "daily_2016-01-01_lind.txt").write_text(POLNEAR, "utf-8")
    full = annotation(
        POLNEAR,
        {"Source": "Lind", "Cue": ":", "Content": "Tax cuts"},
        {"Source": "Sen. Ada Lind ", "Cue": "said", "Content": '"taxes must fall at once."\n"They must,"'},
        {"Cue": "It is said", "Content": "that bread is dear"},
    )
    (labels / "daily_2016-01-01_lind_aaaa.ann").write_text(full, "utf-8")
    (labels / "daily_2016-01-01_lind_bbbb.ann").write_text("", "utf-8")
    (text / "daily_2016-01-02_nested.txt").write_text(NESTED, "utf-8")
    nested = annotation(
        NESTED,
        {"Source": "Bob", "Cue": "thinks", "Content": "taxes fell"},
        {"Source": "Ann", "Cue": "said", "Content": "Bob thinks taxes fell"},
    )
    (labels / "daily_2016-01-02_nested_aaaa.ann").write_text(nested, "utf-8")
    gone = held_out_id("polnear-").removeprefix("polnear-")
    (text / f"{gone}.txt").write_text("A.", "utf-8")
    (labels / f"{gone}_aaaa.ann").write_text("", "utf-8")
    return root


def test_polnear_says_by_which_words_the_source_is_named(tmp_path: Path) -> None:
    done = convert("polnear", polnear_corpus(tmp_path))
    first, second = done.items
    got = {r.text: (r.speaker, words(POLNEAR, r, "mention"), r.labelled) for r in first.records}
    mention = frozenset({MENTION})
    assert got['Sen. Ada Lind said "taxes must fall at once."'] == ("Sen. Ada Lind", "Sen. Ada Lind", mention)
    assert got['"They must," she added.'] == ("Sen. Ada Lind", None, mention)  # the source stands in another sentence
    assert got["It rained in Ostby."] == (None, None, mention)
    assert got["It is said that bread is dear."] == (None, None, frozenset())  # implicit source: undecided, kept as context
    assert second.records[0].speaker == "Ann"  # of nested attributions the outermost
    assert done.drops == {"file of a further annotator": 1, "sentence whose source is implicit (undecided)": 1, HELD_OUT: 1}


def test_polnear_fragments_are_trimmed_and_odd_lines_ignored() -> None:
    text = "He said, and she knew, it fell."
    lines_ = "T1\tSource 0 3\tHe \nT2\tContent 23 25;26 30\tit fell\nThe\n#1\tnote\nE1\tAttribution:T9 Source:T1 Content:T2\n"
    [attribution] = parse(lines_, text)
    assert attribution.source == ((0, 2),)
    assert attribution.content == ((23, 25), (26, 30))
    assert attribution.cover((20, 31)) == attribution.size == 6


def test_fragments_of_a_source_that_lie_far_apart_are_no_whole() -> None:
    sentence = Span(0, 200)
    assert polnear._mention((Span(0, 10), Span(11, 20)), sentence) == Span(0, 20)
    assert polnear._mention((Span(0, 10), Span(150, 170)), sentence) == Span(150, 170)


# NewsMTSC


def test_newsmtsc_joins_the_sentences_of_an_article(tmp_path: Path) -> None:
    def row(number: int, text: str, *targets: tuple[str, float]) -> dict[str, Any]:
        marks = [{"from": text.index(w), "to": text.index(w) + len(w), "mention": w, "polarity": p} for w, p in targets]
        return {"primary_gid": f"allsides_7_3_{number}_{targets[0][0]}_0_4", "sentence_normalized": text, "targets": marks}

    off = row(5, "Nobody came.", ("Nobody", 4.0))
    off["targets"][0]["from"] = 3
    rows = [
        row(9, "Lind blamed Berg.", ("Lind", 4.0), ("Berg", 2.0)),
        row(2, "Berg is a hero.", ("Berg", 6.0)),
        row(9, "Lind blamed Berg.", ("Berg", 2.0)),
        off,
        {**row(1, "Hi Ann.", ("Ann", 4.0)), "primary_gid": "polusa_v1_12_-1_1_Ann_3_6"},
    ]
    lines(tmp_path / "train.jsonl", rows)
    done = convert("newsmtsc", tmp_path)
    first, second = done.items
    assert (first.article.id, second.article.id) == ("newsmtsc-allsides_7_3", "newsmtsc-polusa_v1_12_-1")
    text = first.article.text
    assert text == "Berg is a hero. Nobody came. Lind blamed Berg."
    got = [(r.sentence, words(text, r, "target"), r.stance) for r in first.records if r.labelled]
    assert got == [(0, "Berg", "support"), (2, "Lind", "neutral"), (2, "Berg", "oppose")]
    assert all(r.labelled <= {"stance"} and r.speaker is None for r in first.records)
    assert done.drops == {"target marked twice": 1, "target whose offsets or polarity are off": 1}


# SEESAW


def test_seesaw_finds_the_target_by_its_name(tmp_path: Path) -> None:
    def triplet(subject: str, sentiment: str, target: str) -> dict[str, Any]:
        return {"id": 0, "subject": subject, "sentiment": sentiment, "object": target, "annotators": ["A"]}

    name = "TRIPLET_001_DOCUMENT_2.json"
    sentences = ["Ms. Lind blasted the GOP.", "Tom Berg is great.", "He left.", "Tom Berg split them."]
    stances = {
        "0": [triplet("Ada Lind", "NEG", "Republican Party"), triplet("Not in the list", "NEG", "Ada Lind")],
        "1": [triplet("None", "POS", "Tom Berg")],
        "2": [triplet("Ada Lind", "POS", "Tom Berg")],
        "3": [triplet("Ada Lind", "POS", "Tom Berg"), triplet("None", "NEG", "Tom Berg")],
    }
    for folder, content in (
        ("articles", {"title": "T", "text": [{"id": n, "text": s} for n, s in enumerate(sentences)]}),
        ("annotations", {"sentence-level stances": stances}),
        ("meta", {"story_time": "2020-01-01", "Meta info for article 2": {"source": "S", "url": "u"}}),
    ):
        (tmp_path / folder).mkdir()
        target = name if folder != "meta" else "TRIPLET_001.json"
        (tmp_path / folder / target).write_text(json.dumps(content), "utf-8")
    done = convert("seesaw", tmp_path)
    [item] = done.items
    text = item.article.text
    assert item.article.meta == {"title": "T", "source": "S", "url": "u", "date": "2020-01-01"}
    got = [
        (r.sentence, r.speaker, words(text, r, "mention"), r.stance, r.target, words(text, r, "target"))
        for r in item.records
        if r.labelled
    ]
    assert got == [
        (0, "Ada Lind", "Lind", "oppose", "Republican Party", "GOP"),
        (1, None, None, "support", "Tom Berg", "Tom Berg"),
    ]
    assert done.drops == {
        "triplet whose subject is not in the list": 1,
        "triplet whose object is not named in the sentence": 1,
        "target towards which two subjects of a sentence disagree": 1,
    }


# GUM


def test_gum_gives_names_chains_and_who_answers(tmp_path: Path) -> None:
    text = "Biologist Ada Lind of the University of Ostby talks.\n\nWhy ants? Lind laughs: I like them."
    at = text.index
    row = {
        "id": "gum-interview_x",
        "title": "T",
        "text": text,
        "sentences": [[0, 52], [54, 63], [64, len(text)]],
        "turn_speakers": [None, "Wikinews", "Ada Lind"],
        "entities": [
            {
                "type": "person",
                "name": None,
                "mentions": [[0, 45], [at("Lind laughs"), at("Lind laughs") + 4], [at("I like"), at("I like") + 1]],
            },
            {"type": "organization", "name": "University_of_Ostby", "mentions": [[at("the Uni"), 45]]},
            {"type": "place", "name": "Ostby", "mentions": [[40, 45]]},
            {"type": "animal", "name": None, "mentions": [[at("ants"), at("ants") + 4]]},
            {"type": "person", "name": None, "mentions": [[at("them"), at("them") + 4]]},
        ],
    }
    lines(tmp_path / "articles.jsonl", [row, {**row, "id": held_out_id("gum-")}])
    done = convert("gum", tmp_path)
    [item] = done.items
    assert done.drops == {HELD_OUT: 1}
    assert [(r.speaker, r.labelled) for r in item.records] == [
        (None, frozenset()),
        ("Wikinews", {"speaker"}),
        ("Ada Lind", {"speaker"}),
    ]
    names = [(text[a:b], kind) for r in item.records for a, b, kind in r.extra["names"]]
    assert names == [("Ada Lind", "person"), ("University of Ostby", "organisation"), ("Lind", "person")]
    chains = [(text[a:b], chain) for a, b, chain in item.records[2].extra["chains"]]
    assert chains == [("Lind", 0), ("I", 0)]


@pytest.mark.parametrize(
    ("mention", "kind", "name"),
    [
        ("US President Barack Obama, who spoke", "person", "Barack Obama"),
        ("Professor Eastman", "person", "Eastman"),
        ("Norland's Ada Lind", "person", "Ada Lind"),
        ("Co-founder of Google", "person", None),
        ("the Australian woman", "person", None),
        ("he", "person", None),
        ("the Church of Scientology's", "organization", "Church of Scientology"),
        ("Matthew Ingram of The Globe and Mail", "person", "Matthew Ingram"),
        ("the police", "organization", None),
    ],
)
def test_the_proper_name_of_a_mention(mention: str, kind: str, name: str | None) -> None:
    found = proper_name(mention, (0, len(mention)), kind)
    assert (found and mention[slice(*found)]) == name


# prepare


def test_prepare_writes_records_that_are_read_back_alike(tmp_path: Path) -> None:
    output = tmp_path / "out" / "polnear.jsonl"
    corpus = polnear_corpus(tmp_path / "polnear")
    summary = prepare("polnear", corpus, output)
    assert (summary.articles, summary.records, summary.decided) == (2, 6, {"mention": 5})
    assert "1 x " + HELD_OUT in str(summary)
    assert articles_file(output).is_file()
    back = read(output)
    assert tuple(back) == convert("polnear", corpus).items


def test_every_corpus_says_what_it_expects(tmp_path: Path) -> None:
    for corpus in CORPORA:
        with pytest.raises(InputError, match=str(tmp_path)):
            convert(corpus, tmp_path)
    with pytest.raises(UsageError, match="expected one of gold, own, sentences, polnear, newsmtsc, seesaw, gum"):
        convert("conll", tmp_path)
    with pytest.raises(UsageError, match=r"ends in \.jsonl"):
        prepare("polnear", polnear_corpus(tmp_path), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


# the real corpora


def test_held_out_are_the_gold_articles_of_dev_and_test(shared: Path) -> None:
    files = [shared / "data" / "gold" / f"{part}.jsonl" for part in ("dev", "test")]
    ids = {json.loads(line)["article_id"] for file in files for line in file.read_text("utf-8").splitlines()}
    assert ids == held_out()


@pytest.mark.parametrize(
    ("corpus", "source", "articles", "task", "rows"),
    [
        ("gold", "gold", 414, "claim_type", 8957),
        ("gold", "gold/dev.jsonl", 35, "speaker", 629),
        ("polnear", "polnear/data/dev", 81, "mention", 3100),
        ("newsmtsc", "newsmtsc", 5446, "stance", 8677),
        ("seesaw", "seesaw", 549, "stance", 3400),
        ("gum", "gum", 30, "speaker", 719),
    ],
)
def test_real_corpora_convert(shared: Path, corpus: str, source: str, articles: int, task: str, rows: int) -> None:
    done = convert(corpus, shared / "data" / source)
    assert len(done.items) == articles
    assert sum(task in r.labelled for item in done.items for r in item.records) >= rows
    for item in done.items:
        text = item.article.text
        assert all(text[slice(*r.span)] == r.text == r.text.strip() for r in item.records)
        assert corpus == "gold" or item.article.id not in held_out()
