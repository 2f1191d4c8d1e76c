"""What a larger model says about the training passages, for a smaller one to learn beside the labels.

Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015; without a temperature, since half of
the loss stays with the labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset, Features, Value
from torch import Tensor

from stance.errors import UsageError
from stance.labeler import Labeler
from stance.ordering import ordered
from stance.passages import Passage, PassageSentence
from stance.runtime import SUMS_FILE, Backend, locate
from stance.runtime import sha256 as file_digest
from stance.spans import Span
from stance.spec import ModelSpec
from training import data
from training.checkpoint import WEIGHTS_FILE
from training.examples import IGNORE, POINTED, Collate, Example, collate
from training.gold import Labelled
from training.loss import LIKELIHOODS
from training.model import best_spans, of_kind
from training.predictions import load

Taught = Mapping[str, Any]
"""What is said of a passage: its ``pairs``, and by head the bytes of its probabilities, f16: ``attributed`` [S, 2],
``claim_type`` [S, C], ``stance`` [P, C], ``naming`` [S, T], ``mention``, ``target`` [S, 2, T]."""

ROW = "row"
"""Column of the data set by which a passage finds what it is taught."""

CUT = ("length", "sentences")
"""Columns that say how an encoder cuts words."""

ASKED = ("ids", "shapes", "sentences", "pairs")
"""Columns that decide what a teacher says."""

_WIDE = ("mention", "target", "naming")
"""Heads whose last axis are the passage's tokens."""


def teach(name: str, items: Sequence[Labelled], spec: ModelSpec, passages: Dataset) -> tuple[Dataset, Collate]:
    """Let a model read every passage once, but those of another style than the first: it was asked for that style alone.

    What it says is kept on disk, in the cache of ``datasets``, so that a run that goes on need not wait for it again.

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
    if any(mine != theirs for mine, theirs in zip_longest(_pieces(own, CUT), _pieces(passages, CUT))):
        raise UsageError(f"teacher {name}: cuts words otherwise than the encoder; take one with the encoder's vocabulary")
    digest = _digest(locate(name), own)
    features = Features({"pairs": own.features["pairs"], **dict.fromkeys(LIKELIHOODS, Value("binary"))})
    said = Dataset.from_generator(_Says(teacher, own), gen_kwargs={"digest": digest}, features=features, fingerprint=digest)
    numbered = passages.add_column(ROW, list(range(len(passages))))
    return numbered, partial(_collate, said=said, sizes=_sizes(spec))


def _sizes(spec: ModelSpec) -> dict[str, int]:
    return {"claim_type": len(spec.claim_types), "stance": len(spec.stances), "attributed": 2}


def _digest(teacher: Path, passages: Dataset) -> str:
    """What decides what is said: the teacher's weights, the passages, and how it is asked."""
    weights = next(file for file in (teacher / SUMS_FILE, teacher / WEIGHTS_FILE) if file.is_file())
    digest = sha256(f"{file_digest(weights)} {file_digest(Path(__file__))}".encode())
    for piece in _pieces(passages, ASKED):
        digest.update(repr(piece).encode())
    return digest.hexdigest()


def _pieces(passages: Dataset, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The columns of a thousand passages at a time: whole ones, as lists, would take more memory than the passages do."""
    return passages.select_columns(list(columns)).iter(1000)


@dataclass(frozen=True, slots=True)
class _Says:
    """What a teacher says of passages, in their order."""

    teacher: Labeler
    passages: Dataset

    def __call__(self, digest: str) -> Iterator[Taught]:
        sizes = _sizes(self.teacher.spec)
        return ordered(lambda example: _said(self.teacher.backend, example, sizes), self.passages, self.teacher.threads)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, ("",)  # the digest names what it gives; a session of ONNX Runtime cannot be pickled


def _shape(head: str, example: Example, sizes: Mapping[str, int]) -> tuple[int, ...]:
    rows, tokens = len(example["sentences"]), example["length"]
    wide = {"mention": (rows, 2, tokens), "target": (rows, 2, tokens), "naming": (rows, tokens)}
    return wide[head] if head in wide else (len(example["pairs"]) if head == "stance" else rows, sizes[head])


def _said(backend: Backend, example: Example, sizes: Mapping[str, int]) -> Taught:
    """One passage's probabilities; zeros, which no loss comes from, for a passage of another style."""
    if example["shapes"][0]:
        zeros = {head: np.zeros(_shape(head, example, sizes), np.float16).tobytes() for head in LIKELIHOODS}
        return {**zeros, "pairs": example["pairs"]}
    spans = [PassageSentence(k, Span(*span), owned=True) for k, span in enumerate(example["sentences"])]
    scores = backend.encode(Passage(np.asarray(example["ids"]), np.asarray(example["shapes"]), np.empty((0, 2)), tuple(spans)))
    logits = {head: torch.from_numpy(getattr(scores, head)) for head in LIKELIHOODS if head != "stance"}
    pairs = _pairs(example, logits)
    logits["stance"] = torch.zeros(0, sizes["stance"])
    if pairs:
        logits["stance"] = _stance(backend, example, pairs, scores.states, logits["target"], sizes["stance"])
    probabilities = {head: likelihood(logits[head]).exp().half().numpy() for head, likelihood in LIKELIHOODS.items()}
    return {**{head: values.tobytes() for head, values in probabilities.items()}, "pairs": pairs}


def _pairs(example: Example, logits: Mapping[str, Tensor]) -> list[list[int]]:
    """The passage's pairs; where nobody labelled anything, the speaker is whom the teacher points at."""
    if any(label != IGNORE for label in example["stance"]):
        return list(example["pairs"])
    bounds = torch.tensor([[0, *span] for span in example["sentences"]])
    pointed, speaks = best_spans(logits["mention"], bounds).tolist(), (logits["attributed"] > 0).tolist()
    return [[row, *pointed[row], *pair[2:]] if speaks[row] else [row, *pair] for row, *pair in example["pairs"]]


def _stance(
    backend: Backend, example: Example, given: Sequence[Sequence[int]], states: np.ndarray, target: Tensor, labels: int
) -> Tensor:
    """Stance logits of the pairs, as :meth:`training.model.StanceModel.forward` gives them, f32[P, C]."""
    pairs, bounds = np.asarray(given), torch.tensor([[0, *span] for span in example["sentences"]])
    pointed = best_spans(target, bounds).numpy()[pairs[:, 0]]
    targets = np.where(pairs[:, 3:5] == POINTED, pointed, pairs[:, 3:5])
    speakers = np.where(pairs[:, 1:3] == POINTED, 0, pairs[:, 1:3])  # an empty span has the vector 0
    spans = (np.asarray(example["sentences"])[pairs[:, 0]], speakers, targets)
    logits = torch.from_numpy(backend.stance(*(backend.pool(states, span.astype(np.int64)) for span in spans)))
    return of_kind(logits, torch.from_numpy(pairs), labels)


def _collate(examples: Sequence[Example], said: Dataset, sizes: Mapping[str, int]) -> dict[str, Tensor]:
    """A batch with ``taught_…`` beside each head's labels."""
    taught = [said[example[ROW]] for example in examples]
    batch = collate([{**example, "pairs": found["pairs"]} for example, found in zip(examples, taught, strict=True)])
    longest = batch["ids"].shape[1]
    for head in LIKELIHOODS:
        values = [_read(found[head], _shape(head, example, sizes)) for example, found in zip(examples, taught, strict=True)]
        if head in _WIDE:
            values = [torch.nn.functional.pad(value, (0, longest - value.shape[-1])) for value in values]
        batch[f"taught_{head}"] = torch.cat(values)
    return batch


def _read(stored: bytes, shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(np.frombuffer(stored, np.float16).astype(np.float32).reshape(shape))
