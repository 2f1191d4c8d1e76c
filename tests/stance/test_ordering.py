"""A function over an iterable by several threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stance.ordering import ordered


def test_ordered_keeps_order_and_takes_no_more_than_it_needs() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for n in range(1000):
            taken.append(n)
            yield n

    stream = ordered(lambda n: n * n, source(), 2)
    assert [next(stream) for _ in range(10)] == [n * n for n in range(10)]
    assert len(taken) <= 10 + 2 * 2 + 2
    stream.close()  # type: ignore[attr-defined]
    assert len(taken) <= 10 + 2 * 2 + 2


def test_ordered_raises_where_the_error_is() -> None:
    def divide(n: int) -> float:
        return 1 / (n - 3)

    stream = ordered(divide, range(9), 2)
    assert len([next(stream) for _ in range(3)]) == 3
    with pytest.raises(ZeroDivisionError):
        next(stream)
