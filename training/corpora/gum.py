"""GUM (Zeldes 2017): Wikinews news and interviews with gold sentence bounds, coreference chains and interview turns.

Gives proper names for the tagger, chains for resolution, and, in interviews, who answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from stance.articles import Article
from stance.records import Record
from stance.spans import Span, contains
from stance.titles import core, is_capitalised, is_particle, is_title_word, looks_personal
from training.corpora.conversion import HELD_OUT, Conversion, held_out, labelled, read_lines
from training.gold import Labelled

NAME = "gum"
KINDS = {"person": "person", "organization": "organisation", "place": "place"}
META = ("title", "url", "date", "source")

_WORD = re.compile(r"[^\W_](?:[\w@&-]|[.’'](?=[^\W\d_]))*(?:(?<=\b[A-Z])\.)?|[,;:()\[\]\"“”‘—–]")
_POSSESSIVE = re.compile(r"(?:[’']s|(?<=s)[’'])$")
_INNER = frozenset(["of", "the", "for", "and", "de", "del", "della", "la", "le", "&", "di"])
_BEFORE_OTHERS = frozenset(["of", "at", "in", "from", "on", "for", "with", "by", "and", "or", "the", "a", "an", "to", "as"])
"""A capitalised run behind one of these names something else than the person whose mention it ends."""

_PRONOUNS = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "who",
        "someone",
        "anyone",
        "everyone",
        "nobody",
        "people",
        "officers",
        "police",
    ]
)
_LEADING = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "some",
        "any",
        "all",
        "every",
        "no",
        "my",
        "your",
        "his",
        "her",
        "its",
        "our",
        "their",
    ]
)
_SPEAKER = frozenset({"speaker"})


@dataclass(frozen=True, slots=True)
class Chain:
    """One entity of an article.

    Attributes:
        number: its index among the article's entities.
        kind: one of the values of :data:`KINDS`.
        mentions: all that refer to it, pronouns and descriptions included, in order.
        names: the proper names in these mentions, in order; empty where none has one.
    """

    number: int
    kind: str
    mentions: tuple[Span, ...]
    names: tuple[Span, ...]


def convert(source: Path) -> Conversion:
    """Articles with the extra columns ``names`` and ``chains``; answers in interviews decide the speaker.

    ``names``: ``[start, end, kind]`` of the sentence's proper names, outermost only; ``chains``: ``[start, end, chain]`` of
    the sentence's mentions of entities that have a proper name somewhere. Offsets count in the article's text.

    Args:
        source: the folder (its ``articles.jsonl`` is taken) or the file.
    """
    drops: Counter[str] = Counter()
    items = []
    for row in read_lines(source / "articles.jsonl" if source.is_dir() else source):
        if row["id"] in held_out():
            drops[HELD_OUT] += 1
        else:
            items.append(_article(row))
    return Conversion(NAME, tuple(items), drops)


def chains(row: Mapping[str, Any]) -> list[Chain]:
    """The persons, organisations and places of an article row."""
    text = row["text"]
    starts = {start for start, _ in row["sentences"]}
    inner = set(re.findall(r"(?<=[a-z,] )[A-Z]\w+", text))
    out = []
    for number, entity in enumerate(row["entities"]):
        if entity["type"] not in KINDS:
            continue
        mentions = sorted(Span(*mention) for mention in entity["mentions"])
        known = unquote(entity["name"] or "")
        found = [name for mention in mentions if (name := proper_name(text, mention, KINDS[entity["type"]]))]
        sure = [name for name in found if name.start not in starts or _is_name(text, name, known, inner)]
        out.append(Chain(number, KINDS[entity["type"]], tuple(mentions), tuple(_shortest(text, sure))))
    return out


def proper_name(text: str, mention: tuple[int, int], kind: str) -> Span | None:
    """The proper name that heads a mention, titles cut off; ``None`` where its head is no name.

    >>> text = "US President Barack Obama, who spoke"
    >>> text[slice(*proper_name(text, (0, 25), "person"))]
    'Barack Obama'
    >>> proper_name("the Australian woman", (0, 20), "person") is None
    True
    """
    words = _phrase(text, mention)
    return _person(text, words) if kind == "person" else _run(words, lambda word: word in _INNER)


def _person(text: str, words: list[re.Match[str]]) -> Span | None:
    """The run that ends the phrase, or, where that belongs to somebody else (``of Google``), the one before the preposition."""
    stops = [at for at, word in enumerate(words) if at and word.group() in _BEFORE_OTHERS]
    for piece in (words, words[: stops[0]] if stops else []):
        run = _run(piece, is_particle)
        if run is None:
            continue
        at = next(at for at, word in enumerate(piece) if word.end() > run.start)
        own = [at for at, word in enumerate(piece[:-1]) if _POSSESSIVE.search(word.group()) and word.end() > run.start]
        start = piece[own[-1] + 1].start() if own else run.start
        inner = core(text[start : run.end])
        name = Span(start + inner.start, start + inner.end)
        parts = text[slice(*name)].split()
        behind = at and start == run.start and piece[at - 1].group() in _BEFORE_OTHERS - {"the", "a", "an"}
        if not behind and looks_personal(parts) and not all(is_title_word(part) for part in parts):
            return name
    return None


def _run(words: list[re.Match[str]], joins: Callable[[str], bool]) -> Span | None:
    """The maximal run of capitalised words (and of what joins them) that ends ``words``."""
    run: list[re.Match[str]] = []
    for word in reversed(words):
        if not (is_capitalised(word.group()) or (run and joins(word.group()))):
            break
        run.insert(0, word)
    while run and (run[0].group().lower() in _LEADING or not is_capitalised(run[0].group())):
        run.pop(0)
    if not run or (len(run) == 1 and run[0].group().lower() in _PRONOUNS):
        return None
    tail = _POSSESSIVE.search(run[-1].group())
    return Span(run[0].start(), run[-1].end() - (len(tail.group()) if tail else 0))


def _phrase(text: str, mention: tuple[int, int]) -> list[re.Match[str]]:
    """Words of the mention up to the first comma or bracket behind a capitalised word."""
    words: list[re.Match[str]] = []
    for word in _WORD.finditer(text, *mention):
        if word.group()[0].isalnum():
            words.append(word)
        elif any(is_capitalised(before.group()) for before in words):
            break
    return words


def _is_name(text: str, name: Span, known: str, inner: set[str]) -> bool:
    """Whether a capitalised run that opens a sentence is a name: two capitals, known to Wikipedia, or seen elsewhere."""
    words = text[slice(*name)].split()
    return len(words) > 1 or words[0] in known or (words[0].isupper() and len(words[0]) > 1) or words[0] in inner


def _shortest(text: str, names: list[Span]) -> list[Span]:
    """Each name cut to the longest other name of the chain (two words or more) that it ends in, so that titles go."""
    forms = {form for form in (text[slice(*name)] for name in names) if " " in form}
    out = []
    for name in names:
        form = text[slice(*name)]
        ends = [f for f in forms if form.endswith(" " + f)]
        out.append(Span(name.end - len(max(ends, key=len)), name.end) if ends else name)
    return out


def _article(row: Mapping[str, Any]) -> Labelled:
    sentences = tuple(Span(*pair) for pair in row["sentences"])
    article = Article(row["id"], row["text"], sentences, {key: row[key] for key in META if row.get(key)})
    found = chains(row)
    names = _outermost([(*name, chain.kind) for chain in found for name in chain.names], row["text"])
    mentions = sorted((*mention, chain.number) for chain in found if chain.names for mention in chain.mentions)
    extra = [
        {
            "names": [list(name) for name in names if contains(span, name[:2])],
            "chains": [list(mention) for mention in mentions if contains(span, mention[:2])],
        }
        for span in sentences
    ]
    turns = row.get("turn_speakers") or ()
    records = [
        Record(row["id"], index, *sentences[index], row["text"][slice(*sentences[index])], speaker=speaker, labelled=_SPEAKER)
        for index, speaker in enumerate(turns)
        if speaker
    ]
    return labelled(article, records, NAME, extra)


def _outermost(names: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """The names without those that lie in another one; two names joined by "and" are two."""
    ends = {end: start for start, end, _ in sorted(names)}  # the shortest name that ends there
    lists = {n for n in names if text[n[0] : n[1]].count(" and ") and text[n[0] : max(ends[n[1]], n[0])].endswith(" and ")}
    out: list[tuple[int, int, str]] = []
    for name in sorted(set(names) - lists, key=lambda name: (name[0], -name[1])):
        if not out or name[0] >= out[-1][1]:
            out.append(name)
    return out
