"""Articles: what goes in. Paths, folders, globs, standard input, text, HTML and dicts to :class:`Article`; no splitting."""

from __future__ import annotations

import codecs
import glob
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import IO, Any

from stance import tables
from stance.errors import InputError, SetAside, UsageError
from stance.packed import damage, damages, ending, open_bytes, shown
from stance.spans import Span

STDIN = "-"
"""The input that stands for JSONL on standard input."""

_UNWRITABLE = re.compile("[\ud800-\udfff\0]")
"""Halves of surrogate pairs, which no file can hold as UTF-8, and NUL, which databases refuse."""

_META_OF_PAGE = {"title": "title", "date": "date", "url": "url", "source": "sitename", "author": "author"}
"""Our column -> trafilatura's name for it."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article.

    Attributes:
        id: unique within a run.
        text: as the user gave it; every offset of the project indexes it (Unicode code points).
        sentences: given sentence bounds, or ``None`` where the project splits.
        meta: title, url, date, source, lang and every other column.
    """

    id: str
    text: str
    sentences: tuple[Span, ...] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


SHOWN: tuple[str, ...] = ("title", "date", "source", "url", "author", "lang")
"""Columns beside the text that pages and networks show."""

_Found = tuple[Article | SetAside, str, int | None]
"""An item, the file and the line it was read from."""


def read(
    inputs: Sequence[str], columns: Mapping[str, str] | None = None, stdin: IO[bytes] | None = None
) -> Iterator[Article | SetAside]:
    """The articles of the inputs in order; what is no article, or bears an id already read, is set aside.

    Args:
        inputs: files, folders, globs, ``-``; see :func:`expand`.
        columns: our column -> the file's (tables only).
        stdin: what ``-`` reads, by default the process's standard input.

    Raises:
        UsageError: an input that is not there; at once, before anything is read.
    """
    paths = expand(inputs)
    names = Counter(os.path.basename(path) for path in paths)
    # Without ids, two folders' `1.txt` would pass for one article: a name that is not unique stands with its folder.
    labels = [shown(name if names[name := os.path.basename(path)] == 1 else Path(path).as_posix()) for path in paths]
    return _once(found for path, label in zip(paths, labels, strict=True) for found in _file(path, label, columns or {}, stdin))


def expand(inputs: Sequence[str]) -> list[str]:
    """The files that the inputs name, in order, each once; a folder gives its files of known endings, sorted.

    Raises:
        UsageError: an input that does not exist, gives no file, or is a file of unknown ending.
    """
    found: dict[str, str] = {}
    for given in map(str, inputs):
        for path in [STDIN] if given == STDIN else _expand(given):
            found.setdefault(path if path == STDIN else os.path.realpath(path), path)
    return list(found.values())


def from_mapping(obj: Mapping[str, Any], *, default_id: str, place: str = "") -> Article:
    """An article from a dict as JSON gives it.

    Args:
        obj: ``text``, and optionally ``id``, ``sentences`` and anything else, which becomes ``meta``.
        default_id: the id where none is given.
        place: what the error begins with, such as file and line.

    Raises:
        InputError: naming the key that breaks the contract.
    """
    try:
        text = _text(obj.get("text"))
        meta = {str(key): value for key, value in obj.items() if key not in ("id", "text", "sentences")}
        for key in SHOWN:
            check_characters(key, meta.get(key))
        return Article(_id(obj.get("id"), default_id), text, _sentences(obj.get("sentences"), text), meta)
    except InputError as error:
        raise InputError(f"{place}: {error}" if place else str(error)) from None


def _expand(given: str) -> list[str]:
    path = Path(given)
    if path.is_dir():
        files = [str(p) for p in sorted(path.rglob("*")) if p.is_file() and _is_known(p)]
    elif path.exists():
        if not _is_known(path):
            raise UsageError(f"{given}: unknown ending; expected {', '.join(ENDINGS)}, or these with .gz or .zst")
        files = [given]
    elif glob.has_magic(given):
        matches = [Path(p) for p in sorted(glob.glob(given, recursive=True))]
        inside = [file for p in matches for file in ([p] if p.is_file() else sorted(p.rglob("*")))]
        files = [str(p) for p in inside if p.is_file() and _is_known(p)]
    else:
        raise UsageError(f"{given}: no such file or folder")
    if not files:
        raise UsageError(f"{given}: no article in it; expected files that end in {', '.join(ENDINGS)}")
    return files


def _is_known(path: Path) -> bool:
    return ending(path)[0] in ENDINGS


def _file(path: str, label: str, columns: Mapping[str, str], stdin: IO[bytes] | None) -> Iterator[_Found]:
    """One file's articles; ``label`` begins the ids of those that have none."""
    if path == STDIN:
        yield from _rows(tables.jsonl(stdin or sys.stdin.buffer, columns, STDIN), label)
    elif ending(path)[0] in PAGES:
        yield _page(path, label)
    else:
        try:
            rows = tables.rows(path, columns)
        except UsageError as error:  # the file went away while others were read
            yield SetAside(shown(path), None, None, str(error)), shown(path), None
            return
        yield from _rows(rows, label)


def _rows(rows: tables.Rows, label: str) -> Iterator[_Found]:
    for row in rows:
        if isinstance(row, SetAside):
            yield row, row.file or STDIN, row.line
        else:
            yield _article(row.values, f"{label}:{row.line}", row.file, row.line), row.file, row.line


def _page(path: str, label: str) -> _Found:
    """A file that is one article."""
    item: Article | SetAside
    try:
        with open_bytes(path) as stream:
            values = PAGES[ending(path)[0]](stream.read())
    except InputError as error:
        item = SetAside(shown(path), None, label, str(error))
    except damages() as error:
        item = SetAside(shown(path), None, label, damage(error))
    else:
        item = _article(values, label, shown(path), None)
    return item, shown(path), None


def _article(values: Mapping[str, Any], default_id: str, file: str, line: int | None) -> Article | SetAside:
    try:
        return from_mapping(values, default_id=default_id)
    except InputError as error:
        try:
            name = _id(values.get("id"), default_id)
        except InputError:
            name = None
        return SetAside(file, line, name, str(error))


def _plain_text(raw: bytes) -> dict[str, Any]:
    try:
        return {"text": raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")}
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: {error.reason} at byte {error.start}; save the file as UTF-8") from None


def _main_text(raw: bytes) -> dict[str, Any]:
    """Title, date and main text of an HTML page, a paragraph a line."""
    import trafilatura

    page: Any = trafilatura.bare_extraction(raw, with_metadata=True, include_comments=False) if raw.strip() else None
    if page is None or not (page.text or "").strip():
        raise InputError("no main text found in the page")
    found = {ours: getattr(page, theirs, None) for ours, theirs in _META_OF_PAGE.items()}
    return {"text": page.text.strip(), **{name: value for name, value in found.items() if value}}


PAGES: Mapping[str, Callable[[bytes], dict[str, Any]]] = {".txt": _plain_text, ".html": _main_text, ".htm": _main_text}
"""Ending of a file that is one article -> what makes a mapping of its bytes."""

ENDINGS: tuple[str, ...] = (*tables.READERS, *PAGES)
"""Endings of files that hold articles, ``.gz`` and ``.zst`` aside."""


def _once(found: Iterator[_Found]) -> Iterator[Article | SetAside]:
    """What was found, with each article whose id came before set aside; 16 bytes are kept of each id."""
    seen: set[bytes] = set()
    for item, file, line in found:
        key = hashlib.blake2b(item.id.encode(), digest_size=16).digest() if isinstance(item, Article) else b""
        if isinstance(item, Article) and key in seen:
            yield SetAside(file, line, item.id, f"id {item.id!r} came before in this run; give each article its own")
            continue
        seen.add(key)
        yield item


def _id(value: Any, default: str) -> str:
    if value is None or (isinstance(value, float) and value != value):  # NaN: pandas' null
        return default
    if isinstance(value, bool) or not isinstance(value, str | Integral):
        raise InputError(f"`id` is {_short(value)}; expected a string or a whole number")
    check_characters("id", value)
    return str(value) if str(value).strip() else default


def _text(value: Any) -> str:
    if value is None:
        raise InputError("no `text`; expected a string (--columns text=NAME maps another column)")
    if not isinstance(value, str):
        raise InputError(f"`text` is {_short(value)}; expected a string")
    if not value.strip():
        raise InputError("`text` is blank")
    check_characters("text", value)
    return value


def check_characters(name: str, value: Any) -> None:
    """Whether a cell can be written; what nobody keeps or shows may hold anything.

    Raises:
        InputError: it is a text with half a surrogate pair or NUL.
    """
    bad = _UNWRITABLE.search(value) if isinstance(value, str) else None
    if bad:
        what = "NUL" if bad[0] == "\0" else "half a surrogate pair"
        raise InputError(f"`{name}` holds {what} (U+{ord(bad[0]):04X}) at character {bad.start()}; take it out")


def _sentences(value: Any, text: str) -> tuple[Span, ...] | None:
    if isinstance(value, str):  # a cell of a CSV file
        try:
            value = json.loads(value) if value.strip() else None
        except (ValueError, RecursionError):
            raise InputError(f"`sentences` is {_short(value)}; expected [[start, end], …]") from None
    if value is None or (isinstance(value, float) and value != value):
        return None
    value = value.tolist() if hasattr(value, "tolist") else value  # numpy, out of a pandas row
    if not isinstance(value, list | tuple):
        raise InputError(f"`sentences` is {_short(value)}; expected [[start, end], …]")
    spans: list[Span] = []
    for index, pair in enumerate(value):
        spans.append(_sentence(pair, index, spans[-1].end if spans else 0, text))
    return tuple(spans)


def _sentence(pair: Any, index: int, least: int, text: str) -> Span:
    """Sentence ``index`` where the one before it ends at ``least``."""
    pair = pair.tolist() if hasattr(pair, "tolist") else pair
    if not isinstance(pair, list | tuple) or len(pair) != 2 or any(type(n) is bool or not isinstance(n, Integral) for n in pair):
        raise InputError(f"`sentences`[{index}] is {_short(pair)}; expected two whole numbers [start, end]")
    start, end = map(int, pair)
    if not 0 <= start < end <= len(text):
        raise InputError(f"`sentences`[{index}] is [{start}, {end}], no span of a text of {len(text)} characters")
    if start < least:
        raise InputError(f"`sentences`[{index}] begins at {start}, before the sentence before it ends at {least}")
    if not text[start:end].strip():
        raise InputError(f"`sentences`[{index}] is [{start}, {end}], where the text is blank")
    return Span(start, end)


def _short(value: Any) -> str:
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 40 else shown[:39] + '…'}"
