"""English noun phrases that name a speaker: which name in one is its head. Strings only, no tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.spans import Span
from stance.titles import core, is_demonym, is_office, is_post_nominal, is_title, is_title_word, leads_to_name, looks_personal
from stance.vocabulary import TURN, vocabulary

_BRACKETS = re.compile(r"\([^)]*\)?")
_TURN = re.compile(r"[,:–—]|" + TURN)
_SEVERAL = re.compile(
    r"(?:a few|few|some|many|several|most|more|other|others|numerous|various|certain|both|two|three|four|five|six|\d+)(?![\w-])",
    re.I,
)
"""Who speaks for some Republicans does not speak for Republicans."""
_OUTLETS = r"newspaper|daily|web ?site|site|organi[sz]ation|agency|group|blog|channel"
_DOCUMENT = re.compile(
    r"\b(?:ads?|analys[ei]s|announcements?|articles?|averages?|blog|broadcasts?|briefing|calculations?|columns?|commercial|count"
    r"|data|documents?|dossier|editorials?|e-?mails?|estimates?|figures|filings?|findings|forecasts?|guidelines|headlines?|interviews?"
    r"|letters?|memos?|news release|numbers|papers?|pieces?|polls?|polling|posts?|press release|projections?|records|releases?"
    r"|reports?|research|reviews?|statements?|statistics|stor(?:y|ies)|stud(?:y|ies)|summar(?:y|ies)|surveys?|tall(?:y|ies)|tweets?|videos?"
    r"|accounts?|advertisements?|affidavit|biograph(?:y|ies)|books?|complaints?|feeds?|memoirs?|pages?|profiles?|readouts?|regulations"
    r"|audit|bulletin|cables|declaration|examination|files|investigations?|lawsuits?|motion|newsletter|petition|playbook|rules?|rulings?|tabloid"
    rf"|remarks|lists?|results|speech(?:es)?|testimony|{_OUTLETS})"
    r"(?:\s(?:[a-z]+ed|written|made|sent)(?:\sout)?(?:\s(?:on\s)?[A-Z][a-z]+day)?)?$"
)
_OUTLET = re.compile(rf"(?:{_OUTLETS})$")
_AN = r"(?:an?|one|another)"
_INDEFINITE, _ONE = re.compile(rf"{_AN}\b", re.I), re.compile(f"{_AN} ", re.I)
_BY = re.compile(
    r"\b(?:by|from|attributed\sto|(?:article|column|editorial|headline|interview|paper|piece|post|profile|report|story)\sin)"
    r"(?:\s(?:[Tt]he|an?))?(?:\s[a-z][\w-]*){,3}\s$"
)
_POSSESSED = re.compile(r"['’]s?\b")
_SUCH_AS = re.compile(
    r"\b(?:including|such\sas|like|identified\s(?:only\s)?as|named|called|going\sby\sthe\shandle)"
    r"(?:\s[Tt]he)?\s[\"“]?$"
)
_ALL = vocabulary("the all both these those such same")
_OWNED = re.compile(r"['’]s? ")
_PLATFORMS = vocabulary("Facebook Instagram LinkedIn Reddit Snapchat Telegram TikTok Tumblr Twitter Vine Weibo WhatsApp YouTube")
_DETERMINED = re.compile(r"(?:the|an?|one|another|his|her|their) (?:[a-z][\w-]* )*", re.I)
_OFFICIALS = re.compile(r" (?:and|or) [A-Z][a-z]+(?:ian|ean|can|ese|ish|i|sh|ch)s? [a-z]+")
"""What follows ``US`` in ``US and Yemeni officials``."""
_POSSESSIVE = re.compile(r"^['’]s?$")


def head_name(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """The name that is the head of an English noun phrase, among the names in it: what follows it only tells more of it.

    ``Prime Minister Ada Lind``, ``Mike Coffman of Colorado``, ``the prosecutor, Mark Tedeschi, QC``, ``Lind's husband, Bill``;
    there is none in ``a World Health Organization official``, ``a spokesman for Ada Lind`` and ``some Democrats``.
    """
    if _SEVERAL.match(text, phrase.start) and names and names[0].start > phrase.start:
        return _example(text, phrase, names)
    if len(names) == 1 and _ONE.fullmatch(text, phrase.start, names[0].start) and is_demonym(text[slice(*names[0])].split()[-1]):
        return None  # "a New Hampshire Republican"
    head, reached, at = None, True, phrase.start
    for name in [n for n in names if n is names[0] or text[n.start - 1] != "("]:  # an acronym, or where he is from
        before, mark, after = _split(text[at : name.start])
        if head is not None and mark and not before:
            if _is_held(text[head.start : head.end], text[at : name.start], text[name.start : name.end]):
                head, at = name, name.end
                continue
            return None if _OFFICIALS.fullmatch(text, at, phrase.end) else head
        if mark:
            reached = mark == "," and not _TURN.search(after)
        head = name if reached else None  # "New Zealand's Prime Minister John Key": the name before was no head
        at = name.end
    if head is not None and _goes_on(text, at, phrase.end):
        head = None
    if head is not None and _is_role(text[phrase.start : head.start], text[head.start : head.end]):
        return None
    if head is not None and _is_some_of(text[phrase.start : head.start], text[slice(*head)], text[head.end : phrase.end]):
        return None
    return head or _titled(text, phrase, names) or _author(text, phrase, names) or _example(text, phrase, names)


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether the words behind the last name of a phrase have another head than it: ``World Health Organization official``."""
    before, mark, _ = _split(text[at:end])
    return (bool(before) and not all(map(is_post_nominal, before.split()))) or (
        mark != "" and bool(_OFFICIALS.fullmatch(text, at, end))
    )


def _titled(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """The name behind an office with an ``of``: ``White House Chief of Staff Ada Lind``."""
    if not names or names[-1].start == phrase.start:
        return None
    last, inner = names[-1], core(text[phrase.start : phrase.end])
    before = _BRACKETS.sub("", text[phrase.start : last.start]).split()
    whole = last == (phrase.start + inner.start, phrase.start + inner.end)
    both = last.end == phrase.end and before and is_title(before[-1]) and looks_personal(text[slice(*last)].split())
    return last if (whole or both) and leads_to_name(before) else None


def _example(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """The one named of several, or behind what he calls himself: ``papers, including the Free Post``, ``a woman named Ada Lind``."""
    return next((name for name in names if _SUCH_AS.search(text, phrase.start, name.start)), None)


def _is_role(before: str, name: str) -> bool:
    """Whether a name in capitals is what somebody is: ``the Foreign Secretary``, ``the Texan``."""
    return _DETERMINED.fullmatch(before) is not None and (is_office(name) or is_demonym(name.split()[-1]))


def _is_some_of(before: str, name: str, after: str) -> bool:
    """Whether a phrase is of some of those whom its name tells of: ``senior Democrats``, ``Republicans who praised him``."""
    people = name.split()[-1]
    more = bool(after.strip()) or not _ALL.issuperset(before.lower().split())
    return more and people.endswith("s") and is_demonym(people) and len(name.split()) == 1


def _author(text: str, phrase: Span, names: Sequence[Span]) -> Span | None:
    """Whose a document is: ``a new Gallup poll``, ``Lind’s Facebook post``, ``an analysis of taxes by the Pew Center``."""
    names = [name for name in names if not (is_demonym(text[slice(*name)].split()[-1]) or _is_platform(text, name))]
    first = next(iter(names), None)
    turn = next(
        (t for t in _TURN.finditer(text, phrase.start, phrase.end) if not any(n.start < t.start() < n.end for n in names)), None
    )
    document = text[phrase.start : turn.start() if turn else phrase.end].rstrip()
    if first is None or not _DOCUMENT.search(document):
        return None
    if _OUTLET.search(document) and _INDEFINITE.match(document) and not _POSSESSED.match(text, first.end):
        return None  # "an Oslo newspaper" is none of that name
    by = next((n for n, name in enumerate(names) if turn and _BY.search(text[phrase.start : name.start])), None)
    if by is not None:
        owned = by + 1 < len(names) and _OWNED.fullmatch(text, names[by].end, names[by + 1].start)
        return names[by + 1 if owned else by]
    if turn and turn.start() < first.start:
        return None
    own = [name for name in names if turn is None or name.start < turn.start()]
    return own[0] if _POSSESSED.match(text, own[0].end) else own[-1]


def _is_platform(text: str, name: Span) -> bool:
    """Whether a name only says where something stands: ``his Facebook page``, but not ``Facebook’s statement``."""
    return text[slice(*name)] in _PLATFORMS and not _POSSESSED.match(text, name.end)


def _is_held(office: str, gap: str, name: str) -> bool:
    """Whether one name is an office of the other: ``The Foreign Secretary, Ada Lind``, ``Tern Air CEO and chairman Ada Lind``."""
    held = gap.startswith(", ") and all(w == "the" or is_title_word(w) or w == "H.E." for w in gap[2:].split())
    held = held or (gap.startswith(" and ") and is_title(gap.split()[-1]))
    return held and is_office(office) and looks_personal(name.split()) and not is_office(name)


def _split(gap: str) -> tuple[str, str, str]:
    """What stands between two names: up to the first mark or word after which something else begins, that (a comma where there
    is one), and what follows the last comma."""
    gap = _BRACKETS.sub("", gap.removeprefix(")"))
    turn = _TURN.search(gap)
    if turn is None:
        return _POSSESSIVE.sub("", gap.strip()), "", ""
    comma = gap.rfind(",")
    return gap[: turn.start()].strip(), "," if comma >= 0 else turn.group(), gap[comma + 1 :]
