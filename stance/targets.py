"""(sentence, target) pairs, pointed at or asked for; stance and target are made consistent here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stance.articles import Article
from stance.casting import Cast
from stance.decode import Reading
from stance.errors import InputError, SetAside, UsageError
from stance.names import same_name
from stance.packed import ending
from stance.spans import Span
from stance.tables import READERS, rows


@dataclass(frozen=True, slots=True)
class Target:
    """A target that a user asks for.

    Attributes:
        name: as it appears in the output.
        aliases: other names.
        article_id: of the only article that is asked, ``None`` for all.
        chars: the words in this article that name it, ``None`` to find them by name.
    """

    name: str
    aliases: tuple[str, ...] = ()
    article_id: str | None = None
    chars: Span | None = None

    def __post_init__(self) -> None:
        # A blank name would be found everywhere.
        if not all(name.strip() for name in (self.name, *self.aliases)):
            raise InputError(
                f"targets: {self.name!r} with other names {list(self.aliases)} has a blank name; give words that name it"
            )


Targets = Sequence[Target]

_STRAIGHT = str.maketrans("’‘“”", "''\"\"")


@dataclass(frozen=True, slots=True, eq=False)
class TargetPair:
    """What a stance may be about.

    Attributes:
        sentence: index of the sentence.
        name: canonical name, or the words.
        chars: the words in the article.
        score: probability of the words.
        vector: mean of their states, f32[H].
    """

    sentence: int
    name: str
    chars: Span
    score: float
    vector: np.ndarray


def parse(text: str) -> list[Target]:
    """The argument of ``--targets``: a comma-separated list, a ``.txt`` file, or a CSV/JSONL file of targets by article.

    Raises:
        UsageError: an empty list, or a file that is missing, not readable or lacks a column.
    """
    kind, _ = ending(text)
    if kind in READERS:
        targets = [_from_row(row, place) for row, place in _rows(text)]
    else:
        targets = [_named(part) for part in (_lines(text) if kind == ".txt" else text.split(",")) if part.strip(" |")]
    if not targets:
        raise UsageError(f'--targets {text}: names no target; give for example --targets "China,Barack Obama"')
    return targets


def given(targets: str | Iterable[Any] | None) -> list[Target] | None:
    """Targets as Python callers give them: the text of ``--targets``, names, or mappings with ``target`` and offsets.

    Raises:
        InputError, UsageError: something that is none of these, or without a name.
    """
    if targets is None:
        return None
    if isinstance(targets, str):
        return parse(targets)
    if isinstance(targets, Mapping) or not isinstance(targets, Iterable):
        raise InputError(f"targets: {targets!r} is no list; expected names, or mappings with target and optionally start and end")
    made = []
    for item in targets:
        if isinstance(item, Target):
            made.append(item)
        elif isinstance(item, str):
            made.append(_named(item))
        elif isinstance(item, Mapping):
            made.append(_from_row(item, "targets"))
        else:
            raise InputError(f"targets: {item!r} is neither a name nor a mapping with target, start and end")
    return made


def _named(text: str) -> Target:
    """A target from its name and other names, ``|`` between them."""
    name, *aliases = [part.strip() for part in text.split("|") if part.strip()] or [""]
    return Target(name, tuple(aliases))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(
            f"--targets {path}: cannot be read ({error.strerror}); give a list, or a .txt, .csv or .jsonl file"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"--targets {path}: not UTF-8: {error.reason} at byte {error.start}; save the file as UTF-8") from None


def _rows(path: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The rows of a file with the place of each; a bad row is a bad call here, for a target left out would go unnoticed."""
    for row in list(rows(path)):
        place = f"--targets {row.file}" + ("" if row.line is None else f":{row.line}")
        if isinstance(row, SetAside):
            raise UsageError(f"{place}: {row.reason}")
        yield row.values, place


def _from_row(row: Mapping[str, Any], place: str) -> Target:
    name, article_id, start, end = (_cell(row, key) for key in ("target", "article_id", "start", "end"))
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"{place}: no target in it; expected article_id, target and optionally start, end")
    chars = None
    if start is not None or end is not None:
        try:
            chars = Span(*(int(n) for n in (start, end) if not isinstance(n, bool) and int(n) == float(n)))
        except (TypeError, ValueError, OverflowError):
            raise UsageError(f"{place}: start {start!r} and end {end!r} are no offsets; expected two whole numbers") from None
        if not 0 <= chars.start < chars.end:
            raise UsageError(f"{place}: start {start!r} and end {end!r} are no span; expected 0 <= start < end")
    return Target(name.strip(), (), None if article_id is None else str(article_id), chars)


def _cell(row: Mapping[str, Any], key: str) -> Any:
    """A value, ``None`` for an empty cell of CSV and for NaN, which is pandas' null and not equal to itself."""
    value = row.get(key)
    return None if value != value or value == "" else value


def pointed(article: Article, readings: Sequence[Reading]) -> list[TargetPair]:
    """The pair that each sentence's own pointer gives, "none" left out: whether there is a stance, the stance head says. Its name
    are the words, see :func:`stance.referents.refer`."""
    return [
        TargetPair(
            reading.sentence,
            article.text[slice(*reading.target.chars)],
            reading.target.chars,
            reading.target.probability / max(1e-6, 1 - reading.target.none),
            reading.target_vector,
        )
        for reading in readings
    ]


def asked(article: Article, sentences: Sequence[Span], targets: Targets, people: Cast) -> list[tuple[int, str, Span]]:
    """Each sentence with each target that it names: (sentence, target as asked for, its words), in the text's order.

    A sentence names a target by its words (given offsets, or the name or an alias as written), or by a name that
    resolves to it.
    """
    found: dict[tuple[int, str], Span] = {}
    for target in targets:
        if target.article_id is not None and target.article_id != article.id:
            continue
        if target.chars and target.chars.end > len(article.text):
            raise InputError(
                f"article {article.id!r}: target {target.name!r} lies at {target.chars.start}-{target.chars.end}, "
                f"the text ends at {len(article.text)}"
            )
        spans = [target.chars] if target.chars else _occurrences(article, target, people)
        for chars in spans:
            for i in _sentences_of(sentences, chars):
                found.setdefault((i, target.name), chars)
    return [(i, name, chars) for (i, name), chars in sorted(found.items(), key=lambda item: (item[0][0], item[1]))]


def _occurrences(article: Article, target: Target, people: Cast) -> list[Span]:
    spans = set()
    text = article.text.translate(_STRAIGHT)  # one character for one, so that places stay
    for name in (n.translate(_STRAIGHT) for n in (target.name, *target.aliases)):
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if not (text[at - 1 : at].isalnum() if at else False) and not text[end : end + 1].isalnum():
                spans.add(Span(at, end))
            at = text.find(name, end)
    names = (target.name, *target.aliases)
    for candidate in people.candidates:
        if any(same_name(candidate.name, name) for name in names):
            spans.update(candidate.mentions)
    return sorted(spans)


def _sentences_of(sentences: Sequence[Span], chars: Span) -> list[int]:
    low = bisect_right(sentences, chars.start, key=lambda s: s.end)
    high = bisect_left(sentences, chars.end, key=lambda s: s.start)
    return list(range(low, high))
