"""A model of a few random numpy matrices and a tokenizer built in memory: all of the runtime's interface, no torch, no files."""

from __future__ import annotations

from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from stance.decode import Naming, Pointer, Reading
from stance.labeler import Labeler
from stance.passages import SHAPES, Passage
from stance.referents import FEATURES as REFERENT_FEATURES
from stance.resolve import FEATURES
from stance.runtime import LoadedModel, PassageScores
from stance.spans import Span
from stance.spec import ModelSpec

WIDTH = 8
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_WORDS = "he she they the said and of president minister official we you not in to it is was"
_VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *_LETTERS,
    *(f"##{c}" for c in _LETTERS),
    *".,!?:;'\"“”‘’«»()-…",
    *_WORDS.split(),
]

SPEC = ModelSpec(
    name="tiny",
    version="1",
    claim_types=("none", "assertion", "demand"),
    stances={"neutral": 0, "support": 1, "oppose": -1},
    passage_tokens=64,
    overlap_sentences=1,
    temperatures={"speaker": 1.5, "stance": 0.8},
)


def tokenizer() -> Tokenizer:
    """BERT's, uncased, of single letters and a few words."""
    built = Tokenizer(models.WordPiece({token: i for i, token in enumerate(_VOCABULARY)}, unk_token="[UNK]"))
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", _VOCABULARY.index("[CLS]")), ("[SEP]", _VOCABULARY.index("[SEP]"))]
    )
    return built


class FakeBackend:
    """Five graphs of fixed random matrices; counts its encoder calls."""

    def __init__(self, spec: ModelSpec = SPEC) -> None:
        draw = np.random.default_rng(7)
        self._tokens = draw.normal(size=(len(_VOCABULARY), WIDTH)).astype(np.float32)
        self._shapes = draw.normal(size=(SHAPES, WIDTH)).astype(np.float32) / 4
        self._heads = {
            name: draw.normal(size=(WIDTH, n)).astype(np.float32)
            for name, n in (("pointers", 4), ("claim", len(spec.claim_types)), ("names", 1 + len(spec.name_kinds)))
        }
        self._link = draw.normal(size=(3 * WIDTH + FEATURES,)).astype(np.float32)
        self._stance = draw.normal(size=(3 * WIDTH, len(spec.stances))).astype(np.float32)
        self._refer = draw.normal(size=(3 * WIDTH + REFERENT_FEATURES,)).astype(np.float32)
        self.encoded: list[Passage] = []

    def encode(self, passage: Passage) -> PassageScores:
        self.encoded.append(passage)
        own = self._tokens[passage.ids] + self._shapes[passage.shapes]
        states = own + np.roll(own, 1, axis=0) / 2 + own.mean(axis=0) / 4
        vectors = self.pool(states, np.asarray([s.tokens for s in passage.sentences]))
        logits = (states @ self._heads["pointers"]).T
        rows = np.full((len(passage.sentences), 4, len(states)), -1e4, np.float32)
        for row, sentence in zip(rows, passage.sentences, strict=True):
            row[:, 0] = 1.5
            row[:, sentence.tokens.start : sentence.tokens.end] = logits[:, sentence.tokens.start : sentence.tokens.end]
        return PassageScores(
            states=states,
            mention=rows[:, :2],
            target=rows[:, 2:],
            attributed=vectors.sum(axis=1),
            claim_type=vectors @ self._heads["claim"],
            names=states @ self._heads["names"],
            naming=(vectors @ states.T).astype(np.float32),
            aiming=(vectors[:, ::-1] @ states.T).astype(np.float32),
        )

    def pool(self, states: np.ndarray, spans: np.ndarray) -> np.ndarray:
        means = [states[a:b].mean(axis=0) if b > a else np.zeros(states.shape[1]) for a, b in spans.tolist()]
        return np.asarray(means, np.float32).reshape(-1, states.shape[1])

    def link(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return _weighed(self._link, queries, candidates, features)

    def refer(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return _weighed(self._refer, queries, candidates, features)

    def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return np.concatenate([sentences, speakers, targets], axis=1) @ self._stance


def _weighed(weights: np.ndarray, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
    assert queries.dtype == candidates.dtype == features.dtype == np.float32
    query = np.broadcast_to(queries[:, None], (*candidates.shape[:2], queries.shape[1]))
    return np.concatenate([query, candidates, features], axis=-1) @ weights


def labeler(spec: ModelSpec = SPEC, backend: Any = None, threads: int = 2) -> Labeler:
    """A labeler on it."""
    return Labeler(LoadedModel(spec, tokenizer(), backend or FakeBackend(spec), "0123"), threads)


def pointer(text: str, words: str | None, sentence: Span) -> Pointer:
    """A pointer to ``words`` of the sentence, sure of itself; ``None`` points at nothing."""
    if words is None:
        return Pointer(Span(1, 2), Span(sentence.start, sentence.start + 1), 0.05, 0.9)
    start = text.index(words, sentence.start, sentence.end)
    return Pointer(Span(1, 2), Span(start, start + len(words)), 0.9, 0.05)


NOWHERE = Naming(np.asarray([[0, 1]]), np.zeros(2, np.float32), 0.5)
"""A passage that names the speaker, or the target, nowhere, and may have none."""


def reading(
    text: str,
    index: int,
    sentence: Span,
    mention: str | None = None,
    target: str | None = None,
    naming: Naming | None = None,
    aiming: Naming | None = None,
) -> Reading:
    """What an encoder might have said of a sentence, by hand."""
    ones = np.ones(WIDTH, np.float32)
    return Reading(
        sentence=index,
        vector=ones * (index + 1),
        mention=pointer(text, mention, sentence),
        mention_vector=ones if mention else ones * 0,
        target=pointer(text, target, sentence),
        target_vector=ones,
        attributed=4.0 if mention else -4.0,
        claim_type=np.zeros(3, np.float32),
        naming=naming or NOWHERE,
        aiming=aiming or NOWHERE,
    )
