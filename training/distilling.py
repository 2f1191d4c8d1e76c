"""What a larger model says about the training passages, for a smaller one to learn beside the labels.

Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015; without a temperature, since half of
the loss stays with the labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor

from stance.errors import UsageError
from stance.spec import ModelSpec
from training import data
from training.checkpoint import from_pretrained
from training.examples import POINTED, Collate, Example, collate
from training.gold import Labelled
from training.loss import LIKELIHOODS

Taught = Mapping[str, np.ndarray]
"""A passage's probabilities, f16, by head: ``attributed`` [S, 2], ``claim_type`` [S, C], ``stance`` [P, C], ``naming`` [S, T],
``mention``, ``target`` [S, 2, T]."""

ROW = "row"
"""Column of the data set by which a passage finds what it is taught."""

_BATCH = 8

_WIDE = ("mention", "target", "naming")
"""Heads whose last axis are the passage's tokens."""

_STYLED = ("attributed", "mention", "naming")
"""Heads that follow a corpus's rules, which a teacher of the first style does not know."""


def teach(folder: str, items: Sequence[Labelled], spec: ModelSpec, passages: Dataset) -> tuple[Dataset, Collate]:
    """Let the model of ``folder`` read every passage once.

    Args:
        folder: model folder that ``fit`` wrote, of an encoder that cuts words as the learner's does (BERT's vocabulary).
        items: the articles of ``passages``.
        spec: the learner's.
        passages: examples of ``training.data.dataset``.

    Returns:
        the passages, numbered, and the function that makes batches of them.

    Raises:
        ModelError: ``folder`` is no model folder.
        UsageError: the teacher has other labels, or cuts other tokens.
    """
    teacher = from_pretrained(folder)
    if (teacher.spec.claim_types, teacher.spec.stances) != (spec.claim_types, spec.stances):
        raise UsageError(f"teacher {folder}: has other claim types or stances than spec; train it on the same label set")
    own = data.dataset(items, spec, folder)
    if own["length"] != passages["length"] or own["sentences"] != passages["sentences"]:
        raise UsageError(f"teacher {folder}: cuts words otherwise than the encoder; take one with the encoder's vocabulary")
    order = sorted(range(len(own)), key=own["length"].__getitem__)
    taught: dict[int, Taught] = {}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    teacher.to(device).eval()
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        batch = {key: value.to(device) for key, value in collate([own[i] for i in rows]).items()}
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
            encoded, stance = teacher(**{key: batch[key] for key in ("ids", "shapes", "mask", "rows", "pairs")})
            said = {head: how(stance if head == "stance" else getattr(encoded, head)) for head, how in LIKELIHOODS.items()}
        taught.update(zip(rows, _parts({k: v.exp().half().cpu() for k, v in said.items()}, [own[i] for i in rows]), strict=True))
    numbered = passages.add_column(ROW, list(range(len(passages))))
    return numbered, partial(_collate, taught=taught)


def _parts(said: Mapping[str, Tensor], examples: Sequence[Example]) -> Iterator[Taught]:
    """The batch's rows, passage by passage, without padding; of another style's passages nothing that hangs on the style."""
    row = pair = 0
    for example in examples:
        rows, pairs = slice(row, row + len(example["sentences"])), slice(pair, pair + len(example["stance"]))
        row, pair = rows.stop, pairs.stop
        cut = {"stance": said["stance"][pairs] * _pointed(example)}
        for head in said.keys() - cut.keys():
            cut[head] = said[head][rows][..., : example["length"]] if head in _WIDE else said[head][rows]
            if example["shapes"][0] and head in _STYLED:
                cut[head] = torch.zeros_like(cut[head])
        yield {head: values.numpy() for head, values in cut.items()}


def _pointed(example: Example) -> Tensor:
    """1 for pairs of sentences that have a pointed target, 0 for those whose target was given, as NewsMTSC's: what holds there
    a teacher of our guide does not know (taught so, macro-F1 on NewsMTSC's tenth fell from .729 to .679). f16[P, 1]."""
    rows = {row for row, *_, start, _ in example["pairs"] if start == POINTED}
    return torch.tensor([[float(pair[0] in rows)] for pair in example["pairs"]], dtype=torch.float16).reshape(-1, 1)


def _collate(examples: Sequence[Example], taught: Mapping[int, Taught]) -> dict[str, Tensor]:
    """A batch with ``taught_…`` beside each head's labels."""
    batch = collate(examples)
    longest = batch["ids"].shape[1]
    for head in LIKELIHOODS:
        found = [torch.from_numpy(taught[e[ROW]][head]).float() for e in examples]
        if head in _WIDE:
            found = [torch.nn.functional.pad(values, (0, longest - values.shape[-1])) for values in found]
        batch[f"taught_{head}"] = torch.cat(found)
    return batch
