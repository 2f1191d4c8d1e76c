"""``stance score`` itself: inputs -> labeler -> sink, bad items set aside, progress, and going on after a kill.

The labeler's ``label`` is a pure function of the article, so an output depends on the items in their order and on
nothing else; that is why cutting the output back to the journal's position and skipping as many items resumes exactly.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol, TypeVar

from stance import articles, sinks
from stance.aliases import renamed
from stance.articles import Article
from stance.errors import InputError, SetAside, UsageError
from stance.lines import Lines, Stream
from stance.ordering import ordered
from stance.parquet import check_partition
from stance.records import Record, below, undecide
from stance.rows import Row, json_line, row
from stance.scoring.job import Job, errors_path, signature
from stance.scoring.journal import Journal, Progress, lock
from stance.scoring.progress import bar
from stance.scoring.repeats import Repeats

COMMIT_SECONDS = 2.0
"""At most this much work is done again after a kill; a commit costs some milliseconds."""

_Out = TypeVar("_Out")
Item = Article | SetAside
Outcome = list[Row] | SetAside
Engine = Callable[[Iterator[Item], int], Generator[tuple[bytes, Outcome], None, None]]
"""What labels: the items that are left of the inputs, and how many were taken before them -> each item's :func:`mark` and
outcome, in order. It may read the inputs itself in place of the items."""


class Labels(Protocol):
    """What a run needs of a labeler."""

    threads: int
    """Articles that are labelled at once."""

    @property
    def identity(self) -> str:
        """Name, version and digest of the model, so that a run is not resumed with another one."""

    def label(self, article: Article, targets: Any = None) -> Any:
        """The labelled article: anything with ``article`` and ``records``. A pure function; called from several threads."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, the part before a resume included; ``fresh`` sentences in ``seconds`` are this process's."""

    articles: int
    sentences: int
    set_aside: int
    fresh: int
    seconds: float
    errors: str | None

    def __str__(self) -> str:
        rate = self.fresh / self.seconds if self.seconds else 0.0
        said = f"{self.articles} articles, {self.sentences} sentences, {self.seconds:.1f} s, {rate:.0f} sentences/s"
        aside = f", {self.set_aside} set aside" + (f" (see {self.errors})" if self.errors else "")
        return said + (aside if self.set_aside else "")


def score(labeler: Labels, job: Job, every: float = COMMIT_SECONDS, engine: Engine | None = None) -> Summary:
    """Label all items of ``job`` into its output.

    Args:
        labeler: see :class:`Labels`; with an ``engine`` of another place only its identity counts.
        job: from :func:`stance.scoring.job.plan`.
        every: seconds between commits.
        engine: see :data:`Engine`; by default ``labeler`` on this machine's threads.

    Raises:
        UsageError: the output is locked, or a run cannot be resumed as asked.
        StanceError: the output cannot be written any more (a full disk); the run can be resumed.
        KeyboardInterrupt: with how to go on as its text.
    """
    engine = engine or (lambda items, _: labelled(labeler, items, job))
    if job.out == "-":
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            raise UsageError("-o -: standard output is closed; give a file")
        return _Run(engine, job, Stream(stream), Stream(sys.stderr.buffer)).go(0.0)
    with lock(job.out):
        journal = Journal(job.out, signature(job, labeler.identity))
        progress = journal.begin(job.resume)
        with (
            closing(sinks.open_sink(job.out, job.keep, progress.position, job.partition_by)) as sink,
            closing(ErrorsFile(errors_path(job.out), progress.errors)) as errors,
        ):
            try:
                return _Run(engine, job, sink, errors, journal, progress).go(every)
            except KeyboardInterrupt:  # not committed: it may have come halfway through an article
                raise KeyboardInterrupt("the same command with --resume goes on from the last commit") from None


class _Run:
    """A run under way; ``progress`` counts what was appended, its positions what was committed."""

    def __init__(
        self,
        engine: Engine,
        job: Job,
        sink: sinks.Sink,
        errors: sinks.Sink,
        journal: Journal | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._engine, self._job, self._sink, self._errors, self._journal = engine, job, sink, errors, journal
        self._digest = hashlib.blake2b(digest_size=16)
        self.progress = progress or Progress()

    def go(self, every: float) -> Summary:
        """All that is left of the items, to the end of the output."""
        started = committed = time.monotonic()
        before = self.progress.sentences
        items = iter(articles.read(self._job.paths, self._job.columns))
        self._skip(items)
        self._commit()
        with closing(self._engine(items, self.progress.items)) as outcomes, self._bar() as shown:
            for seen, outcome in outcomes:
                self._take(seen, outcome)
                shown.update()
                shown.set_postfix_str(self._rate(before, started), refresh=False)
                if time.monotonic() - committed >= every:
                    self._commit()
                    committed = time.monotonic()
        self._commit()
        with sinks.telling(self._job.out, OSError):
            self._sink.finish()
            if self._journal is not None:
                self._journal.remove()
        done, errors = self.progress, None if self._journal is None else errors_path(self._job.out)
        return Summary(done.articles, done.sentences, done.set_aside, done.sentences - before, time.monotonic() - started, errors)

    def _skip(self, items: Iterator[Item]) -> None:
        for item in islice(items, self.progress.items):
            self._digest.update(mark(item))
        if self.progress.items and self._digest.hexdigest() != self.progress.digest:
            raise UsageError(
                f"{self._job.out}.journal: the first {self.progress.items} articles of the inputs are not those of the run to "
                "resume; give the same inputs, or remove the journal to begin anew"
            )

    def _bar(self) -> Any:
        return bar(self._job.paths, self._job.out, self.progress.items)

    def _rate(self, before: int, started: float) -> str:
        rate = (self.progress.sentences - before) / max(time.monotonic() - started, 1e-9)
        return f"{rate:.0f} sentences/s, {self.progress.set_aside} set aside"

    def _take(self, seen: bytes, outcome: Outcome) -> None:
        self._digest.update(seen)
        done = replace(self.progress, items=self.progress.items + 1)
        with sinks.telling(self._job.out, OSError):
            if isinstance(outcome, SetAside):
                self._errors.append([outcome.as_row()])
                self.progress = replace(done, set_aside=done.set_aside + 1)
            else:
                self._sink.append(outcome)
                self.progress = replace(done, articles=done.articles + 1, sentences=done.sentences + len(outcome))

    def _commit(self) -> None:
        """First the files, then the journal that counts them: a kill in between leaves rows that a resume cuts off."""
        with sinks.telling(self._job.out, OSError):
            position, errors = self._sink.commit(), self._errors.commit()
            self.progress = replace(self.progress, position=position, errors=errors, digest=self._digest.hexdigest())
            if self._journal is not None:
                self._journal.save(self.progress)


def labelled(labeler: Labels, items: Iterable[Item], job: Job) -> Generator[tuple[bytes, Outcome], None, None]:
    """Each item's :func:`mark` with its rows, or with the :class:`SetAside` that it is or became; in order."""
    remembering = Repeats(labeler)

    def rows(article: Article) -> list[Row]:
        for name in job.keep:
            articles.check_characters(name, article.meta.get(name))
        if job.partition_by is not None:
            check_partition(job.partition_by, article.meta.get(job.partition_by))
        return [row(_final(r, article, job)) for r in remembering.label(article, targets=job.targets).records]

    return ordered(lambda item: (mark(item), attempt(rows, item)), items, labeler.threads)


def attempt(function: Callable[[Article], _Out], item: Item) -> _Out | SetAside:
    """``function`` of an article; the :class:`SetAside` that the item is, or that an error makes of it."""
    if isinstance(item, SetAside):
        return item
    try:
        return function(item)
    except BaseException as error:  # one bad article must not end a run of millions; here and nowhere else
        # A panic of a Rust library (tokenizers, the splitter) is no Exception, so that it is hard to catch by mistake.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = str(error) if isinstance(error, InputError) else f"not labelled ({type(error).__name__}: {error})"
        return SetAside(None, None, item.id, " ".join(reason.split()))


class ErrorsFile:
    """``OUT.errors.jsonl``: a sink that is there only once something was set aside."""

    def __init__(self, path: str, at: int = 0) -> None:
        self._path = path
        self._lines = Lines(path, json_line, at=at) if at else None
        if not at:
            with suppress(FileNotFoundError):
                os.unlink(path)

    def append(self, rows: Iterable[Row]) -> None:
        if self._lines is None:
            self._lines = Lines(self._path, json_line)
        self._lines.append(rows)

    def commit(self) -> int:
        return self._lines.commit() if self._lines else 0

    def finish(self) -> None:
        self.commit()

    def close(self) -> None:
        if self._lines:
            self._lines.close()


def _final(record: Record, article: Article, job: Job) -> Record:
    """The record as this job wants it: the user's names, unsure labels undecided, columns of the article kept."""
    record = renamed(record, job.aliases)
    if job.min_score is not None:
        record = undecide(record, below(record, job.min_score))
    return replace(record, extra={**record.extra, **{k: article.meta.get(k) for k in job.keep}}) if job.keep else record


def mark(item: Item) -> bytes:
    """16 bytes of an item's content, by which a resumed run knows it again."""
    seen = repr(item) if isinstance(item, SetAside) else f"{item.id}\0{item.text}\0{item.sentences}\0"
    return hashlib.blake2b(seen.encode("utf-8", "surrogatepass"), digest_size=16).digest()
