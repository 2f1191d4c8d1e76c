"""What a request may ask for, what all requests together may hold, and the answer that says no."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from stance.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one process of the service.

    Attributes:
        body_bytes: of one request.
        articles: in one request.
        characters: of one article.
        sentences: of one article.
        targets: asked for at once.
        queue_articles: that wait for a core, of all requests together; more are answered 429.
        queue_bytes: of all bodies that are being read or worked on; more are answered 429.
        body_seconds: for a body to arrive.
        seconds: from the body's arrival to the answer.
    """

    body_bytes: int = 10_000_000
    articles: int = 1_000
    characters: int = 200_000
    sentences: int = 5_000
    targets: int = 200
    queue_articles: int = 4_000
    queue_bytes: int = 128_000_000
    body_seconds: float = 30.0
    seconds: float = 300.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise UsageError(f"limit {field.name}: is {getattr(self, field.name)}, expected more than 0")
        for whole, part in (("queue_articles", "articles"), ("queue_bytes", "body_bytes")):
            if getattr(self, whole) < getattr(self, part):
                raise UsageError(
                    f"limit {whole}: is {getattr(self, whole)}, but one request may bring {part}={getattr(self, part)}; "
                    "raise the one or lower the other"
                )


class Refused(Exception):
    """A request that is not carried out.

    Attributes:
        status: of the answer.
        detail: one line for the client.
        retry_after: whole seconds after which to try again, ``None`` where that would not help.
    """

    def __init__(self, status: int, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.retry_after = None if retry_after is None else min(120, max(1, math.ceil(retry_after)))


class Budget:
    """Bytes that requests hold between them. Used from the event loop's thread only, so it needs no lock."""

    def __init__(self, most: int) -> None:
        self.most, self.used = most, 0

    @contextmanager
    def holding(self, size: int, retry_after: float) -> Iterator[Share]:
        """``size`` bytes for as long as the block runs.

        Raises:
            Refused: 429, more than what is free.
        """
        if self.used + size > self.most:
            raise Refused(429, f"busy: {self.used:,} bytes of requests are in hand; try again later", retry_after)
        share = Share(self, size)
        self.used += size
        try:
            yield share
        finally:
            share.shrink(0)


@dataclass(slots=True, eq=False)
class Share:
    """One request's part of a :class:`Budget`."""

    budget: Budget
    size: int

    def shrink(self, size: int) -> None:
        """Give back all but ``size`` bytes."""
        self.budget.used -= self.size - size
        self.size = size
