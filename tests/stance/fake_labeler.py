"""A labeler without a model, and a slow run of it to be killed: ``python -m tests.stance.fake_labeler INPUT OUT SECONDS``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from stance.articles import Article
from stance.records import Record
from stance.scoring.job import plan
from stance.scoring.run import score


@dataclass(frozen=True)
class Labelled:
    article: Article
    records: tuple[Record, ...]


@dataclass
class FakeLabeler:
    """Splits at ``. ``; "fail" in a text is an error; sleeps ``pause`` seconds an article."""

    threads: int = 2
    identity: str = "fake/1"
    pause: float = 0.0
    seen: list[str] = field(default_factory=list)

    def label(self, article: Article, targets: Any = None) -> Labelled:
        self.seen.append(article.id)
        time.sleep(self.pause)
        if "fail" in article.text:
            raise RuntimeError("no such\nword")
        records, start = [], 0
        for n, part in enumerate(article.text.split(". ")):
            end = start + len(part)
            records.append(
                Record(
                    article.id,
                    n,
                    start,
                    end,
                    part,
                    None,
                    0.9,
                    claim_type="none",
                    claim_type_score=len(part) % 10 / 10,
                    stance="neutral",
                    stance_score=0.5,
                    target_score=0.5,
                )
            )
            start = end + 2
        return Labelled(article, tuple(records))


if __name__ == "__main__":
    score(
        FakeLabeler(pause=float(sys.argv[3])),
        plan([sys.argv[1]], sys.argv[2], keep=("title",), resume="--resume" in sys.argv),
        every=0.02,
    )
