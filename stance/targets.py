"""(sentence, target) pairs, pointed at or asked for; stance and target are made consistent here."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stance.articles import Article
from stance.decode import NamedMention, Reading
from stance.errors import InputError, UsageError
from stance.names import could_name, same_name, strip_title
from stance.resolve import PRONOUNS, Cast, Resolved
from stance.spans import Span, overlap


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


Targets = Sequence[Target]


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
    chars: Span | None
    score: float
    vector: np.ndarray


def parse(text: str) -> list[Target]:
    """The argument of ``--targets``: a comma-separated list, a ``.txt`` file, or a CSV/JSONL file of targets by article.

    Raises:
        UsageError: an empty list, or a file that is missing or lacks a column.
    """
    path = Path(text)
    try:
        if text.endswith(".txt"):
            lines = path.read_text("utf-8-sig").splitlines()
        elif text.endswith((".csv", ".jsonl")):
            return [_from_row(row, f"{text}:{number}") for number, row in _rows(path)]
        else:
            lines = text.split(",")
    except OSError as error:
        raise UsageError(f"--targets {text}: cannot be read ({error.strerror}); give a list, a .txt, .csv or .jsonl file") from None
    found = [[name.strip() for name in line.split("|") if name.strip()] for line in lines]
    targets = [Target(names[0], tuple(names[1:])) for names in found if names]
    if not targets:
        raise UsageError(f"--targets {text!r}: names no target; give for example --targets \"China,Barack Obama\"")
    return targets


def given(targets: str | Iterable[Any] | None) -> list[Target] | None:
    """Targets as Python callers give them: the text of ``--targets``, names, or mappings with ``target`` and offsets."""
    if targets is None:
        return None
    if isinstance(targets, str):
        return parse(targets)
    made = []
    for item in targets:
        if isinstance(item, Target):
            made.append(item)
        elif isinstance(item, str):
            made.append(Target(item))
        elif isinstance(item, Mapping):
            made.append(_from_row(item, "targets"))
        else:
            raise InputError(f"targets: {item!r} is neither a name nor a mapping with target, start and end")
    return made


def _rows(path: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            yield from enumerate(csv.DictReader(file), start=2)
            return
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except ValueError as error:
                    raise UsageError(f"{path}:{number}: no JSON ({error})") from None


def _from_row(row: Mapping[str, Any], place: str) -> Target:
    name = row.get("target") if isinstance(row, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"{place}: no target in it; expected article_id, target and optionally start, end")
    article_id = row.get("article_id")
    try:
        ends = [int(row[k]) for k in ("start", "end") if row.get(k) not in (None, "")]
    except (TypeError, ValueError):
        raise UsageError(f"{place}: start {row.get('start')!r} and end {row.get('end')!r} are no offsets") from None
    if len(ends) == 1 or (ends and not 0 <= ends[0] < ends[1]):
        raise UsageError(f"{place}: start {row.get('start')!r} and end {row.get('end')!r} are no span")
    return Target(name.strip(), (), None if article_id is None else str(article_id), Span(*ends) if ends else None)


def pointed(article: Article, readings: Sequence[Reading], speakers: Sequence[Resolved], mentions: Sequence[NamedMention], people: Cast) -> list[TargetPair]:
    """The pair that each sentence's own pointer gives, "none" left out: whether there is a stance, the stance head says."""
    return [
        TargetPair(
            reading.sentence,
            canonical(article.text, reading.target.chars, people, speaker.name),
            reading.target.chars,
            reading.target.probability / max(1e-6, 1 - reading.target.none),
            reading.target_vector,
        )
        for reading, speaker in zip(readings, speakers, strict=True)
    ]


def canonical(text: str, chars: Span, people: Cast, speaker: str | None) -> str:
    """The canonical name of who or what ``chars`` names, or the words themselves."""
    words = text[chars.start : chars.end]
    kind = PRONOUNS.get(words.lower())
    if kind is not None:
        return _before(people, chars, kind, speaker) or words
    head = strip_title(words)
    for candidate in reversed(people.within(chars)):
        name = people.candidates[candidate].name
        if not people.candidates[candidate].described and (same_name(head, name) or could_name(head, name)):
            return name
    return words


def _before(people: Cast, chars: Span, kind: str, speaker: str | None) -> str | None:
    """The latest named candidate before a pronoun that is not the speaker."""
    for start, _, candidate, _ in reversed(people.events):
        found = people.candidates[candidate]
        if start < chars.start and not found.described and found.name != speaker:
            person = len(found.kinds) < 2 or found.kinds[1] >= max(found.kinds[2:], default=0)
            if person or kind not in ("he", "she"):
                return found.name
    return None


def asked(article: Article, sentences: Sequence[Span], targets: Targets, people: Cast) -> list[tuple[int, str, Span]]:
    """Each sentence with each target that it names: (sentence, target as asked for, its words), in the text's order.

    A sentence names a target by its words (given offsets, or the name or an alias as written), or by a name that
    resolves to it.
    """
    found: dict[tuple[int, str], Span] = {}
    for target in targets:
        if target.article_id is not None and target.article_id != article.id:
            continue
        spans = [target.chars] if target.chars else _occurrences(article, target, people)
        for chars in spans:
            for i in _sentences_of(sentences, chars):
                found.setdefault((i, target.name), chars)
    return [(i, name, chars) for (i, name), chars in sorted(found.items(), key=lambda item: (item[0][0], item[1]))]


def _occurrences(article: Article, target: Target, people: Cast) -> list[Span]:
    spans = set()
    for name in (target.name, *target.aliases):
        at = article.text.find(name)
        while at >= 0:
            end = at + len(name)
            if not (article.text[at - 1 : at].isalnum() if at else False) and not article.text[end : end + 1].isalnum():
                spans.add(Span(at, end))
            at = article.text.find(name, end)
    names = (target.name, *target.aliases)
    for candidate in people.candidates:
        if any(same_name(candidate.name, name) for name in names):
            spans.update(candidate.mentions)
    return sorted(spans)


def _sentences_of(sentences: Sequence[Span], chars: Span) -> list[int]:
    return [i for i, s in enumerate(sentences) if overlap(s, chars)]
