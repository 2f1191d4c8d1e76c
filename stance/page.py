"""The pages that a person reads: the service's, ``stance show``'s and a notebook's. What is in them, and what they may do.

A page is one file: nothing from elsewhere, its style sheet and script inside it and admitted by hash. ``web/`` holds these;
it is the only place that counts UTF-16 units, as JavaScript does, and turns them into the code points of records.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from stance.articles import Article
from stance.marked import HUES, SHOWN_META, attribute, escape, name, whole
from stance.records import COLUMNS, TASKS, Record
from stance.spec import ModelSpec

SCRIPTS = ("records", "article", "panel", "network", "view", "ask", "start")
"""``web/*.js`` in the order in which they are joined."""

NO_MARKUP = "require-trusted-types-for 'script'; trusted-types 'none'"
"""Part of a policy: no script may make markup out of a text."""

_WEB = Path(__file__).with_name("web")
# As JSON may hold it and HTML must not: what would end the element, halves of surrogate pairs, overrides of direction.
_UNSAFE = re.compile("[<>&\u2028-\u202e\u2066-\u2069\x7f-\x9f\ud800-\udfff]")


class Shown(NamedTuple):
    """An article for :func:`interactive`: ``rows`` are its records as files hold them."""

    article: Article
    records: Sequence[Record]
    rows: Sequence[Mapping[str, Any]]


def render(
    pairs: Iterable[tuple[Article, Sequence[Record]]], title: str = "Stance", polarity: Mapping[str, int] | None = None
) -> str:
    """One self-contained HTML page without a script.

    Args:
        pairs: articles with the records of their sentences.
        title: of the page.
        polarity: stance -> -1 (against), 0 or 1 (for); decides colours and signs.

    Returns:
        The page; write it as UTF-8.
    """
    return _document(title, _static(pairs, polarity or {}), _policy())


def interactive(shown: Iterable[Shown], title: str = "Stance", spec: ModelSpec | None = None) -> str:
    """As :func:`render`, with filters, a network, downloads and corrections where the reader's browser runs scripts.

    Args:
        shown: the articles.
        title: of the page.
        spec: of the model: its label names and which stances are for and against.

    Returns:
        The page; write it as UTF-8.
    """
    spec = spec or ModelSpec()
    every = list(shown)
    static = _static(((one.article, one.records) for one in every), spec.stances)
    body = f'<div id="static">{static}</div>{_file("view.html")}{_data(spec, every)}<script>{script()}</script>'
    return _document(title, body, _policy(f"; script-src '{_hash(script())}'; {NO_MARKUP}"))


def home(spec: ModelSpec | None = None) -> str:
    """The service's page: a form, and what :func:`interactive` shows. Its policy goes in a header, which the service makes."""
    body = f"{_file('form.html')}{_file('view.html')}{_data(spec or ModelSpec(), [])}<script>{script()}</script>"
    return _document("stance", body, None)


def fragment(article: Article, records: Sequence[Record], polarity: Mapping[str, int] | None = None) -> str:
    """One article as a piece of static HTML with its style, for notebooks."""
    mark = hashlib.sha256(f"{article.id}\0{article.text}".encode("utf-8", "replace")).hexdigest()[:8]
    body = whole(article, records, polarity or {}, f"s{mark}")
    return f'<style>{_style("page.css")}</style><div class="stance"><div class="wide">{body}</div></div>'


@cache
def script() -> str:
    """All of the page's JavaScript, to stand in one ``<script>``."""
    parts = [_file(f"{part}.js") for part in SCRIPTS]
    return "\n".join(['(() => {\n"use strict";', *parts, "})();\n"])


def _document(title: str, body: str, policy: str | None) -> str:
    sheets = _style("page.css", "view.css")
    first = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else '<link rel="icon" href="data:,">'
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{first}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<meta name="referrer" content="no-referrer"><title>{attribute(title)}</title><style>{sheets}</style></head>\n'
        f'<body class="stance"><main class="wide"><h1>{escape(title)}</h1>{body}</main></body></html>\n'
    )


def _static(pairs: Iterable[tuple[Article, Sequence[Record]]], polarity: Mapping[str, int]) -> str:
    names, bodies = [], []
    for n, (article, records) in enumerate(pairs):
        names.append(f'<li><a href="#a{n}">{name(article)}</a></li>')
        bodies.append(whole(article, records, polarity, f"a{n}"))
    contents = f"<nav><ol>{''.join(names)}</ol></nav>" if len(names) > 1 else ""
    return f"{contents}\n{''.join(bodies)}"


def _data(spec: ModelSpec, shown: Sequence[Shown]) -> str:
    """What the script shows, as an element that is no script: a browser runs nothing of it."""
    data = {
        "columns": COLUMNS,
        "tasks": TASKS,
        "claim_types": spec.claim_types,
        "stances": dict(spec.stances),
        "model": spec.model,
        "hues": len(HUES),
        "articles": [_article(one) for one in shown],
    }
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    safe = _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", written)
    return f'<script type="application/json" id="data">{safe}</script>'


def _article(one: Shown) -> dict[str, Any]:
    meta = {key: str(one.article.meta[key]) for key in ("title", *SHOWN_META, "lang") if one.article.meta.get(key)}
    # A sentence's text is in the article's.
    rows = [{key: value for key, value in row.items() if key != "text"} for row in one.rows]
    return {"id": one.article.id, "text": one.article.text, "meta": meta, "records": rows}


def _policy(more: str = "") -> str:
    style = _hash(_style("page.css", "view.css"))
    return f"default-src 'none'; style-src '{style}'{more}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _style(*sheets: str) -> str:
    hues = [f".stance .h{i} {{ border-color: hsl({hue} 60% 50%); }}" for i, hue in enumerate(HUES)]
    inks = [f".stance .i{i} {{ color: hsl({hue} var(--ink-s) var(--ink-l)); }}" for i, hue in enumerate(HUES)]
    return "\n".join([*map(_file, sheets), *hues, *inks])


@cache
def _file(filename: str) -> str:
    return (_WEB / filename).read_text("utf-8")
