"""What a larger model says about the training passages, for a smaller one to learn beside the labels.

Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015; without a temperature, since half of
the loss stays with the labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor

from stance.errors import UsageError
from stance.ordering import ordered
from stance.passages import Passage, PassageSentence
from stance.runtime import Backend, locate
from stance.spans import Span
from stance.spec import ModelSpec
from training import data
from training.examples import POINTED, Collate, Example, collate
from training.gold import Labelled
from training.loss import LIKELIHOODS
from training.model import best_targets
from training.predictions import load

Taught = Mapping[str, np.ndarray]
"""A passage's probabilities, f16, by head: ``attributed`` [S, 2], ``claim_type`` [S, C], ``stance`` [P, C], ``naming`` [S, T],
``mention``, ``target`` [S, 2, T]."""

ROW = "row"
"""Column of the data set by which a passage finds what it is taught."""

_WIDE = ("mention", "target", "naming")
"""Heads whose last axis are the passage's tokens."""


def teach(name: str, items: Sequence[Labelled], spec: ModelSpec, passages: Dataset) -> tuple[Dataset, Collate]:
    """Let a model read every passage once, but those of another style than the first: it was asked for that style alone.

    Args:
        name: a shipped model's name, a runtime folder, or a folder that ``fit`` wrote; its encoder cuts words as the
            learner's does (BERT's vocabulary), and it learnt from such labels as the learner does (stances towards given
            targets too, where there are any: what it does not know it teaches as well).
        items: the articles of ``passages``.
        spec: the learner's.
        passages: examples of ``training.data.dataset``.

    Returns:
        the passages, numbered, and the function that makes batches of them.

    Raises:
        ModelError: ``name`` is no model.
        UsageError: no such folder; the teacher has other labels, or cuts other tokens.
    """
    teacher = load(name)
    if (teacher.spec.claim_types, teacher.spec.stance_names) != (spec.claim_types, spec.stance_names):
        raise UsageError(f"teacher {name}: has other claim types or stances than spec; train it on the same label set")
    own = data.dataset(items, spec, str(locate(name)))
    if own["length"] != passages["length"] or own["sentences"] != passages["sentences"]:
        raise UsageError(f"teacher {name}: cuts words otherwise than the encoder; take one with the encoder's vocabulary")
    sizes = {"claim_type": len(spec.claim_types), "stance": len(spec.stances), "attributed": 2}
    said = ordered(lambda example: _said(teacher.backend, example, sizes), own, teacher.threads)
    numbered = passages.add_column(ROW, list(range(len(passages))))
    return numbered, partial(_collate, taught=dict(enumerate(said)))


def _said(backend: Backend, example: Example, sizes: Mapping[str, int]) -> Taught:
    """One passage's probabilities; zeros, which no loss comes from, for a passage of another style."""
    rows, tokens = len(example["sentences"]), example["length"]
    if example["shapes"][0]:
        shapes = {"mention": (rows, 2, tokens), "target": (rows, 2, tokens), "naming": (rows, tokens)}
        shapes |= {head: (len(example["stance"]) if head == "stance" else rows, size) for head, size in sizes.items()}
        return {head: np.broadcast_to(np.float16(0), shape) for head, shape in shapes.items()}
    spans = [PassageSentence(k, Span(*span), owned=True) for k, span in enumerate(example["sentences"])]
    scores = backend.encode(Passage(np.asarray(example["ids"]), np.asarray(example["shapes"]), np.empty((0, 2)), tuple(spans)))
    logits = {head: torch.from_numpy(getattr(scores, head)) for head in LIKELIHOODS if head != "stance"}
    nothing = torch.zeros(0, sizes["stance"])
    logits["stance"] = _stance(backend, example, scores.states, logits["target"]) if example["pairs"] else nothing
    return {head: likelihood(logits[head]).exp().half().numpy() for head, likelihood in LIKELIHOODS.items()}


def _stance(backend: Backend, example: Example, states: np.ndarray, target: Tensor) -> Tensor:
    """Stance logits of the passage's pairs, as :meth:`training.model.StanceModel.forward` gives them, f32[P, C]."""
    pairs, bounds = np.asarray(example["pairs"]), torch.tensor([[0, *span] for span in example["sentences"]])
    pointed = best_targets(target, bounds).numpy()[pairs[:, 0]]
    targets = np.where(pairs[:, 3:5] == POINTED, pointed, pairs[:, 3:5])
    speakers = np.where(pairs[:, 1:3] == POINTED, 0, pairs[:, 1:3])  # an empty span has the vector 0
    spans = (np.asarray(example["sentences"])[pairs[:, 0]], speakers, targets)
    return torch.from_numpy(backend.stance(*(backend.pool(states, span.astype(np.int64)) for span in spans)))


def _collate(examples: Sequence[Example], taught: Mapping[int, Taught]) -> dict[str, Tensor]:
    """A batch with ``taught_…`` beside each head's labels."""
    batch = collate(examples)
    longest = batch["ids"].shape[1]
    for head in LIKELIHOODS:
        found = [torch.tensor(taught[e[ROW]][head]).float() for e in examples]
        if head in _WIDE:
            found = [torch.nn.functional.pad(values, (0, longest - values.shape[-1])) for values in found]
        batch[f"taught_{head}"] = torch.cat(found)
    return batch
