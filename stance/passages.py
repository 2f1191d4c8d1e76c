"""An article as passages: runs of whole sentences that the encoder reads at once. The only home of char <-> token.

The article is tokenised once, so offsets are absolute by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from stance.errors import ModelError
from stance.quotes import inside, quotations
from stance.spans import Span

STYLES: tuple[str, ...] = ("guide", "mention")
"""Ways of labelling: after GUIDE.md, or after a corpus that marks a source's words by its own rules (PolNeAR)."""

_TEXT_SHAPES = 16
SHAPES = _TEXT_SHAPES + len(STYLES) - 1
"""How many different surface shapes a token has: 4 cases x new line before x inside a quotation; and the first token of a
passage tells the encoder the style after which its labels are wanted (0, the first style, or 16 and more)."""


@dataclass(frozen=True, slots=True)
class PassageSentence:
    """A sentence in a passage.

    Attributes:
        index: the sentence's number in the article.
        tokens: its tokens in the passage; a part of them where the sentence is longer than a passage.
        owned: whether this copy gives the labels (a sentence shared by two passages is owned by one).
    """

    index: int
    tokens: Span
    owned: bool


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """What one encoder call reads. T tokens, special tokens included.

    Attributes:
        ids: token ids, int64[T].
        shapes: surface shape of each token, int64[T], below :data:`SHAPES`; an uncased encoder sees capitals, line ends
            and quotation marks through them.
        chars: offsets into the article's text, int64[T, 2]; special tokens have (-1, -1).
        sentences: in order.
    """

    ids: np.ndarray
    shapes: np.ndarray
    chars: np.ndarray
    sentences: tuple[PassageSentence, ...]

    def token_span(self, chars: tuple[int, int], within: Span) -> Span | None:
        """The tokens of ``within`` that share a character with ``chars``, or ``None``."""
        part = self.chars[within.start : within.end]
        hits = np.flatnonzero((part[:, 0] < chars[1]) & (part[:, 1] > chars[0]))
        return Span(within.start + int(hits[0]), within.start + int(hits[-1]) + 1) if len(hits) else None

    def char_span(self, tokens: tuple[int, int]) -> Span:
        """The characters from the first to the last of ``tokens``."""
        return Span(int(self.chars[tokens[0], 0]), int(self.chars[tokens[1] - 1, 1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Tokens:
    ids: np.ndarray
    shapes: np.ndarray
    chars: np.ndarray
    bounds: list[Span]  # tokens of each sentence


def cut(
    text: str,
    sentences: Sequence[Span],
    tokenizer: Tokenizer,
    passage_tokens: int,
    overlap_sentences: int,
    style: str = STYLES[0],
) -> list[Passage]:
    """Passages of whole sentences of at most ``passage_tokens`` tokens; neighbours share ``overlap_sentences``.

    A sentence longer than a passage is read in windows that overlap by half, each a passage of its own.

    Args:
        text: the article's text.
        sentences: characters of each sentence, in order.
        tokenizer: of the encoder; truncation and padding are not used.
        passage_tokens: limit, special tokens included.
        overlap_sentences: how many sentences of context a passage repeats from the one before.
        style: one of :data:`STYLES`.
    """
    prefix, suffix = special_ids(tokenizer)
    room = passage_tokens - len(prefix) - len(suffix)
    if room < 8:
        raise ModelError(
            f"passage_tokens is {passage_tokens}, expected at least {8 + len(prefix) + len(suffix)}; raise it in the spec"
        )
    tokens, shape = _tokenise(text, sentences, tokenizer, fill=suffix[0]), _style_shape(style)
    return [
        _passage(tokens, parts, prefix, suffix, shape)
        for parts in _plan([b.width for b in tokens.bounds], tokens.bounds, room, overlap_sentences)
    ]


def special_ids(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """The ids that the encoder wants before and after its text.

    Raises:
        ModelError: the tokenizer adds no special tokens.
    """
    ids = tokenizer.encode("", add_special_tokens=True).ids
    if len(ids) < 2:
        raise ModelError(
            "the tokenizer adds no special tokens before and after a text; expected an encoder's tokenizer such as BERT's"
        )
    return ids[:1], ids[1:]


def _tokenise(text: str, sentences: Sequence[Span], tokenizer: Tokenizer, fill: int) -> _Tokens:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    all_ids = np.asarray(encoding.ids, np.int64)
    offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
    first = np.asarray([s.start for s in sentences], np.int64)
    last = np.asarray([s.end for s in sentences], np.int64)
    # A token belongs to the sentence of its last character: byte-level tokenizers count a leading space to the token.
    owner = np.searchsorted(first, offsets[:, 1] - 1, side="right") - 1
    owner[(owner < 0) | (offsets[:, 0] == offsets[:, 1])] = -1
    owner[offsets[:, 1] > last[owner] if len(last) else slice(None)] = -1
    kept = np.flatnonzero(owner >= 0)
    starts = np.searchsorted(owner[kept], np.arange(len(sentences)), side="left")
    ends = np.searchsorted(owner[kept], np.arange(len(sentences)), side="right")
    ids, chars, bounds = _fill_empty(all_ids[kept], offsets[kept], starts, ends, sentences, fill)
    chars[:, 0] = np.maximum(chars[:, 0], np.repeat(first, [b.width for b in bounds]))
    return _Tokens(ids, _shapes(text, chars), chars, bounds)


def _fill_empty(
    ids: np.ndarray, chars: np.ndarray, starts: np.ndarray, ends: np.ndarray, sentences: Sequence[Span], fill: int
) -> tuple[np.ndarray, np.ndarray, list[Span]]:
    """A sentence of which the tokenizer keeps nothing (control characters) gets one filler token: no sentence is dropped."""
    empty = np.flatnonzero(starts == ends)
    if len(empty):
        ids = np.insert(ids, starts[empty], fill)
        chars = np.insert(
            chars, starts[empty], np.asarray([sentences[i] for i in empty.tolist()], np.int64).reshape(-1, 2), axis=0
        )
    lengths = np.maximum(ends - starts, 1)
    stops = np.cumsum(lengths)
    return ids, chars, [Span(int(stop - n), int(stop)) for stop, n in zip(stops, lengths, strict=True)]


def _shapes(text: str, chars: np.ndarray) -> np.ndarray:
    """Case (0 other, 1 Capitalised, 2 CAPITALS, 3 digit) + 4 x new line before + 8 x inside a quotation."""
    words = [text[a:b].strip() for a, b in chars.tolist()]
    case = np.asarray(
        [3 if w[:1].isdigit() else 0 if not w[:1].isupper() else 2 if len(w) > 1 and w.isupper() else 1 for w in words], np.int64
    )
    before = np.concatenate([[0], chars[:-1, 1]]) if len(chars) else np.zeros(0, np.int64)
    line = np.asarray(["\n" in text[a:b] for a, b in zip(before.tolist(), chars[:, 0].tolist(), strict=True)], np.int64)
    return case + 4 * line + 8 * inside(quotations(text), chars[:, 0])


_Part = tuple[int, Span, bool]  # sentence index, its tokens in the article, owned


def _plan(lengths: Sequence[int], bounds: Sequence[Span], room: int, overlap: int) -> Iterator[list[_Part]]:
    start, owned_from = 0, 0
    while start < len(lengths):
        if lengths[start] > room:
            yield from ([(start, window, True)] for window in _windows(bounds[start], room))
            start = owned_from = start + 1
            continue
        stop, total = start, 0
        while stop < len(lengths) and total + lengths[stop] <= room:
            total += lengths[stop]
            stop += 1
        following = _next_start(lengths, start, stop, room, overlap)
        # Of the shared sentences the earlier passage owns the first half: each copy is owned where it has more context.
        owned_to = stop if following >= stop else following + (stop - following + 1) // 2
        yield [(i, bounds[i], owned_from <= i < owned_to) for i in range(start, stop)]
        start, owned_from = following, owned_to


def _next_start(lengths: Sequence[int], start: int, stop: int, room: int, overlap: int) -> int:
    """Where the next passage starts: as much overlap as leaves room for the sentence at ``stop``."""
    if stop >= len(lengths) or lengths[stop] > room:
        return stop
    following, total = stop, lengths[stop]
    while following - 1 > start and stop - following < overlap and total + lengths[following - 1] <= room:
        following -= 1
        total += lengths[following]
    return following


def _windows(tokens: Span, room: int) -> Iterator[Span]:
    for start in range(tokens.start, tokens.end, room // 2):
        yield Span(start, min(start + room, tokens.end))
        if start + room >= tokens.end:
            return


def _style_shape(style: str) -> int:
    number = STYLES.index(style)
    return _TEXT_SHAPES - 1 + number if number else 0


def _passage(tokens: _Tokens, parts: Sequence[_Part], prefix: list[int], suffix: list[int], shape: int) -> Passage:
    first, last = parts[0][1].start, parts[-1][1].end
    shift = len(prefix) - first
    none = [[-1, -1]]
    return Passage(
        ids=np.concatenate([prefix, tokens.ids[first:last], suffix]).astype(np.int64),
        shapes=np.concatenate([[shape] * len(prefix), tokens.shapes[first:last], [0] * len(suffix)]).astype(np.int64),
        chars=np.concatenate([none * len(prefix), tokens.chars[first:last], none * len(suffix)]).astype(np.int64),
        sentences=tuple(PassageSentence(i, Span(t.start + shift, t.end + shift), owned) for i, t, owned in parts),
    )
