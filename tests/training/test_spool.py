"""Values on disk: order, keys, parts, reading between writing, and nothing left behind."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

from training.spool import Part, Spool


def test_values_come_back_in_order_and_by_key() -> None:
    spool = Spool[str]()
    for value, key in (("one", "a"), ("two", "b"), ("three", None), ("four", "a")):
        spool.append(value, key)
        assert spool[len(spool) - 1] == value  # reading moves the file's position, writing goes on at its end
    assert list(spool.keys) == ["a", "b"]
    assert [spool.of(key) for key in "abc"] == [["one", "four"], ["two"], []]
    assert [spool[place] for place in range(4)] == ["one", "two", "three", "four"]


def test_a_part_is_a_sequence_that_may_repeat_a_value() -> None:
    spool = Spool[int]()
    places = [spool.append(n * n) for n in range(5)]
    part = Part(spool, [4, 1, 1]) + Part(spool, places[:1])
    assert list(part) == [16, 1, 1, 0] and len(part) == 4 and part[-1] == 0 and list(part[1:3]) == [1, 1]
    assert list(part) == list(part) and not Part(spool, [])
    with pytest.raises(IndexError):
        part[4]


def test_threads_read_at_once() -> None:
    spool = Spool[list[int]]()
    for n in range(200):
        spool.append([n] * n)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(spool.__getitem__, range(200))) == [[n] * n for n in range(200)]


def test_its_file_is_closed_with_it() -> None:
    spool = Spool[int]()
    file = spool._file
    del spool
    gc.collect()
    assert file.closed
