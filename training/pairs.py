"""Gold rows joined with predicted rows. Says which prediction answers which gold row; counts what was left over, scores nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stance.matching import same_name
from stance.passages import STYLES
from stance.records import MENTION, Record
from stance.spans import Span, overlap


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold row and the predicted row that answers it, ``None`` where there is none."""

    gold: Record
    predicted: Record | None


@dataclass(frozen=True, slots=True)
class Joined:
    """What :func:`join` found; every row of both sides is in exactly one of the counts.

    Attributes:
        sentences: one a gold sentence (two, where rows of one sentence disagree on speaker or claim type).
        given: one a gold row that asks for the stance towards a given target.
        moved: pairs whose character spans differ, joined by their words.
        missing: gold rows that no prediction answers.
        spare: predicted rows, in articles of the gold, that answer no gold row.
        elsewhere: predicted rows of articles that the gold does not hold.
    """

    sentences: tuple[Pair, ...]
    given: tuple[Pair, ...]
    moved: int = 0
    missing: int = 0
    spare: int = 0
    elsewhere: int = 0

    @property
    def articles(self) -> tuple[str, ...]:
        """Ids of the gold's articles, in order."""
        return tuple(dict.fromkeys(p.gold.article_id for p in (*self.sentences, *self.given)))


def same(a: str | None, b: str | None) -> bool:
    """Whether two speakers or targets are equal: both nobody, or the same name.

    >>> same("The  Washington Post’s", "Washington Post"), same(None, None), same("Wang", "Wang Yi")
    (True, True, False)
    """
    return a == b or (a is not None and b is not None and same_name(a, b))


def is_given(record: Record) -> bool:
    """Whether the row's target was asked for (``--targets``, NewsMTSC) and not pointed at.

    >>> is_given(Record("a", 0, 0, 3, "Hi.", stance="support", target="Wang Yi", labelled=frozenset({"stance"})))
    True
    """
    return "stance" in record.labelled and "target" not in record.labelled and record.target is not None


def style_of(records: Iterable[Record]) -> str:
    """The style of an article's labels: who marks only the words that name a source, does so by his own rules."""
    return STYLES[1] if any(MENTION in r.labelled for r in records) else STYLES[0]


def meet(a: Record, b: Record) -> bool:
    """Whether two rows of an article are of the same sentence: they share characters of the same text, or all their words."""
    return (overlap(a.span, b.span) > 0 and _alike(a, b)) or (a.text != "" and _words(a) == _words(b))


def join(gold: Iterable[Record], predicted: Iterable[Record]) -> Joined:
    """Join by article and sentence: the same place and the same words; else the same words elsewhere (two files may join their
    sentences by other white space), the first to the first; else the largest overlap of places that hold the same words.

    A prediction may answer several gold sentences (a coarser splitter). A gold row with a given target is answered by the
    row of the same sentence whose target has the same words, else the same name, else words that overlap.
    """
    gold_rows, predicted_rows = _by_article(gold), _by_article(predicted)
    sentences: list[Pair] = []
    given: list[Pair] = []
    used: set[int] = set()
    for article, rows in gold_rows.items():
        candidates = predicted_rows.get(article, [])
        find = _finder(candidates, rows)
        sentences += [Pair(g, find(g)) for g in _distinct(rows)]
        given += [Pair(g, _answer(g, candidates)) for g in rows if is_given(g)]
    pairs = [*sentences, *given]
    used.update(id(p.predicted) for p in pairs if p.predicted is not None)
    inside = [r for article in gold_rows for r in predicted_rows.get(article, [])]
    return Joined(
        tuple(sentences),
        tuple(given),
        moved=sum(p.predicted is not None and p.predicted.span != p.gold.span for p in pairs),
        missing=sum(p.predicted is None for p in pairs),
        spare=sum(id(r) not in used for r in inside),
        elsewhere=sum(len(rows) for article, rows in predicted_rows.items() if article not in gold_rows),
    )


def _by_article(records: Iterable[Record]) -> dict[str, list[Record]]:
    rows: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        rows[record.article_id].append(record)
    return rows


def _distinct(rows: Sequence[Record]) -> list[Record]:
    """The rows that decide something of their sentence, repeated ones once (a sentence has a row a given target)."""
    first: dict[object, Record] = {}
    for row in rows:
        tasks = row.labelled - {"stance"} if is_given(row) else row.labelled
        if tasks & {"speaker", MENTION, "claim_type", "stance", "target"}:
            key = (row.span, tasks, row.speaker, row.mention, row.claim_type, None if is_given(row) else (row.stance, row.target))
            first.setdefault(key, row)
    return list(first.values())


def _finder(rows: Sequence[Record], asked: Sequence[Record]) -> Callable[[Record], Record | None]:
    """A look-up of the row that answers a gold sentence, one of ``asked``; of a sentence's rows, one without a given target
    comes first."""
    ordered = sorted(rows, key=lambda r: (r.start, r.end, is_given(r)))
    by_span = {r.span: r for r in reversed(ordered)}
    places, wanted = _places(by_span.values()), _places(asked)
    ends: list[int] = []  # highest end so far, so that it is sorted even where sentences overlap
    for row in ordered:
        ends.append(max(row.end, ends[-1] if ends else 0))

    def find(gold: Record) -> Record | None:
        row = by_span.get(gold.span)
        if row is not None and _alike(gold, row):
            return row
        words = _words(gold)
        elsewhere, mine = places.get(words, ()), wanted[words]
        if words and len(elsewhere) == len(mine):
            return by_span[elsewhere[mine.index(gold.span)]]
        best: Record | None = None
        for row in ordered[bisect_right(ends, gold.start) :]:
            if row.start >= gold.end:
                break
            shared = overlap(row.span, gold.span)
            if shared > (overlap(best.span, gold.span) if best else 0) and _alike(gold, row):
                best = row
        return best

    return find


def _places(rows: Iterable[Record]) -> dict[str, list[Span]]:
    """Words of a sentence -> where they stand, in order."""
    found: dict[str, set[Span]] = defaultdict(set)
    for row in rows:
        found[_words(row)].add(row.span)
    return {words: sorted(spans) for words, spans in found.items()}


def _words(record: Record) -> str:
    return " ".join(record.text.split())


def _alike(a: Record, b: Record) -> bool:
    """Whether two rows hold the same characters where they overlap, white space aside; a row without its text is believed."""
    if not a.text or not b.text:
        return True
    low, high = max(a.start, b.start), min(a.end, b.end)
    ours, theirs = (r.text[low - r.start : high - r.start] for r in (a, b))
    return ours.split() == theirs.split()


def _answer(gold: Record, rows: Sequence[Record]) -> Record | None:
    """The row that says the stance towards the gold row's target; rows that were asked for it come before pointed ones."""
    ranked = [(closeness, not is_given(r), r) for r in rows if (closeness := _closeness(gold, r)) is not None]
    return min(ranked, key=lambda r: r[:2])[2] if ranked else None


def _closeness(gold: Record, row: Record) -> int | None:
    """0: the same words; 1: the same name; 2: words that overlap; ``None``: no answer to this row."""
    if row.target is None or "stance" not in row.labelled or not meet(gold, row):
        return None
    ours, theirs = gold.target_span, row.target_span
    if ours is not None and ours == theirs:
        return 0
    if same(gold.target, row.target):
        return 1
    return 2 if ours is not None and theirs is not None and overlap(ours, theirs) else None
