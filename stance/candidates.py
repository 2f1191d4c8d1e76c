"""Proper names by their capitals: candidates beside the learned tagger. Strings only, English news."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stance.spans import Span
from stance.titles import ORGANISATION, core, is_capitalised, is_particle, is_title_word, looks_personal, plain

_TOKEN = re.compile(
    r"@\w+"  # a user's name
    r"|(?:[a-z0-9-]{2,}\.)+(?:com|org|net|gov|edu|info|co\.[a-z]{2})\b"  # a site's name, as _SITE
    r"|(?:[^\W\d_]\.){2,}"  # U.S., J.R.
    r"|\w[\w\xad]*(?:[-.&/'’](?=\w)[\w\xad]+)*(?:(?<=\b[A-Z])\.|(?<=\b[A-Z][a-z])\.|(?<=\b[A-Z][a-z]{2})\.(?= [A-Z]))?"
    r"|&"
)
_SITE = re.compile(r"(?:[a-z0-9-]{2,}\.)+[a-z]{2,4}")
_CONTRACTION = re.compile(r"\w+['’](?:m|re|ve|ll|d|t|s)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$", re.IGNORECASE)
_CONNECTORS = frozenset("of for and the on in & to de".split())
_COLLECTIVE = frozenset(
    "campaign camp government administration ministry parliament legislature family army police supporters".split()
)
_HEADS = ORGANISATION | frozenset(
    """archdiocese art bishop chamber diocese duke faculty fans friends general governors institutes joint knights leader lord
    physicians president prime prince queen rights secretary speaker voice voters women workers bank banks centers""".split()
)
"""Heads after which ``of``/``for`` goes on with the name (``Department of Justice``), unlike ``Rubio of Florida``."""
_FUNCTION = frozenset(
    """a about above across after again against all almost already also although always am amid among an and another any anybody
    anyone anything are around as asked at away back be because been before behind being below beside besides best better between
    beyond both but by call called can clearly come consider could currently dear despite did do does doing done down due during
    each earlier either else enough especially even eventually ever every everybody everyone everything except far few finally
    first for former fortunately from further furthermore get getting given giving go going good great had has have having he
    hello hence her here hers herself hi him himself his hopefully how however i if in indeed inside instead into is isn't it its
    itself just last lastly late lately later least less let let's like likewise look made make making many may maybe me
    meanwhile might mine more moreover most mr mrs much must my myself near nearly neither never nevertheless new next no nobody
    none nor not nothing notably now nowhere of off often oh ok okay old on once one only onto or other others otherwise our ours
    ourselves out over own part perhaps please plus quite rather read really recently regarding right said same say saying says see
    seeing several shall she should similarly since so some somebody someone something sometimes somewhere soon still such sure
    take thank thanks that the their theirs them themselves then there therefore these they thing things think this those though
    through throughout thus till to today together tomorrow tonight too toward towards two three four five six seven eight nine
    ten dozens hundreds thousands under unfortunately unless unlike until up upon us using very via was watch we well were what
    whatever when whenever where whereas wherever whether which while who whoever whom whose why will with within without would
    yes yesterday yet you your yours yourself image photo caption updated update breaking video source""".split()
)
_CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january february march
    april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec am pm gmt est
    edt pst bst""".split()
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A token of the article: its characters, whether it opens a sentence, and whether it ends with a possessive."""

    text: str
    start: int
    end: int
    opens: bool
    possessive: bool

    @property
    def capital(self) -> bool:
        return is_capitalised(self.text) or self.text[0] == "@" or bool(_SITE.fullmatch(self.text))

    @property
    def fold(self) -> str:
        return self.text.casefold()


def proper_names(text: str, sentences: Sequence[Span]) -> list[Span]:
    """Capitalised runs of ``text`` that look like proper names, titles cut off, in order; spans never overlap.

    Args:
        text: the article.
        sentences: its sentences, in order.

    >>> [("Prime Minister John Key met Wang Yi of China.")[s:e] for s, e in proper_names("Prime Minister John Key met Wang Yi of China.", [Span(0, 45)])]
    ['John Key', 'Wang Yi', 'China']
    """
    bodies, headings = [], []
    for sentence in sentences:
        words = list(_words(text, sentence))
        (headings if _is_heading(words) else bodies).append(words)
    lower = Counter(w.fold for words in bodies for w in words if not w.capital)
    inside = Counter(w.fold for words in bodies for w in words if w.capital and not w.opens)
    found = [span for words in bodies for span in _of_body(text, words, lower, inside)]
    known = {tuple(t.casefold() for t in text[s:e].split()) for s, e in found}
    for words in headings:
        found += _of_heading(words, known) if known else list(_of_body(text, words, lower, inside))
    return sorted(found)


def _words(text: str, sentence: Span) -> Iterator[_Word]:
    opens = True
    for match in _TOKEN.finditer(text, sentence.start, sentence.end):
        start, end = match.span()
        tail = _POSSESSIVE.search(match.group() + ("’" if text[end : end + 1] in ("'", "’") and text[end - 1] == "s" else ""))
        if tail:
            end = min(end, start + tail.start())
        if end > start:
            yield _Word(text[start:end], start, end, opens, tail is not None)
            opens = False


def _is_heading(words: Sequence[_Word]) -> bool:
    """Title Case or capitals throughout: there a capital says nothing."""
    long = [w for w in words if len(w.text) > 3 and w.text[0].isalpha()]
    return len(words) >= 4 and len(long) >= 3 and sum(w.capital for w in long) >= 0.8 * len(long)


def _of_body(text: str, words: Sequence[_Word], lower: Counter[str], inside: Counter[str]) -> Iterator[Span]:
    for run in _runs(text, words):
        run = _without_opening(run, lower, inside)
        for part in _split_at_connectors(run):
            yield from _names_in(text, part)


def _runs(text: str, words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Maximal runs of capitalised words, one space or connector apart."""
    run: list[_Word] = []
    pending: list[_Word] = []
    for word in words:
        previous = pending[-1] if pending else run[-1] if run else None
        joined = previous is not None and text[previous.end : word.start] in (" ", "\xa0") and not previous.possessive
        if run and not joined:
            yield run
            run, pending = [], []
        if word.capital and (run or word.text[0].isalnum() or word.text[0] == "@"):
            run += [*pending, word]
            pending = []
        elif run and _is_connector(word) and len(pending) < 2:
            pending.append(word)
        else:
            if run:
                yield run + ([word] if not pending and word.fold in _COLLECTIVE else [])
            run, pending = [], []
    if run:
        yield run


def _is_connector(word: _Word) -> bool:
    return word.fold in _CONNECTORS or is_particle(word.text)


def _without_opening(run: list[_Word], lower: Counter[str], inside: Counter[str]) -> list[_Word]:
    """Drop the words at the head of the run that have their capital only from opening a sentence, or no meaning."""
    while run:
        first = run[0]
        common = (
            first.fold in _FUNCTION
            or bool(_CONTRACTION.fullmatch(first.text))
            or (len(run) > 1 and not run[1].capital and first.fold == "the")
        )
        if first.opens and not common:
            common = lower[first.fold] > inside[first.fold] or (len(run) == 1 and not inside[first.fold])
        # "The Hague", "New York": a function word inside a sentence and before a capital may belong to the name.
        if common and (first.opens or len(run) == 1 or first.fold == "i"):
            run = run[1:]
        elif not first.capital:
            run = run[1:]
        else:
            break
    return run


def _split_at_connectors(run: list[_Word]) -> Iterator[list[_Word]]:
    """``Rubio of Florida`` into two, ``Department of Health and Human Services`` in one."""
    part: list[_Word] = []
    for i, word in enumerate(run):
        if word.capital or is_particle(word.text) or _joins(part, word, run[i + 1 :]):
            part.append(word)
        elif i == len(run) - 1 and word.fold in _COLLECTIVE:
            part.append(word)
        else:
            yield part
            part = []
    yield part


def _joins(part: Sequence[_Word], connector: _Word, rest: Sequence[_Word]) -> bool:
    if not part or not rest:
        return False
    if connector.text == "&":
        return True
    heads = [w for w in part if w.fold in _HEADS or (w.fold.endswith("s") and w.fold[:-1] in _HEADS)]
    if connector.fold == "the":
        return not part[-1].capital
    if connector.fold == "and":
        return any(w.fold in ("of", "for") for w in part) and not looks_personal(
            [w.text for w in rest if w.capital][:2] or ["x", "1"]
        )
    return bool(heads)


def _names_in(text: str, part: Sequence[_Word]) -> Iterator[Span]:
    while part and not part[-1].capital and part[-1].fold not in _COLLECTIVE:
        part = part[:-1]
    while part and not part[0].capital:
        part = part[1:]
    if not part or all(w.fold.rstrip(".") in _CALENDAR or w.text.isdigit() for w in part):
        return
    if all(is_title_word(w.text) and not w.text.isupper() for w in part) and (len(part) == 1 or part[0].opens):
        return
    start, end = part[0].start, part[-1].end
    inner = core(text[start:end])
    if len(part) == 1 and (len(inner) < 2 or plain(part[0].text) in _FUNCTION):
        return
    yield Span(start + inner.start, start + inner.end)


def _of_heading(words: Sequence[_Word], known: Iterable[tuple[str, ...]]) -> list[Span]:
    """Names of the body that the heading repeats, the longest first."""
    known = set(known)
    longest = max(map(len, known))
    found, i = [], 0
    while i < len(words):
        for n in range(min(longest, len(words) - i), 0, -1):
            key = tuple(w.fold for w in words[i : i + n])
            if key in known or (n == 1 and any(key[0] == k[-1] for k in known if len(k) > 1)):
                found.append(Span(words[i].start, words[i + n - 1].end))
                i += n - 1
                break
        i += 1
    return found
