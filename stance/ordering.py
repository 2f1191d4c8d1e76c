"""A function mapped over any iterable by several threads: order kept, memory constant. Nothing of articles."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def ordered(function: Callable[[_In], _Out], items: Iterable[_In], threads: int) -> Generator[_Out, None, None]:
    """``map`` over ``threads`` threads: order kept, at most ``2 * threads + 1`` items under way, so memory is constant."""
    pending: deque[Future[_Out]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                while pending and (len(pending) > 2 * threads or pending[0].done()):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
