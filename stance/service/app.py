"""The endpoints."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import metadata
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import ClientDisconnect

from stance.labeler import Labeler
from stance.service import home, schema
from stance.service.engine import Engine, start_behind
from stance.service.front import SEEN, Front
from stance.service.limits import Budget, Limits, Refused, Share
from stance.service.metrics import Metrics
from stance.service.parsing import parse

DESCRIPTION = "Labels the sentences of news articles: who is speaking, what kind of claim it is, and for or against what."
_PATHS = ("/v1/label", "/health", "/ready", "/metrics", "/docs", "/openapi.json", "/")


class Service:
    """What the endpoints share.

    Args:
        load: gives the model; called once, in a thread.
        limits: of requests.
        token_digest: SHA-256 of the bearer token; ``None`` lets everybody in.
        failed: is told when the model cannot be loaded.
    """

    def __init__(
        self, load: Callable[[], Labeler], limits: Limits, token_digest: bytes | None, failed: Callable[[Exception], None]
    ) -> None:
        self.load, self.limits, self.token_digest, self.failed = load, limits, token_digest, failed
        self.metrics = Metrics()
        self.engine = Engine(limits, self.metrics)
        self.budget = Budget(limits.queue_bytes)

    @asynccontextmanager
    async def life(self, app: FastAPI) -> AsyncIterator[None]:
        """From the first request to the last."""
        starting = asyncio.create_task(start_behind(self.engine, self.load, self.failed))
        try:
            yield
        finally:
            await starting
            await asyncio.to_thread(self.engine.stop)

    def admit(self, request: Request) -> None:
        """Whether the client may come in.

        Raises:
            Refused: 401.
        """
        if self.token_digest is None:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        # Digests are of one length, so the time taken tells nothing of the token.
        digest = hashlib.sha256(token.strip().encode("utf-8", "replace")).digest()
        if not hmac.compare_digest(digest, self.token_digest) or scheme.lower() != "bearer":
            raise Refused(401, "authorization: no valid token; send `Authorization: Bearer TOKEN`")

    async def label(self, request: Request) -> Response:
        """The answer to ``POST /v1/label``."""
        self.admit(request)
        if not self.engine.ready:
            raise Refused(503, "the model is being loaded; try again in a moment", 1)
        _check_kind(request)
        with self.budget.holding(self._announced(request), self.engine.wait()) as share:
            self.metrics.held.set(self.budget.used)
            try:
                body = await self._body(request, share)
                seen = request.scope[SEEN]
                seen["bytes"] = len(body)
                items = await asyncio.to_thread(parse, body, self.limits)
                answer = await self.engine.answer(items, lambda: _gone(request))
            finally:
                share.shrink(0)
                self.metrics.held.set(self.budget.used)
        seen.update(articles=answer.articles, sentences=answer.sentences, errors=answer.errors)
        return Response(answer.json, media_type="application/json")

    def _announced(self, request: Request) -> int:
        """Bytes to hold for the body: its length, or the most it may have where it does not say."""
        length = request.headers.get("content-length")
        if length is None:
            return self.limits.body_bytes
        if not (length.isascii() and length.isdecimal()):
            raise Refused(400, "content-length: is no number")
        if int(length) > self.limits.body_bytes:
            raise self._too_large()
        return int(length)

    async def _body(self, request: Request, share: Share) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self.limits.body_bytes:
                        raise self._too_large()
        except TimeoutError:
            raise Refused(408, f"body: did not arrive within {self.limits.body_seconds:g} s") from None
        except ClientDisconnect:
            raise Refused(499, "the client went away") from None
        share.shrink(len(body))
        return bytes(body)

    def _too_large(self) -> Refused:
        return Refused(413, f"body: more than {self.limits.body_bytes:,} bytes; send the articles in several requests")


def create(
    load: Callable[[], Labeler],
    limits: Limits | None = None,
    token_digest: bytes | None = None,
    failed: Callable[[Exception], None] = lambda error: None,
) -> Front:
    """The service as an ASGI application; see :class:`Service`."""
    service = Service(load, limits or Limits(), token_digest, failed)
    app = _Described(service.life, service)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(Exception, _break)
    _add_label(app, service)
    _add_watch(app, service)
    _add_pages(app, service)
    return Front(app, service.metrics, _PATHS)


class _Described(FastAPI):
    """FastAPI whose description names our own schemas."""

    def __init__(self, life: Callable[[FastAPI], AbstractAsyncContextManager[None]], service: Service) -> None:
        super().__init__(
            title="stance",
            version=metadata.version("stance"),
            description=DESCRIPTION,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            lifespan=life,
        )
        self._limits, self._closed = service.limits, service.token_digest is not None

    def openapi(self) -> dict[str, Any]:
        made = super().openapi()
        made["components"] = {"schemas": schema.components(self._limits)}
        if self._closed:
            made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            for path, verb in (("/v1/label", "post"), ("/metrics", "get")):
                made["paths"][path][verb]["security"] = [{"token": []}]
        return made


def _add_label(app: FastAPI, service: Service) -> None:
    refusals = {
        400: "The headers make no sense.",
        401: "No valid token.",
        408: "The body did not arrive in time.",
        413: "The body is too large.",
        415: "The body is not announced as JSON.",
        422: "The body is no request; `detail` says where.",
    }
    busy = {429: "The queue is full.", 503: "The model is being loaded, or the answer took too long."}
    responses: dict[int | str, dict[str, Any]] = {
        200: schema.answer("Labelled", "All articles labelled, but for those in `errors`."),
        **{status: schema.answer("Error", words) for status, words in refusals.items()},
        **{status: schema.answer("Error", words, retry=True) for status, words in busy.items()},
    }

    @app.post("/v1/label", responses=responses, response_model=None, openapi_extra={"requestBody": schema.body()})
    async def label(request: Request) -> Response:
        """Label one article, or several; each sentence gives one record, or with targets one for each target it names."""
        return await service.label(request)


def _add_watch(app: FastAPI, service: Service) -> None:
    state = {"description": "Said as `status`.", "content": {"application/json": {"schema": {"type": "object"}}}}

    @app.get("/health", responses={200: state}, response_model=None)
    async def health() -> Response:
        """Whether the process is alive."""
        return JSONResponse({"status": "alive", "version": app.version})

    @app.get("/ready", responses={200: state, 503: state}, response_model=None)
    async def ready() -> Response:
        """Whether the model is loaded and warm."""
        now = service.engine.ready
        return JSONResponse({"status": "ready" if now else "loading"}, 200 if now else 503)

    numbers = {
        200: schema.text("text/plain", "Text for Prometheus."),
        **({401: schema.answer("Error", "No valid token.")} if service.token_digest else {}),
    }

    @app.get("/metrics", responses=numbers, response_model=None)  # type: ignore[arg-type]
    async def metrics(request: Request) -> Response:
        """Requests, latencies, queue and sentences, for Prometheus."""
        service.admit(request)
        return Response(service.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_pages(app: FastAPI, service: Service) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return _page(home.docs(app.openapi()))

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return _page(home.home(service.engine.spec))


def _page(document: str) -> Response:
    return HTMLResponse(document, headers={"Content-Security-Policy": home.policy(document)})


def _check_kind(request: Request) -> None:
    """Only what says that it is JSON: a form on another site's page cannot send that without asking first."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"content-type: is {kind[:80] or 'missing'!r}; expected application/json")


async def _gone(request: Request) -> None:
    """Return when the client has gone away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"detail": error.detail}, error.status, headers)


async def _break(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "the service failed; its log says where"}, 500)
