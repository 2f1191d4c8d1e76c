"""A file's bytes, decompressed, and what its ending says. No rows, no meaning."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from pathlib import Path
from typing import IO, Any, cast

PACKED: tuple[str, ...] = (".gz", ".zst")
"""Endings of compressed files; any other ending may stand before them."""

ZSTD_CHUNK = 16_384
"""Compressed bytes read at a time."""


def ending(path: str | Path) -> tuple[str, str]:
    """The ending that says what a file holds, and that of its compression or ``""``, both in small letters.

    >>> ending("data/News.JSONL.gz"), ending("a.b/notes")
    (('.jsonl', '.gz'), ('', ''))
    """
    path = Path(path)
    packed = path.suffix.lower()
    if packed in PACKED:
        return Path(path.stem).suffix.lower(), packed
    return packed, ""


def shown(path: str | Path) -> str:
    """The path as text that can be written; a file name need be no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def open_bytes(path: str | Path) -> IO[bytes]:
    """The file's bytes, decompressed. Reading them may raise one of :func:`damages`."""
    _, packed = ending(path)
    if packed == ".gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if packed == ".zst":
        import zstandard

        return io.BufferedReader(_Zstd(open(path, "rb"), zstandard.ZstdDecompressor()))
    return open(path, "rb")


def damage(error: Exception) -> str:
    """One line that says why a file cannot be read (on)."""
    return f"not readable from here on: {' '.join(str(error).split()) or type(error).__name__}"


def damages() -> tuple[type[Exception], ...]:
    """What reading the bytes of a damaged file may raise."""
    import pyarrow as pa
    import zstandard

    return (OSError, EOFError, zlib.error, zstandard.ZstdError, pa.ArrowException)


class _Zstd(io.RawIOBase):
    """A decompressed stream that notices a file cut off half-way, which ``zstandard``'s own reader takes for its end."""

    def __init__(self, packed: IO[bytes], decompressor: Any) -> None:
        self._packed, self._decompressor = packed, decompressor
        self._frame: Any = None
        self._next = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            chunk = self._next or self._packed.read(ZSTD_CHUNK)
            if not chunk:
                if self._frame is not None:
                    raise EOFError("the compressed file ends before its end mark")
                return 0
            self._frame = self._frame or self._decompressor.decompressobj()
            self._ready = memoryview(self._frame.decompress(chunk))
            self._next = self._frame.unused_data
            self._frame = None if self._frame.eof else self._frame
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        self._packed.close()
        super().close()
