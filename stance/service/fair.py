"""A queue that gives each request one article's turn after another, so that a large request starves nobody."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

_SMOOTHING = 0.05
"""Weight of the newest article in the running mean of seconds an article."""


class QueueFull(Exception):
    """The queue has no room for so many items; ``wait`` is the seconds after which there may be."""

    def __init__(self, waiting: int, wait: float) -> None:
        super().__init__(f"{waiting} articles are waiting")
        self.waiting, self.wait = waiting, wait


class _Job(Generic[In, Out]):
    """One request: its items that still wait, and what came of the others."""

    def __init__(self, function: Callable[[In], Out], items: Sequence[In]) -> None:
        self.function = function
        self.waiting = deque(enumerate(items))
        self.outcomes: list[Out | None] = [None] * len(items)
        self.left = len(items)
        self.future: Future[list[Out]] = Future()


class FairQueue(Generic[In, Out]):
    """``threads`` workers that take one item of each job in turn.

    Args:
        threads: items worked on at once.
        most: items that may wait.
        changed: is told how many wait, whenever that changes; called under the queue's lock.
    """

    def __init__(self, threads: int, most: int, changed: Callable[[int], None] = lambda n: None) -> None:
        self.threads, self.most = threads, most
        self.waiting = 0
        self._changed = changed
        self._turns: deque[_Job[In, Out]] = deque()
        self._condition = threading.Condition()
        self._closed = False
        self._seconds = 0.05
        # Daemons, so that a process told to end does not wait for an article that takes minutes.
        self._workers = [threading.Thread(target=self._work, name=f"label-{n}", daemon=True) for n in range(threads)]
        for worker in self._workers:
            worker.start()

    def submit(self, function: Callable[[In], Out], items: Sequence[In]) -> Future[list[Out]]:
        """Queue a job.

        Args:
            function: called from the workers; must not raise.
            items: what to call it on.

        Returns:
            The outcomes in the items' order. Cancelling it frees the places of what still waits.

        Raises:
            QueueFull: there is no room for all of them.
        """
        job = _Job(function, items)
        if not items:
            job.future.set_result([])
            return job.future
        with self._condition:
            if self._closed or self.waiting + len(items) > self.most:
                raise QueueFull(self.waiting, self._wait())
            self._turns.append(job)
            self._count(len(items))
            self._condition.notify(len(items))
        job.future.add_done_callback(lambda future: self._drop(job) if future.cancelled() else None)
        return job.future

    def wait(self) -> float:
        """Seconds until what waits now is done, as far as can be told."""
        with self._condition:
            return self._wait()

    def close(self, timeout: float) -> None:
        """Take nothing more, and give the workers ``timeout`` seconds to finish what they have."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        until = time.monotonic() + timeout
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))

    def _wait(self) -> float:
        return self.waiting * self._seconds / self.threads

    def _count(self, change: int) -> None:
        self.waiting += change
        self._changed(self.waiting)

    def _drop(self, job: _Job[In, Out]) -> None:
        with self._condition:
            if job.waiting:
                self._turns.remove(job)
                self._count(-len(job.waiting))
                job.waiting.clear()

    def _work(self) -> None:
        while (turn := self._take()) is not None:
            job, place, item = turn
            started = time.monotonic()
            outcome = job.function(item)
            self._give(job, place, outcome, time.monotonic() - started)

    def _take(self) -> tuple[_Job[In, Out], int, In] | None:
        """The next job's next item; ``None`` once the queue is closed and empty."""
        with self._condition:
            while not self._turns:
                if self._closed:
                    return None
                self._condition.wait()
            job = self._turns.popleft()
            place, item = job.waiting.popleft()
            if job.waiting:
                self._turns.append(job)
            self._count(-1)
            return job, place, item

    def _give(self, job: _Job[In, Out], place: int, outcome: Out, seconds: float) -> None:
        with self._condition:
            self._seconds += _SMOOTHING * (seconds - self._seconds)
            job.outcomes[place] = outcome
            job.left -= 1
            last = job.left == 0
        if last and job.future.set_running_or_notify_cancel():
            job.future.set_result(job.outcomes)  # type: ignore[arg-type]
