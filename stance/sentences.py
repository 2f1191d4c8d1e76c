"""Text -> sentences: the ``sentencex`` splitter a line at a time, and our repairs for news. No tokens.

``sentencex`` knows abbreviations (``Sen.``, ``U.S.``, ``p.m.``, initials) but keeps a quotation whole, whereas each of its
sentences is a statement of its own here. So it reads the line with quotation marks and brackets blanked out, and what it
finds are only *candidate* cuts: each is then put behind the closing marks that belong to the sentence before it
(:func:`_place`) and dropped where the next words go on with the same sentence (:func:`_goes_on`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import sentencex

from stance.spans import Span, trim

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")

_OPENING = "“„‟‘‚«‹([{"
_CLOSING = "”’»›)]}"
_BLANKED = frozenset('"“”„‟‘‚«»‹›()[]{}')
"""``’`` and ``'`` are not among them: they are apostrophes far more often than quotation marks."""

_STAND_IN = {"…": ".", "。": ".", "！": "!", "？": "?", "’": "'", "–": "-", "—": "-", "―": "-"}

_BULLETS = frozenset("•·▪◦‣*-")
"""Alone on a line, one of these belongs to the item on the next."""

_WORD = re.compile(r"[^\W_]")
_OPENING_APOSTROPHE = re.compile(r"(?<!\w)'(?=\w)")
_MARKS = frozenset(_OPENING + _CLOSING + "\"'")
_ENDS = frozenset(_CLOSING + "\"'.!?…")

_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:\.|[a-z]+\b)?"
_TOGETHER = tuple(
    (re.compile(rf"(?<!\w)(?:{before})\.$"), re.compile(after))
    for before, after in (
        (
            r"Adm|Amb|Atty|Brig|Capt|Cmdr|Col|Cpl|Det|Dr|Fr|Ft|Gens?|Govs?|Hon|Insp|Lt|Maj|Messrs|Mr|Mrs|Ms|Mt|Mx|Pfc|Pres"
            r"|Profs?|Reps?|Rev|Sens?|Sgt|Spc|Supt|[A-Z]\.-[A-Z]",
            r"[^\W\d_]",
        ),
        (r"[ap]\.m", rf"(?:{_DAY}|{_MONTH}\s+\d|(?:E|C|M|P)[SD]?T\b|GMT\b|BST\b|[A-Z]\w+ time\b)"),
        (r"Ch|Nos?|Art|Fig|Sec|Vol|Rs|pp?|vs?", r"\d"),
    )
)
"""What ends before a cut and what then begins behind it, where the two never are two sentences: title and name, hour and
day, word and number."""

_ENUMERATION = re.compile(r"\W*(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)]$")
_SIGNATURE = re.compile(r"[-–—―]+\s*[^\W\d_][^.!?]*$")
_SIGNATURE_WORDS = 8
_SIGNATURE_ROOM = 80
_SIGN = re.compile(r"\s+(?:[:;]-?[()DP]|[\u2600-\u27bf\U0001f000-\U0001faff]+[\u200d\ufe0f\U0001f000-\U0001faff]*)(?=\s|$)")
"""An emoticon or emoji behind a full stop belongs to the sentence that it comments on."""

_MISSED = re.compile(r"(?:\[(?:\.\.\.|…)\]|(?<!\w)(?:etc|[Nn]o|Me)\.[”\"]?|[)\]”\"’]\.)(?=\s+[“\"‘(]?[A-Z])|[。！？]")
"""Ends that the library does not see: ``[...] However``, ``etc. The``, ``No. Never``, ``(magnification 60 X). The``."""

_SMALL = re.compile(r"(?!https?:|www\.)[^\W\d_](?<=[a-zß-ÿ])(?!\w*[A-Z])")
"""A word in small letters goes on with the sentence: `“Why?” she asked`; not so ``iPhone sales rose``."""

_LONG_WORD = re.compile(r"[^\W\d_]{5,}\.$")
"""Too long for an abbreviation that nobody listed: its full stop ends a sentence even before small letters."""

_TAIL = 24
"""Characters before a cut that decide whether an abbreviation ends there; longer than any of :data:`_TOGETHER`."""


class _Plain(dict[int, str]):
    """Character -> the one ASCII character that the library is shown for it, for :meth:`str.translate`.

    Quotation marks and brackets are blanked. Pure ASCII, because ``sentencex`` 1.0.32 panics on a no-break space before an
    initial and takes quadratic time over other scripts; letters keep their case, and one character stays one.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _BLANKED or char.isspace():
            plain = " "
        elif char.isascii():
            plain = char
        else:
            base = unicodedata.normalize("NFKD", char)[0]
            letter = "X" if char.isupper() else "x" if char.isalnum() else "-"
            plain = _STAND_IN.get(char) or (base if base.isascii() and base.isalnum() else letter)
        self[code] = plain
        return plain


_PLAIN = _Plain()


def split(text: str) -> list[Span]:
    """The sentences of ``text``, in order: trimmed, never empty, and together covering all but white space.

    A line break always ends a sentence, since headings and bylines carry no full stop. Time is linear in the text.

    >>> text = "“We won. It’s over,” said Sen. Lind.\\nBy Dov Anders"
    >>> [text[s.start : s.end] for s in split(text)]
    ['“We won.', 'It’s over,” said Sen. Lind.', 'By Dov Anders']
    """
    spans: list[Span] = []
    bullet: int | None = None
    for line in _LINE.finditer(text):
        for start, end in pairwise([0, *_cuts(line[0]), len(line[0])]):
            span = trim(text, (line.start() + start, line.start() + end))
            if span.start == span.end:
                continue
            begin = span.start if bullet is None else bullet
            bullet = begin if text[span.start : span.end] in _BULLETS else None
            if bullet is None:
                spans.append(Span(begin, span.end))
    if bullet is not None:
        spans.append(trim(text, (bullet, len(text))))
    return spans


def _cuts(line: str) -> list[int]:
    """Offsets inside ``line`` where one sentence ends and the next begins, ascending."""
    word = _WORD.search(line)
    cuts: list[int] = []
    for cut in _candidates(line):
        previous = cuts[-1] if cuts else 0
        if word is None or cut <= word.start() or _goes_on(line, previous, cut):
            continue
        if cuts and not _WORD.search(line, previous, cut):
            cuts[-1] = cut  # mere signs, as in `war. ... Then`: they stay with what stands before
        else:
            cuts.append(cut)
    return cuts


def _candidates(line: str) -> list[int]:
    """What the library finds and what it misses, each put in its place, ascending and inside the line."""
    plain = _OPENING_APOSTROPHE.sub(" ", line.translate(_PLAIN).replace("''", "  "))
    found = {match.end() for match in _MISSED.finditer(line)}
    last = 0
    for boundary in sentencex.get_sentence_boundaries("en", plain):
        if boundary["end_index"] > last:  # else it stands among signs that an earlier one has taken in
            last = _place(line, boundary["end_index"], last)
            found.add(last)
    return sorted(cut for cut in found if 0 < cut < len(line))


def _place(line: str, cut: int, floor: int) -> int:
    """``cut`` moved behind the closing marks of the sentence that ends there, before the opening ones of the next.

    >>> _place("“No.” “Yes.”", 7, 0)
    5
    """
    while cut > floor and (line[cut - 1].isspace() or line[cut - 1] in _MARKS):
        cut -= 1
    while cut < len(line) and line[cut] in _ENDS:
        cut += 1
    if line[cut + 1 : cut + 2] in ('"', "”") and line[cut + 2 : cut + 3].isspace():
        cut += 2  # a closing mark adrift: `early. " After the match`
    sign = _SIGN.match(line, cut)
    return sign.end() if sign else cut


def _goes_on(line: str, start: int, cut: int) -> bool:
    """Whether the words behind ``cut`` belong to the sentence ``line[start:cut]`` after all."""
    head = line[max(start, cut - _TAIL) : cut].rstrip()
    first = cut
    while first < len(line) and (line[first].isspace() or line[first] in _MARKS):
        first += 1
    following = line[first : first + _TAIL]
    if not following or following[0] in ",;:":
        return True
    if _SMALL.match(following):
        return not _LONG_WORD.search(head)
    if any(before.search(head) and after.match(following) for before, after in _TOGETHER):
        return True
    if cut - start <= _TAIL and _ENUMERATION.match(line[start:cut].strip()):
        return True
    rest = line[cut : cut + _SIGNATURE_ROOM]
    return cut + len(rest) == len(line) and _is_tail(rest.strip())


def _is_tail(rest: str) -> bool:
    """Whether the end of a line is no sentence but a sign, a year in brackets or a signature (``— Rick Santorum``)."""
    if not any(c.isalpha() for c in rest):
        return True
    return bool(_SIGNATURE.match(rest)) and len(rest.split()) <= _SIGNATURE_WORDS
