"""From words to names by strings alone: the words that name each speaker given, does the right name come of them?

    python tests/benchmarks/names.py runs/data/gold.jsonl runs/data/own.jsonl

What the rules on names, descriptions and noun phrases do without encoder and scorer. Pronouns are left out.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from stance.casting import cast, pronoun
from stance.decode import NamedMention, Naming, Pointer, Reading
from stance.names import proper_names
from stance.records import Record
from stance.spans import Span
from training.gold import Labelled, stream
from training.pairs import same

_NOTHING = np.zeros(1, np.float32)
_NOWHERE = Naming(np.zeros((1, 2), np.int64), np.zeros(2, np.float32), 1.0)


def _reading(sentence: int, mention: Span | None) -> Reading:
    pointed = Pointer(Span(0, 0), mention or Span(0, 0), 1.0, float(mention is None))
    return Reading(sentence, _NOTHING, pointed, _NOTHING, pointed, _NOTHING, 0.0, _NOTHING, _NOWHERE, _NOWHERE)


def verdicts(item: Labelled) -> list[tuple[Record, str, str | None, bool]]:
    """Each record whose speaker is named by other words than a pronoun, these words, the name that comes of them, whether it is right."""
    text, sentences = item.article.text, item.article.sentences or ()
    named = {r.sentence: r for r in item.records if r.mention is not None and r.speaker is not None}
    marked = [named[i].mention if i in named else None for i in range(len(sentences))]
    readings = [_reading(i, None if m is None else Span(*m)) for i, m in enumerate(marked)]
    starts = [s.start for s in sentences]
    names = proper_names(text, sentences)
    where = np.searchsorted(starts, [n.start for n in names], side="right") - 1
    mentions = [NamedMention(n, None, int(i), _NOTHING, _NOTHING) for n, i in zip(names, where, strict=True)]
    people = cast(item.article, readings, mentions)
    found = []
    for i, record in named.items():
        words = text[slice(*record.mention)] if record.mention else ""
        if pronoun(words) is None:
            name = people.candidates[people.matched[i]].name if people.matched[i] >= 0 else None
            found.append((record, words, name, same(name, record.speaker)))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="+")
    parser.add_argument("--errors", action="store_true", help="show the words, the name that came of them, and the label's")
    options = parser.parse_args()
    every = [each for file in options.labels for item in stream(file) for each in verdicts(item)]
    for record, words, name, right in every if options.errors else ():
        if not right:
            sys.stdout.write(f"{record.article_id}#{record.sentence}: {words!r}: {name!r}, label {record.speaker!r}\n")
    right = sum(each[-1] for each in every)
    sys.stdout.write(f"{right} of {len(every)} right ({right / max(1, len(every)):.3f})\n")
