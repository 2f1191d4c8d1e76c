"""The service on a real socket of this machine, in a thread of the test."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from stance.articles import Article
from stance.labeler import Labeler
from stance.service.app import create
from stance.service.limits import Limits

JSON = {"Content-Type": "application/json"}


class Gate:
    """A labeler that may be held up: each article waits for ``open``; a text with "fail" breaks it."""

    def __init__(self, labeler: Labeler, threads: int = 1) -> None:
        self._labeler, self.threads, self.spec = labeler, threads, labeler.spec
        self.open = threading.Event()
        self.open.set()
        self.begun: list[str] = []

    def label(self, article: Any, targets: Any = None) -> Any:
        name = article.id if isinstance(article, Article) else "warm-up"
        self.begun.append(name)
        assert self.open.wait(20)
        if "fail" in getattr(article, "text", ""):
            raise RuntimeError("no such word: secret")
        return self._labeler.label(article, targets)


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Live:
    """A running service."""

    port: int
    failures: list[Exception] = field(default_factory=list)

    def ask(self, path: str, body: Any = None, method: str | None = None, **headers: str) -> Answer:
        """One request; a body that is no bytes goes as JSON."""
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method or ("GET" if raw is None else "POST"), path, raw, {**(JSON if raw else {}), **given})
            answer = line.getresponse()
            return Answer(answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()})
        finally:
            line.close()

    def label(self, body: Any, **headers: str) -> Answer:
        return self.ask("/v1/label", body, **headers)

    def metric(self, name: str) -> float:
        lines = self.ask("/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def send(self, raw: bytes) -> socket.socket:
        """Bytes on a connection of their own."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        line.sendall(raw)
        return line

    def post(self, body: Any) -> socket.socket:
        """A request whose answer is not waited for."""
        raw = json.dumps(body).encode()
        head = f"POST /v1/label HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        return self.send(head.encode() + raw)


@contextmanager
def live(
    load: Callable[[], Any], limits: Limits | None = None, token_digest: bytes | None = None, wait: bool = True
) -> Iterator[Live]:
    """The service with ``load()`` as its labeler; stopped at the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    service = Live(listener.getsockname()[1])
    app = create(load, limits, token_digest, service.failures.append)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
        )
    )
    # access_log=False leaves this logger without handlers, as in production; but pytest hangs its own handler on every
    # logger that does not propagate, and uvicorn then takes it for one that somebody reads.
    logging.getLogger("uvicorn.access").disabled = True
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        until(lambda: server.started)
        if wait:
            until(lambda: service.ask("/ready").status == 200)
        yield service
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
    assert not thread.is_alive()


def until(true: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)
