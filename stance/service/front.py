"""What happens to every request: its answer's headers, its line in the log, its place in the metrics."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.service.home import NOTHING
from stance.service.logs import LOGGER
from stance.service.metrics import Metrics

SEEN = "stance.seen"
"""Where a request's scope keeps the counts that its log line shows."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
_WATCHED = frozenset({"/health", "/ready", "/metrics"})
"""Asked for every few seconds; their answers fill no log."""

_HEADERS = {
    "content-security-policy": NOTHING,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Front:
    """The outermost layer. ``paths`` are those that have names of their own in log and metrics; others are ``other``."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Iterable[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, seen = time.perf_counter(), 500, dict[str, Any]()
        scope[SEEN] = seen

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower() for name, _ in message["headers"]}
                extra = [(k.encode(), v.encode()) for k, v in _HEADERS.items() if k.encode() not in given]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            self._note(scope, status, time.perf_counter() - started, seen)

    def _note(self, scope: Scope, status: int, seconds: float, seen: dict[str, Any]) -> None:
        path = scope["path"] if scope["path"] in self._paths else "other"
        self._metrics.requests.labels(path, str(status)).inc()
        self._metrics.seconds.labels(path).observe(seconds)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        client = scope["client"][0] if scope.get("client") else None
        fields = {"client": client, "method": method, "path": path, "status": status, "seconds": round(seconds, 4), **seen}
        quiet = path in _WATCHED and status < 400
        LOGGER.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"fields": fields})
