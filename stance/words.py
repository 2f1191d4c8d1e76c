"""An article's words with what their capitals say: whether one opens a sentence, and whether it ends with a possessive. Strings only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stance.spans import Span
from stance.titles import is_capitalised, is_particle
from stance.vocabulary import vocabulary

_TOKEN = re.compile(
    r"@\w+"  # a user's name
    r"|(?<![a-z0-9-])(?:[a-z0-9][a-z0-9-]+\.)+(?:com|org|net|gov|edu|info|co\.[a-z]{2})\b"  # a site's name, as _SITE
    r"|(?:[^\W\d_]\.){2,}"  # U.S., J.R.
    r"|\w[\w\xad\u0300-\u036f]*(?:[-.&/'’](?=\w)[\w\xad\u0300-\u036f]+)*(?:(?<=\b[A-Z])\.|(?<=\b[A-Z][a-z])\.|(?<=\b[A-Z][a-z]{2})\.(?= [A-Z]))?"
    r"|&"
)
_SITE = re.compile(r"(?:[a-z0-9-]{2,}\.)+[a-z]{2,4}")
_DERIVED = re.compile(
    r"\w+-(?:[a-z]+ed|[a-z]+ing|born|led|run|style|area|wide|like|era|speaking)|(?:pro|anti|non|pre|post|mid|ex|then|un)-\w+"
)
"""``London-based``, ``pro-Christie``: made of a name, but none."""
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_OPENERS = '"“„«‘([:'
_PLURAL = vocabulary("women men people children workers teachers nurses king queen mothers fishermen")
"""Words whose possessive goes on as a name: ``Women’s Media Center``."""
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$", re.IGNORECASE)
_OF_MANY = re.compile(
    r"['’](?= (?:[A-Z]\w+ )?(?:Associations?|Unions?|Alliance|Federation|Guild|League|Council|Society|Club|Institute|Cent(?:re|er)|Network"
    r"|Board|Office|Plan|Panel|Assembly|Group|Confederation|Forum|Congress|Conference|Chamber|Circle|Fund|Trust|Committee|Organi[sz]ation|Movement|Bureau|Coalition"
    r"|Cooperative|Commission|Foundation|Party|Front|Court|Tribunal|College|Authority|Agency)\b)"
)
"""The apostrophe of a plural that begins the name of a body: ``Teachers' Union``."""


@dataclass(frozen=True, slots=True)
class Word:
    """A token of the article: its characters, whether it opens a sentence, and whether it ends with a possessive."""

    text: str
    start: int
    end: int
    opens: bool
    possessive: bool

    @property
    def capital(self) -> bool:
        return _is_capital(self.text)

    def in_name(self) -> bool:
        return self.capital or is_particle(self.text)

    @property
    def fold(self) -> str:
        return self.text.casefold()


@lru_cache(maxsize=65_536)  # asked several times of each word, and an article has few different ones
def _is_capital(word: str) -> bool:
    known = is_capitalised(word) or word[0] == "@" or _SITE.fullmatch(word) or _ORDINAL.fullmatch(word)
    return bool(known) and not _DERIVED.fullmatch(word)


def words_in(text: str, sentence: Span) -> Iterator[Word]:
    """The words of one sentence, in order, possessive endings cut off."""
    opens = True
    for match in _TOKEN.finditer(text, sentence.start, sentence.end):
        start, end = match.span()
        tail = _POSSESSIVE.search(match.group() + ("’" if text[end : end + 1] in ("'", "’") and text[end - 1] == "s" else ""))
        if tail:
            end = min(end, start + tail.start())
        if (
            tail
            and (match.group()[: tail.start()].casefold() in _PLURAL or match.group()[: tail.start()].endswith("men"))
            and re.match(r" [A-Z]", text[match.end() : match.end() + 2])
        ):
            end, tail = match.end(), None
        if tail and match.group()[-1] == "s" and _is_capital(match.group()) and _OF_MANY.match(text, match.end()):
            end, tail = match.end() + 1, None
        if end > start:
            opens = opens or text[start - 1] in _OPENERS
            yield Word(text[start:end], start, end, opens, tail is not None)
            opens = False
