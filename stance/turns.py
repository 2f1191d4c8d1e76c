"""Whose turn it is in a transcript, an interview or on a page of letters, read from its layout: ``NAME: …``, ``Q: …``, names on
lines of their own, questions in paragraphs of their own, signatures. Strings only, English."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from stance.spans import Span
from stance.titles import core, is_capitalised, is_particle, looks_personal
from stance.vocabulary import FUNCTION, vocabulary

_LABEL = re.compile(
    r"^[ \t>*_\"“]*(?P<label>[^\W\d_][^\n:“”\"?!;()\[\]]{0,60}?)[ \t]*(?:\((?P<who>[^()\n]{1,60})\)|\[[^\]\n]{1,60}\])?[*_]*:[*_]*(?=\s|$)",
    re.M,
)
_QUESTION, _ANSWER = re.compile(r"q(?:uestion)?\.?|journalist|reporter", re.I), re.compile(r"a(?:nswer)?\.?", re.I)
_INITIALS = re.compile(r"[A-Z]{2,3}")
_FULL_NAME = re.compile(r"[A-Z][\w’'-]+(?: [A-Z][\w.’'-]*)+")
_SPEECH = re.compile(r"(?<!\S)[a-z'’]{2,}[,.?!…]*(?!\S)")
"""A word of a sentence, as neither a number of votes nor an address has."""

_NO_NAMES = vocabulary(
    """claim fact facts myth truth verdict reality home away pros cons pro con where when who what why how photo photos video videos
    more note source sources update email phone twitter facebook web website tip tips question answer background context analysis
    step day part chapter round"""
)
"""Labels of lists and of fact checks."""

_LINE = re.compile(r"[^\s][^\n]*(?<=\S)")
_QUOTED, _YOU, _ENDED = re.compile(r"[\"“‘«„']"), re.compile(r"\byour?s?\b", re.I), re.compile(r"[.?!…][\"”’)\]]*$")
_SIGNED = re.compile(
    r"^[ \t]*(?P<quote>[“\"«„][^\n]*[”\"»])[ \t]*\n\s*[—–-]{1,2}[ \t]*(?P<name>[^\W\d_][^\n,(]{1,59}?)[ \t]*(?=[\n,(]|$)", re.M
)
_ME = re.compile(r"\b(?:I|[Mm]y|[Mm]e)\b")
ASKS = re.compile(
    r"(?:,? (?:of|from) (?:the )?[A-Z]\w+(?: [A-Z]\w+){0,3},?)?"  # Efua Sarbah of the Coast Mirror
    r"(?: \w+)?? (?:interview(?:ed|s)|me(?:t|ets)|sp(?:oke|eaks)|talk(?:ed|s)|ask(?:ed|s)|sat down|sits down|caught up|visit(?:ed|s))\b"
    r"(?! (?:to|with) (?:us|me)\b)"
)
"""What follows the name of whoever asks, before an interview begins."""
_ASKER = re.compile(r"(?<!\S)[A-Z]\w+(?=" + ASKS.pattern + ")")
_QUESTIONS = 2
"""Of the shortest interview without labels."""
_LONGEST = 300
"""Characters of a question; a longer paragraph that ends with one is an answer."""
_MOST = 6
"""Paragraphs, or fewer, in such an interview to each question."""

_HEAD = re.compile(
    r"^[ \t>*_]*(?P<label>[^\W\d_][\w.’'-]*(?: [^\W\d_][\w.’'-]*){0,4})(?P<role>[ \t]*(?:--?|—|–|,)[ \t]*[^\n]{2,80}?)?[ \t*_]*$",
    re.M,
)
_OWN_LINES = 5
"""Heads of the shortest transcript whose speakers stand on lines of their own."""
_TOLD_TO = re.compile(r"^[ \t]*\W?as told to:? [A-Z][^\n]{2,60}$", re.M | re.I)
_CREDIT = re.compile(
    r"(?:(?:^|\n)[ \t]*\W?(?:interview(?:er|ed)?(?: by)?|as told to|words(?: by)?|text(?: by)?|by|reported by|from our reporter)"
    r"|[.!?…”\"’] (?:interview(?:er|ed)?(?: by)?|words|text))[: ]+$",
    re.I,
)
"""What stands before the name of whoever asks, on a line of its own."""
_SIR = re.compile(r"^[ \t]*(?:Dear )?(?:Sirs?|Madam|Editor|A chara)\b[^\n.?!]{0,20}?[,–—-]", re.M)
_SIGNATURE = re.compile(
    r"(?:\b(?:Yours(?:, etc\.?|,? [a-z]+(?: [a-z]+)?)|Is mise|Sincerely|Regards|Respectfully),?\s+(?P<signed>(?:[^\W\d_][\w.’'-]* ){1,4}"
    r"[^\W\d_][\w.’'-]*)(?=[,.\n]|$))|(?:^[ \t]*(?P<name>(?:[^\W\d_][\w.’'-]* ){1,4}[^\W\d_][\w.’'-]*)[,.]?[ \t]*$)",
    re.M,
)

_WORDS = 8
_LEAST = 3
"""Turns of the shortest transcript."""


class Role(Enum):
    """What the label of a turn says."""

    NAME = "name"
    QUESTION = "question"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says before the next is named, or in a quotation that is signed.

    Attributes:
        role: what the label says.
        label: the words that name the speaker, or ``Q`` or ``JOURNALIST``, in the article's characters; empty in an interview without labels.
        chars: label and all that is said.
    """

    role: Role
    label: Span
    chars: Span


@lru_cache(maxsize=8)  # an article's names and its scene both ask
def turns(text: str) -> tuple[Turn, ...]:
    """The turns of a transcript, in order; none in an article that is no transcript.

    A transcript has at least three labels at the heads of lines, one of them again and again, in turn with another; more than
    every third line has one, and every other label is followed by words. A heading (``Lee: No deal``) opens no turn unless
    its label comes again. The last turn ends with its line: what follows may be the outlet's again. An interview without labels
    asks in paragraphs of their own, in the second person.

    >>> [turn.role.value for turn in turns("Ann Lee: Why?\\nBob Ray (smiling): Why not.\\nIt rains.\\nAnn Lee: I see.")]
    ['name', 'name', 'name']
    """
    found = [m for m in _LABEL.finditer(text) if _is_label(m["label"])]
    if len(found) < _LEAST:
        return _headed(text) or _told_to(text) or _bare(text) or _letters(text) or _signed(text)
    names = [m["label"].casefold() for m in found]
    if not text[: found[0].start()].strip() and names[0] not in names[1:]:
        del found[0], names[0]
    counts = Counter(names)
    lines = len([line for line in text[found[0].start() : found[-1].end()].split("\n") if line.strip()])
    changes = sum(a != b for a, b in pairwise(names))
    if len(counts) < 2 or max(counts.values()) < 2 or 3 * len(found) <= lines or 2 * changes < len(found):
        return _signed(text)
    last = text.find("\n", found[-1].end())
    ends = [*(m.start() for m in found[1:]), len(text) if last < 0 else last]
    if 2 * sum(_SPEECH.search(text, m.end(), end) is not None for m, end in zip(found, ends, strict=True)) < len(found):
        return _signed(text)
    return tuple(Turn(*_told_by(m), Span(m.start(), end)) for m, end in zip(found, ends, strict=True))


def _told_by(label: re.Match[str]) -> tuple[Role, Span]:
    """What a label says, and the words of it that do: ``QUESTION (Ann Lee, Daily Sun)`` names who asks."""
    role, named = _role(label["label"]), _FULL_NAME.match(label["who"] or "")
    if role is Role.QUESTION and named:
        return Role.NAME, Span(label.start("who"), label.start("who") + named.end())
    return role, Span(*label.span("label"))


def _headed(text: str) -> tuple[Turn, ...]:
    """The turns of a transcript whose speakers stand on lines of their own (``Lee -- Merrow Bank -- Analyst``), and what follows each."""
    heads = [m for m in _HEAD.finditer(text) if _is_label(m["label"])]
    counts = Counter(m["label"].casefold() for m in heads)
    again = [i for i, m in enumerate(heads) if counts[m["label"].casefold()] > 1]
    if len(again) < _OWN_LINES - 1 or len({heads[i]["label"].casefold() for i in again}) < 2:
        return ()
    heads = [
        m
        for i, m in enumerate(heads)
        if i in again or (again[0] - 2 <= i <= again[-1] and " " in m["label"] and (m["role"] or text.count(m["label"]) > 1))
    ]
    ends = [*(m.start() for m in heads[1:]), len(text)]
    said = [_ENDED.search(text[m.end() : end].strip()) is not None for m, end in zip(heads, ends, strict=True)]
    lines = len([line for line in text[heads[0].start() :].split("\n") if line.strip()])
    if len(heads) < _OWN_LINES or 4 * sum(said) < 3 * len(heads) or _MOST * len(heads) < lines:
        return ()
    return tuple(
        Turn(Role.NAME, Span(*m.span("label")), Span(m.end() + 1, end))
        for m, end, speaks in zip(heads, ends, said, strict=True)
        if speaks
    )


def _told_to(text: str) -> tuple[Turn, ...]:
    """The one turn of an account in the first person, ``as told to`` somebody."""
    line = _TOLD_TO.search(text)
    if line is None or 4 * len(_ME.findall(text, line.end())) < text.count("\n", line.end()):
        return ()
    return (Turn(Role.ANSWER, Span(line.end(), line.end()), Span(line.end(), len(text))),)


def _letters(text: str) -> tuple[Turn, ...]:
    """The letters of a page that has several: from ``Sir,`` to the signature, which is the label."""
    opened = [m.start() for m in _SIR.finditer(text)]
    if len(opened) < 2:
        return ()
    found = []
    for start, end in zip(opened, [*opened[1:], len(text)], strict=True):
        signed = _SIGNATURE.search(text, start, end)
        if signed and _is_label(signed[signed.lastgroup or 0]):
            found.append(Turn(Role.NAME, Span(*signed.span(signed.lastgroup or 0)), Span(start, signed.start())))
    return tuple(found) if len(found) > 1 else ()


def _bare(text: str) -> tuple[Turn, ...]:
    """The turns of an interview without labels: questions that stand alone in their paragraphs and say ``you``, and what follows
    each. Headings are in no turn, nor is what follows the last answer's first paragraph."""
    lines = list(_LINE.finditer(text))
    asks = [_asks(line[0]) for line in lines]
    questions = [i for i, asked in enumerate(asks) if asked]
    if len(questions) < _QUESTIONS:
        return ()
    told = 3 if _ASKER.search(text, 0, lines[questions[0]].start()) else 2  # "Wikinews interviewed him": fewer need to say "you"
    if told * sum(_YOU.search(lines[i][0]) is not None for i in questions) < len(questions):
        return ()
    inside = range(questions[0], min(questions[-1] + 2, len(lines)))
    spoken = [i for i in inside if _ENDED.search(lines[i][0])]
    answered = sum(i + 1 in inside and not asks[i + 1] for i in questions)
    if (
        _MOST * len(questions) < len(spoken)
        or 2 * answered < len(questions)
        or 5 * sum(_QUOTED.match(lines[i][0]) is not None for i in spoken) > len(spoken)
    ):
        return ()
    return tuple(
        Turn(Role.QUESTION if asks[i] else Role.ANSWER, Span(lines[i].start(), lines[i].start()), Span(*lines[i].span()))
        for i in spoken
    )


def _signed(text: str) -> tuple[Turn, ...]:
    """Quotations that stand alone, with the speaker's name behind a dash on the next line; the label is behind the turn."""
    signed = [m for m in _SIGNED.finditer(text) if _is_label(m["name"])]
    return tuple(Turn(Role.NAME, Span(*m.span("name")), Span(*m.span("quote"))) for m in signed)


def credited(text: str, start: int) -> bool:
    """Whether the name at ``start`` is that of whoever asks, on a line that says so: ``Interview: Ada Lind``."""
    return _CREDIT.search(text, max(0, start - 30), start) is not None


def _asks(line: str) -> bool:
    """Whether a paragraph is a question to somebody: not one that ends an answer."""
    if not line.endswith("?") or len(line) > _LONGEST or _QUOTED.match(line):
        return False
    return _YOU.search(line) is not None or not _ME.search(line)


def with_labels(text: str, names: Sequence[Span]) -> list[Span]:
    """``names`` with the labels of turns that hold none of them (in capitals throughout, a label says nothing by them), and with
    the asker of an interview, whose name may open a sentence and come but once (``Wikinews spoke with …``)."""
    found = turns(text)
    if not found:
        return [*names]
    labels = [_core_of(text, turn.label) for turn in found if turn.role is Role.NAME]
    words = set(re.findall(r"\b[a-z]+\b", text)) if labels else set()
    told = [s for s in labels if not {w.casefold() for w in text[s.start : s.end].split()} <= words | _NO_NAMES]
    if len(labels) < len(found):
        askers = (Span(*m.span()) for m in _ASKER.finditer(text, 0, found[0].chars.start))
        told += [s for s in askers if text[s.start : s.end].casefold() not in FUNCTION]
    names = _without_pieces(text, names, told)
    ends = [name.end for name in names]

    def free(label: Span) -> bool:
        i = bisect_right(ends, label.start)
        return i == len(names) or names[i].start >= label.end

    return sorted([*names, *filter(free, told)])


def _without_pieces(text: str, names: Sequence[Span], labels: Sequence[Span]) -> list[Span]:
    """``names`` without those that are but a piece of a full name in a label: a heading gives only what the body names."""
    starts, pieces = [name.start for name in names], set[Span]()
    for label in labels:
        words = text[label.start : label.end].split()
        if len(words) > 1 and looks_personal(words):
            near = names[bisect_left(starts, label.start) : bisect_left(starts, label.end)]
            pieces.update(name for name in near if name.end <= label.end and name.width < label.width)
    return [name for name in names if name not in pieces]


def written_out(text: str, names: Sequence[Span]) -> list[str]:
    """The words of ``names``; of a turn's label that are initials (``TK: …``), the name before the first turn that they stand for."""
    words = [text[slice(*name)] for name in names]
    found = [turn for turn in turns(text) if turn.role is Role.NAME and _INITIALS.fullmatch(text, *turn.label)]
    if not found:
        return words
    labels, stand_for = {turn.label for turn in found}, defaultdict[str, set[str]](set)
    for name, word in zip(names, words, strict=True):
        if name.start < found[0].chars.start:
            for parts in {tuple(word.split()), tuple(re.split(r"[\s-]+", word))}:
                stand_for["".join(part[:1] for part in parts)].add(word)
    whole = {letters: next(iter(bearers)) for letters, bearers in stand_for.items() if len(bearers) == 1}
    return [whole.get(word, word) if name in labels else word for name, word in zip(names, words, strict=True)]


def _core_of(text: str, label: Span) -> Span:
    """The label without a title: ``Captain Jo Radley``."""
    inner = core(text[label.start : label.end])
    return Span(label.start + inner.start, label.start + inner.end)


def turn_of(found: Sequence[Turn], sentences: Sequence[Span]) -> list[Turn | None]:
    """The turn in which each sentence begins; a sentence that begins before its label ends (``Ann: Why?``) is in the label's."""
    starts = [turn.chars.start for turn in found]
    near = [bisect_right(starts, s.end - 1) - 1 for s in sentences]
    return [found[i] if i >= 0 and s.start < found[i].chars.end else None for i, s in zip(near, sentences, strict=True)]


def _role(label: str) -> Role:
    if _QUESTION.fullmatch(label):
        return Role.QUESTION
    return Role.ANSWER if _ANSWER.fullmatch(label) else Role.NAME


def _is_label(words: str) -> bool:
    parts = [part for part in re.split(r"[\s,]+", words) if part]
    return len(parts) <= _WORDS and all(
        is_capitalised(p) or is_particle(p) or p in ("of", "the", "for", "and", "&") for p in parts
    )
