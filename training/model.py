"""``StanceModel``: one encoder, the heads of DESIGN.md, and the five graphs. No loss, no decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from stance.passages import SHAPES
from stance.referents import FEATURES as REFERENT_FEATURES
from stance.resolve import FEATURES
from stance.spec import ModelSpec

NEVER = -1e4
"""Logit of a token that a pointer may not choose (finite in half precision)."""

POINTED_TOKENS = 12
"""Longest span that training takes for the pointed one (two thirds of gold targets have at most 3 tokens)."""


NAMING = 128
"""Width of the vectors by which a sentence looks for its speaker's name, and for its target's."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Output of one encoder pass over B passages with N sentences in all. T tokens, H width, C claim types, K name kinds.

    Attributes:
        states: f32[B, T, H].
        mention: logits of start and end, f32[N, 2, T]; column 0 is "none".
        target: f32[N, 2, T].
        attributed: f32[N].
        claim_type: f32[N, C].
        names: f32[B, T, 1 + K].
        naming: logits of the tokens that name the speaker anywhere in the passage, f32[N, T]; column 0 is "nobody".
        aiming: the same for the target; column 0 is "it has no name".
    """

    states: Tensor
    mention: Tensor
    target: Tensor
    attributed: Tensor
    claim_type: Tensor
    names: Tensor
    naming: Tensor
    aiming: Tensor


class StanceModel(nn.Module):
    """Sentence labels from one encoder pass over a passage.

    Args:
        encoder: any Hugging Face encoder that takes ``inputs_embeds`` and gives ``last_hidden_state``.
        spec: label set and passage sizes.
        dropout: of the heads; the encoder's own is set in its config.
    """

    def __init__(self, encoder: Any, spec: ModelSpec, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.spec = spec
        width = int(encoder.config.hidden_size)
        self.shapes = nn.Embedding(SHAPES, width)
        nn.init.zeros_(self.shapes.weight)  # the pretrained encoder starts undisturbed
        self.token_head = _mlp(width, width, 4, dropout)  # start and end of mention and target
        self.sentence_head = _mlp(width, width, 5, dropout)  # the four "none" logits, attributed
        self.claim_head = _mlp(2 * width, width, max(1, len(spec.claim_types)), dropout)
        self.attention = nn.Linear(width, 1)
        self.name_head = nn.Linear(width, 1 + len(spec.name_kinds))
        self.naming_head = _mlp(2 * width, width, NAMING, dropout)  # what to look for, and among which tokens
        self.aiming_head = _mlp(2 * width, width, NAMING, dropout)
        self.key_head = nn.Linear(width, NAMING)
        self.stance_head = _mlp(4 * width, width, max(1, len(spec.stances)), dropout)
        self.asked_head = _mlp(4 * width, width, max(1, len(spec.stances)), dropout)
        self.link_head = LinkHead(width, FEATURES)
        self.refer_head = LinkHead(width, REFERENT_FEATURES)

    def encode(self, ids: Tensor, shapes: Tensor, rows: Tensor, mask: Tensor | None = None) -> Encoded:
        """One encoder pass.

        Args:
            ids: int64[B, T].
            shapes: int64[B, T].
            rows: passage, first token and end token of each sentence, int64[N, 3].
            mask: 1 for tokens, 0 for padding, int64[B, T]; ``None`` without padding.
        """
        embedded = self.encoder.get_input_embeddings()(ids) + self.shapes(shapes)
        states = self.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state.float()
        with _single(states):
            return self._heads(states, rows, mask)

    def _heads(self, states: Tensor, rows: Tensor, mask: Tensor | None) -> Encoded:
        sentences = self.pool(states, rows)
        tokens = self.token_head(states)
        own = self.sentence_head(sentences)
        mention = _pointer(tokens[..., 0:2], own[:, 0:2], rows)
        target = _pointer(tokens[..., 2:4], own[:, 2:4], rows)
        wide = torch.cat([sentences, self._attend(states, rows)], -1)
        keys = self.key_head(states)
        naming, aiming = (_look_up(head(wide), keys, rows, mask) for head in (self.naming_head, self.aiming_head))
        return Encoded(states, mention, target, own[:, 4], self.claim_head(wide), self.name_head(states), naming, aiming)

    def _attend(self, states: Tensor, rows: Tensor) -> Tensor:
        """Weighted mean of each sentence's states: one telling word must not drown in a long sentence."""
        weights = torch.exp(2 * torch.tanh(self.attention(states).float()))  # running sums need single precision
        return _sums(states * weights, rows) / _sums(weights, rows)

    def pool(self, states: Tensor, rows: Tensor) -> Tensor:
        """Mean state of each span: f32[B, T, H], int64[N, 3] (passage, start, end) -> f32[N, H]; an empty span gives zeros."""
        lengths = (rows[:, 2:3] - rows[:, 1:2]).clamp(min=1)
        return _sums(states, rows) / lengths.to(states.dtype)

    def link(self, queries: Tensor, candidates: Tensor, features: Tensor) -> Tensor:
        """Score of each candidate speaker: f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N]."""
        return self.link_head(queries, candidates, features)

    def refer(self, queries: Tensor, candidates: Tensor, features: Tensor) -> Tensor:
        """Score of each candidate target: f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N]."""
        return self.refer_head(queries, candidates, features)

    def stance(self, sentences: Tensor, speakers: Tensor, targets: Tensor) -> Tensor:
        """Stance logits of (sentence, speaker, target) vectors, three times f32[P, H] -> f32[P, 2C]: towards the target that the
        sentence points at, then towards one that is asked for. NewsMTSC, which asks, says how a sentence treats its target, whoever
        speaks; one head for both learnt each the worse for the other (README)."""
        joined = torch.cat([sentences, speakers, targets, sentences * targets], -1)
        return torch.cat([self.stance_head(joined), self.asked_head(joined)], -1)

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor, rows: Tensor, pairs: Tensor) -> tuple[Encoded, Tensor]:
        """What the loss needs.

        Args:
            ids, shapes, mask: int64[B, T].
            rows: int64[N, 3], as in :meth:`encode`.
            pairs: row of the sentence, speaker start and end, target start and end, whether the target is asked for, int64[P, 6];
                -1 in a speaker says "none", in a target "whatever the target pointer points at", as at inference.

        Returns:
            the encoder's outputs and the stance logits f32[P, C].
        """
        encoded = self.encode(ids, shapes, rows, mask)
        passage = rows[pairs[:, 0], 0]
        pointed = best_spans(encoded.target.detach(), rows)[pairs[:, 0]]
        targets = torch.where(pairs[:, 3:5] < 0, pointed, pairs[:, 3:5])
        spans = lambda part: torch.cat([passage.unsqueeze(1), part], 1)  # noqa: E731
        with _single(encoded.states):
            logits = self.stance(
                self.pool(encoded.states, rows[pairs[:, 0]]),
                self.pool(encoded.states, spans(pairs[:, 1:3])),
                self.pool(encoded.states, spans(targets)),
            )
        return encoded, of_kind(logits, pairs, max(1, len(self.spec.stances)))


class LinkHead(nn.Module):
    """Scores candidate speakers, or targets, by their states and by features of the article's structure.

    Dropout on the states is heavy: the readings of training articles are surer than those of new ones.
    """

    def __init__(self, width: int, features: int, hidden: int = 64, dropout: float = 0.3) -> None:
        super().__init__()
        self.query = nn.Linear(2 * width, hidden)
        self.candidate = nn.Linear(width, hidden)
        self.feature = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
        self.match = nn.Linear(hidden, hidden, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, queries: Tensor, candidates: Tensor, features: Tensor) -> Tensor:
        """f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N]."""
        query = self.query(self.dropout(queries)).unsqueeze(1)
        candidate = self.candidate(self.dropout(candidates))
        mixed = query + candidate + self.match(query * candidate) + self.feature(features)
        return self.score(self.dropout(mixed)).squeeze(-1)


def of_kind(logits: Tensor, pairs: Tensor, labels: int) -> Tensor:
    """Each pair's logits of its own kind, pointed or asked for: f32[P, 2C], int64[P, 6] -> f32[P, C]; models before version 0.6
    have C for both kinds."""
    return torch.where(pairs[:, 5:6] == 1, logits[:, -labels:], logits[:, :labels])


def best_spans(logits: Tensor, rows: Tensor) -> Tensor:
    """The likeliest span of each sentence, "none" left out: f32[N, 2, T] -> int64[N, 2]."""
    columns = torch.arange(logits.shape[-1], device=logits.device)
    inside = _inside(logits.shape[-1], rows)
    start = logits[:, 0].masked_fill(~inside, NEVER).argmax(-1, keepdim=True)
    legal = inside & (columns >= start) & (columns < start + POINTED_TOKENS)
    end = logits[:, 1].masked_fill(~legal, NEVER).argmax(-1, keepdim=True) + 1
    return torch.cat([start, end], 1)


def _mlp(inputs: int, hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, outputs))


def _single(states: Tensor) -> torch.autocast:
    """Heads in single precision: no two batches have as many sentences, and a processor makes bf16 kernels anew for each size
    (measured: half of a training's time)."""
    return torch.autocast(states.device.type, enabled=False)


def _inside(length: int, rows: Tensor) -> Tensor:
    columns = torch.arange(length, device=rows.device)
    return (columns >= rows[:, 1:2]) & (columns < rows[:, 2:3])


def _look_up(queries: Tensor, keys: Tensor, rows: Tensor, mask: Tensor | None) -> Tensor:
    """f32[N, D], f32[B, T, D] -> f32[N, T]: each sentence looks over the whole passage."""
    logits = torch.einsum("nd,ntd->nt", queries, keys[rows[:, 0]]).float() / NAMING**0.5
    return logits if mask is None else logits.masked_fill(mask[rows[:, 0]] == 0, NEVER)


def _sums(values: Tensor, rows: Tensor) -> Tensor:
    """Sum over each span, by differences of running sums: f32[B, T, H], int64[N, 3] -> f32[N, H]."""
    running = nn.functional.pad(values.cumsum(1), (0, 0, 1, 0))
    return running[rows[:, 0], rows[:, 2]] - running[rows[:, 0], rows[:, 1]]


def _pointer(tokens: Tensor, none: Tensor, rows: Tensor) -> Tensor:
    """f32[B, T, 2], f32[N, 2] -> f32[N, 2, T]: tokens outside the sentence get :data:`NEVER`, column 0 gets "none"."""
    inside = _inside(tokens.shape[1], rows).unsqueeze(1)
    logits = tokens[rows[:, 0]].transpose(1, 2).masked_fill(~inside, NEVER)
    return torch.cat([none.unsqueeze(-1), logits[..., 1:]], -1)
