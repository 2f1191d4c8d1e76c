"""``Labeler``: an article in, its records out. No file formats, no HTML.

``label`` is a pure function of the article, and everything else only maps it: that is what makes resume, the service and
Ray give the same bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stance import aliases as own_names
from stance import runtime
from stance.articles import Article, from_mapping
from stance.calibration import sharpen, softmax
from stance.casting import Cast, cast
from stance.decode import NamedMention, Pointer, Reading, merge_windows, namings, pointers
from stance.errors import InputError, ModelError
from stance.labelled import LabelledArticle
from stance.names import proper_names
from stance.ordering import ordered
from stance.passages import STYLES, Passage, cut
from stance.records import TASKS, Record, undecide
from stance.referents import refer
from stance.resolve import Resolved, resolve
from stance.runtime import Backend, LoadedModel, PassageScores
from stance.sentences import split
from stance.spans import Span
from stance.spec import ModelSpec
from stance.targets import Target, TargetPair, asked, given, pointed
from stance.turns import with_labels

ArticleLike = str | Mapping[str, Any] | Article

SURE_KIND = 0.7
"""Least probability at which the tagger's kind of a name counts."""

_BLOCK = 1024
"""Pairs that the stance head takes at once."""


def load(folder: str | Path | None = None, threads: int | None = None, aliases: own_names.AliasesLike | None = None) -> Labeler:
    """A labeler from a runtime folder.

    Args:
        folder: as ``python -m training export`` wrote it, or the name of a shipped model (``large``); ``None`` is the default one.
        threads: articles labelled at once by :meth:`Labeler.stream`; ``None`` is the number of cores.
        aliases: names of speakers and targets to write otherwise: a CSV file (name, also known as), or a mapping of names
            to their other names, such as ``{"China": ["PRC", "Beijing"]}``.

    Raises:
        ModelError: the folder is incomplete or altered.
        UsageError: aliases that clash or cannot be read.
    """
    return Labeler(runtime.load(folder), threads, own_names.given(aliases))


@dataclass(frozen=True, slots=True, eq=False)
class ReadArticle:
    """An article after the encoder, before resolution.

    Attributes:
        article: the article.
        sentences: characters of each sentence.
        readings: one a sentence.
        mentions: proper names, in order.
    """

    article: Article
    sentences: tuple[Span, ...]
    readings: list[Reading]
    mentions: list[NamedMention]


class Labeler:
    """Labels articles with one model; safe to call from several threads."""

    def __init__(self, model: LoadedModel, threads: int | None = None, aliases: own_names.Aliases | None = None) -> None:
        self.spec: ModelSpec = model.spec
        self.backend: Backend = model.backend
        self.tokenizer = model.tokenizer
        self.identity = f"{model.spec.model} {model.digest}".strip()
        self.threads = threads or runtime.default_threads()
        self.aliases: own_names.Aliases = aliases or {}
        self.style = STYLES[0]

    def in_style(self, style: str) -> Labeler:
        """The same labeler, told to mark speakers after another of ``stance.passages.STYLES``."""
        other = copy(self)
        other.style = style
        return other

    def label(self, article: ArticleLike, targets: str | Iterable[Any] | None = None) -> LabelledArticle:
        """The records of one article.

        Args:
            article: its text, a mapping with ``text`` (and ``id``, ``sentences``, …), or an :class:`Article`.
            targets: label the stance towards these in place of the pointed one: the text of ``--targets``, names, or
                mappings with ``target`` and optionally ``start``, ``end``, ``article_id``.

        Raises:
            InputError: the article has no text, or its sentences are no spans of it.
            UsageError: targets that are none.
            ModelError: targets are given, and the model has learnt no stance.
        """
        whole = as_article(article, "article")
        wanted = given(targets)
        if wanted is not None and "stance" not in self.spec.tasks:
            raise ModelError(f"{self.spec.model}: learnt no stance, so it takes no targets; train it on records with stance")
        read = self.read(whole)
        if not read.readings:
            return LabelledArticle(whole, ())
        people = cast(whole, read.readings, read.mentions)
        speakers = resolve(whole, read.sentences, read.readings, people, self.backend.link, self._temperature("speaker"))
        pairs = pointed(whole, read.readings) if wanted is None else self._asked(read, wanted, people)
        logits = list(self._stances(read, speakers, pairs, wanted is not None))
        if wanted is None:
            pairs = self._referents(read, people, speakers, pairs, logits)
        records = self._records(read, speakers, pairs, logits, wanted is not None)
        return LabelledArticle(whole, tuple(own_names.renamed(r, self.aliases) for r in records), self.spec.stances)

    def stream(self, articles: Iterable[ArticleLike], targets: str | Iterable[Any] | None = None) -> Iterator[LabelledArticle]:
        """:meth:`label` mapped over any iterable: order kept, memory constant, ``threads`` articles at once."""
        wanted = given(targets)
        # An article that is none raises in its turn, after those before it were given out.
        return ordered(
            lambda item: self.label(as_article(item[1], f"article-{item[0]}"), wanted), enumerate(articles), self.threads
        )

    def read(self, article: Article) -> ReadArticle:
        """Encode the article passage by passage; only vectors are kept, so memory does not grow with token states."""
        sentences = tuple(article.sentences if article.sentences is not None else split(article.text))
        names = with_labels(article.text, proper_names(article.text, sentences))
        readings: list[Reading] = []
        mentions: list[NamedMention] = []
        for passage in self._cut(article, sentences):
            scores = self.backend.encode(passage)
            readings += self._readings(article, passage, scores, sentences)
            mentions += self._mentions(passage, scores, sentences, names)
        return ReadArticle(article, sentences, merge_windows(readings), _once(mentions))

    def _cut(self, article: Article, sentences: Sequence[Span]) -> list[Passage]:
        sizes = self.spec.passage_tokens, self.spec.overlap_sentences
        return cut(article.text, sentences, self.tokenizer, *sizes, self.style)

    def _readings(self, article: Article, passage: Passage, scores: PassageScores, sentences: Sequence[Span]) -> list[Reading]:
        mention = pointers(article.text, passage, scores.mention, sentences)
        target = pointers(article.text, passage, scores.target, sentences)
        naming, aiming = namings(passage, scores.naming), namings(passage, scores.aiming)
        owned = [k for k, s in enumerate(passage.sentences) if s.owned]
        spans = [s for n, k in enumerate(owned) for s in (passage.sentences[k].tokens, _shown(mention[n]), target[n].tokens)]
        vectors = self.backend.pool(scores.states, np.asarray(spans, np.int64).reshape(-1, 2))
        return [
            Reading(
                sentence=passage.sentences[k].index,
                vector=vectors[3 * n],
                mention=mention[n],
                mention_vector=vectors[3 * n + 1],
                target=target[n],
                target_vector=vectors[3 * n + 2],
                attributed=float(scores.attributed[k]),
                claim_type=scores.claim_type[k],
                naming=naming[k],
                aiming=aiming[k],
            )
            for n, k in enumerate(owned)
        ]

    def _mentions(
        self, passage: Passage, scores: PassageScores, sentences: Sequence[Span], names: Sequence[Span]
    ) -> list[NamedMention]:
        found, spans = [], []
        for sentence in passage.sentences:
            if sentence.owned:
                for chars in _within(names, sentences[sentence.index]):
                    tokens = passage.token_span(chars, sentence.tokens)
                    if tokens is not None:
                        found.append((chars, sentence.index, tokens))
                        spans.append(tokens)
        if not found:
            return []
        vectors = self.backend.pool(scores.states, np.asarray(spans, np.int64))
        kinds = [softmax(scores.names[t.start : t.end].mean(axis=0)).astype(np.float32) for t in spans]
        return [NamedMention(c, self._kind(k), i, v, k) for (c, i, _), v, k in zip(found, vectors, kinds, strict=True)]

    def _kind(self, probabilities: np.ndarray) -> str | None:
        """The kind of a name where the tagger is sure, else ``None``: a wrong kind splits a person in two."""
        best = int(np.argmax(probabilities))
        return self.spec.name_kinds[best - 1] if best and probabilities[best] >= SURE_KIND else None

    def _asked(self, read: ReadArticle, wanted: list[Target], people: Cast) -> list[TargetPair]:
        """Pairs for given targets; their vectors need token states, so the passages that name one are encoded again."""
        rows = asked(read.article, read.sentences, wanted, people)
        article, places = read.article, defaultdict[int, set[Span]](set)
        for i, _, chars in rows:
            places[i].add(chars)
        vectors: dict[tuple[int, Span], np.ndarray] = {}
        for passage in self._cut(article, read.sentences):
            here = [(s, chars) for s in passage.sentences if s.owned for chars in places.get(s.index, ())]
            spans = [(s.index, chars, passage.token_span(chars, s.tokens)) for s, chars in here]
            if any(tokens is not None for _, _, tokens in spans):
                states = self.backend.encode(passage).states
                for i, chars, tokens in spans:
                    if tokens is not None:
                        vectors[i, chars] = self.backend.pool(states, np.asarray([tokens], np.int64))[0]
        return [TargetPair(i, name, chars, 1.0, vectors[i, chars]) for i, name, chars in rows if (i, chars) in vectors]

    def _referents(
        self,
        read: ReadArticle,
        people: Cast,
        speakers: Sequence[Resolved],
        pairs: Sequence[TargetPair],
        logits: Sequence[np.ndarray],
    ) -> list[TargetPair]:
        """The pairs with the names of who or what is meant, where there is a stance; as they are of a model without these tasks."""
        if not {"stance", "target"} <= set(self.spec.tasks):
            return [*pairs]
        taken = [
            p for p, row in zip(pairs, logits, strict=True) if self.spec.stance_names[int(np.argmax(row))] != self.spec.neutral
        ]
        names = [speaker.name for speaker in speakers]
        meant = refer(read.article, read.sentences, read.readings, people, names, taken, self.backend.refer)
        by_sentence = {pair.sentence: pair for pair in meant}
        return [by_sentence.get(pair.sentence, pair) for pair in pairs]

    def _records(
        self,
        read: ReadArticle,
        speakers: Sequence[Resolved],
        pairs: Sequence[TargetPair],
        logits: Sequence[np.ndarray],
        asked_for: bool,
    ) -> Iterator[Record]:
        # A target that was asked for is no decision of the row: it stands there, but not in `labelled`.
        labelled = frozenset(TASKS) - ({"target"} if asked_for else set())
        # Whether there is a target, the stance says.
        trained = {t for t in self.spec.tasks if t != "target" or "stance" in self.spec.tasks}
        for pair, stance in zip(pairs, logits, strict=True):
            reading, speaker = read.readings[pair.sentence], speakers[pair.sentence]
            span = read.sentences[pair.sentence]
            columns = {
                **_speaker_columns(speaker),
                **self._claim_columns(reading),
                **self._stance_columns(stance, pair, asked_for),
            }
            text = read.article.text[span.start : span.end]
            record = Record(
                read.article.id, pair.sentence, span.start, span.end, text, **columns, labelled=labelled, model=self.spec.model
            )
            yield undecide(record, labelled - trained)

    def _stances(
        self, read: ReadArticle, speakers: Sequence[Resolved], pairs: Sequence[TargetPair], asked_for: bool
    ) -> Iterator[np.ndarray]:
        """Stance logits of each pair, some at a time: an endless article takes bounded memory."""
        labels = len(self.spec.stances)
        kind = slice(-labels, None) if asked_for else slice(labels)
        for start in range(0, len(pairs), _BLOCK):
            block = pairs[start : start + _BLOCK]
            rows = ((read.readings[p.sentence].vector, speakers[p.sentence].vector, p.vector) for p in block)
            yield from self.backend.stance(*(np.stack(v).astype(np.float32) for v in zip(*rows, strict=True)))[:, kind]

    def _claim_columns(self, reading: Reading) -> dict[str, Any]:
        if "claim_type" not in self.spec.tasks:
            return {}
        probabilities = softmax(reading.claim_type)
        best = int(np.argmax(probabilities))
        score = self._calibrated("claim_type", float(probabilities[best]))
        return {"claim_type": self.spec.claim_types[best], "claim_type_score": score}

    def _stance_columns(self, logits: np.ndarray, pair: TargetPair, asked_for: bool) -> dict[str, Any]:
        if "stance" not in self.spec.tasks:
            return {}
        probabilities = softmax(logits)
        best = int(np.argmax(probabilities))
        name, probability = self.spec.stance_names[best], float(probabilities[best])
        columns: dict[str, Any] = {"stance": name, "stance_score": self._calibrated("stance", probability)}
        if name == self.spec.neutral and not asked_for:
            return {**columns, "target_score": self._calibrated("target", probability)}
        target_score = 1.0 if asked_for else self._calibrated("target", pair.score * probability)
        start, end = pair.chars
        target = pair.name if asked_for else _one_line(pair.name)
        return {**columns, "target": target, "target_start": start, "target_end": end, "target_score": target_score}

    def _calibrated(self, task: str, probability: float) -> float:
        """The probability that the chosen label is right, in place of the model's own."""
        return sharpen(probability, self._temperature(task))

    def _temperature(self, task: str) -> float:
        return float(self.spec.temperatures.get(task, 1.0))


def as_article(article: ArticleLike, default_id: str) -> Article:
    """Whatever a caller gives, as an :class:`Article`.

    Raises:
        InputError: it is none of these, has no text, or its sentences are no spans of the text.
    """
    if isinstance(article, Article):
        bounds = None if article.sentences is None else [[*s] for s in article.sentences]
        from_mapping({"text": article.text, "sentences": bounds}, default_id=article.id, place=f"article {article.id!r}")
        return article
    if not isinstance(article, str | Mapping):
        raise InputError(f"{default_id}: is {type(article).__name__}, expected a text, a mapping with `text`, or an Article")
    return from_mapping({"text": article} if isinstance(article, str) else article, default_id=default_id, place=default_id)


def _speaker_columns(speaker: Resolved) -> dict[str, Any]:
    start, end = speaker.mention if speaker.mention is not None else (None, None)
    return {"speaker": _one_line(speaker.name), "speaker_score": speaker.score, "mention_start": start, "mention_end": end}


def _one_line(name: str | None) -> str | None:
    """A name with single spaces: line ends and no-break spaces of a page's layout would make two speakers of one."""
    return None if name is None else " ".join(name.split())


def _shown(pointer: Pointer) -> Span:
    """The pointer's tokens, an empty span (zeros) where "none" is likelier."""
    return pointer.tokens if pointer.none < 0.5 else Span(0, 0)


def _within(names: Sequence[Span], sentence: Span) -> list[Span]:
    low = bisect_left(names, sentence.start, key=lambda n: n.start)
    high = bisect_left(names, sentence.end, key=lambda n: n.start)
    return list(names[low:high])


def _once(mentions: list[NamedMention]) -> list[NamedMention]:
    """In the text's order, each once (the windows of an over-long sentence repeat names)."""
    return [m for _, m in sorted({m.chars: m for m in mentions}.items())]
