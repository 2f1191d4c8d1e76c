"""The fair queue, the budget and the limits, without HTTP."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest

from stance.errors import UsageError
from stance.service.fair import FairQueue, QueueFull
from stance.service.limits import Budget, Limits, Refused


class Held:
    """Work that waits to be let go, and notes its order."""

    def __init__(self) -> None:
        self.go, self.begun, self.done = threading.Event(), threading.Semaphore(0), list[str]()

    def __call__(self, item: str) -> str:
        self.begun.release()
        assert self.go.wait(10)
        self.done.append(item)
        return item.upper()


def test_each_job_has_its_turn_and_its_order() -> None:
    work, seen = Held(), list[int]()
    queue: FairQueue[str, str] = FairQueue(1, 10, seen.append)
    first = queue.submit(work, ["a1", "a2", "a3", "a4"])
    assert work.begun.acquire(timeout=5)
    second, third = queue.submit(work, ["b1", "b2"]), queue.submit(work, ["c1"])
    work.go.set()
    assert (first.result(5), second.result(5), third.result(5)) == (["A1", "A2", "A3", "A4"], ["B1", "B2"], ["C1"])
    assert work.done == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    assert queue.waiting == 0 and seen[-1] == 0 and max(seen) == 6
    queue.close(5)


def test_a_full_queue_takes_a_job_whole_or_not_at_all() -> None:
    work = Held()
    queue: FairQueue[str, str] = FairQueue(1, 3)
    queue.submit(work, ["a"])
    assert work.begun.acquire(timeout=5)
    queue.submit(work, ["b", "c"])
    with pytest.raises(QueueFull) as full:
        queue.submit(work, ["d", "e"])
    assert (full.value.waiting, queue.waiting) == (2, 2) and full.value.wait > 0
    last = queue.submit(work, ["f"])
    work.go.set()
    assert last.result(5) == ["F"]
    queue.close(5)
    assert queue.submit(work, []).result(1) == []
    with pytest.raises(QueueFull):
        queue.submit(work, ["late"])


def test_cancelling_frees_what_waits_and_lets_go_what_is_in_hand() -> None:
    work = Held()
    queue: FairQueue[str, str] = FairQueue(1, 9)
    job, other = queue.submit(work, ["a", "b", "c"]), queue.submit(work, ["x"])
    assert work.begun.acquire(timeout=5)
    assert job.cancel() and queue.waiting == 1
    work.go.set()
    assert other.result(5) == ["X"] and work.done == ["a", "x"]
    with pytest.raises(CancelledError):
        job.result(1)
    queue.close(5)


def test_closing_finishes_what_was_taken() -> None:
    work = Held()
    queue: FairQueue[str, str] = FairQueue(2, 9)
    job = queue.submit(work, ["a", "b", "c", "d"])
    work.go.set()
    queue.close(5)
    assert job.result(0) == ["A", "B", "C", "D"]


def test_closing_waits_no_longer_than_it_is_told() -> None:
    work = Held()
    queue: FairQueue[str, str] = FairQueue(1, 9)
    job = queue.submit(work, ["a"])
    queue.close(0.05)
    assert not job.done()
    work.go.set()
    assert job.result(5) == ["A"]


def test_many_threads_lose_nothing() -> None:
    queue: FairQueue[int, int] = FairQueue(4, 10_000)
    jobs = [queue.submit(lambda n: n * n, range(k, k + 20)) for k in range(200)]
    for job in jobs[::7]:
        job.cancel()
    for k, job in enumerate(jobs):
        if not job.cancelled():
            assert job.result(5) == [n * n for n in range(k, k + 20)]
    queue.close(5)
    assert queue.waiting == 0


def test_budget() -> None:
    budget = Budget(100)
    with budget.holding(80, 3.2) as share:
        with pytest.raises(Refused, match="80 bytes") as refused, budget.holding(30, 3.2):
            pass
        assert (refused.value.status, refused.value.retry_after) == (429, 4)
        share.shrink(10)
        with budget.holding(90, 1):
            assert budget.used == 100
    assert budget.used == 0


@pytest.mark.parametrize("seconds, said", [(0.0, 1), (0.2, 1), (7.1, 8), (9e9, 120)])
def test_retry_after_is_a_sensible_whole_number(seconds: float, said: int) -> None:
    assert Refused(503, "busy", seconds).retry_after == said


def test_limits_that_contradict_each_other() -> None:
    with pytest.raises(UsageError, match=r"queue_articles: is 5, .* articles=1000"):
        Limits(queue_articles=5)
    with pytest.raises(UsageError, match="more than 0"):
        Limits(seconds=0)
