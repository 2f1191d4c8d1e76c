"""The model behind the service: loaded once, one article a thread, each request's answer as bytes. No HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from stance.articles import Article
from stance.errors import InputError, StanceError
from stance.labeler import Labeler
from stance.rows import json_line, row
from stance.scoring.run import attempt
from stance.sentences import split
from stance.service.fair import FairQueue, QueueFull
from stance.service.limits import Limits, Refused
from stance.service.logs import LOGGER
from stance.service.metrics import Metrics
from stance.service.parsing import Bad, Wanted
from stance.spec import ModelSpec

WARM_UP = "The minister said on Monday that the bridge would open in May. Her critics doubt it."


@dataclass(frozen=True, slots=True)
class Done:
    """A labelled article: its entry of ``articles`` as JSON, and how many records it holds."""

    json: bytes
    sentences: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request, and what the log says of it."""

    json: bytes
    articles: int
    sentences: int
    errors: int


class Engine:
    """A labeler and the queue before it. ``ready`` once it is warm."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self.limits, self.metrics = limits, metrics
        self._labeler: Labeler | None = None
        self._queue: FairQueue[Wanted, Done | Bad] | None = None

    @property
    def ready(self) -> bool:
        """Whether requests can be taken."""
        return self._queue is not None

    @property
    def spec(self) -> ModelSpec | None:
        """Of the model, once it is loaded."""
        return None if self._labeler is None else self._labeler.spec

    def start(self, labeler: Labeler) -> None:
        """Warm the model up and open the queue."""
        labeler.label(WARM_UP)
        self._labeler = labeler
        self._queue = FairQueue(labeler.threads, self.limits.queue_articles, self.metrics.queue.set)

    def stop(self, timeout: float = 10.0) -> None:
        """Close the queue; what is in hand is finished."""
        if self._queue is not None:
            self._queue.close(timeout)

    def wait(self) -> float:
        """Seconds until what waits now may be done."""
        return self._queue.wait() if self._queue else 1.0

    async def answer(self, items: list[Wanted | Bad], gone: Callable[[], Awaitable[Any]]) -> Answer:
        """Label the articles in their turns.

        Args:
            items: of one request.
            gone: returns when the client has gone away; the articles then lose their places.

        Raises:
            Refused: 429 the queue is full, 503 it took too long, 499 the client went away.
        """
        outcomes = iter(await self._outcomes(self._submit([item for item in items if isinstance(item, Wanted)]), gone))
        return self._assemble([item if isinstance(item, Bad) else next(outcomes) for item in items])

    def _submit(self, wanted: list[Wanted]) -> Future[list[Done | Bad]]:
        assert self._queue is not None
        try:
            return self._queue.submit(self._label, wanted)
        except QueueFull as full:
            raise Refused(429, f"busy: {full.waiting:,} articles are waiting; try again later", full.wait) from None

    async def _outcomes(self, job: Future[list[Done | Bad]], gone: Callable[[], Awaitable[Any]]) -> list[Done | Bad]:
        future, leaving = asyncio.wrap_future(job), asyncio.ensure_future(gone())
        try:
            done, _ = await asyncio.wait({future, leaving}, timeout=self.limits.seconds, return_when=asyncio.FIRST_COMPLETED)
            if future in done:
                return future.result()
            if leaving in done:
                raise Refused(499, "the client went away")
            raise Refused(503, f"not done in {self.limits.seconds:g} s; send fewer articles, or try again later", self.wait())
        finally:
            job.cancel()
            leaving.cancel()

    def _label(self, wanted: Wanted) -> Done | Bad:
        """One article, in a worker's thread; never raises."""
        outcome = attempt(lambda article: self._records(article, wanted), wanted.article)
        if isinstance(outcome, Done | Bad):
            return outcome
        kind = outcome.reason.partition("(")[2].partition(":")[0]  # the error's type; its words may quote the article
        LOGGER.warning("an article was not labelled", extra={"fields": {"error": kind, "characters": len(wanted.article.text)}})
        return Bad(wanted.article.id, outcome.reason)

    def _records(self, article: Article, wanted: Wanted) -> Done | Bad:
        assert self._labeler is not None
        try:
            if article.sentences is None:  # split here, where their number can be refused before the model runs
                article = replace(article, sentences=tuple(split(article.text)))
            sentences = article.sentences or ()
            if len(sentences) > self.limits.sentences:
                raise InputError(f"`text`: {len(sentences):,} sentences; at most {self.limits.sentences:,} an article")
            records = self._labeler.label(article, targets=wanted.targets).records
        except StanceError as error:
            return Bad(article.id, str(error))
        lines = b",".join(json_line(row(record))[:-1] for record in records)
        return Done(b'{"id":' + _json(article.id) + b',"records":[' + lines + b"]}", len(records))

    def _assemble(self, outcomes: Sequence[Done | Bad]) -> Answer:
        assert self._labeler is not None
        done = [o for o in outcomes if isinstance(o, Done)]
        bad = [o for o in outcomes if isinstance(o, Bad)]
        sentences = sum(o.sentences for o in done)
        self.metrics.articles.labels("labelled").inc(len(done))
        self.metrics.articles.labels("rejected").inc(len(bad))
        self.metrics.sentences.inc(sentences)
        body = (
            b'{"model":' + _json(self._labeler.spec.model) + b',"articles":[' + b",".join(o.json for o in done)
            + b'],"errors":' + _json([{"id": o.id, "reason": o.reason} for o in bad]) + b"}"
        )  # fmt: skip
        return Answer(body, len(done), sentences, len(bad))


def _json(value: Any) -> bytes:
    return json_line(value)[:-1]


async def start_behind(engine: Engine, load: Callable[[], Labeler], failed: Callable[[Exception], None]) -> None:
    """Load and warm the model in a thread, while the service answers ``/health`` already."""
    try:
        await asyncio.to_thread(lambda: engine.start(load()))
    except Exception as error:  # whatever it is, a service that never becomes ready must not stay
        LOGGER.log(logging.ERROR, "the model cannot be loaded", exc_info=error)
        failed(error)
    else:
        LOGGER.info("ready")
