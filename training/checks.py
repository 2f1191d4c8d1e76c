"""GUIDE.md's rules that a program can check, on labels: what an annotator should look at again.

A finding is a doubt, not an error: the guide allows exceptions to most rules. Structure (spans that are no spans, tasks that
are decided without a label) is :func:`stance.records.check`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from stance.names import could_name, same_name
from stance.quotes import quotations
from stance.records import MENTION, Record
from stance.spans import Span, contains, overlap, trim
from stance.titles import is_capitalised, looks_personal, strip_title
from training.gold import Labelled

_PRONOUNS = frozenset(
    [
        "i",
        "he",
        "she",
        "it",
        "we",
        "you",
        "they",
        "him",
        "her",
        "them",
        "us",
        "me",
        "his",
        "hers",
        "their",
        "its",
        "our",
        "who",
        "this",
        "that",
    ]
)
_ONE_PERSON = 0.8


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where labels and guide seem to disagree.

    Attributes:
        rule: short name of the rule, the same for all findings of its kind.
        article_id, sentence: where; ``sentence`` is the first one concerned.
        detail: what was found, one line.
    """

    rule: str
    article_id: str
    sentence: int
    detail: str


@dataclass(frozen=True, slots=True)
class _Context:
    """What the rules of one record need: the article's text, its quotations, and the names of two special labels."""

    text: str
    quotes: tuple[Span, ...]
    neutral: str | None
    no_claim: str | None

    def words(self, span: Span) -> str:
        return self.text[slice(*span)]


def find(items: Iterable[Labelled], *, neutral: str | None = None, no_claim: str | None = None) -> list[Finding]:
    """All findings, in the order of articles and sentences.

    Args:
        items: labels, as :func:`training.gold.read` gives them.
        neutral: the stance that has no target (:attr:`stance.spec.ModelSpec.neutral`); without it those rules rest.
        no_claim: the claim type of sentences that put nothing forward; without it that rule rests.
    """
    out: list[Finding] = []
    for item in items:
        context = _Context(item.article.text, tuple(quotations(item.article.text)), neutral, no_claim)
        found = [
            Finding(rule, record.article_id, record.sentence, detail)
            for record in item.records
            for rule, check in RULES.items()
            if (detail := check(record, context)) is not None
        ]
        found += _one_string_a_speaker(item)
        out += sorted(found, key=lambda finding: finding.sentence)
    return out


def count(findings: Iterable[Finding]) -> dict[str, int]:
    """Rule -> number of findings, commonest first."""
    return dict(Counter(finding.rule for finding in findings).most_common())


def _mention_outside(record: Record, context: _Context) -> str | None:
    mention = record.mention
    return None if mention is None or contains(record.span, mention) else f"mention {context.words(mention)!r}"


def _mention_quoted(record: Record, context: _Context) -> str | None:
    mention = record.mention
    if mention is None or not any(overlap(mention, quote) for quote in context.quotes):
        return None
    whole = any(contains(mention, quote) for quote in context.quotes)  # a nickname or a title in quotation marks is part of it
    return None if whole else f"mention {context.words(mention)!r}"


def _mention_ragged(record: Record, context: _Context) -> str | None:
    return _ragged(record.mention, context)


def _target_outside(record: Record, context: _Context) -> str | None:
    target = record.target_span
    return None if target is None or contains(record.span, target) else f"target {context.words(target)!r}"


def _target_ragged(record: Record, context: _Context) -> str | None:
    return _ragged(record.target_span, context)


def _ragged(span: Span | None, context: _Context) -> str | None:
    if span is None:
        return None
    around = context.text[max(0, span.start - 1) : span.start + 1], context.text[span.end - 1 : span.end + 1]
    cut = any(len(pair) == 2 and pair.isalnum() for pair in around)
    return f"{context.words(span)!r}" if cut or trim(context.text, span) != span else None


def _speaker_absent(record: Record, context: _Context) -> str | None:
    if record.speaker is None or "speaker" not in record.labelled or record.speaker in context.text:
        return None
    return f"speaker {record.speaker!r}"


def _speaker_pronoun(record: Record, _: _Context) -> str | None:
    named = record.speaker if "speaker" in record.labelled else None
    if named is None or named.lower() not in _PRONOUNS or named in ("US", "WHO", "IT"):
        return None
    return f"speaker {named!r}"


def _speaker_title(record: Record, _: _Context) -> str | None:
    if record.speaker is None or "speaker" not in record.labelled:
        return None
    bare = strip_title(record.speaker)
    titled = not same_name(bare, record.speaker) and record.speaker.endswith(bare) and looks_personal(bare.split())
    return f"speaker {record.speaker!r}, without title {bare!r}" if titled else None


def _target_and_neutral(record: Record, context: _Context) -> str | None:
    if context.neutral is None or not {"stance", "target"} <= record.labelled:
        return None
    if (record.stance == context.neutral) == (record.target is None):
        return None
    return f"stance {record.stance!r} with target {record.target!r}"


def _target_absent(record: Record, context: _Context) -> str | None:
    if record.target is None or record.target in context.text:
        return None
    return f"target {record.target!r}"


def _target_article(record: Record, _: _Context) -> str | None:
    words = (record.target or "").split()
    named = len(words) > 1 and words[0].lower() in ("the", "a", "an") and all(map(is_capitalised, words[1:]))
    return f"target {record.target!r}" if named else None


def _stance_without_claim(record: Record, context: _Context) -> str | None:
    if context.no_claim is None or context.neutral is None or not {"claim_type", "stance"} <= record.labelled:
        return None
    return f"stance {record.stance!r}" if record.claim_type == context.no_claim and record.stance != context.neutral else None


def _one_string_a_speaker(item: Labelled) -> Iterator[Finding]:
    """Pairs of different speakers of an article that seem to be the same one."""
    first: dict[str, Record] = {}
    for record in item.records:
        if record.speaker is not None and "speaker" in record.labelled and MENTION not in record.labelled:
            first.setdefault(record.speaker, record)
    for a, b in combinations(first, 2):
        if same_name(a, b) or max(could_name(a, b), could_name(b, a)) >= _ONE_PERSON:
            yield Finding("one speaker under two names", item.article.id, first[b].sentence, f"{a!r} and {b!r}")


RULES: dict[str, Callable[[Record, _Context], str | None]] = {
    "mention outside its sentence": _mention_outside,
    "mention inside a quotation": _mention_quoted,
    "mention cuts a word or has white space at its ends": _mention_ragged,
    "speaker's name nowhere in the article": _speaker_absent,
    "speaker is a pronoun": _speaker_pronoun,
    "speaker keeps a title": _speaker_title,
    "target outside its sentence": _target_outside,
    "target cuts a word or has white space at its ends": _target_ragged,
    "target nowhere in the article": _target_absent,
    "target keeps its article before a name": _target_article,
    "neutral with a target, or a stance without one": _target_and_neutral,
    "stance without a claim": _stance_without_claim,
}
"""Rule -> what it finds in one record, ``None`` where all is well."""
