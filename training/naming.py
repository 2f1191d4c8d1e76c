"""Where an article names each of its speakers and targets: labels of the naming and the aiming pointer, from canonical names.

This is the supervision of resolution that costs nobody any work: who "he" is, is where his name stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache

from stance.articles import Article
from stance.casting import pronoun
from stance.names import cluster, proper_names
from stance.records import MENTION, Record
from stance.spans import Span, overlap
from training.named import occurrences
from training.pairs import is_given, same

NOBODY: tuple[Span, ...] = ()
"""Naming of a sentence in which nobody but the outlet speaks, aiming of one whose target has no name."""


def namings(article: Article, records: Sequence[Record]) -> dict[int, tuple[Span, ...]]:
    """Sentence -> characters of all words that name its speaker, anywhere in the article; :data:`NOBODY` where none speaks.

    Sentences whose speaker nobody decided, or nowhere named, are left out. Of a corpus that marks the words alone
    (``records.MENTION``) only these words count, and pronouns not at all.
    """
    decided = [r for r in records if r.labelled & {"speaker", MENTION} and not is_given(r)]
    places = _places(article, [r for r in decided if "speaker" in r.labelled])
    found: dict[int, tuple[Span, ...]] = {}
    for record in decided:
        if record.speaker is None:
            found[record.sentence] = NOBODY
        elif "speaker" in record.labelled and places.get(record.speaker):
            found[record.sentence] = places[record.speaker]
        elif "speaker" not in record.labelled and (words := _words(article.text, record)):
            found[record.sentence] = (words,)
    return found


def aimings(article: Article, records: Sequence[Record]) -> dict[int, tuple[Span, ...]]:
    """Sentence -> characters of all words that name the target of its stance, anywhere in the article; :data:`NOBODY` where it is
    no name of the article, and the words of the sentence say it. Sentences without a target are left out."""
    decided = [r for r in records if "target" in r.labelled and r.target is not None]
    if not decided:
        return {}
    groups = _named(article.text, tuple(article.sentences or ()))
    found: dict[int, tuple[Span, ...]] = {}
    for record in decided:
        places = {name for group, names in groups if same(group, record.target) for name in names}
        if places:
            found[record.sentence] = tuple(sorted(places))
        elif record.target_span is not None:
            found[record.sentence] = NOBODY
    return found


def bystanders(article: Article, records: Sequence[Record], neutral: str | None) -> dict[int, tuple[Span, ...]]:
    """Sentence -> the names in it that are not the speaker's, each once, of sentences whose stance is ``neutral``: whoever asks for one of
    them as a target gets that. Labels hold only targets that there is a stance towards; a head that learnt from these alone called
    a third of such names of gold dev a target."""
    decided = [r for r in records if {"stance", "target"} <= r.labelled and r.target is None and r.stance == neutral]
    if neutral is None or not decided:
        return {}
    groups = _named(article.text, tuple(article.sentences or ()))
    places = sorted((name, number) for number, (_, names) in enumerate(groups) for name in names)
    found: dict[int, tuple[Span, ...]] = {}
    for record in decided:
        low, high = (bisect_left(places, ((at, -1), -1)) for at in (record.start, record.end))
        once: dict[int, Span] = {}
        for name, number in places[low:high]:
            speaks = (record.mention and overlap(name, record.mention)) or same(groups[number][0], record.speaker)
            if not speaks:
                once.setdefault(number, name)
        if once:
            found[record.sentence] = tuple(once.values())
    return found


@lru_cache(maxsize=1)  # speakers and targets of an article both ask
def _named(text: str, sentences: tuple[Span, ...]) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    """The article's clusters of names: canonical name, and where it stands."""
    names = proper_names(text, sentences)
    groups = cluster([text[slice(*n)] for n in names], [None] * len(names))
    return tuple((group.name, tuple(names[i] for i in group.members)) for group in groups)


def _places(article: Article, records: Sequence[Record]) -> Mapping[str, tuple[Span, ...]]:
    """Speaker -> the names that are his, the words that annotators marked for him (no pronouns), his name as it is written."""
    speakers = dict.fromkeys(r.speaker for r in records if r.speaker is not None)
    if not speakers:
        return {}
    groups, found = _named(article.text, tuple(article.sentences or ())), dict[str, set[Span]]()
    for speaker in speakers:
        own = {name for group, names in groups if same(group, speaker) for name in names}
        found[speaker] = own | set(occurrences(article.text, (0, len(article.text)), speaker, []))
    for record in records:
        if record.speaker is not None and (words := _words(article.text, record)):
            found[record.speaker].add(words)
    return {speaker: tuple(sorted(spans)) for speaker, spans in found.items()}


def _words(text: str, record: Record) -> Span | None:
    if record.mention is None or pronoun(text[slice(*record.mention)]):
        return None
    return Span(*record.mention)
