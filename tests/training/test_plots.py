"""Each picture shows its table; SVG is fit for the inside of a page and the same every time."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from training import plots

matplotlib.use("Agg")

RELIABILITY = pd.DataFrame(
    {"from": [0.5, 0.9], "to": [0.6, 1.0], "score": [0.55, 0.95], "accuracy": [0.4, 0.9], "low": [0.2, None], "high": [0.7, None],
     "n": [10, 30]}
)  # fmt: skip
RISKS = pd.DataFrame({"min_score": [0.9, 0.5], "coverage": [0.4, 0.8], "accuracy": [1.0, 0.75], "risk": [0.0, 0.25], "n": [4, 8]})


def axes() -> matplotlib.axes.Axes:
    return Figure().subplots()


def test_reliability_and_risk() -> None:
    ax = plots.reliability(RELIABILITY.astype(float), axes())
    points = ax.containers[0].lines[0].get_xydata()
    assert points.tolist() == [[0.55, 0.4], [0.95, 0.9]]
    assert [bar.get_height() for bar in ax.containers[1]] == [0.0625, 0.1875]
    ax = plots.risk_coverage(RISKS, axes())
    assert ax.lines[0].get_xydata().tolist() == [[0.4, 0.0], [0.8, 0.25]] and "coverage" in ax.get_xlabel()


def test_empty_tables_give_empty_pictures() -> None:
    assert len(plots.reliability(RELIABILITY[:0], axes()).lines) == 1  # the diagonal
    assert plots.risk_coverage(RISKS[:0], axes()).get_ylim() == (0, 1)


def test_confusion_and_intervals() -> None:
    table = pd.DataFrame([[1000, 0], [2, 3]], index=["a", "b"], columns=["a", "(undecided)"])
    ax = plots.confusion(table, axes())
    assert [text.get_text() for text in ax.texts] == ["1,000", "0", "2", "3"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "(undecided)"]
    ax = plots.intervals(
        pd.DataFrame({"value": [0.5, 0.7], "low": [0.4, None], "high": [0.6, None]}), pd.Series(["x", "y"]), axes()
    )
    assert ax.lines[0].get_xydata().tolist() == [[0.5, 1], [0.7, 0]]  # the first on top


def test_own_axes_come_from_pyplot() -> None:
    from matplotlib import pyplot

    ax = plots.risk_coverage(RISKS)
    assert pyplot.gcf() is ax.figure
    pyplot.close(ax.figure)


def test_svg_has_no_addresses_and_does_not_change() -> None:
    first = plots.svg(lambda ax: plots.risk_coverage(RISKS, ax))
    assert first.startswith("<svg") and first.endswith("</svg>") and "http" not in first and "coverage: share" in first
    assert first == plots.svg(lambda ax: plots.risk_coverage(RISKS, ax))
