"""The body of a request -> articles and targets, or a clear refusal. Nothing of the body reaches a file name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from stance.articles import Article, from_mapping
from stance.errors import InputError, UsageError
from stance.service.limits import Limits, Refused
from stance.targets import Target, given

ARTICLE_KEYS = ("id", "text", "sentences")
BATCH_KEYS = ("articles", "targets")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An article to label; ``targets`` are those asked for, ``None`` for the pointed ones."""

    article: Article
    targets: tuple[Target, ...] | None


@dataclass(frozen=True, slots=True)
class Bad:
    """An article that cannot be labelled: an entry of ``errors``."""

    id: str
    reason: str


def parse(body: bytes, limits: Limits) -> list[Wanted | Bad]:
    """The articles of a request in order.

    Raises:
        Refused: 422, the request as a whole is no request.
    """
    request = _json(body)
    if not isinstance(request, dict):
        raise Refused(422, f"body: is {_kind(request)}; expected an object with `text`, or with `articles`")
    if ("text" in request) == ("articles" in request):
        raise Refused(422, "body: expected either `text` (one article) or `articles` (a list)")
    try:
        targets = _targets(request.get("targets"), limits)
    except InputError as error:
        return [
            Bad(item.id, str(error)) if isinstance(item, Bad) else Bad(item.article.id, str(error))
            for item in _items(request, None, limits)
        ]
    return _items(request, targets, limits)


def _items(request: Mapping[str, Any], targets: tuple[Target, ...] | None, limits: Limits) -> list[Wanted | Bad]:
    return [_single(request, targets, limits)] if "text" in request else _batch(request, targets, limits)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_float=_number, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Refused(422, f"body: not UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Refused(422, f"body: not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise Refused(422, "body: not readable: brackets nested too deeply") from None
    except ValueError as error:
        raise Refused(422, f"body: not readable: {error}") from None


def _number(digits: str) -> float | int:
    """JSON has one kind of number: ``5.0`` is a whole one."""
    number = float(digits)
    return int(number) if number.is_integer() else number


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _batch(request: Mapping[str, Any], targets: tuple[Target, ...] | None, limits: Limits) -> list[Wanted | Bad]:
    unknown = [key for key in request if key not in BATCH_KEYS]
    if unknown:
        raise Refused(422, f"body: {_short(unknown[0])} beside `articles`; expected {' and '.join(BATCH_KEYS)} only")
    items = request["articles"]
    if not isinstance(items, list) or not items:
        raise Refused(422, f"`articles`: is {_kind(items)}; expected a list of at least one article")
    if len(items) > limits.articles:
        raise Refused(422, f"`articles`: {len(items):,} of them; at most {limits.articles:,} a request, so send several")
    found, seen = list[Wanted | Bad](), set[str]()
    for n, item in enumerate(items):
        made = _item(item, f"article-{n}", targets, limits)
        if isinstance(made, Wanted) and made.article.id in seen:
            made = Bad(made.article.id, f"id {made.article.id!r} came before in this request; give each article its own")
        seen.add(made.article.id if isinstance(made, Wanted) else made.id)
        found.append(made)
    return found


def _item(item: Any, default_id: str, targets: tuple[Target, ...] | None, limits: Limits) -> Wanted | Bad:
    """One article of a list: what is wrong with it is said in ``errors``, and the others go on."""
    if not isinstance(item, dict):
        return Bad(default_id, f"is {_kind(item)}; expected an object with `text`")
    try:
        own = _targets(item["targets"], limits) if item.get("targets") is not None else targets
        return Wanted(_article(item, default_id, limits), own)
    except Refused as refused:
        return Bad(_name(item, default_id), refused.detail)
    except InputError as error:
        return Bad(_name(item, default_id), str(error))


def _single(request: Mapping[str, Any], targets: tuple[Target, ...] | None, limits: Limits) -> Wanted | Bad:
    """The one article of a request: what the schema forbids is the request's fault, what it cannot express is in ``errors``."""
    try:
        plain = _article({**request, "sentences": None}, "article", limits)
        given_sentences = request.get("sentences")
        if not _are_pairs(given_sentences) or len(given_sentences or ()) > limits.sentences:
            _article(request, "article", limits)
            raise InputError("`sentences`: expected [[start, end], …]")
    except InputError as error:
        raise Refused(422, str(error)) from None
    try:
        return Wanted(_article(request, "article", limits), targets)
    except InputError as error:
        return Bad(plain.id, str(error))


def _article(item: Mapping[str, Any], default_id: str, limits: Limits) -> Article:
    """The article without what labelling does not read.

    Raises:
        InputError: no article, or too large a one.
    """
    sentences = item.get("sentences")
    if isinstance(sentences, list) and len(sentences) > limits.sentences:
        raise InputError(f"`sentences`: {len(sentences):,} of them; at most {limits.sentences:,} an article")
    text = item.get("text")
    if isinstance(text, str) and len(text) > limits.characters:
        raise InputError(f"`text`: {len(text):,} characters; at most {limits.characters:,} an article, so cut it in parts")
    try:
        return from_mapping({key: item[key] for key in ARTICLE_KEYS if key in item}, default_id=default_id)
    except InputError as error:
        raise InputError(str(error).replace(" (--columns text=NAME maps another column)", "")) from None


def _are_pairs(value: Any) -> bool:
    return value is None or (
        isinstance(value, list)
        and all(isinstance(pair, list) and len(pair) == 2 and all(type(n) is int for n in pair) for pair in value)
    )


def _name(item: Mapping[str, Any], default_id: str) -> str:
    """The id of an article that is none, where it can be read."""
    try:
        return from_mapping({"id": item.get("id"), "text": "."}, default_id=default_id).id
    except InputError:
        return default_id


def _targets(value: Any, limits: Limits) -> tuple[Target, ...] | None:
    """Targets out of JSON. Never a string: that would be the argument of ``--targets``, which may name a file.

    Raises:
        Refused: the schema forbids it.
        InputError: what the schema cannot express.
    """
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise Refused(422, f"`targets`: is {_kind(value)}; expected a list of at least one name")
    if len(value) > limits.targets:
        raise Refused(422, f"`targets`: {len(value):,} of them; at most {limits.targets:,}")
    for n, item in enumerate(value):
        if not (_is_name(item, "|") if isinstance(item, str) else isinstance(item, dict) and _is_target(item)):
            raise Refused(
                422, f"`targets`[{n}]: expected a name, or an object with `target` and optionally `article_id`, `start` and `end`"
            )
    try:
        return tuple(given(value) or ())
    except (InputError, UsageError) as error:
        raise InputError(_printable(str(error))[:300]) from None


def _is_target(item: Mapping[str, Any]) -> bool:
    start, end, article_id = item.get("start"), item.get("end"), item.get("article_id")
    whole = (start is None and end is None) or (type(start) is int and type(end) is int and start >= 0 and end >= 1)
    return whole and _is_name(item.get("target"), "") and (article_id is None or type(article_id) in (str, int))


def _is_name(value: Any, between: str) -> bool:
    return isinstance(value, str) and _writable(value) and bool(value.translate({ord(c): " " for c in between}).strip())


def _writable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _kind(value: Any) -> str:
    if isinstance(value, list | dict) and not value:
        return "empty"
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def _short(text: str) -> str:
    return _printable(repr(text if len(text) <= 40 else text[:39] + "…"))
