"""Trains the scorers of candidate speakers and targets on whole articles, with the encoder at rest.

Candidates, shortlist and features come from ``stance.resolve`` and ``stance.referents``, run on the model's own readings: what a
scorer learns from is what it will see. It learns from at most :data:`MOST` articles, and what they gave (50 to 100 kB a sentence) waits in a
temporary file: neither its memory nor its time grows with the labels without bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from stance.casting import Cast, cast, pronoun
from stance.labeler import Labeler, ReadArticle
from stance.neighbours import Neighbourhood, second_reading
from stance.ordering import ordered
from stance.records import MENTION, Record
from stance.referents import paragraphs, refer_inputs
from stance.referents import shortlist as target_shortlist
from stance.resolve import link_inputs, shortlist
from stance.scene import Scene
from stance.spans import overlap
from training.gold import Labelled
from training.loss import surprise
from training.model import NEVER, LinkHead
from training.pairs import is_given, same, style_of
from training.spool import Part, Spool

MOST = 3_000
"""Articles that the scorers learn from, at most; the shipped recipe has fewer."""


_LEAST = 3
"""Sentences of an article that teaches the scorers."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkExample:
    """Sentences of one article with their candidates. M sentences, N candidates.

    Attributes:
        queries: f32[M, 2H].
        candidates: f32[M, N, H].
        features: f32[M, N, F].
        allowed: candidates that the label admits, bool[M, N]: one where the name is known, all but "nobody" where only
            "somebody speaks" is known; nothing for sentences that do not count. Of targets, "nobody" is "the words themselves".
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
    """Places of the articles that say who speaks or what a stance is about, evenly spaced where there are more than ``most``, so
    that every file has its share; and how many say so. A sentence or two have hardly anything to resolve: they count only where
    there is nothing else."""
    told = {place: len({r.sentence for r in item.records}) for place, item in enumerate(items) if _asked(item) or _aimed(item)}
    places = [place for place, sentences in told.items() if sentences >= _LEAST] or [*told]
    kept = [places[k * len(places) // most] for k in range(most)] if len(places) > most else places
    return kept, len(places)


def _asked(item: Labelled) -> dict[int, Record]:
    """The rows that say who speaks, by sentence."""
    return {r.sentence: r for r in item.records if r.labelled & {"speaker", MENTION} and not is_given(r)}


def _aimed(item: Labelled) -> dict[int, Record]:
    """The rows that say what a stance is about, by sentence."""
    return {r.sentence: r for r in item.records if "target" in r.labelled and r.target is not None}


def link_examples(labeler: Labeler, items: Iterable[Labelled]) -> tuple[Part[LinkExample], Part[LinkExample]]:
    """One example of speakers for each article that has some, and one of targets, each in order; as many articles at once as the
    labeler has threads."""

    def made(item: Labelled) -> tuple[LinkExample | None, LinkExample | None]:
        spoken, aimed = _asked(item), _aimed(item)
        if not (spoken or aimed):
            return None, None
        read = labeler.in_style(style_of(item.records)).read(item.article)
        people = cast(item.article, read.readings, read.mentions)
        return (
            _example(read, people, spoken) if spoken else None,
            _target_example(read, people, spoken, aimed) if aimed else None,
        )

    spool, places = Spool[LinkExample](), ([], [])  # type: tuple[Spool[LinkExample], tuple[list[int], list[int]]]
    for found in ordered(made, items, labeler.threads):
        for example, kept in zip(found, places, strict=True):
            if example is not None:
                kept.append(spool.append(example))
    return Part(spool, places[0]), Part(spool, places[1])


def _example(read: ReadArticle, people: Cast, records: dict[int, Record]) -> LinkExample:
    block = range(len(read.readings))
    chosen, scene = shortlist(people, block), Scene.of(read.article, read.sentences, people)
    arrays = link_inputs(read.article, read.sentences, read.readings, people, block, chosen, scene)
    wanted = [admitted(records[m], row, people) if m in records else [] for m, row in enumerate(chosen)]
    return _of_arrays(arrays, wanted, Neighbourhood.of(chosen, scene.paragraph))


def _target_example(read: ReadArticle, people: Cast, spoken: dict[int, Record], records: dict[int, Record]) -> LinkExample:
    """Who speaks is taken from the labels: whoever fits both scorers at once has no other speakers yet."""
    asked = sorted(records)
    chosen = target_shortlist(people, asked)
    speakers = [spoken[i].speaker if i in spoken else None for i in range(len(read.readings))]
    arrays = refer_inputs(read.article, read.sentences, read.readings, people, speakers, asked, chosen)
    wanted = [meant(records[i], row, people) for i, row in zip(asked, chosen, strict=True)]
    return _of_arrays(arrays, wanted, Neighbourhood.of(chosen, paragraphs(read.article.text, [read.sentences[i] for i in asked])))


def _of_arrays(arrays: Sequence[np.ndarray], wanted: Sequence[Sequence[bool]], around: Neighbourhood) -> LinkExample:
    queries, candidates, features = arrays
    allowed = np.zeros(candidates.shape[:2], bool)
    for row, admits in zip(allowed, wanted, strict=True):
        row[: len(admits)] = admits
    q, c, f, a = (torch.from_numpy(array) for array in (queries, candidates, features, allowed))
    return LinkExample(q, c, f, a, around)


def meant(record: Record, row: Sequence[int], people: Cast) -> list[bool]:
    """Which candidates of a shortlist are the target of a row: those of its name, else the words themselves, where they stand in
    the sentence and are nobody's name; none where it is a name that is not on the list."""
    named = [c >= 0 and same(people.candidates[c].name, record.target) for c in row]
    known = any(named) or any(not c.described and same(c.name, record.target) for c in people.candidates)
    return named if known else [c < 0 and record.target_span is not None for c in row]


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
