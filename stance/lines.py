"""Rows as lines of a file or a stream: the sinks that can simply be appended to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import BinaryIO

from stance.errors import UsageError
from stance.rows import Row, json_line


class Lines:
    """A file of lines; its position is its length in bytes."""

    def __init__(self, path: str, encode: Callable[[Row], bytes], header: bytes = b"", at: int | None = None) -> None:
        self._encode = encode
        if at is None:
            self._file: BinaryIO = open(path, "wb")  # noqa: SIM115 - closed by close()
            self._file.write(header)
            return
        if not os.path.exists(path) or os.path.getsize(path) < at:
            raise altered(path)
        self._file = open(path, "r+b")  # noqa: SIM115
        self._file.truncate(at)
        self._file.seek(at)

    def append(self, rows: Iterable[Row]) -> None:
        self._file.writelines(self._encode(r) for r in rows)

    def commit(self) -> int:
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def finish(self) -> None:
        self.commit()

    def close(self) -> None:
        with suppress(OSError):  # what was not committed is not wanted, and a full disk does not take it
            self._file.close()


class Stream:
    """JSONL on a stream that is already open (standard output or error); nothing to go on from."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def append(self, rows: Iterable[Row]) -> None:
        self._stream.writelines(json_line(r) for r in rows)

    def commit(self) -> int:
        self._stream.flush()
        return 0

    def finish(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        """The stream belongs to the process."""


def altered(path: str) -> UsageError:
    """The error of a file that is not what a journal says."""
    return UsageError(f"{path}: holds less than {path}.journal says, so it was altered since; remove the journal to begin anew")
