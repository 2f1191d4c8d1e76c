"""What happens to every request: its answer's headers, its line in the log, its place in the metrics, its unread rest."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.service.home import NOTHING
from stance.service.logs import LOGGER
from stance.service.metrics import Metrics

SEEN = "stance.seen"
"""Where a request's scope keeps the counts that its log line shows."""

LINGER_SECONDS = 5.0
"""How long what is left of a refused body is thrown away. A line cut at once would take the answer with it, for a client
that is still sending gets a reset and never reads."""

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
        started, exchange = time.perf_counter(), _Exchange(scope, receive, send)
        scope[SEEN] = dict[str, Any]()
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            self._note(scope, exchange.status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self._paths else "other"
        self._metrics.requests.labels(path, str(status)).inc()
        self._metrics.seconds.labels(path).observe(seconds)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        client = scope["client"][0] if scope.get("client") else None
        fields = {"client": client, "method": method, "path": path, "status": status, "seconds": round(seconds, 4)}
        quiet = path in _WATCHED and status < 400
        LOGGER.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"fields": {**fields, **scope[SEEN]}})


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.status = 500
        names = {name for name, _ in scope["headers"]}
        self._unread = bool({b"content-length", b"transfer-encoding"} & names)
        # Who waits for "100 Continue" has sent nothing yet.
        self._linger = b"expect" not in names

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self._unread:
                headers["connection"] = "close"
            message = {**message, "headers": headers.raw}
        elif self._unread and self._linger and not message.get("more_body", False):
            await self._send({**message, "more_body": True})  # all of the answer, now
            await self._drain()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while self._unread:
                    await self.receive()
