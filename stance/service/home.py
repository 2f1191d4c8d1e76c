"""The pages that the service gives: ``/`` to try it, ``/docs`` to read what it takes; and the policy that a page runs under.

Neither loads anything from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any

from stance import page
from stance.runtime import DEFAULT_MODEL
from stance.spec import ModelSpec

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of an answer that is no page."""


def home(spec: ModelSpec | None = None) -> str:
    """The page at ``/``.

    Args:
        spec: of the model that labels; ``None`` takes the label names and polarities of the shipped one.
    """
    return page.home(spec or _shipped())


@cache
def _shipped() -> ModelSpec:
    return ModelSpec.load(DEFAULT_MODEL)


def policy(document: str) -> str:
    """The Content-Security-Policy under which a page's own style sheets and scripts run, by hash, and nothing else does."""
    found = _Inline()
    found.feed(document)
    found.close()
    sources = "".join(f"; {kind}-src {' '.join(hashes)}" for kind, hashes in found.hashes.items() if hashes)
    return f"{NOTHING}; connect-src 'self'; img-src 'self' data: blob:{sources}; {page.NO_MARKUP}"


class _Inline(HTMLParser):
    """Hashes of the text of ``<script>`` and ``<style>`` elements; a script of another type is data, which nothing runs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.hashes: dict[str, list[str]] = {"script": [], "style": []}
        self._kind, self._pieces = "", list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.hashes and "type" not in dict(attrs):
            self._kind, self._pieces = tag, []

    def handle_data(self, data: str) -> None:
        if self._kind:
            self._pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._kind and tag == self._kind:
            digest = hashlib.sha256("".join(self._pieces).encode()).digest()
            self.hashes[tag].append(f"'sha256-{base64.b64encode(digest).decode()}'")
            self._kind = ""


_STYLE = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
pre { overflow: auto; padding: .75rem; border: 1px solid; border-radius: .25rem } h2 { margin-top: 2.5rem }
""".strip()


def docs(openapi: dict[str, Any]) -> str:
    """The OpenAPI description as a page: no script, nothing from elsewhere."""
    parts = "".join(_operation(path, verb, what) for path, verbs in openapi["paths"].items() for verb, what in verbs.items())
    schemas = "".join(
        f'<h3 id="{html.escape(name)}">{html.escape(name)}</h3><p>{html.escape(schema.get("description", ""))}</p>{_code(schema)}'
        for name, schema in openapi["components"]["schemas"].items()
    )
    info = openapi["info"]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n<body>'
        f"<h1>{html.escape(info['title'])} {html.escape(info['version'])}</h1><p>{html.escape(info['description'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a>.</p>{parts}<h2>Schemas</h2>{schemas}</body></html>\n'
    )


def _operation(path: str, verb: str, what: dict[str, Any]) -> str:
    asked = what.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = "".join(
        f"<p>Example: {html.escape(example['summary'])}</p>{_code(example['value'])}"
        for example in asked.get("examples", {}).values()
    )
    answers = "".join(_answer(status, answer) for status, answer in what["responses"].items())
    return (
        f"<h2>{verb.upper()} {html.escape(path)}</h2><p>{html.escape(what.get('description') or what.get('summary', ''))}</p>"
        f"{examples}<ul>{answers}</ul>"
    )


def _answer(status: str, answer: dict[str, Any]) -> str:
    names = [content.get("schema", {}).get("$ref", "").rpartition("/")[2] for content in answer.get("content", {}).values()]
    links = "".join(f' <a href="#{html.escape(name)}">{html.escape(name)}</a>' for name in _some(names))
    return f"<li><b>{html.escape(status)}</b> {html.escape(answer['description'])}{links}</li>"


def _some(names: list[str]) -> Iterator[str]:
    return (name for name in names if name)


def _code(value: Any) -> str:
    return f'<pre tabindex="0">{html.escape(json.dumps(value, ensure_ascii=False, indent=2))}</pre>'
