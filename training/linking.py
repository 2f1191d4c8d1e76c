"""Trains the scorer of candidate speakers on whole articles, with the encoder at rest.

Candidates, shortlist and features come from ``stance.resolve``, run on the model's own readings: what the scorer learns
from is what it will see. It learns from at most :data:`MOST` articles, and what they gave (50 to 100 kB a sentence) waits in a
temporary file: neither its memory nor its time grows with the labels without bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from stance.casting import Cast, cast, pronoun
from stance.labeler import Labeler, ReadArticle
from stance.neighbours import Neighbourhood
from stance.ordering import ordered
from stance.records import MENTION, Record
from stance.resolve import link_inputs, second_reading, shortlist
from stance.scene import Scene
from stance.spans import overlap
from training.gold import Labelled
from training.loss import surprise
from training.model import NEVER, LinkHead
from training.pairs import is_given, same, style_of
from training.spool import Part, Spool

MOST = 3_000
"""Articles that the scorer learns from, at most; the shipped recipe has fewer."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkExample:
    """Sentences of one article with their candidates. M sentences, N candidates.

    Attributes:
        queries: f32[M, 2H].
        candidates: f32[M, N, H].
        features: f32[M, N, F].
        allowed: candidates that the label admits, bool[M, N]: one where the name is known, all but "nobody" where only
            "somebody speaks" is known; nothing for sentences that do not count.
        around: the shortlists.
    """

    queries: torch.Tensor
    candidates: torch.Tensor
    features: torch.Tensor
    allowed: torch.Tensor
    around: Neighbourhood

    @property
    def present(self) -> torch.Tensor:
        """Candidates that are no padding, bool[M, N]."""
        return torch.from_numpy(self.around.present)


def drawn(items: Sequence[Labelled], most: int = MOST) -> tuple[list[int], int]:
    """Places of the articles that say who speaks, evenly spaced where there are more than ``most``, so that every file
    has its share; and how many say so."""
    places = [place for place, item in enumerate(items) if _asked(item)]
    kept = [places[k * len(places) // most] for k in range(most)] if len(places) > most else places
    return kept, len(places)


def _asked(item: Labelled) -> dict[int, Record]:
    """The rows that say who speaks, by sentence."""
    return {r.sentence: r for r in item.records if r.labelled & {"speaker", MENTION} and not is_given(r)}


def link_examples(labeler: Labeler, items: Iterable[Labelled]) -> Part[LinkExample]:
    """One example an article that has speakers, in order; as many articles at once as the labeler has threads."""

    def made(item: Labelled) -> LinkExample | None:
        if not (records := _asked(item)):
            return None
        read = labeler.in_style(style_of(item.records)).read(item.article)
        return _example(read, cast(item.article, read.readings, read.mentions), records)

    spool = Spool[LinkExample]()
    return Part(spool, [spool.append(e) for e in ordered(made, items, labeler.threads) if e is not None])


def _example(read: ReadArticle, people: Cast, records: dict[int, Record]) -> LinkExample:
    block = range(len(read.readings))
    chosen, scene = shortlist(people, block), Scene.of(read.article, read.sentences, people)
    queries, candidates, features = link_inputs(read.article, read.sentences, read.readings, people, block, chosen, scene)
    allowed = np.zeros(candidates.shape[:2], bool)
    for m, row in enumerate(chosen):
        if m in records:
            allowed[m, : len(row)] = admitted(records[m], row, people)
    around = Neighbourhood.of(chosen, scene.paragraph)
    q, c, f, a = (torch.from_numpy(array) for array in (queries, candidates, features, allowed))
    return LinkExample(q, c, f, a, around)


def admitted(record: Record, row: Sequence[int], people: Cast) -> list[bool]:
    """Which candidates of a shortlist the label admits; none where the right one is not among them."""
    if record.speaker is None:
        return [c < 0 for c in row]
    if "speaker" in record.labelled:
        return [c >= 0 and same(people.candidates[c].name, record.speaker) for c in row]
    if record.mention is None or pronoun(record.speaker):
        return [c >= 0 for c in row]
    return [c >= 0 and any(overlap(m, record.mention) for m in people.candidates[c].mentions) for c in row]


def fit_link(head: LinkHead, examples: Sequence[LinkExample], epochs: int = 5, lr: float = 1e-3, seed: int = 0) -> float:
    """Train ``head`` in place by the marginal likelihood of the admitted candidates; returns the last epoch's mean loss."""
    places = [place for place, example in enumerate(examples) if example.allowed.any()]
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(head.parameters(), lr=lr, weight_decay=0.01)
    steps = max(1, epochs * len(places))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))
    mean = float("nan")
    head.train()
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(places), generator=generator).tolist():
            loss = _both_readings(head, examples[places[i]])
            if loss is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(float(loss.detach()))
            schedule.step()
        mean = float(np.mean(losses)) if losses else float("nan")
    head.eval()
    return mean


def _both_readings(head: LinkHead, example: LinkExample) -> torch.Tensor | None:
    """Mean loss of the first reading and of the second, which knows what the first said of the sentences around."""
    scores = head(example.queries, example.candidates, example.features)
    first = link_loss(scores, example)
    if first is None:
        return None
    said = example.around.features(torch.softmax(scores.detach().masked_fill(~example.present, NEVER), -1).numpy())
    features = torch.from_numpy(second_reading(example.features.numpy(), said))
    second = link_loss(head(example.queries, example.candidates, features), example)
    return None if second is None else (first + second) / 2


def link_loss(scores: torch.Tensor, example: LinkExample) -> torch.Tensor | None:
    """Minus the log of the probability that the admitted candidates share, or ``None`` without a counting sentence."""
    counts = example.allowed.any(1)
    if not counts.any():
        return None
    return surprise(scores.masked_fill(~example.present, NEVER), example.allowed)[counts].mean()
