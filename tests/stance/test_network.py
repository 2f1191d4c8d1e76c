"""``stance network``: statements, counts, ties, intervals, windows."""

from __future__ import annotations

import csv
import datetime
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance import cli, sinks
from stance.errors import InputError, UsageError
from stance.network.build import network, windows
from stance.network.options import KINDS, NORMALISATIONS, Options, Period, check, parse_filters, parse_period, parse_signs
from stance.records import Record
from stance.rows import row as flat

SIGNS = {"yes": 1, "no": -1, "so": 0}
Rows = list[dict[str, Any]]


def record(article: str, speaker: str | None, stance: str, target: str | None, sentence: int = 0, **more: Any) -> dict[str, Any]:
    scores = {name: more.pop(name) for name in list(more) if name.endswith("_score")}
    labelled = frozenset(more.pop("labelled", "speaker,stance,target").split(","))
    made = Record(
        article,
        sentence,
        10 * sentence,
        10 * sentence + 4,
        "Text",
        speaker,
        stance=stance,
        target=target,
        labelled=labelled,
        extra=more,
    )
    return {**flat(made), **scores}


@pytest.fixture
def made(tmp_path: Path) -> Any:
    """rows, options -> (source, target) -> columns of the tie, through files."""

    def make(rows: Rows, options: Options | None = None, **files: Any) -> dict[tuple[str, ...], dict[str, Any]]:
        source, out = tmp_path / "r.jsonl", tmp_path / "ties.csv"
        source.write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
        given = options or Options(resamples=0)
        make.summary = network([str(source)], str(out), Options(**{**_fields(given), "signs": SIGNS}), **files)  # type: ignore[attr-defined]
        with out.open(newline="", encoding="utf-8") as file:
            ties = list(csv.DictReader(file))
        key = ("first_day", "source", "target") if given.window else ("source", "target")
        return {
            tuple(t[k] for k in key): {
                k: float(v) for k, v in t.items() if k not in ("source", "target", "first_day", "last_day") and v
            }
            for t in ties
        }

    return make


def _fields(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in Options.__slots__}


DEBATE: Rows = [
    record(f"a{n}", speaker, stance, target)
    for n, (speaker, stance, target) in enumerate(
        [("Ann", "yes", "X")] * 3
        + [("Ann", "no", "X"), ("Ann", "yes", "Y")]
        + [("Bob", "yes", "X"), ("Bob", "no", "X"), ("Bob", "no", "X")]
        + [("Bob", "yes", "Z"), ("Cy", "no", "Y"), ("Cy", "no", "Y")]
        + [("Ann", "so", "X"), (None, "yes", "X")]
    )
]


def by_hand(kind: str, normalise: str) -> dict[tuple[str, str], float]:
    """The definitions, without SQL."""
    n: Counter[tuple[str, str, int]] = Counter()
    for r in DEBATE:
        if r["speaker"] and SIGNS[r["stance"]]:
            n[r["speaker"], r["target"], SIGNS[r["stance"]]] += 1
    actors, targets = ("Ann", "Bob", "Cy"), ("X", "Y", "Z")
    array = np.array([[[n[a, c, s] for s in (-1, 1)] for c in targets] for a in actors], float)
    out: dict[tuple[str, str], float] = {}
    if kind == "affiliation":
        norm = {"none": np.ones((3, 3)), "activity": array.sum((1, 2))[:, None] + 0 * array[..., 0]}
        norm["prominence"] = array.sum((0, 2))[None] + 0 * array[..., 0]
        weights = (array[..., 1] - array[..., 0]) / norm[normalise]
        return {(a, c): weights[i, j] for i, a in enumerate(actors) for j, c in enumerate(targets) if array[i, j].any()}
    for i, j in itertools.combinations(range(3), 2):
        x, y = array[i], array[j]
        same, other = (x * y).sum(), (x * y[:, ::-1]).sum()
        apart = x[y == 0].sum() + y[x == 0].sum()
        norm_of = {"none": 1.0, "average": (x.sum() + y.sum()) / 2, "jaccard": apart + same}
        norm_of["cosine"] = np.sqrt((x**2).sum() * (y**2).sum())
        weight = {"congruence": same, "conflict": other, "subtract": same - other}[kind]
        if {"congruence": same, "conflict": other, "subtract": same + other}[kind]:
            out[actors[i], actors[j]] = weight / norm_of[normalise]
    return out


@pytest.mark.parametrize(("kind", "normalise"), [(k, n) for k in KINDS for n, of in NORMALISATIONS.items() if k in of])
def test_weights_are_those_of_the_definitions(made: Any, kind: str, normalise: str) -> None:
    found = made(DEBATE, Options(kind=kind, normalise=normalise, resamples=0))
    assert {pair: tie["weight"] for pair, tie in found.items()} == pytest.approx(by_hand(kind, normalise))


def test_a_draw_of_sure_labels_of_one_article_is_the_article_some_times(made: Any) -> None:
    tie = made([record("a", "Ann", "yes", "X", speaker_score=1.0, stance_score=1.0, target_score=1.0)], Options(resamples=2000))[
        "Ann", "X"
    ]
    assert (tie["low"], tie["high"]) == (0, 3)
    assert tie["certainty"] == pytest.approx(1 - np.exp(-1), abs=0.04)


def test_many_sure_articles_give_an_interval_of_counting(made: Any) -> None:
    rows = [record(f"a{n}", "Ann", "yes" if n % 4 else "no", "X") for n in range(400)]
    tie = made(rows, Options(resamples=400))["Ann", "X"]
    assert tie["weight"] == 200 and tie["certainty"] == 1
    assert 200 - 2.3 * 20 < tie["low"] < 200 - 1.6 * 20 and 200 + 1.6 * 20 < tie["high"] < 200 + 2.3 * 20


def test_unsure_labels_widen_the_interval_and_draw_it_to_zero(made: Any) -> None:
    rows = [record(f"a{n}", "Ann", "yes", "X", stance_score=0.5) for n in range(200)]
    sure = made([{**r, "stance_score": 1.0} for r in rows], Options(resamples=200))["Ann", "X"]
    unsure = made(rows, Options(resamples=200))["Ann", "X"]
    assert unsure["weight"] == sure["weight"] == 200
    assert unsure["high"] < sure["low"]  # half of what is left is as likely against as neither: (.5 - .25) / .75 of 200
    assert unsure["low"] < 200 / 3 < unsure["high"]


def test_intervals_depend_on_the_seed_not_on_the_order_of_rows(made: Any) -> None:
    rows = [record(f"a{n}", "Ann", "yes", "XYZ"[n % 3], speaker_score=0.7) for n in range(60)]
    first = made(rows, Options(resamples=50))
    assert made(rows[::-1], Options(resamples=50)) == first
    assert made(rows, Options(resamples=50, seed=1)) != first


def test_a_repeated_statement_counts_once_an_article_or_period(made: Any) -> None:
    days = ["2024-01-01", "2024-01-02", "2024-01-09", "2024-02-20"]
    rows = [record(f"a{d}{k}", "Ann", "yes", "X", s, date=d) for d in days for k in (0, 1) for s in (0, 1)]
    counts = {
        d: made(rows, Options(duplicates=d, resamples=0))["Ann", "X"]["weight"]
        for d in ("none", "article", "day", "week", "month", "year")
    }
    assert counts == {"none": 16, "article": 8, "day": 4, "week": 3, "month": 2, "year": 1}
    mixed = [record("a", "Ann", s, "X", n) for n, s in enumerate(("yes", "no", "yes"))]
    assert made(mixed)["Ann", "X"] == {"weight": 0, "positive": 1, "negative": 1}


def test_windows_move_and_hold_what_falls_within(made: Any) -> None:
    rows = [record(f"a{d}", "Ann", "yes", "X", date=f"2024-01-{d:02}") for d in (1, 2, 8, 9, 20)]
    found = made(rows, Options(window=Period(7, "d"), resamples=0))
    assert {k[0]: t["weight"] for k, t in found.items()} == {"2024-01-01": 2, "2024-01-08": 2, "2024-01-15": 1}
    found = made(rows, Options(window=Period(10, "d"), step=Period(1, "w"), resamples=0))
    assert {k[0]: t["weight"] for k, t in found.items()} == {"2024-01-01": 4, "2024-01-08": 2, "2024-01-15": 1}
    found = made(rows, Options(since=datetime.date(2024, 1, 2), until=datetime.date(2024, 1, 9), resamples=0))
    assert found["Ann", "X"]["weight"] == 3


def test_windows_of_months_start_on_the_same_day() -> None:
    options = Options(window=Period(1, "m"))
    found = list(windows(datetime.date(2024, 1, 31), datetime.date(2024, 4, 1), options))
    assert [str(a) for a, _ in found] == ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert str(found[-1][1]) == "2024-04-29"


@pytest.mark.parametrize(("first", "period"), [((2024, 1, 31), Period(1, "m")), ((2024, 2, 29), Period(1, "y"))])
def test_windows_that_follow_each_other_leave_no_day_out(first: tuple[int, int, int], period: Period) -> None:
    found = list(windows(datetime.date(*first), datetime.date(2030, 1, 1), Options(window=period)))
    assert all(b == end + datetime.timedelta(days=1) for (_, end), (b, _) in itertools.pairwise(found))


def test_a_column_that_comes_late_counts(made: Any) -> None:
    rows = [record(f"a{n}", "Ann", "yes", "X") for n in range(21_000)]
    for late in rows[20_500:]:
        late["speaker_score"] = 0.1
    bare = [{k: v for k, v in r.items() if k != "speaker_score" or v is not None} for r in rows]
    assert made(bare, Options(min_score=0.5, resamples=0))["Ann", "X"]["weight"] == 20_500


def test_a_day_without_its_century_is_none(made: Any) -> None:
    rows = [record("a", "Ann", "yes", "X", date="01-02-24"), record("b", "Ann", "yes", "X", date="2024-02-01")]
    assert list(made(rows, Options(window=Period(1, "d"), resamples=0))) == [("2024-02-01", "Ann", "X")]


def test_one_file_a_window(tmp_path: Path) -> None:
    source = tmp_path / "r.jsonl"
    source.write_text("".join(json.dumps(record(f"a{m}", "Ann", "yes", "X", date=f"2024-0{m}-01")) + "\n" for m in (1, 2)))
    summary = network([str(source)], str(tmp_path / "n.GEXF"), Options(window=Period(1, "m"), signs=SIGNS))
    assert [Path(f).name for f in summary.files] == ["n.2024-01-01.GEXF", "n.2024-02-01.GEXF"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["n.2024-01-01.GEXF", "n.2024-02-01.GEXF", "r.jsonl"]


def test_dates_come_from_the_articles_too(made: Any, tmp_path: Path) -> None:
    articles = tmp_path / "articles.csv"
    articles.write_text("id,text,day\na1,So.,2024-03-05T10:00:00Z\na2,So.,no day\n")
    rows = [record(a, "Ann", "yes", "X") for a in ("a1", "a2", "a3")]
    options = Options(window=Period(1, "y"), date="day", resamples=0)
    assert list(made(rows, options, articles=[str(articles)])) == [("2024-03-05", "Ann", "X")]
    assert "2 without a date" in str(made.summary)
    with pytest.raises(InputError, match=r"--keep date"):
        made(rows, Options(duplicates="week"))


def test_filters_take_and_leave_rows(made: Any) -> None:
    rows = [
        record(f"a{n}", s, "yes", t, outlet=o)
        for n, (s, t, o) in enumerate([("Ann", "X", "P"), ("Bob", "X", "Q"), ("Ann", "Y", None)])
    ]
    for include, exclude, left in (
        (["outlet=P|Q"], [], {("Ann", "X"), ("Bob", "X")}),
        ([], ["outlet=Q"], {("Ann", "X"), ("Ann", "Y")}),
        (["outlet="], [], {("Ann", "Y")}),
        (["speaker=Ann"], ["target=Y"], {("Ann", "X")}),
    ):
        assert set(made(rows, Options(filters=parse_filters(include, exclude), resamples=0))) == left
    with pytest.raises(UsageError, match="column press: not in the records; found article_id"):
        made(rows, Options(filters=parse_filters(["press=P"], [])))


def test_least_score_statements_and_weight(made: Any) -> None:
    rows = [record("a", "Ann", "yes", "X", speaker_score=0.4, stance_score=0.9, target_score=0.9), record("b", "Bob", "yes", "X")]
    assert set(made(rows, Options(min_score=0.5, resamples=0))) == {("Bob", "X")}
    assert "1 below a score of 0.5" in str(made.summary)
    assert set(made(DEBATE, Options(min_statements=3, resamples=0))) == {("Ann", "X"), ("Ann", "Y"), ("Bob", "X")}
    assert set(made(DEBATE, Options(min_weight=2, resamples=0))) == {("Ann", "X"), ("Cy", "Y")}


def test_aliases_merge_actors_and_targets(made: Any, tmp_path: Path) -> None:
    aliases = tmp_path / "names.csv"
    aliases.write_text('name,also known as\nAnn Lee,Ann|Ms Lee\n"X, the plan", x \n')
    rows = [record("a", "ann", "yes", "X"), record("b", "Ms Lee", "no", "X"), record("c", "Ann Lee", "yes", "X, the plan")]
    assert made(rows, aliases=str(aliases)) == {("Ann Lee", "X, the plan"): {"weight": 1, "positive": 2, "negative": 1}}
    options = Options(filters=parse_filters(["speaker=Ann Lee"], []), resamples=0)
    assert len(made([*rows, record("d", "Bob", "yes", "X")], options, aliases=str(aliases))) == 1


def test_what_counts_is_what_the_row_decides(made: Any) -> None:
    rows = [
        record("a", "Ann", "yes", "X", labelled="speaker,stance"),  # a given target
        record("b", "Ann", "yes", "Y", labelled="stance,target"),  # nobody decided who speaks
        {**record("c", "Ann", "yes", "Z"), "labelled": "speaker,target"},
        {**record("d", "Ann", "yes", "V"), "labelled": ""},
    ]
    absent = record("e", "Ann", "yes", "W")
    del absent["labelled"]
    assert set(made([*rows, absent])) == {("Ann", "X"), ("Ann", "W")}


def test_the_outlet_speaks_if_it_is_given_a_name(made: Any) -> None:
    assert ("The Post", "X") not in made(DEBATE)
    assert made(DEBATE, Options(outlet="The Post", resamples=0))["The Post", "X"]["weight"] == 1


def test_other_columns_as_actors_and_concepts(made: Any) -> None:
    rows = [record("a", "Ann", "yes", "X", source="Post"), record("b", "Bob", "no", "X", source="Post")]
    assert made(rows, Options(actor="source", resamples=0)) == {("Post", "X"): {"weight": 0, "positive": 1, "negative": 1}}


def test_a_stance_without_a_sign_is_asked_for(made: Any) -> None:
    with pytest.raises(UsageError, match=r"stance 'maybe' has no sign .*--signs maybe=1"):
        made([record("a", "Ann", "maybe", "X")])


def test_the_shipped_model_says_which_stance_is_which(tmp_path: Path) -> None:
    source = tmp_path / "r.jsonl"
    source.write_text("".join(json.dumps(record(s, "Ann", s, "X")) + "\n" for s in ("support", "oppose", "oppose", "neutral")))
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "stance.json").write_text('{"stances": {"support": -1, "oppose": 1, "neutral": 0}}')
    for model, weight in ((None, "0.0"), (str(tmp_path / "m"), "0.0")):
        network([str(source)], str(tmp_path / "o.csv"), Options(resamples=0), model=model)
        assert (tmp_path / "o.csv").read_text().splitlines()[1].startswith(f"Ann,X,{weight}")


def test_every_format_of_records_says_the_same(tmp_path: Path) -> None:
    rows = [flat(Record(**{k: v for k, v in r.items() if k != "labelled"}, extra={"date": "2024-01-01"})) for r in DEBATE]
    texts = set()
    for ending in ("jsonl", "csv", "parquet", "sqlite", "duckdb"):
        path, out = tmp_path / f"r[1]'.{ending}", tmp_path / "o.csv"
        sink = sinks.open_sink(str(path), keep=["date"])
        sink.append(rows)
        sink.finish()
        sink.close()
        network([str(path)], str(out), Options(signs=SIGNS, duplicates="none", resamples=20))
        texts.add(out.read_text())
    assert len(texts) == 1 and texts.pop().count("\n") == 6
    both = Options(signs=SIGNS, duplicates="none", resamples=0)
    network([str(tmp_path / "r*.csv"), str(tmp_path / "r*.sqlite")], str(out), both)
    assert "Cy,Y,-2.0" in out.read_text()  # the same sentence in two files is one statement


def test_damaged_and_missing_records_are_one_line(tmp_path: Path) -> None:
    out, bad = str(tmp_path / "o.csv"), tmp_path / "bad.jsonl"
    bad.write_text('{"article_id": "a", "stance": "yes", "speaker": "A", "target": "B"}\n{broken\n')
    (tmp_path / "no.sqlite").write_bytes(b"no database at all, but long enough to be one" * 30)
    (tmp_path / "text.txt").write_text("So.")
    (tmp_path / "empty.jsonl").touch()
    for name, kind, text in (
        ("bad.jsonl", InputError, "bad.jsonl"),
        ("no.sqlite", InputError, "not a database"),
        ("empty.jsonl", InputError, "empty; expected records"),
        ("none.jsonl", UsageError, "no such file"),
        ("text.txt", UsageError, "not a file of records"),
    ):
        with pytest.raises(kind, match=text) as error:
            network([str(tmp_path / name)], out, Options(signs=SIGNS))
        assert "\n" not in str(error.value) and not Path(out).exists()


def test_nothing_counts_is_an_empty_network_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps(record("a", "Ann", "neutral", None)) + "\n")
    for ending in ("graphml", "gexf", "csv", "dl", "svg", "dna"):
        out = tmp_path / f"o.{ending}"
        assert cli.main(["network", str(tmp_path / "r.jsonl"), "-o", str(out)]) == 0
        assert out.exists()
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "1 neither for nor against" in said
        assert "no statement counts" in said or "0 statements in 1 documents" in said


@pytest.mark.parametrize(
    "line",
    [
        "r.jsonl -o o.docx",
        "r.jsonl -o nowhere/o.csv",
        "r.jsonl",
        "none.jsonl -o o.csv",
        "r.jsonl -o r.csv r.csv",
        "r.jsonl -o o.csv --kind friendship",
        "r.jsonl -o o.csv --normalise jaccard",
        "r.jsonl -o o.csv --kind conflict --normalise activity",
        "r.jsonl -o o.csv --duplicates decade",
        "r.jsonl -o o.csv --window 30",
        "r.jsonl -o o.csv --step 7d",
        "r.jsonl -o o.dna --window 7d",
        "r.jsonl -o o.csv --since yesterday",
        "r.jsonl -o o.csv --include speaker",
        "r.jsonl -o o.csv --min-score 7",
        "r.jsonl -o o.csv --min-weight nan",
        "r.jsonl -o o.csv --level 1",
        "r.jsonl -o o.csv --resamples -1",
        "r.jsonl -o o.csv --signs up",
        "r.jsonl -o o.csv --concept speaker",
        "r.jsonl -o o.csv --aliases none.csv",
        "r.jsonl -o o.csv --articles none.csv",
        "r.jsonl -o o.csv --model nowhere",
    ],
)
def test_bad_usage_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("r.jsonl", "r.csv"):
        Path(name).write_text(json.dumps(record("a", "Ann", "support", "X")) + "\n")
    assert cli.main(["network", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("stance: ") and err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.csv", "r.jsonl"]


def test_options_are_parsed() -> None:
    assert parse_period("4W", "--window") == Period(4, "w") and parse_signs("a=b=-1") == {"a=b": -1}
    assert parse_filters(["a=b=c|d"], [])[0].values == ("b=c", "d")
    for bad in ("0d", "x", "1.5d"):
        with pytest.raises(UsageError, match="--window"):
            parse_period(bad, "--window")
    check(Options())
