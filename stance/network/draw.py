"""A network as a picture: SVG by hand, PNG by matplotlib. Nothing is computed here but places on the paper."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from stance.errors import UsageError
from stance.network.formats import clean
from stance.network.ties import Network, Tie

NODES, TIES = 60, 400
"""Most nodes (those with most statements) and ties (the heaviest) that are drawn."""

SIZE, MARGIN, ROUNDS = 1000, 90, 300
FOR, AGAINST, ACTOR, CONCEPT, INK = "#0b6e4f", "#b3261e", "#1f4e79", "#8a5a00", "#1b1b1b"


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What is drawn and where.

    Attributes:
        nodes: positions in ``network.nodes``.
        places: f64[N, 2], from ``MARGIN`` to ``SIZE - MARGIN``.
        radii: f64[N].
        ties: the ties whose ends are drawn, and the width of each.
    """

    nodes: Sequence[int]
    places: np.ndarray
    radii: np.ndarray
    ties: Sequence[tuple[Tie, float]]


def lay_out(network: Network, seed: int = 0) -> Drawing:
    """The network's largest nodes and heaviest ties, by forces (Fruchterman and Reingold 1991): the same every time."""
    nodes = _largest(network)
    index = {node: n for n, node in enumerate(nodes)}
    inside = (t for t in network.ties() if t.source in index and t.target in index and t.weight)
    ties = heapq.nlargest(TIES, inside, key=lambda t: abs(t.weight))
    heaviest = max((abs(t.weight) for t in ties), default=1.0)
    pull = np.zeros((len(nodes), len(nodes)))
    for tie in ties:
        a, b = index[tie.source], index[tie.target]
        pull[a, b] = pull[b, a] = abs(tie.weight) / heaviest
    counts = np.array([network.nodes[n].statements for n in nodes], float)
    radii = 6 + 16 * np.sqrt(counts / max(counts.max(initial=1), 1))
    return Drawing(nodes, _settle(pull, seed), radii, [(t, 1 + 7 * abs(t.weight) / heaviest) for t in ties])


def _largest(network: Network) -> list[int]:
    """Positions of the nodes with most statements, half of them concepts where there are any."""
    groups = [range(network.actors), range(network.actors, len(network.nodes))]
    most = NODES // 2 if network.two_mode else NODES
    return sorted(n for g in groups for n in heapq.nlargest(most, g, key=lambda n: (network.nodes[n].statements, -n)))


def _settle(pull: np.ndarray, seed: int) -> np.ndarray:
    """Places of nodes that push each other away and are pulled by their ties: f64[N, N] -> f64[N, 2]."""
    count = len(pull)
    at = np.random.default_rng(seed).uniform(-1, 1, (count, 2))
    ideal = 2 / np.sqrt(max(count, 1))
    for heat in np.linspace(0.2, 0.002, ROUNDS):
        apart = at[:, None] - at[None]
        far = np.maximum(np.linalg.norm(apart, axis=2), 1e-6)
        force = (apart * ((ideal / far) ** 2 - pull * far / ideal)[..., None]).sum(1) - 0.3 * at
        strength = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        at += force / strength * np.minimum(strength, heat)
    low, span = at.min(0, initial=0), np.maximum(np.ptp(at, axis=0) if count else 1.0, 1e-9)
    return MARGIN + (at - low) / span * (SIZE - 2 * MARGIN)


def write_svg(network: Network, path: Path) -> None:
    """A drawing that browsers, Word and LaTeX take: green for, red and dashed against; squares are concepts."""
    drawing = lay_out(network)
    place = {node: drawing.places[n] for n, node in enumerate(drawing.nodes)}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE + 40}" font-family="sans-serif" role="img">',
        f"<title>{escape(caption(network))}</title>",
        f'<rect width="{SIZE}" height="{SIZE + 40}" fill="#ffffff"/>',
    ]
    for tie, width in drawing.ties:
        (x1, y1), (x2, y2) = place[tie.source], place[tie.target]
        look = f'stroke="{_colour(network, tie)}"' + ("" if _is_for(network, tie) else ' stroke-dasharray="7 5"')
        told = escape(
            clean(f"{network.nodes[tie.source].name} - {network.nodes[tie.target].name}: {tie.weight:.3g}{_interval(tie)}")
        )
        lines.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {look} stroke-width="{width:.1f}" opacity="0.6"><title>{told}</title></line>'
        )
    for n, node in enumerate(drawing.nodes):
        lines += _node(network, node, drawing.places[n], drawing.radii[n])
    lines.append(f'<text x="20" y="{SIZE + 25}" font-size="15" fill="{INK}">{escape(caption(network))}</text>')
    path.write_text("\n".join([*lines, "</svg>", ""]), "utf-8")


def _node(network: Network, node: int, place: np.ndarray, radius: float) -> list[str]:
    (x, y), r, name = place, radius, escape(clean(network.nodes[node].name))
    if node < network.actors:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{ACTOR}"/>'
    else:
        shape = f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" fill="{CONCEPT}"/>'
    halo = 'paint-order="stroke" stroke="#ffffff" stroke-width="4"'
    return [
        shape,
        f'<text x="{x:.1f}" y="{y + r + 15:.1f}" font-size="15" text-anchor="middle" fill="{INK}" {halo}>{name}</text>',
    ]


def check_png() -> None:
    """Whether PNG can be written.

    Raises:
        UsageError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise UsageError("-o .png: needs matplotlib; `pip install matplotlib`, or write .svg, which needs nothing")


def write_png(network: Network, path: Path) -> None:
    """The same drawing as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawing = lay_out(network)
    place = {node: drawing.places[n] for n, node in enumerate(drawing.nodes)}
    figure = Figure(figsize=(10, 10.4), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0.03, 1, 0.97), xlim=(0, SIZE), ylim=(SIZE, 0))
    axes.axis("off")
    for tie, width in drawing.ties:
        (x1, y1), (x2, y2) = place[tie.source], place[tie.target]
        style = "solid" if _is_for(network, tie) else "dashed"
        axes.plot([x1, x2], [y1, y2], color=_colour(network, tie), lw=width * 0.7, ls=style, alpha=0.6, zorder=1)
    for (x, y), radius, node in zip(drawing.places, drawing.radii, drawing.nodes, strict=True):
        marker, colour = ("o", ACTOR) if node < network.actors else ("s", CONCEPT)
        axes.plot([x], [y], marker, color=colour, ms=radius * 1.4, zorder=2)
        name = clean(network.nodes[node].name).replace("$", r"\$")
        axes.text(x, y + radius + 6, name, ha="center", va="top", fontsize=9, color=INK, zorder=3)
    figure.text(0.02, 0.012, caption(network), fontsize=9, color=INK)
    figure.savefig(path, format="png")


def caption(network: Network) -> str:
    """What the picture shows, in words."""
    drawn = [min(network.actors, NODES // 2 if network.two_mode else NODES), len(network.nodes) - network.actors]
    what = f"{drawn[0]} of {network.actors} actors" + (
        f", {min(drawn[1], NODES // 2)} of {drawn[1]} concepts" if network.two_mode else ""
    )
    when = f", {network.window[0]} to {network.window[1]}" if network.window else ""
    normalised = "" if network.attributes["normalise"] == "none" else f", {network.attributes['normalise']}"
    return f"{network.attributes['kind']}{normalised}{when}: {what}; solid green for, dashed red against"


def _is_for(network: Network, tie: Tie) -> bool:
    return tie.weight > 0 and network.attributes["kind"] != "conflict"


def _colour(network: Network, tie: Tie) -> str:
    return FOR if _is_for(network, tie) else AGAINST


def _interval(tie: Tie) -> str:
    return "" if tie.low is None else f" ({tie.low:.3g} to {tie.high:.3g})"
