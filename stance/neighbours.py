"""What a first reading says of the sentences around, for a second: who speaks before and after is likely to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stance.calibration import softmax

Inputs = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Queries f32[M, 2H], candidates f32[M, N, H] and features f32[M, N, F] of some sentences."""

Scorer = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""A learned scorer of candidates: :data:`Inputs` -> f32[M, N]."""

NEIGHBOURS = 14
"""Features of a (sentence, candidate) pair that :meth:`Neighbourhood.features` gives."""

_NONE = -2  # padding of a shortlist
_BLOCK = 256  # sentences a call of the scorer, so that an endless article takes bounded memory
_KEPT = 4  # blocks whose inputs are kept from the first reading for the second; a longer article's are made again


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """The shortlists of an article's sentences. M sentences, N places in the longest shortlist.

    Attributes:
        candidates: int64[M, N]; -1 is "nobody but the outlet", first in each row; short rows are padded with -2.
        paragraph: number of each sentence's paragraph, from 0, int64[M].
    """

    candidates: np.ndarray
    paragraph: np.ndarray

    @classmethod
    def of(cls, chosen: Sequence[Sequence[int]], paragraph: np.ndarray) -> Neighbourhood:
        candidates = np.full((len(chosen), max(map(len, chosen))), _NONE)
        for row, places in zip(candidates, chosen, strict=True):
            row[: len(places)] = places
        return cls(candidates, paragraph)

    @property
    def present(self) -> np.ndarray:
        """Which places are no padding, bool[M, N]."""
        return self.candidates > _NONE

    def features(self, probabilities: np.ndarray) -> np.ndarray:
        """What the sentences around say of each candidate, vectorised so that time is linear in the article.

        Columns: that this is a second reading; the candidate's probability in the sentence before, after, in each only within
        the paragraph; mean of three before, three after; "nobody" before, after; the candidate's mean over the article, over
        the rest of the paragraph; its share of all that anybody says; its own, and the log of that.

        Args:
            probabilities: of the first reading, f32[M, N], 0 in padding.

        Returns:
            f32[M, N, NEIGHBOURS], 0 in padding.
        """
        at = self._lookup(probabilities)
        before, after = at(-1), at(1)
        same = self.paragraph[1:] == self.paragraph[:-1]
        first, last = np.concatenate([[False], same])[:, None], np.concatenate([same, [False]])[:, None]
        found = np.zeros((*probabilities.shape, NEIGHBOURS), np.float32)
        found[..., 0] = 1
        found[..., 1], found[..., 2], found[..., 3], found[..., 4] = before, after, before * first, after * last
        found[..., 5], found[..., 6] = (before + at(-2) + at(-3)) / 3, (after + at(2) + at(3)) / 3
        found[1:, :, 7], found[:-1, :, 8] = probabilities[:-1, :1], probabilities[1:, :1]
        mean = self._sums(self.candidates, probabilities) / len(probabilities)
        found[..., 9], found[..., 10] = mean, self._rest_of_paragraph(probabilities)
        anybody = probabilities[:, 1:].sum() / len(probabilities)
        found[..., 11] = np.where(self.candidates >= 0, mean / max(1e-6, anybody), 0)
        found[..., 12], found[..., 13] = probabilities, np.log(probabilities + 1e-3) / 7
        found[~self.present] = 0
        return found

    def _lookup(self, probabilities: np.ndarray) -> Callable[[int], np.ndarray]:
        """Distance -> probability of each place's candidate so many sentences away, 0 where it is not on that shortlist."""
        present, keys, wide = self.present, self._within(np.arange(len(self.candidates))), self._wide
        order = np.argsort(keys[present])
        known, values = keys[present][order], probabilities[present][order]

        def at(distance: int) -> np.ndarray:
            wanted = keys + distance * wide
            place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            return np.where(known[place] == wanted, values[place], 0)

        return at

    def _sums(self, keys: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Sum over all places that share a key, at each place."""
        present = self.present
        _, group = np.unique(keys[present], return_inverse=True)
        sums = np.zeros(probabilities.shape)
        sums[present] = np.bincount(group, probabilities[present])[group]
        return sums

    def _rest_of_paragraph(self, probabilities: np.ndarray) -> np.ndarray:
        others = np.bincount(self.paragraph)[self.paragraph][:, None] - 1
        sums = self._sums(self._within(self.paragraph), probabilities)
        return np.where(others > 0, (sums - probabilities) / np.maximum(1, others), 0)

    def _within(self, groups: np.ndarray) -> np.ndarray:
        """A number for each place that two share where both group and candidate are the same: int64[M] -> int64[M, N]."""
        return groups[:, None] * self._wide + self.candidates - _NONE

    @property
    def _wide(self) -> int:
        return int(self.candidates.max()) - _NONE + 1


def second_reading(features: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The features of a first reading with those of :meth:`Neighbourhood.features` in their places."""
    whole = features.copy()
    whole[..., -NEIGHBOURS:] = said[:, : features.shape[1]]
    return whole


class TwoReadings:
    """Scores each sentence's candidates twice, the second time knowing what the first reading said of the sentences around.

    Args:
        chosen: shortlist of each sentence.
        paragraph: see :class:`Neighbourhood`.
        inputs: makes the scorer's input for a range of the sentences.
        scorer: the learned scorer.
    """

    def __init__(
        self, chosen: Sequence[Sequence[int]], paragraph: np.ndarray, inputs: Callable[[range], Inputs], scorer: Scorer
    ) -> None:
        self._chosen, self._scorer, self._around = chosen, scorer, Neighbourhood.of(chosen, paragraph)
        self._inputs = lru_cache(maxsize=_KEPT)(inputs)
        self._blocks = [range(start, min(start + _BLOCK, len(chosen))) for start in range(0, len(chosen), _BLOCK)]

    def first(self, told: Callable[[int], np.ndarray | float] = lambda _: 0.0) -> np.ndarray:
        """Probabilities, f32[M, N], 0 in padding; ``told`` is what is added to the scores of a sentence."""
        found = np.zeros(self._around.candidates.shape, np.float32)
        for block in self._blocks:
            for i, scores in zip(block, self._scorer(*self._inputs(block)), strict=True):
                found[i, : len(self._chosen[i])] = softmax(scores[: len(self._chosen[i])] + told(i))
        return found

    def second(self, first: np.ndarray) -> Iterator[np.ndarray]:
        """Scores of each sentence's candidates, in order, after the probabilities of the first reading."""
        said = self._around.features(first)
        for block in self._blocks:
            queries, candidates, features = self._inputs(block)
            logits = self._scorer(queries, candidates, second_reading(features, said[block.start : block.stop]))
            for i, scores in zip(block, logits, strict=True):
                yield scores[: len(self._chosen[i])]
