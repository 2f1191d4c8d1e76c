"""A network as GraphML, GEXF, CSV edge list or UCINET DL, written as it is read: ties are never all in memory.

A node's id is its name; in a two-mode network the column stands before it (``speaker:China``), since a name may be both.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import chain, count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from stance.network.ties import Network, Node, Tie

_ATTRIBUTES = tuple(f.name for f in fields(Tie))[2:]
_NODE_ATTRIBUTES = tuple(f.name for f in fields(Node))
_XML_FORBIDS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TYPES = {str: ("string", "string"), int: ("long", "long"), float: ("double", "double")}
"""Python type -> its name in GraphML and in GEXF."""


def write_graphml(network: Network, path: Path) -> None:
    """GraphML; every attribute of nodes, ties and the network is kept. Ties of two actors have no direction."""
    node_types = dict.fromkeys(_NODE_ATTRIBUTES, int) | {"name": str, "role": str}
    tie_types = dict.fromkeys(_ATTRIBUTES, float) | {"positive": int, "negative": int}
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for of, types in (
            ("node", node_types),
            ("edge", tie_types),
            ("graph", {n: type(v) for n, v in network.attributes.items()}),
        ):
            for name, kind in types.items():
                out.write(f'<key id="{of}_{name}" for="{of}" attr.name="{name}" attr.type="{_TYPES[kind][0]}"/>\n')
        out.write('<graph edgedefault="undirected">\n')
        out.writelines(_data("graph", network.attributes))
        names = ids(network)
        for node, name in zip(network.nodes, names, strict=True):
            out.write(f"<node id={_attribute(name)}>")
            out.writelines([*_data("node", {n: getattr(node, n) for n in _NODE_ATTRIBUTES}), "</node>\n"])
        for tie in network.ties():
            out.write(f"<edge source={_attribute(names[tie.source])} target={_attribute(names[tie.target])}>")
            out.writelines([*_data("edge", _values(tie)), "</edge>\n"])
        out.write("</graph>\n</graphml>\n")


def _data(of: str, values: Mapping[str, Any]) -> list[str]:
    return [f'<data key="{of}_{name}">{escape(clean(str(value)))}</data>' for name, value in values.items()]


def write_gexf(network: Network, path: Path) -> None:
    """GEXF 1.2, as Gephi and networkx read it; the weight stands where Gephi looks for it."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n')
        out.write(f"<meta><description>{escape(_description(network))}</description></meta>\n")
        out.write('<graph mode="static" defaultedgetype="undirected">\n')
        for of, titles, integers in (
            ("node", _NODE_ATTRIBUTES, _NODE_ATTRIBUTES[2:]),
            ("edge", _ATTRIBUTES[1:], _ATTRIBUTES[1:3]),
        ):
            out.write(f'<attributes class="{of}">\n')
            for name in titles:
                kind = "long" if name in integers else "double" if of == "edge" else "string"
                out.write(f'<attribute id="{name}" title="{name}" type="{kind}"/>\n')
            out.write("</attributes>\n")
        out.write("<nodes>\n")
        names = ids(network)
        for node, name in zip(network.nodes, names, strict=True):
            out.write(f"<node id={_attribute(name)} label={_attribute(node.name)}><attvalues>")
            out.writelines([*_attvalues({n: getattr(node, n) for n in _NODE_ATTRIBUTES}), "</attvalues></node>\n"])
        out.write("</nodes>\n<edges>\n")
        for number, tie in enumerate(network.ties()):
            ends = f"source={_attribute(names[tie.source])} target={_attribute(names[tie.target])}"
            out.write(f'<edge id="{number}" {ends} weight="{tie.weight!r}"><attvalues>')
            out.writelines([*_attvalues({n: v for n, v in _values(tie).items() if n != "weight"}), "</attvalues></edge>\n"])
        out.write("</edges>\n</graph>\n</gexf>\n")


def _attvalues(values: Mapping[str, Any]) -> list[str]:
    return [f'<attvalue for="{name}" value={_attribute(str(value))}/>' for name, value in values.items()]


def write_csv(networks: Iterable[Network], path: Path) -> None:
    """An edge list; networks of several windows one after another, told apart by their days."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["source", "target", *_ATTRIBUTES, "first_day", "last_day"])
        for network in networks:
            days = network.window or ("", "")
            for tie in network.ties():
                ends = (network.nodes[tie.source].name, network.nodes[tie.target].name)
                writer.writerow([*ends, *(getattr(tie, n) for n in _ATTRIBUTES), *days])


def write_dl(network: Network, path: Path) -> None:
    """UCINET DL, edge list with embedded labels; weights only, for the format has no other attributes."""
    labels = [_label(node.name) for node in network.nodes]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        if network.two_mode:
            concepts = labels[network.actors :]
            out.write(f"dl nr={network.actors}, nc={len(concepts)}, format=edgelist2\n")
            out.writelines(_block("row labels", _unlike(labels[: network.actors])) + _block("column labels", _unlike(concepts)))
        else:
            out.write(f"dl n={len(labels)}, format=edgelist1\n")
            out.writelines(_block("labels", _unlike(labels)))
        out.write("data:\n")
        for tie in network.ties():
            if network.two_mode:
                out.write(f"{tie.source + 1} {tie.target - network.actors + 1} {tie.weight!r}\n")
            else:  # both ways, for the format knows no undirected ties
                out.write(f"{tie.source + 1} {tie.target + 1} {tie.weight!r}\n{tie.target + 1} {tie.source + 1} {tie.weight!r}\n")


def _block(heading: str, labels: list[str]) -> list[str]:
    return [f"{heading}:\n", *(f'"{label}"\n' for label in labels)]


def _label(name: str) -> str:
    """A label between quotation marks: on one line, no quotation mark in it."""
    return " ".join(name.replace('"', "'").split())


def _unlike(labels: list[str]) -> list[str]:
    """Labels without regard to capitals are different, as UCINET wants them."""
    taken: set[str] = set()
    out = []
    for label in labels:
        forms = chain([label], (f"{label} ({n})" for n in count(2)))
        free = next(form for form in forms if form.casefold() not in taken)
        taken.add(free.casefold())
        out.append(free)
    return out


def ids(network: Network) -> list[str]:
    """A different id for every node."""
    return [f"{node.role}:{node.name}" if network.two_mode else node.name for node in network.nodes]


def clean(text: str) -> str:
    """``text`` without the characters that XML has no way to write."""
    return _XML_FORBIDS.sub("\ufffd", text)


def _attribute(text: str) -> str:
    return quoteattr(clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _values(tie: Tie) -> dict[str, Any]:
    """The tie's attributes, without those that it has not."""
    return {name: value for name in _ATTRIBUTES if (value := getattr(tie, name)) is not None}


def _description(network: Network) -> str:
    return ", ".join(f"{name}: {value}" for name, value in network.attributes.items())
