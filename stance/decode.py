"""Scores of a passage to readings: the best legal spans and their probabilities. Pure, no I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stance.calibration import softmax
from stance.passages import Passage
from stance.spans import Span

NONE = 0
"""The pointer's column that says "no such words here": the first special token, as SQuAD 2 has it."""

LONGEST = 40
"""Longest span in tokens that a pointer may choose."""

_EDGES = ',;:“”"»«'
_EDGES_OF_OTHERS = _EDGES.replace(",", "")
"""In PolNeAR's style a comma behind an apposition belongs to the source (in 598 of 662 of its labels)."""
_FULL_STOP = re.compile(r"[^\W\d_]{4}\.$")
"""Behind a word too long for an abbreviation, a full stop ends the sentence and belongs to no name."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a pointer points in one sentence.

    Attributes:
        tokens: best span in the passage's tokens, whether or not "none" is likelier.
        chars: the same in the article's characters, widened to whole words.
        probability: of this span among all legal spans and "none".
        none: probability of "none".
    """

    tokens: Span
    chars: Span
    probability: float
    none: float


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """Where a sentence's passage names its speaker, or its target. T tokens, special tokens left out.

    Attributes:
        chars: offsets of the passage's tokens into the article's text, int64[T, 2]; shared by the passage's sentences.
        running: sum of the tokens' probabilities before each token, f32[T + 1].
        nobody: probability that nobody but the outlet speaks, or that the target has no name.
    """

    chars: np.ndarray
    running: np.ndarray
    nobody: float

    @property
    def passage(self) -> Span:
        """Characters that the passage covers."""
        return Span(int(self.chars[0, 0]), int(self.chars[-1, 1]))

    def shares(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Probability of the tokens between two characters, 0 outside the passage: int64[N], int64[N] -> f32[N]."""
        first, last = np.searchsorted(self.chars[:, 1], starts, "right"), np.searchsorted(self.chars[:, 0], ends)
        return self.running[np.maximum(first, last)] - self.running[first]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one passage says about one sentence, before anything is resolved. H width, C claim types.

    Attributes:
        sentence: index in the article.
        vector: mean of its token states, f32[H].
        mention: words that name the speaker.
        mention_vector: mean of the mention's states, f32[H], zeros where "none" is likelier.
        target: words of the target.
        target_vector: mean of the target's states, f32[H].
        attributed: logit of "somebody other than the outlet speaks".
        claim_type: logits, f32[C].
        naming: where the passage names the speaker.
        aiming: where it names the target.
    """

    sentence: int
    vector: np.ndarray
    mention: Pointer
    mention_vector: np.ndarray
    target: Pointer
    target_vector: np.ndarray
    attributed: float
    claim_type: np.ndarray
    naming: Naming
    aiming: Naming


@dataclass(frozen=True, slots=True, eq=False)
class NamedMention:
    """A proper name in the text.

    Attributes:
        chars: its characters in the article.
        kind: most likely kind of name, ``None`` where the tagger sees no name.
        sentence: index of its sentence.
        vector: mean of its states, f32[H].
        kinds: probability of "no name" and of each kind, f32[1 + K].
    """

    chars: Span
    kind: str | None
    sentence: int
    vector: np.ndarray
    kinds: np.ndarray


def best_span(logits: np.ndarray, tokens: Span, longest: int = LONGEST) -> tuple[Span, float, float]:
    """The likeliest legal span of one sentence, its probability, and that of "none".

    Args:
        logits: of start and end, f32[2, T]; column :data:`NONE` is "none".
        tokens: the sentence.
        longest: longest legal span in tokens.

    >>> start_end = np.array([[1.0, -9, 3, 0], [1.0, -9, 0, 2]])
    >>> best_span(start_end, Span(1, 4))[0]
    Span(start=2, end=4)
    """
    start, end = (np.asarray(row[tokens.start : tokens.end], np.float64) for row in logits)
    i, j = _legal(len(start), longest)
    scores = np.concatenate([[float(logits[0, NONE]) + float(logits[1, NONE])], start[i] + end[j]])
    probabilities = softmax(scores)
    best = int(np.argmax(scores[1:]))
    span = Span(tokens.start + int(i[best]), tokens.start + int(j[best]) + 1)
    return span, float(probabilities[best + 1]), float(probabilities[0])


@lru_cache(maxsize=256)
def _legal(tokens: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last token of each legal span of a sentence, each int64[spans]."""
    first, last = np.triu_indices(tokens)
    legal = last - first < longest
    return first[legal], last[legal]


def whole_words(text: str, chars: Span, within: Span, edges: str = _EDGES) -> Span:
    """``chars`` widened to whole words and freed of white space and the marks of ``edges`` at the ends.

    >>> whole_words("the minister's aide", Span(4, 9), Span(0, 19))
    Span(start=4, end=12)
    """
    start, end = chars
    while start > within.start and _in_word(text[start - 1]) and _in_word(text[start]):
        start -= 1
    while end < within.end and _in_word(text[end]) and _in_word(text[end - 1]):
        end += 1
    while end - start > 1 and (text[end - 1].isspace() or text[end - 1] in edges):
        end -= 1
    if end == within.end and _FULL_STOP.search(text, max(start, end - 5), end):
        end -= 1
    while end - start > 1 and (text[start].isspace() or text[start] in _EDGES):
        start += 1
    return Span(start, end)


def _in_word(character: str) -> bool:
    # Accents may be code points of their own (Jose + U+0301), of which a tokenizer keeps nothing.
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def pointers(text: str, passage: Passage, logits: np.ndarray, sentences: Sequence[Span]) -> list[Pointer]:
    """The pointer of each sentence that the passage owns, in order.

    Args:
        text: the article's text.
        passage: the passage.
        logits: f32[S, 2, T].
        sentences: characters of every sentence of the article.
    """
    found, edges = [], _EDGES_OF_OTHERS if passage.shapes[0] else _EDGES
    for row, sentence in zip(logits, passage.sentences, strict=True):
        if not sentence.owned:
            continue
        tokens, probability, none = best_span(row, sentence.tokens)
        chars = whole_words(text, passage.char_span(tokens), sentences[sentence.index], edges)
        found.append(Pointer(tokens, chars, probability, none))
    return found


def namings(passage: Passage, logits: np.ndarray) -> list[Naming]:
    """Where each sentence of the passage, owned or not, finds its speaker, or its target, named: f32[S, T] -> S namings."""
    first, last = passage.sentences[0].tokens.start, passage.sentences[-1].tokens.end
    probabilities = softmax(logits)
    running = np.cumsum(probabilities[:, first:last], axis=-1, dtype=np.float32)
    return [
        Naming(passage.chars[first:last], np.concatenate([[np.float32(0)], row]), float(nobody))
        for row, nobody in zip(running, probabilities[:, NONE], strict=True)
    ]


def merge_windows(readings: Sequence[Reading]) -> list[Reading]:
    """One reading a sentence, in order: of the windows of an over-long sentence the one surest of its mention stays."""
    best: dict[int, Reading] = {}
    for reading in readings:
        rival = best.get(reading.sentence)
        if rival is None or reading.mention.none < rival.mention.none:
            best[reading.sentence] = reading
    return [best[i] for i in sorted(best)]
