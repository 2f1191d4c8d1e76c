"""``stance show``: some articles as one page that a person reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance import articles
from stance.articles import Article
from stance.errors import SetAside, UsageError
from stance.ordering import ordered
from stance.page import Shown, interactive
from stance.records import Record
from stance.rows import row
from stance.scoring.run import Item, Labels, attempt
from stance.sinks import telling


def check(inputs: Sequence[str], out: str) -> list[str]:
    """The inputs, folders and globs expanded.

    Raises:
        UsageError: an input that is not there, or an output that cannot be written.
    """
    if not Path(out).parent.is_dir() or Path(out).is_dir():
        raise UsageError(f"-o {out}: no file can be made there; give the path of a page, such as page.html")
    if os.path.realpath(out) in {os.path.realpath(p) for p in inputs}:
        raise UsageError(f"-o {out}: is an input too; choose another output")
    found = [p for p in articles.expand(inputs) if os.path.realpath(p) != os.path.realpath(out)]  # an earlier page
    if not found:
        raise UsageError(f"{' '.join(inputs)}: nothing in it but an earlier page; expected articles")
    return found


def show(
    labeler: Labels, paths: Sequence[str], out: str, *, columns: Mapping[str, str] | None = None, targets: Any = None
) -> list[SetAside]:
    """Write the page of the labelled articles; what was set aside is returned.

    Raises:
        StanceError: the page cannot be written.
    """
    aside: list[SetAside] = []

    def both(item: Item) -> Shown | SetAside:
        return attempt(lambda article: _shown(article, labeler.label(article, targets=targets).records), item)

    def shown() -> Iterator[Shown]:
        for outcome in ordered(both, articles.read(paths, columns or {}), labeler.threads):
            if isinstance(outcome, SetAside):
                aside.append(outcome)
            else:
                yield outcome

    # Label names and polarities are the model's; a labeler that is none of ours has no spec to tell them.
    html = interactive(shown(), ", ".join(Path(p).name for p in paths[:3]), getattr(labeler, "spec", None))
    with telling(out, OSError):
        Path(out).write_text(html, "utf-8")
    return aside


def _shown(article: Article, records: Sequence[Record]) -> Shown:
    return Shown(article, records, [row(record) for record in records])
