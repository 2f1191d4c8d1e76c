"""One article and its records as static HTML, sentence by sentence. Escapes everything: an article's text is not to be trusted.

No script, no network, no style attribute. No label name is written here: claim types and stances are the records', and
``polarity`` says which stances are for and which against.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from stance.articles import Article
from stance.records import Record

HUES = (215, 28, 285, 188, 325, 55, 250, 305)
"""Speaker colours in degrees, none of them the red and green of stances; the ninth speaker has the first one's again."""

SHOWN_META = ("source", "date", "url")
"""What stands under an article's title."""

_SIDE = {1: ("for", "+"), -1: ("against", "−"), 0: ("", "")}
_OVERRIDE = re.compile("[\u202d\u202e]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def escape(text: str) -> str:
    """``text`` as HTML that says what is there and does nothing: isolated in direction, controls made visible.

    >>> escape("<b>")
    '<bdi>&lt;b&gt;</bdi>'
    """
    return f"<bdi>{_inside(text)}</bdi>"


def _inside(text: str) -> str:
    """As :func:`escape`, for a piece of something that is isolated as a whole."""
    return _OVERRIDE.sub(lambda m: f'<span class="control">U+{ord(m.group()):04X}</span>', _plain(text))


def _plain(text: str) -> str:
    """Escaped for places that hold no elements (attributes, the title); overrides of direction stay for :func:`escape`."""
    return html.escape(_CONTROL.sub("\ufffd", text), quote=True)


def attribute(text: str) -> str:
    """As :func:`escape`, for places that hold no elements."""
    return _OVERRIDE.sub("\ufffd", _plain(text))


def name(article: Article) -> str:
    """What an article is called."""
    return escape(str(article.meta.get("title") or article.id))


def whole(article: Article, records: Sequence[Record], polarity: Mapping[str, int], mark: str) -> str:
    """The ``<article>``; ``mark`` begins every id in it."""
    speakers = list(dict.fromkeys(r.speaker for r in records if r.speaker is not None))
    hues = {name: i % len(HUES) for i, name in enumerate(speakers)}
    meta = [escape(str(article.meta[key])) for key in SHOWN_META if article.meta.get(key)]
    return (
        f'<article id="{mark}"><h2>{name(article)}</h2>'
        f'<p class="meta">{" · ".join([*meta, _count(len({r.sentence for r in records}), "sentence")])}</p>'
        f"{_speakers(article, records, polarity, hues, mark)}"
        f"<h3>Sentence by sentence</h3><div>{''.join(_rows(article, records, polarity, hues, mark))}</div></article>\n"
    )


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _rows(
    article: Article, records: Sequence[Record], polarity: Mapping[str, int], hues: Mapping[str, int], mark: str
) -> Iterator[str]:
    """The article's text from end to end, a sentence a row; what belongs to no sentence stands between."""
    at, before = 0, None
    for (start, end), same in groupby(sorted(records, key=lambda r: (r.start, r.end)), key=lambda r: (r.start, r.end)):
        rows = list(same)
        gap = article.text[at:start] if start > at else ""
        if gap.strip():
            yield f'<p class="rest">{escape(gap.strip())}</p>'
        fresh = "\n" in gap or bool(gap.strip())
        speaker = rows[0].speaker
        yield _row(article, rows, polarity, hues, mark, fresh=fresh, named=fresh or speaker != before)
        at, before = max(at, end), speaker
    if article.text[at:].strip():
        yield f'<p class="rest">{escape(article.text[at:].strip())}</p>'


def _row(
    article: Article,
    rows: Sequence[Record],
    polarity: Mapping[str, int],
    hues: Mapping[str, int],
    mark: str,
    *,
    fresh: bool,
    named: bool,
) -> str:
    first = rows[0]
    hue = hues.get(first.speaker) if first.speaker is not None else None
    classes = "row" + (" new" if fresh else "") + ("" if hue is None else f" h{hue}")
    who = "" if first.speaker is None or not named else f'<span class="i{hue}">{escape(first.speaker)}</span>'
    return (
        f'<div class="{classes}" id="{mark}-{first.sentence}"><div class="who">{who}</div>'
        f'<div class="said">{_marked(article, rows, polarity, hue)}</div>'
        f'<div class="what">{"".join(_chips(r, polarity) for r in rows)}{_details(article, rows)}</div></div>\n'
    )


def _marked(article: Article, rows: Sequence[Record], polarity: Mapping[str, int], hue: int | None) -> str:
    """The sentence with the words that name the speaker and the target."""
    start, end = rows[0].span
    marks: list[tuple[int, int, str]] = []
    for r in rows:
        if r.mention:
            marks.append((*r.mention, f"mention i{hue}"))
        if r.target_span:
            marks.append((*r.target_span, f"target {_SIDE[_sign(r, polarity)][0]}".rstrip()))
    cuts = sorted({start, end, *(min(max(edge, start), end) for s, e, _ in marks for edge in (s, e))})
    pieces = []
    for a, b in pairwise(cuts):
        classes = " ".join(dict.fromkeys(kind for s, e, kind in marks if s <= a and b <= e))
        piece = _inside(article.text[a:b])
        pieces.append(f'<span class="{classes}">{piece}</span>' if classes else piece)
    return f"<bdi>{''.join(pieces)}</bdi>"


def _sign(record: Record, polarity: Mapping[str, int]) -> int:
    sign = polarity.get(record.stance or "", 0)
    return (sign > 0) - (sign < 0)


def _chips(record: Record, polarity: Mapping[str, int]) -> str:
    """Claim type and stance; a stance of polarity 0 is left to the details, where polarity is known."""
    chips = [_chip(record, "claim_type", record.claim_type, "")]
    sign = _sign(record, polarity)
    if sign or record.stance not in polarity:
        side, symbol = _SIDE[sign]
        words = f"{symbol} {record.stance}".strip() if record.stance else None
        toward = f"{words}: {record.target}" if words and record.target else words
        chips.append(_chip(record, "stance", toward, side))
    return "".join(chips)


def _chip(record: Record, task: str, words: str | None, side: str) -> str:
    if task not in record.labelled:
        return f'<span class="chip open">{task.replace("_", " ")} undecided</span>'
    if words is None:
        return ""
    score = getattr(record, f"{task}_score")
    hint = task.replace("_", " ") + ("" if score is None else f", probability {_percent(score)}")
    return f'<span class="{f"chip {side}".rstrip()}" title="{attribute(hint)}">{escape(words)}</span>'


def _percent(score: float) -> str:
    return f"{100 * score:.0f} %"


def _details(article: Article, rows: Sequence[Record]) -> str:
    items = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for r in rows for term, text in _facts(article, r))
    return f"<details><summary>more</summary><dl>{items}</dl></details>"


def _facts(article: Article, record: Record) -> Iterator[tuple[str, str]]:
    """Every decided label with its probability."""
    for task in ("speaker", "claim_type", "stance", "target"):
        term = task.replace("_", " ")
        if task not in record.labelled:
            yield term, "undecided"
            continue
        value, score = getattr(record, task), getattr(record, f"{task}_score")
        shown = "—" if value is None else escape(str(value))
        yield term, shown if score is None else f"{shown} · {_percent(score)}"
        if task == "speaker" and record.mention:
            yield "named by", escape(article.text[record.mention.start : record.mention.end])


def _speakers(
    article: Article, records: Sequence[Record], polarity: Mapping[str, int], hues: Mapping[str, int], mark: str
) -> str:
    """Who speaks, and what each puts forward."""
    if not hues:
        return ""
    items = []
    said: dict[str, list[Record]] = {name: [] for name in hues}
    for record in records:
        if record.speaker is not None:
            said[record.speaker].append(record)
    for name, own in said.items():
        hue = hues[name]
        kinds = Counter(r.claim_type for r in own if r.claim_type is not None)
        summary = ", ".join(f"{escape(kind)} {n}" for kind, n in kinds.most_common())
        claims = "".join(
            f'<li><a href="#{mark}-{r.sentence}">{escape(_short(article.text[r.start : r.end]))}</a>'
            f'<span class="what">{_chips(r, polarity)}</span></li>'
            for r in own
        )
        items.append(
            f'<li class="h{hue}"><details><summary><b class="i{hue}">{escape(name)}</b> '
            f"<span>{_count(len(own), 'sentence')}{': ' if summary else ''}{summary}</span></summary><ul>{claims}</ul></details></li>"
        )
    return f'<h3>Who speaks</h3><ul class="speakers">{"".join(items)}</ul>'


def _short(text: str, limit: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
