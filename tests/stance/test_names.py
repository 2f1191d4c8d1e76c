"""Names: what stands around them, where they are, who is who."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from stance.names import Cluster, cluster, could_name, proper_names, same_name, strip_title
from stance.sentences import split
from stance.spans import Span

TITLES = [
    ("Colonel-Major Ada Lind", "Ada Lind"),
    ("H.E. Ada Lind", "Ada Lind"),
    ("UN Humanitarian Coordinator Ada Lind-Orr", "Ada Lind-Orr"),
    ("Manufacturer Corvane", "Corvane"),
    ("New Zealand's Prime Minister John Key", "John Key"),
    ("President Ada Lind", "Ada Lind"),
    ("Mr. Tedeschi", "Tedeschi"),
    ("Ms. White", "White"),
    ("Sen. Dov Anders (R-Texas)", "Dov Anders"),
    ("the Crown prosecutor, Mark Tedeschi, QC", "Mark Tedeschi"),
    ("Imogen Thackray KC", "Imogen Thackray"),
    ("Merrow Centers for Plague Control Director Bo Lind", "Bo Lind"),
    ("Roads and Ports Oversight Board Chairman Bo Lind", "Bo Lind"),
    ("a spokesman for Labour Party Chairman Bo Lind", "a spokesman for Labour Party Chairman Bo Lind"),
    ("ACP Ada Lind", "Ada Lind"),
    ("JOHN SMITH MA", "JOHN SMITH MA"),
    ("Ann Lee @annlee", "Ann Lee"),
    ("Indiana Governor @mike_pence", "Indiana Governor @mike_pence"),
    ("Hugh Hill, a doctor", "Hugh Hill"),
    ("Foreign Office press secretary Iris Okafor", "Iris Okafor"),
    ("Norland’s Secretary of State Iris Okafor", "Iris Okafor"),
    ("Minister for the Middle East Tobias Ellwood", "Tobias Ellwood"),
    ("President-elect Marta Quill", "Marta Quill"),
    ("Somali President Hassan Sheikh Mohamud", "Hassan Sheikh Mohamud"),
    ("Mayor Bill de Blasio", "Bill de Blasio"),
    ("Marta Quill’s", "Marta Quill"),
    ("the White House", "White House"),
    # What must stay as it is:
    ("a senior official", "a senior official"),
    ("A U.S. official", "A U.S. official"),
    ("a spokesman for Mayor Frank Jackson", "a spokesman for Mayor Frank Jackson"),
    ("Pope Francis", "Pope Francis"),
    ("King Abdullah", "King Abdullah"),
    ("National Rifle Association", "National Rifle Association"),
    ("General Motors", "General Motors"),
    ("Secretary of State", "Secretary of State"),
    ("Martin Luther King Jr.", "Martin Luther King Jr."),
    ("", ""),
    (" , ", ""),
    ("the", "the"),
]


@pytest.mark.parametrize(("name", "core"), TITLES)
def test_strip_title(name: str, core: str) -> None:
    assert strip_title(name) == core
    assert core in name


def test_same_name_forgives_only_writing() -> None:
    assert same_name("The Washington  Post’s", "washington post")
    assert same_name("O’Rourke", "O'Rourke")
    assert not same_name("Wang", "Wang Yi")
    assert not same_name("Theresa", "resa")
    assert not same_name("President Obama", "Obama")


@pytest.mark.parametrize(
    ("part", "full", "score"),
    [
        ("Wang", "Wang Yi", 0.6),
        ("President Obama", "Barack Obama", 0.8),
        ("Momani", "Mohammed al-Momani", 0.8),
        ("Donald Trump", "Donald J. Trump", 0.9),
        ("Peña Nieto", "Enrique Peña Nieto", 0.9),
        ("Qasym Tokáyev", "Qasym Tokaev", 0.9),
        ("Brennan Center", "Brennan Center for Justice", 0.9),
        ("WHO", "World Health Organization", 0.7),
        ("the Times", "New York Times", 0.6),
        ("India's Central Bureau of Investigation", "Central Bureau of Investigation", 0.9),
        ("Clinton campaign", "Hillary Clinton", 0.0),
        ("Bill Clinton", "Hillary Clinton", 0.0),
        ("German", "Germany", 0.0),
        ("Washington", "New York Times", 0.0),
        ("", "Barack Obama", 0.0),
    ],
)
def test_could_name(part: str, full: str, score: float) -> None:
    assert could_name(part, full) == score


def test_two_people_of_one_surname_stay_apart() -> None:
    found = cluster(["Bill Clinton", "Clinton", "Hillary Clinton", "Clinton", "Mrs. Clinton", "Clinton campaign"], [None] * 6)
    campaign = Cluster("Clinton campaign", (5,))
    assert found == [Cluster("Bill Clinton", (0, 1, 3, 4), gender="he"), Cluster("Hillary Clinton", (2,), gender="she"), campaign]


def test_a_title_goes_to_nobody_of_another_gender() -> None:
    names = ["Hillary Clinton", "Bill Clinton", "Clinton", "Clinton", "Clinton", "Mayr", "Kim Mayr", "Mayr", "Mayr"]
    genders = [None, None, "she", None, "he", "she", None, "he", None]
    found = cluster(names, [None] * len(names), genders)
    assert [(c.name, c.members, c.gender) for c in found] == [
        ("Hillary Clinton", (0, 2, 3), "she"),
        ("Bill Clinton", (1, 4), "he"),
        ("Kim Mayr", (5, 6, 7, 8), None),  # no first name says more: the same person for both
    ]


def test_a_title_that_fits_nobody_of_the_surname_is_somebody_else() -> None:
    found = cluster(["Mary Dorn", "Dorn", "Dorn", "Dorn"], [None] * 4, ["she", None, "he", "he"])
    assert [(c.name, c.members, c.gender) for c in found] == [("Mary Dorn", (0, 1), "she"), ("Dorn", (2, 3), "he")]


def test_a_nickname_stands_for_a_first_name() -> None:
    names = ["Bob Kranz", "Robert J. Kranz", "Rob Kranz", "Kate Kranz", "Katherine Kranz", "Roberta Kranz"]
    assert [c.members for c in cluster(names, [None] * 6)] == [(0, 1, 2), (3, 4), (5,)]


def test_cluster_takes_the_fullest_name_and_looks_ahead() -> None:
    found = cluster(["Quill", "President Marta Quill", "WHO", "the World Health Organization", "Marta J. Quill"], [None] * 5)
    assert [(c.name, c.members) for c in found] == [("Marta J. Quill", (0, 1, 4)), ("World Health Organization", (2, 3))]


def test_cluster_heeds_kinds() -> None:
    found = cluster(["Denzel Washington", "Washington", "Washington"], ["person", "place", "place"])
    assert found == [Cluster("Denzel Washington", (0,), "person"), Cluster("Washington", (1, 2), "place")]


def test_one_slip_of_the_tagger_splits_no_name() -> None:
    kinds = ["person", "organisation", "person", "person"]
    assert len(cluster(["Marta Quill", "Quill", "Quill", "Quill"], kinds)) == 1


@pytest.mark.parametrize(
    ("whole", "short"),
    [("Red Mountain Front", "the Front"), ("Ministry of Justice", "the Ministry"), ("UN Mission in Ostby", "UN Mission")],
)
def test_cluster_lets_the_head_of_a_body_stand_for_it(whole: str, short: str) -> None:
    assert [c.members for c in cluster([whole, "Ada Lind", short], [None] * 3)] == [(0, 2), (1,)]


def test_cluster_refuses_lists_of_different_length() -> None:
    with pytest.raises(ValueError, match="argument"):
        cluster(["Wang Yi"], [])


def test_cluster_is_empty_for_no_mentions() -> None:
    assert cluster([], []) == []


def names_in(text: str) -> list[str]:
    spans = proper_names(text, split(text))
    assert spans == sorted(spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    return [text[s:e] for s, e in spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Then Prime Minister John Key met Wang Yi of China.", ["John Key", "Wang Yi", "China"]),
        ("She works at the Department of Health and Human Services.", ["Department of Health and Human Services"]),
        ("He saw the U.S. Court of Appeals for the 9th Circuit.", ["U.S. Court of Appeals for the 9th Circuit"]),
        ("They met on the 9th. The 9th District voted.", ["9th District"]),
        ("Then Mayor Zoe\u0308 A\u030angstro\u0308m left.", ["Zoe\u0308 A\u030angstro\u0308m"]),
        ("They saw Marco Rubio of Florida and Bernie Sanders.", ["Marco Rubio", "Florida", "Bernie Sanders"]),
        ("The London-based Syrian Observatory for Human Rights said so.", ["Syrian Observatory for Human Rights"]),
        ("Residents fled. Many left the Trump campaign on Monday.", ["Trump campaign"]),
        ("On Friday, I’m told, Al-Sinek fell. “That Cruz,” he said.", ["Al-Sinek", "Cruz"]),
        ("Australian Dylan Thomas and Johann van der Merwe spoke.", ["Dylan Thomas", "Johann van der Merwe"]),
        (
            "It was the Women’s Media Center that asked Norland’s Foreign Minister Ada Lind.",
            ["Women’s Media Center", "Norland", "Ada Lind"],
        ),
        ("metro.co.uk and @ada_lind reported it.", ["metro.co.uk", "@ada_lind"]),
        ("nothing here, 2.5-point or 41.", []),
        ("", []),
    ],
)
def test_proper_names(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_a_title_case_heading_gives_only_names_of_the_body() -> None:
    text = "Marta Quill Accuses Port Workers Of Sabotage\n\nThe mayor, Marta Quill, spoke in Ostby."
    spans = proper_names(text, [Span(0, 44), Span(46, len(text))])
    assert [text[s:e] for s, e in spans] == ["Marta Quill", "Marta Quill", "Ostby"]


@pytest.mark.parametrize(
    "text", ["Foo Bar of the " * 4000, "Aa " * 20000, "aa." * 20000, "President Foo " * 4000, "A’s " * 10000]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    proper_names(text, [Span(0, len(text))])
    strip_title(text)
    assert time.process_time() - start < 3


def test_many_bearers_of_one_surname_take_linear_time() -> None:
    names = [f"{a}{b}{c}ra Smith" for a in "ABCDEFGHIJ" for b in "abcdefghij" for c in "klmnopqrstuvwxyz"] + ["Smith"] * 2000
    start = time.process_time()
    found = cluster(names, [None] * len(names))
    assert sum(len(c.members) for c in found) == len(names)
    assert time.process_time() - start < 3


def test_import_is_light() -> None:
    code = "import sys, stance.names; print('nameparser' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"


def test_candidates_hold_the_speakers_of_the_gold_sample(shared: Path) -> None:
    """Floor on train: of the speakers of GUM and re3d articles that are named by two capitals or more, 19 of 20 are a cluster's name."""
    texts: dict[str, str] = {}
    for corpus in ("gum", "re3d"):
        for line in (shared / "data" / corpus / "articles.jsonl").read_text("utf-8").strip().split("\n"):
            article = json.loads(line)
            texts[article["id"]] = article["text"]
    rows: dict[str, list[dict[str, object]]] = {}
    for line in (shared / "data/gold/train.jsonl").read_text("utf-8").strip().split("\n"):
        if (row := json.loads(line))["article_id"] in texts:
            rows.setdefault(row["article_id"], []).append(row)
    hits = []
    for article_id, records in rows.items():
        text = texts[article_id]
        spans = proper_names(text, [Span(r["start"], r["end"]) for r in records])  # type: ignore[arg-type]
        found = cluster([text[s:e] for s, e in spans], [None] * len(spans))
        for record in records:
            speaker = str(record["speaker"] or "")
            if len(speaker.split()) > 1 and all(w[0].isupper() for w in speaker.split()):
                hits.append(any(same_name(c.name, speaker) for c in found))
    assert len(hits) > 200
    assert sum(hits) / len(hits) > 0.95


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("They met Rep. Debbie Lane Moor here. Lane Moor left.", "Debbie Lane Moor"),
        ("It was Pierre de Vos, a professor. Mr. de Vos left.", "Pierre de Vos"),
        ("The Senate Majority Whip John Hay spoke. Hay left.", "John Hay"),
        ("Then Speaker of the House Rep. Paul Dorn spoke. Dorn left.", "Paul Dorn"),
        ("It was out-Lind Ada Lind. Ada Lind left.", "Ada Lind"),
    ],
)
def test_a_given_name_stays_and_a_role_goes(text: str, name: str) -> None:
    assert name in [text[slice(*span)] for span in proper_names(text, split(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They accused the US of lying. The US denied it.", ["US", "US"]),
        ("He told us. Who is he? Is it us?", []),
        ("Mrs May agreed at once.", ["May"]),
        (
            "New Zealand said no. Black Lives Matter marched. The Black Lives Matter group left.",
            ["New Zealand", *["Black Lives Matter"] * 2],
        ),
        ("Calling Donald Trump a liar, he left. Donald Trump smiled. Then Donald Trump left.", ["Donald Trump"] * 3),
        ("Labour MP Diane Lind met Secretary-General Ban Koy and PM Ada Dorn.", ["Diane Lind", "Ban Koy", "Ada Dorn"]),
        ("Aides to Mr. Dorn left. Dorn stayed.", ["Dorn", "Dorn"]),
        ("He told CNN Monday that Black Friday is over.", ["CNN", "Black Friday"]),
        ("Regional Democratic Committee Chairman Bo Lind left.", ["Bo Lind"]),
        ("Co-anchor Ada Lind met former AG Dorn and Senators Max Voss and Bo Hay.", ["Ada Lind", "Dorn", "Max Voss", "Bo Hay"]),
        ("Max Dorn Denies Having Met Ada Lind.\n\nMr. Dorn and Ada Lind met.", ["Dorn", "Ada Lind", "Dorn", "Ada Lind"]),
        ("Mayor Betty White met Bo Park. White left the White House.", ["Betty White", "Bo Park", "White", "White House"]),
        ("Ada Lind of Democracy for America left.", ["Ada Lind", "Democracy for America"]),
        ("Peter T. King of Oslo left.", ["Peter T. King", "Oslo"]),
        ("A local PAC aired it on TV.", []),
        (
            "Roger Stone left, and so did Stone. Continued Stone: “No.” Jared Sexton and Sexton left.",
            ["Roger Stone", "Stone", "Stone", "Jared Sexton", "Sexton"],
        ),
        ("@AdaLind wrote it. It rained.", ["@AdaLind"]),
        ("Procter & Gamble fell. Johnson & Johnson rose.", ["Procter & Gamble", "Johnson & Johnson"]),
        ("The Boat Owners' Association met the Cooks’ Union.", ["Boat Owners' Association", "Cooks’ Union"]),
        ("Mr. Hayes' friends of the Labour Party left.", ["Hayes", "Labour Party"]),
        ("It was the Bishops’ Conference that spoke.", ["Bishops’ Conference"]),
        (
            "He asked the Norland Food and Consumer Product Safety Authority to act.",
            ["Norland Food and Consumer Product Safety Authority"],
        ),
        ("The Food and Drug Board met Max Dorn and Ada Lind.", ["Food and Drug Board", "Max Dorn", "Ada Lind"]),
        ("On Monday Merrow Games sued the Sunday Times.", ["Merrow Games", "Sunday Times"]),
        ("The Milk and Water Union met the Water and Fraud Tribunal.", ["Milk", "Water Union", "Water and Fraud Tribunal"]),
        ("They asked the Institute for the Study of Bees.", ["Institute for the Study of Bees"]),
        ("It was Vale of Torr Council, and Ada Lind of Torr Council.", ["Vale of Torr Council", "Ada Lind", "Torr Council"]),
        ("The Boatmen's Guild met the group Action on Noise.", ["Boatmen's Guild", "Action on Noise"]),
        ("Quick-thinking Bo Lind ran. Bo: I ran.", ["Bo Lind", "Bo"]),
        ("Guram Dvali sang. Guram sat down. Stone fell; a stone fell.", ["Guram Dvali", "Guram"]),
        ("Understated Lind raises funds.\n\nMinister Maria Lind left. Lind won.", ["Lind", "Maria Lind", "Lind"]),
        ("It rained.\n\nJeb Lind won. Maria Lind left.", ["Jeb Lind", "Maria Lind"]),
        ("Writes Lind: “No.” Maria Lind left.", ["Lind", "Maria Lind"]),
        ("Maria Deacon ran. Deacon said no. Then the Deacon slept.", ["Maria Deacon", "Deacon"]),
        ("A Deacon said no. A dean ran.", []),
        (
            "Merrow Research for the Torr Press asked. The Torr Press and Merrow Research agreed.",
            ["Merrow Research", "Torr Press", "Torr Press", "Merrow Research"],
        ),
        ("Asked twice, former White House Chief Of Staff Bo Lind left.", ["Bo Lind"]),
        ("ARRIVAL: Mr Joakim Dorn, Minister for Rural Affairs\n\nMR DORN: After you, please.", ["Joakim Dorn", "DORN"]),
    ],
)
def test_where_a_name_begins(text: str, found: list[str]) -> None:
    assert [text[slice(*span)] for span in proper_names(text, split(text))] == found


@pytest.mark.parametrize(
    ("mentions", "names"),
    [
        (["Donald Trump Jr.", "Donald Trump", "Trump"], ["Donald Trump Jr.", "Donald Trump"]),
        (["Robert Kane Jr.", "Kane"], ["Robert Kane Jr."]),
        (["Bo Lind III", "Bo Lind", "Lind"], ["Bo Lind III"]),
        (["Bo Lind III", "Lind", "Bo Lind Jr."], ["Bo Lind III", "Bo Lind Jr."]),
        (["World War II", "World War I"], ["World War II", "World War I"]),
        (["HP", "HP Way", "HP"], ["HP", "HP Way"]),
        (["Merrow Research Center", "Merrow"], ["Merrow Research Center"]),
        (["JJ Lind", "Lind"], ["JJ Lind"]),
        (["Joe Rogan", "Reagan"], ["Joe Rogan", "Reagan"]),
        (["Volodymyr Zelensky", "Zelenskyy"], ["Volodymyr Zelensky"]),
        (["Amnesty International", "AI"], ["Amnesty International", "AI"]),
        (["United Nations", "UN"], ["United Nations"]),
        (["Corvane Homes", "Corvane", "West Homes", "West"], ["Corvane Homes", "West Homes", "West"]),
        (["Gunta Roz", "G. Roz", "G. Roz"], ["Gunta Roz"]),
        (["Ada Lind", "@AdaLind", "@realAdaLind", "@adalindfan"], ["Ada Lind", "@adalindfan"]),
    ],
)
def test_who_is_who(mentions: list[str], names: list[str]) -> None:
    assert [c.name for c in cluster(mentions, [None] * len(mentions))] == names
