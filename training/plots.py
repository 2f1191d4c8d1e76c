"""The tables of an evaluation as pictures: each function draws one table on one set of axes. Computes nothing.

Drawn on axes that are given (in a figure of your own), else on new ones of ``pyplot``, which notebooks show.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOUR = "#4682b4"
GREY = "#888888"

_FURNITURE = re.compile(r'<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->| xmlns(:\w+)?="[^"]*"', re.DOTALL)


def reliability(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Accuracy of the answers of each bin against their mean score; on the diagonal, scores are what they promise."""
    ax = _axes(ax)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="as promised")
    if len(table):
        error = np.stack([table.accuracy - table.low, table.high - table.accuracy]).clip(min=0)
        ax.errorbar(table.score, table.accuracy, np.nan_to_num(error), color=COLOUR, marker="o", capsize=2, label="found, 95 %")
        shares = table.n / table.n.sum()
        ax.bar(table["from"], 0.25 * shares, table["to"] - table["from"], align="edge", color=COLOUR, alpha=0.25)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="score", ylabel="share that is right")
    ax.legend(loc="upper left", frameon=False)
    return ax


def risk_coverage(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of wrong answers among those kept, against how many are kept."""
    ax = _axes(ax)
    ax.plot(table.coverage, table.risk, color=COLOUR, drawstyle="steps-post")
    top = max(0.05, float(table.risk.max()) * 1.1) if len(table) else 1.0
    ax.set(xlim=(0, 1), ylim=(0, top), xlabel="coverage: share of sentences answered", ylabel="risk: share of answers wrong")
    ax.grid(alpha=0.3)
    return ax


def confusion(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Counts; the shade is the share of the row."""
    ax = _axes(ax, (1.8 + 0.75 * table.shape[1], 1.2 + 0.5 * table.shape[0]))
    share = table.div(table.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(table.shape):
        ax.text(j, i, f"{table.iat[i, j]:,}", ha="center", va="center", color="white" if share[i, j] > 0.6 else "black")
    ax.set_xticks(range(table.shape[1]), [str(name) for name in table.columns], rotation=35, ha="right")
    ax.set_yticks(range(table.shape[0]), [str(name) for name in table.index])
    ax.set(xlabel="predicted", ylabel="gold")
    return ax


def intervals(table: pd.DataFrame, names: pd.Series, ax: Axes | None = None) -> Axes:
    """A row of ``value, low, high`` a line, the first on top; ``names`` are what stands beside them."""
    ax = _axes(ax, (6.5, 0.8 + 0.3 * len(table)))
    places = np.arange(len(table))[::-1]
    ax.hlines(places, table.low.astype(float), table.high.astype(float), color=COLOUR, linewidth=2)
    ax.plot(table.value.astype(float), places, "o", color=COLOUR)
    ax.set_yticks(places, list(names))
    ax.set(xlim=(0, 1), xlabel="value, with 95 % interval over articles")
    ax.grid(axis="x", alpha=0.3)
    return ax


def svg(draw: Callable[[Axes], object], size: tuple[float, float] = (4.5, 3.2)) -> str:
    """What ``draw`` puts on axes, as SVG for the inside of an HTML page: no namespaces, no addresses, same bytes every time."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "stance", "font.size": 9}):
        figure = Figure(figsize=size, layout="constrained")
        ax = figure.subplots()
        ax.spines[["top", "right"]].set_visible(False)
        draw(ax)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _FURNITURE.sub("", buffer.getvalue()).strip()


def _axes(ax: Axes | None, size: tuple[float, float] = (4.5, 3.4)) -> Axes:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    ax = pyplot.subplots(figsize=size, layout="constrained")[1]
    ax.spines[["top", "right"]].set_visible(False)
    return ax
