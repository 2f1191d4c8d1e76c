"""A passage and its records as arrays for the loss, and batches of them. The only home of IGNORE and label -> index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from stance.errors import UsageError
from stance.passages import Passage, PassageSentence
from stance.records import MENTION, Record
from stance.spans import Span
from stance.spec import ModelSpec
from training.pairs import is_given

IGNORE = -100
"""Label of what nobody decided; no loss comes from it."""

POINTED = -1
"""Target of a stance pair whose target is whatever the target pointer points at."""

Example = dict[str, Any]
"""Columns of one passage in the data set: ``ids``, ``shapes`` [T]; ``sentences`` [S][start, end]; ``mention``, ``target``
[S][first token, last token] (0, 0 is "none"); ``attributed``, ``claim_type`` [S]; ``pairs`` [P][sentence, speaker start,
speaker end, target start, target end, whether it is asked for]; ``stance`` [P]; ``names`` [T]; ``naming`` [S][spans][start, end] (none where nobody
decided; the first token says "nobody"); ``aiming`` the same for the target (the first token: it has no name)."""


STEP = 64
"""Batches are so many tokens wide, or a multiple: a processor makes its kernels anew for each size that it meets."""

Collate = Callable[[Sequence[Example]], dict[str, torch.Tensor]]
"""What makes a batch of examples."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Label -> index, from a spec, once a run."""

    claim_types: Mapping[str, int]
    stances: Mapping[str, int]
    name_kinds: Mapping[str, int]

    @classmethod
    def of(cls, spec: ModelSpec) -> Labels:
        return cls(*({name: i for i, name in enumerate(names)} for names in (spec.claim_types, spec.stances, spec.name_kinds)))

    def index(self, task: str, record: Record) -> int:
        """Index of the record's label.

        Raises:
            UsageError: a label outside the set.
        """
        known = self.claim_types if task == "claim_type" else self.stances
        label = getattr(record, task)
        if label not in known:
            place = f"article {record.article_id!r}, sentence {record.sentence}"
            raise UsageError(f"{place}: {task} {label!r} is not in the label set ({', '.join(known)}); correct it, or the spec")
        return known[label]


def build(
    passage: Passage,
    records: Mapping[int, Sequence[Record]],
    names: Sequence[tuple[int, int, str]] | None,
    labels: Labels,
    namings: Mapping[int, Sequence[Span]] = MappingProxyType({}),
    aimings: Mapping[int, Sequence[Span]] = MappingProxyType({}),
    bystanders: Mapping[int, Sequence[Span]] = MappingProxyType({}),
) -> Example:
    """The example of one passage.

    Args:
        passage: from ``stance.passages.cut``.
        records: sentence index -> its records (several where targets are given); none at all of an article without labels.
        names: characters and kind of the article's proper names, ``None`` where nobody marked them.
        labels: label -> index.
        namings, aimings, bystanders: from the functions of ``training.naming``.
    """
    example: Example = {
        "ids": passage.ids.tolist(),
        "length": len(passage.ids),
        "shapes": passage.shapes.tolist(),
        "sentences": [list(s.tokens) for s in passage.sentences],
        "mention": [],
        "attributed": [],
        "target": [],
        "claim_type": [],
        "pairs": [],
        "stance": [],
        "names": _names(passage, names, labels),
        "naming": [_naming(passage, namings.get(s.index) if s.owned else None) for s in passage.sentences],
        "aiming": [_naming(passage, aimings.get(s.index) if s.owned else None) for s in passage.sentences],
    }
    for row, sentence in enumerate(passage.sentences):
        found = records.get(sentence.index, ()) if sentence.owned else ()
        _add_sentence(example, passage, sentence, found, labels)
        for record in found:
            _add_pairs(example, row, passage, sentence, record, labels, bystanders.get(sentence.index, ()))
        if not records and sentence.owned:  # a teacher says who speaks, and the stance
            example["pairs"].append([row, POINTED, POINTED, POINTED, POINTED, 0])
            example["stance"].append(IGNORE)
    return example


def _add_sentence(
    example: Example, passage: Passage, sentence: PassageSentence, records: Sequence[Record], labels: Labels
) -> None:
    speaks = next((r for r in records if r.labelled & {"speaker", MENTION}), None)
    typed = next((r for r in records if "claim_type" in r.labelled), None)
    aimed = next((r for r in records if "target" in r.labelled), None)
    example["attributed"].append(IGNORE if speaks is None else int(speaks.speaker is not None))
    example["mention"].append(_mention(passage, sentence, speaks))
    example["claim_type"].append(IGNORE if typed is None else labels.index("claim_type", typed))
    example["target"].append(_target(passage, sentence, aimed))


def _mention(passage: Passage, sentence: PassageSentence, record: Record | None) -> list[int]:
    if record is None or (record.mention is None and record.speaker is not None and record.extra.get("mention_unknown")):
        return [IGNORE, IGNORE]
    return [0, 0] if record.mention is None else _pointer(passage, sentence, record.mention)


def _target(passage: Passage, sentence: PassageSentence, record: Record | None) -> list[int]:
    if record is None or (record.target is not None and record.target_span is None):
        return [IGNORE, IGNORE]
    return [0, 0] if record.target_span is None else _pointer(passage, sentence, record.target_span)


def _pointer(passage: Passage, sentence: PassageSentence, chars: tuple[int, int]) -> list[int]:
    tokens = passage.token_span(chars, sentence.tokens)
    return [IGNORE, IGNORE] if tokens is None else [tokens.start, tokens.end - 1]


def _add_pairs(
    example: Example,
    row: int,
    passage: Passage,
    sentence: PassageSentence,
    record: Record,
    labels: Labels,
    bystanders: Sequence[Span],
) -> None:
    if "stance" not in record.labelled:
        return
    mention = passage.token_span(record.mention, sentence.tokens) if record.mention else None
    target = passage.token_span(record.target_span, sentence.tokens) if record.target_span else None
    speaker = list(mention or (POINTED, POINTED))
    label = labels.index("stance", record)
    given = is_given(record)
    found = [] if given else [(POINTED, POINTED, 0)]
    if target is not None:  # whoever asks for a target that somebody labelled gets its stance too
        found += [(*target, asked) for asked in ((1,) if given else (0, 1))]
    elif record.target is None:
        named = (passage.token_span(name, sentence.tokens) for name in bystanders)
        found += [(*tokens, 1) for tokens in named if tokens is not None]
    for each in found:
        example["pairs"].append([row, *speaker, *each])
        example["stance"].append(label)


def _naming(passage: Passage, spans: Sequence[Span] | None) -> list[list[int]]:
    """Token spans of the words that name a sentence's speaker, or target; none where that is unknown, or in another passage."""
    if spans is None:
        return []
    if not spans:
        return [[0, 1]]
    whole = Span(passage.sentences[0].tokens.start, passage.sentences[-1].tokens.end)
    found = (passage.token_span(chars, whole) for chars in spans)
    return [[*tokens] for tokens in found if tokens is not None]


def _names(passage: Passage, names: Sequence[tuple[int, int, str]] | None, labels: Labels) -> list[int]:
    if names is None:
        return [IGNORE] * len(passage.ids)
    row = [IGNORE] * len(passage.ids)
    for sentence in passage.sentences:
        if sentence.owned:
            row[sentence.tokens.start : sentence.tokens.end] = [0] * sentence.tokens.width
            for start, end, kind in names:
                tokens = passage.token_span((start, end), sentence.tokens)
                if tokens is not None and kind in labels.name_kinds:
                    row[tokens.start : tokens.end] = [1 + labels.name_kinds[kind]] * tokens.width
    return row


def collate(examples: Sequence[Example]) -> dict[str, torch.Tensor]:
    """A padded batch: B passages, T tokens of the longest, up to the next :data:`STEP`; N sentences and P pairs in all.

    Returns:
        ``ids``, ``shapes``, ``mask``, ``names`` int64[B, T]; ``rows`` int64[N, 3]; ``mention``, ``target`` int64[N, 2];
        ``attributed``, ``claim_type`` int64[N]; ``pairs`` int64[P, 6]; ``stance`` int64[P]; ``naming``, ``aiming``
        int64[N, T], 1 for tokens that name the speaker, or the target, IGNORE in rows that nobody decided.
    """
    longest = -(-max(len(e["ids"]) for e in examples) // STEP) * STEP
    rows: list[list[int]] = []
    pairs: list[list[int]] = []
    for number, example in enumerate(examples):
        first = len(rows)
        rows += [[number, *span] for span in example["sentences"]]
        pairs += [[first + pair[0], *pair[1:]] for pair in example["pairs"]]
    flat = {
        key: [label for e in examples for label in e[key]] for key in ("mention", "target", "attributed", "claim_type", "stance")
    }
    return {
        "ids": _padded(examples, "ids", longest, 0),
        "shapes": _padded(examples, "shapes", longest, 0),
        "mask": torch.tensor([[1] * len(e["ids"]) + [0] * (longest - len(e["ids"])) for e in examples]),
        "names": _padded(examples, "names", longest, IGNORE),
        "rows": torch.tensor(rows),
        **{key: _naming_rows([spans for e in examples for spans in e[key]], longest) for key in ("naming", "aiming")},
        "pairs": torch.tensor(pairs, dtype=torch.long).reshape(-1, 6),
        **{
            key: torch.tensor(values, dtype=torch.long).reshape(-1, 2)
            for key, values in flat.items()
            if key in ("mention", "target")
        },
        **{key: torch.tensor(values, dtype=torch.long) for key, values in flat.items() if key not in ("mention", "target")},
    }


def _naming_rows(spans: Sequence[Sequence[Sequence[int]]], longest: int) -> torch.Tensor:
    rows = torch.full((len(spans), longest), IGNORE)
    for row, found in zip(rows, spans, strict=True):
        if found:
            row.zero_()
        for start, end in found:
            row[start:end] = 1
    return rows


def _padded(examples: Sequence[Example], key: str, longest: int, fill: int) -> torch.Tensor:
    return torch.tensor([list(e[key]) + [fill] * (longest - len(e[key])) for e in examples])
