"""Networks as files that others read."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import networkx as nx
import pytest

from stance.network import draw, formats
from stance.network.build import network
from stance.network.options import Options
from tests.stance.test_network import DEBATE, SIGNS, record

HOSTILE = ["<b>&\"'</b>", "line\nbreak\ttab", "nul\x00 bell\x07", "\u202eabc 🚢", "$x_1$", "Ann"]


def write(folder: Path, name: str, rows: list[dict], **options: object) -> Path:
    source, out = folder / "r.jsonl", folder / name
    source.write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    network([str(source)], str(out), Options(signs=SIGNS, **{"resamples": 20, **options}))  # type: ignore[arg-type]
    return out


@pytest.mark.parametrize(("ending", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_networkx_reads_every_attribute(tmp_path: Path, ending: str, read: object) -> None:
    graph = read(write(tmp_path, f"n.{ending}", DEBATE))  # type: ignore[operator]
    assert sorted(graph.nodes) == ["speaker:Ann", "speaker:Bob", "speaker:Cy", "target:X", "target:Y", "target:Z"]
    node = graph.nodes["speaker:Ann"]
    assert {k: node[k] for k in ("name", "role", "statements", "positive", "negative")} == {
        "name": "Ann", "role": "speaker", "statements": 5, "positive": 4, "negative": 1,
    }  # fmt: skip
    tie = graph.edges["speaker:Bob", "target:X"]
    assert (tie["weight"], tie["positive"], tie["negative"]) == (-1.0, 1, 2)
    assert isinstance(tie["positive"], int) and tie["low"] <= -1 <= tie["high"] and 0 <= tie["certainty"] <= 1
    if ending == "graphml":
        assert graph.graph["kind"] == "affiliation" and graph.graph["seed"] == 0
    alone = read(write(tmp_path, f"one.{ending}", DEBATE, kind="congruence", resamples=0))  # type: ignore[operator]
    assert not alone.is_directed() and sorted(alone.nodes) == ["Ann", "Bob", "Cy"]
    assert alone.edges["Ann", "Bob"]["weight"] == 5 and "low" not in alone.edges["Ann", "Bob"]


@pytest.mark.parametrize("ending", ["graphml", "gexf"])
def test_names_of_any_characters(tmp_path: Path, ending: str) -> None:
    rows = [record(f"a{n}", name, "yes", name) for n, name in enumerate(HOSTILE)]
    path = write(tmp_path, f"n.{ending}", rows)
    graph = (nx.read_graphml if ending == "graphml" else nx.read_gexf)(path)
    names = {data["name"] for _, data in graph.nodes(data=True)}
    assert names == {re.sub("[\x00\x07]", "\ufffd", name) for name in HOSTILE} and len(graph) == 12


def test_dl_is_read_as_ucinet_does(tmp_path: Path) -> None:
    lines = write(tmp_path, "n.dl", DEBATE).read_text().splitlines()
    assert lines[0] == "dl nr=3, nc=3, format=edgelist2"
    assert lines[1:9] == ["row labels:", '"Ann"', '"Bob"', '"Cy"', "column labels:", '"X"', '"Y"', '"Z"']
    assert lines[9:] == ["data:", "1 1 2.0", "1 2 1.0", "2 1 -1.0", "2 3 1.0", "3 2 -2.0"]
    lines = write(tmp_path, "one.dl", DEBATE, kind="conflict").read_text().splitlines()
    assert lines[0] == "dl n=3, format=edgelist1" and lines[-4:] == ["1 2 7.0", "2 1 7.0", "1 3 2.0", "3 1 2.0"]


def test_dl_labels_are_different_and_on_one_line(tmp_path: Path) -> None:
    rows = [record(str(n), name, "yes", "X") for n, name in enumerate(['A "x"', "a 'x'", "A\nB"])]
    labels = re.findall('^"(.*)"$', write(tmp_path, "n.dl", rows).read_text(), re.M)
    assert len({label.casefold() for label in labels[:3]}) == 3 and "A B" in labels


def test_svg_is_well_formed_and_shows_everything(tmp_path: Path) -> None:
    rows = [*DEBATE, *(record(f"h{n}", name, "no", name) for n, name in enumerate(HOSTILE))]
    text = write(tmp_path, "n.svg", rows).read_text("utf-8")
    root = ET.fromstring(text)
    tags = [e.tag.rpartition("}")[2] for e in root.iter()]
    assert tags.count("circle") == 3 + len(HOSTILE) - 1 and tags.count("rect") == 1 + 3 + len(HOSTILE)
    assert "stroke-dasharray" in text and "<b>" not in text
    assert text == write(tmp_path, "m.svg", rows).read_text("utf-8")


def test_svg_of_a_large_network_is_its_largest_part(tmp_path: Path) -> None:
    rows = [record(f"a{n}", f"Actor {n % 90}", "yes", f"Target {n % 70}") for n in range(900)]
    text = write(tmp_path, "n.svg", rows, resamples=0).read_text()
    assert text.count("<circle") == draw.NODES // 2 and "30 of 90 actors, 30 of 70 concepts" in text
    places = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', text)
    assert all(0 < float(v) < draw.SIZE for place in places for v in place) and len(set(places)) == len(places)


def test_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    assert write(tmp_path, "n.png", DEBATE).read_bytes().startswith(b"\x89PNG")
    monkeypatch.setattr(draw, "find_spec", lambda _: None)
    with pytest.raises(Exception, match=r"needs matplotlib.*\.svg"):
        write(tmp_path, "n.png", DEBATE)


def test_labels_differ_without_regard_to_capitals() -> None:
    found = formats._unlike(["X", "x", "x (2)", "y"])
    assert found == ["X", "x (2)", "x (2) (2)", "y"]
