"""An article with its labels, as :meth:`stance.labeler.Labeler.label` gives it. No formats, no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stance.articles import Article
from stance.records import COLUMNS, Record, to_row

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article and the records of its sentences.

    Attributes:
        article: as it was given.
        records: one for each sentence in order; with given targets, one for each sentence and target.
        polarity: stance -> -1, 0 or 1, for colours; empty where nobody said.
    """

    article: Article
    records: tuple[Record, ...]
    polarity: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def sentences(self) -> tuple[Record, ...]:
        """The records."""
        return self.records

    def to_pandas(self) -> pd.DataFrame:
        """The records as a data frame: the contract's columns in order, then the extra ones."""
        import pandas as pd

        rows = [to_row(record) for record in self.records]
        extra = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
        return pd.DataFrame(rows, columns=[*COLUMNS, *extra])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from stance.page import fragment

        return fragment(self.article, self.records, self.polarity)
