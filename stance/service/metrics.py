"""What Prometheus is told."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Where several workers keep their numbers, so that a scrape of one tells of all; set before this module is imported."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The numbers of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("stance_requests", "HTTP requests answered", ["path", "status"], registry=self.registry)
        self.seconds = Histogram(
            "stance_request_seconds", "Seconds from a request to its answer", ["path"], buckets=_SECONDS, registry=self.registry
        )
        self.queue = Gauge(
            "stance_queue_articles", "Articles that wait for a core", multiprocess_mode="livesum", registry=self.registry
        )
        self.held = Gauge(
            "stance_request_bytes_held", "Bytes of requests in hand", multiprocess_mode="livesum", registry=self.registry
        )
        self.articles = Counter("stance_articles", "Articles by what came of them", ["outcome"], registry=self.registry)
        self.sentences = Counter("stance_sentences", "Sentences labelled", registry=self.registry)
        for outcome in ("labelled", "rejected"):
            self.articles.labels(outcome)
        if MULTIPROCESS not in os.environ:
            ProcessCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """All numbers as text, those of the other workers included."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)
