"""Articles: what goes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stance.spans import Span


@dataclass(frozen=True, slots=True)
class Article:
    """One article.

    Attributes:
        id: unique within a run.
        text: as the user gave it; every offset of the project indexes it (Unicode code points).
        sentences: given sentence bounds, or ``None`` where the project splits.
        meta: title, url, date, source, lang and every other column.
    """

    id: str
    text: str
    sentences: tuple[Span, ...] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
