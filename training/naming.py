"""Where an article names each of its speakers: labels of the naming pointer, from a speaker's canonical name.

This is the supervision of resolution that costs nobody any work: who "he" is, is where his name stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stance.articles import Article
from stance.casting import pronoun
from stance.names import cluster, proper_names
from stance.records import MENTION, Record
from stance.spans import Span
from training.named import occurrences
from training.pairs import is_given, same

NOBODY: tuple[Span, ...] = ()
"""Naming of a sentence in which nobody but the outlet speaks."""


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


def _places(article: Article, records: Sequence[Record]) -> Mapping[str, tuple[Span, ...]]:
    """Speaker -> the names that are his, the words that annotators marked for him (no pronouns), his name as it is written."""
    speakers = dict.fromkeys(r.speaker for r in records if r.speaker is not None)
    if not speakers:
        return {}
    names = proper_names(article.text, article.sentences or ())
    groups = cluster([article.text[slice(*n)] for n in names], [None] * len(names))
    found: dict[str, set[Span]] = {}
    for speaker in speakers:
        own = {names[i] for group in groups if same(group.name, speaker) for i in group.members}
        found[speaker] = own | set(occurrences(article.text, (0, len(article.text)), speaker, []))
    for record in records:
        if record.speaker is not None and (words := _words(article.text, record)):
            found[record.speaker].add(words)
    return {speaker: tuple(sorted(spans)) for speaker, spans in found.items()}


def _words(text: str, record: Record) -> Span | None:
    if record.mention is None or pronoun(text[slice(*record.mention)]):
        return None
    return Span(*record.mention)
