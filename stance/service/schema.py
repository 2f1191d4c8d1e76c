"""The OpenAPI description of what goes in and comes out, made from the limits and the columns of a record."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from stance.records import SCHEMA
from stance.service.limits import Limits

Json = dict[str, Any]

_NO_NUL = "^[^\\u0000]*$"
_BLANK = "\\s\\u001C-\\u001F\\u0085"
"""What Python takes for white space, in every dialect of regular expressions."""

_SOME_TEXT = f"^[^\\u0000]*[^\\u0000{_BLANK}][^\\u0000]*$"
"""A string that is not blank, and without NUL."""

_ALWAYS = ("article_id", "sentence", "start", "end", "text", "labelled", "model")
"""Columns of a record that are never null."""


def components(limits: Limits) -> Json:
    """The named schemas."""
    return {
        "OneArticle": _one(limits),
        "ManyArticles": _many(limits),
        "Target": _target(),
        "Record": _record(),
        "Labelled": _labelled(),
        "Error": _object("Why a request was refused: place, found, expected, remedy.", {"detail": {"type": "string"}}),
    }


def body() -> Json:
    """The request body of ``/v1/label``."""
    either = {"oneOf": [_ref("OneArticle"), _ref("ManyArticles")]}
    article = {"id": "ferry", "text": "Crews will strike from Monday, their union said on Thursday."}
    examples = {
        "one": {"summary": "one article", "value": article},
        "many": {"summary": "several articles", "value": {"articles": [article, {"text": "Rain is expected in the north."}]}},
        "targets": {"summary": "the stance towards given targets", "value": {**article, "targets": ["Norline|the operator"]}},
    }
    return {"required": True, "content": {"application/json": {"schema": either, "examples": examples}}}


def answer(name: str, description: str, retry: bool = False) -> Json:
    """An answer in JSON."""
    made: Json = {"description": description, "content": {"application/json": {"schema": _ref(name)}}}
    if retry:
        made["headers"] = {
            "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}}
        }
    return made


def text(kind: str, description: str) -> Json:
    """An answer that is text."""
    return {"description": description, "content": {kind: {"schema": {"type": "string"}}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(description: str, properties: Json, **more: Any) -> Json:
    return {"type": "object", "description": description, "properties": properties, "required": [*properties], **more}


def _one(limits: Limits) -> Json:
    pair = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    return {
        "type": "object",
        "description": "One article. Other keys are left unread.",
        "required": ["text"],
        "not": {"required": ["articles"]},
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": limits.characters, "pattern": _SOME_TEXT},
            "id": {"type": ["string", "integer", "null"], "pattern": _NO_NUL, "description": "Comes back as a string."},
            "sentences": {
                "type": ["array", "null"],
                "items": pair,
                "maxItems": limits.sentences,
                "description": "[[start, end], …] in code points: exactly these are labelled. Absent: the text is split.",
            },
            "targets": _targets(limits),
        },
    }


def _many(limits: Limits) -> Json:
    return {
        "type": "object",
        "description": "Several articles; one that cannot be labelled is named in `errors`, and the others are labelled.",
        "required": ["articles"],
        "additionalProperties": False,
        "properties": {
            "articles": {
                "type": "array",
                "minItems": 1,
                "maxItems": limits.articles,
                "items": {"anyOf": [_ref("OneArticle"), {"description": "Anything else ends in `errors`."}]},
            },
            "targets": _targets(limits),
        },
    }


def _targets(limits: Limits) -> Json:
    return {
        "type": ["array", "null"],
        "minItems": 1,
        "maxItems": limits.targets,
        "items": _ref("Target"),
        "description": "The stance towards these, in place of the one that each sentence points at.",
    }


def _target() -> Json:
    whose = {"article_id": {"type": ["string", "integer", "null"], "description": "Of the only article that is asked."}}
    named = {"target": {"type": "string", "pattern": f"[^{_BLANK}]"}, **whose}
    absent: Json = {"start": {"type": "null"}, "end": {"type": "null"}}
    offsets: Json = {"start": {"type": "integer", "minimum": 0}, "end": {"type": "integer", "minimum": 1}}
    return {
        "description": "A name, with other names after `|`; or an object, whose `start` and `end` are the words that name it.",
        "anyOf": [
            {"type": "string", "pattern": f"[^|{_BLANK}]", "examples": ["China|PRC|Beijing"]},
            {"type": "object", "required": ["target"], "properties": {**named, **absent}},
            {"type": "object", "required": ["target", "start", "end"], "properties": {**named, **offsets}},
        ],
    }


def _record() -> Json:
    """A record, column by column as :data:`stance.records.SCHEMA` has it."""
    properties = {}
    for field in SCHEMA:
        kind = "string"
        if pa.types.is_integer(field.type):
            kind = "integer"
        elif pa.types.is_floating(field.type):
            kind = "number"
        properties[field.name] = {"type": kind if field.name in _ALWAYS else [kind, "null"]}
    return _object("One labelled sentence, as `stance score` writes it. Offsets are code points of the text.", properties)


def _labelled() -> Json:
    entry = _object(
        "An article and its sentences.", {"id": {"type": "string"}, "records": {"type": "array", "items": _ref("Record")}}
    )
    error = _object("An article that was not labelled.", {"id": {"type": "string"}, "reason": {"type": "string"}})
    return _object(
        "All articles of the request, in its order.",
        {
            "model": {"type": "string"},
            "articles": {"type": "array", "items": entry},
            "errors": {"type": "array", "items": error},
        },
    )
