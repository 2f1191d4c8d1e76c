"""``stance serve``: :meth:`stance.labeler.Labeler.label` over HTTP, shared fairly by many clients. No batching.

    POST /v1/label                       one article, or {"articles": [...]}
    GET  /health /ready /metrics         for whoever runs it
    GET  /docs /openapi.json /           for people

Needs the extra ``serve``; this is the only place that looks for it.
"""

from __future__ import annotations

from importlib.util import find_spec

from stance.errors import UsageError

_missing = [name for name in ("fastapi", "uvicorn", "prometheus_client") if find_spec(name) is None]
if _missing:
    raise UsageError(f'serve: {", ".join(_missing)} not installed; pip install "stance[serve]"')
