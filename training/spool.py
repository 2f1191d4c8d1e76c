"""Values kept in a temporary file instead of memory, and parts of them as sequences. Knows nothing of what it keeps."""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from array import array
from collections.abc import KeysView, Sequence
from threading import Lock
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Spool(Generic[T]):
    """Values in the order in which they came, each of which may bear a key that brings those of the same key together.

    The file has no name, lies where ``TMPDIR`` says (a folder on disk, where ``/tmp`` is memory), and goes when the spool does.
    Memory holds 16 bytes a value, and some 100 bytes and the key for each key.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="stance-")  # noqa: SIM115  (closed with the spool, below)
        weakref.finalize(self, self._file.close)
        self._starts, self._before = array("q", [0]), array("q")
        self._last: dict[str, int] = {}
        self._lock = Lock()  # to go to a place and to read there are two steps
        self._moved = False  # whether the file's position is elsewhere than its end

    def append(self, value: T, key: str | None = None) -> int:
        """Keep a value; returns its place."""
        place, packed = len(self), pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            if self._moved:  # else every seek would write out what is buffered
                self._file.seek(0, os.SEEK_END)
                self._moved = False
            self._file.write(packed)
        self._starts.append(self._starts[place] + len(packed))
        self._before.append(-1 if key is None else self._last.get(key, -1))
        if key is not None:
            self._last[key] = place
        return place

    def __len__(self) -> int:
        return len(self._before)

    def __getitem__(self, place: int) -> T:
        start, end = self._starts[place], self._starts[place + 1]
        with self._lock:
            self._moved = True
            self._file.seek(start)
            packed = self._file.read(end - start)
        value: T = pickle.loads(packed)
        return value

    @property
    def keys(self) -> KeysView[str]:
        """The keys, in the order in which they first came."""
        return self._last.keys()

    def of(self, key: str) -> list[T]:
        """The values of a key, in order; none of a key that never came."""
        places, place = [], self._last.get(key, -1)
        while place >= 0:
            places.append(place)
            place = self._before[place]
        return [self[place] for place in reversed(places)]


class Part(Sequence[T]):
    """Some values of a spool, each read when it is asked for.

    Args:
        spool: what holds them.
        places: of the values, in order; a value may come more than once.
    """

    def __init__(self, spool: Spool[T], places: Sequence[int]) -> None:
        self.spool, self.places = spool, array("q", places)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Part[T]: ...
    def __getitem__(self, index: int | slice) -> T | Part[T]:
        return Part(self.spool, self.places[index]) if isinstance(index, slice) else self.spool[self.places[index]]

    def __add__(self, other: Part[T]) -> Part[T]:
        """Both parts, of the same spool, one behind the other."""
        return Part(self.spool, self.places + other.places)
