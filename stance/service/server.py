"""The process of ``stance serve``: a socket, uvicorn, the model behind it; started quickly, stopped gracefully."""

from __future__ import annotations

import hashlib
import json
import logging.config
import os
import signal
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import ModelError, StanceError, UsageError
from stance.service import logs
from stance.service.limits import Limits

if TYPE_CHECKING:
    from stance.labeler import Labeler
    from stance.service.front import Front

_SETTINGS = "STANCE_SERVICE"
"""Environment variable by which workers learn their settings (the token as its digest only)."""

_TOKEN = "STANCE_TOKEN"
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_STARTUP_FAILURE = 3
"""Exit status by which a worker of uvicorn says that another try would fail too."""

_KEEP_ALIVE = 5
"""Seconds that a connection may idle."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    Attributes:
        host, port: where to listen.
        model: a runtime folder; ``None`` is the shipped model.
        threads: articles labelled at once, in all workers together; ``None`` is the number of cores.
        workers: processes, each with a model of its own.
        token_digest: SHA-256 of the bearer token in hexadecimal; ``None`` lets everybody in.
        grace: seconds that requests in hand get when the service is stopped.
        limits: of requests.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    threads: int | None = None
    workers: int = 1
    token_digest: str | None = None
    grace: float = 30.0
    limits: Limits = field(default_factory=Limits)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in hand, and return.

    Raises:
        UsageError: the address cannot be listened on.
        ModelError: the model cannot be loaded.
    """
    logging.config.dictConfig(logs.config())
    listener = _listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    logs.LOGGER.info("listening", extra={"fields": {"host": host, "port": port, "workers": settings.workers}})
    # uvicorn raises the signal that stopped it once more when all is done: to have come to an end is no failure.
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if settings.workers > 1:
            _serve_from_many(settings, listener)
        else:
            _serve_from_one(settings, listener)
    finally:
        listener.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def token_digest(file: str | None) -> str | None:
    """SHA-256 of the token in ``file``, else of the environment's STANCE_TOKEN; ``None`` where there is neither.

    Raises:
        UsageError: the file cannot be read, or the token is too short to be one.
    """
    if file is None:
        token, place = os.environ.get(_TOKEN), _TOKEN
    else:
        try:
            token, place = Path(file).read_text("utf-8"), f"--token-file {file}"
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--token-file {file}: cannot be read ({error}); give a file that holds the token") from None
    if token is None:
        return None
    token = token.strip()
    if len(token) < 16 or not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError(f"{place}: expected a token of at least 16 printable ASCII characters; `openssl rand -hex 32` makes one")
    return hashlib.sha256(token.encode()).hexdigest()


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port < 1 << 16:  # some resolvers wrap it round and find another port
        raise UsageError(f"--port {port}: expected 0 to 65535; give another port")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, OverflowError, UnicodeError) as error:
        raise UsageError(f"--host {host} --port {port}: cannot listen there ({error}); give another port or host") from None
    listener.set_inheritable(True)
    return listener


def _config(app: Any, settings: Settings, **more: Any) -> Any:
    import uvicorn

    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=logs.config(),
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=max(1, round(settings.grace)),
        **more,
    )


def _serve_from_one(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from stance.service.app import create

    failures: list[Exception] = []

    def failed(error: Exception) -> None:
        failures.append(error)
        server.should_exit = True

    digest = None if settings.token_digest is None else bytes.fromhex(settings.token_digest)
    app = create(lambda: _load(settings, settings.threads), settings.limits, digest, failed)
    server = uvicorn.Server(_config(app, settings))
    server.run([listener])
    if failures:
        raise failures[0]


def _load(settings: Settings, threads: int | None) -> Labeler:
    from stance.labeler import load

    return load(settings.model, threads)


def _serve_from_many(settings: Settings, listener: socket.socket) -> None:
    """Several processes on one socket. Each loads the model before it takes a request."""
    from uvicorn.supervisors import Multiprocess

    from stance import runtime

    runtime.verify(runtime.locate(settings.model))
    with tempfile.TemporaryDirectory(prefix="stance-metrics-") as folder:
        os.environ[_MULTIPROCESS] = folder
        os.environ[_SETTINGS] = json.dumps(asdict(settings))
        app = "stance.service.server:worker"
        config = _config(app, settings, factory=True, workers=settings.workers, timeout_worker_healthcheck=30)
        supervisor = Multiprocess(config, [listener])
        supervisor.run()
        failed = [process for process in supervisor.processes if process.exitcode == _STARTUP_FAILURE]
    if failed:
        raise ModelError("serve: a worker could not start; the log says why")


def worker() -> Front:
    """The application of one worker among several."""
    from stance import runtime
    from stance.service.app import create

    read = json.loads(os.environ[_SETTINGS])
    settings = Settings(**{**read, "limits": Limits(**read["limits"])})
    whole = settings.threads or runtime.default_threads()
    try:
        labeler = _load(settings, max(1, whole // settings.workers))
    except StanceError as error:
        logs.LOGGER.error("the model cannot be loaded", extra={"fields": {"reason": str(error)}})
        sys.exit(_STARTUP_FAILURE)
    digest = None if settings.token_digest is None else bytes.fromhex(settings.token_digest)
    return create(lambda: labeler, settings.limits, digest)
