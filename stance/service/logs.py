"""Logs as one JSON object a line on standard error. They never hold what a client sent: no text, no id, no query."""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any

LOGGER = logging.getLogger("stance.service")


class JsonFormatter(logging.Formatter):
    """A record as JSON: time, level, event, and the fields given as ``extra={"fields": {...}}``."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        line: dict[str, Any] = {"time": stamp, "level": record.levelname.lower(), "event": record.getMessage().strip()}
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line.update(_where(record.exc_info[1]))
        return json.dumps(line, default=str)


def _where(error: BaseException) -> dict[str, Any]:
    """Kind and place of an error. Not its message, which may quote an article."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {"error": type(error).__name__, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def config(level: str = "INFO") -> dict[str, Any]:
    """For ``logging.config.dictConfig``: uvicorn's lines and ours in one form; ours tell of requests, so not uvicorn's."""
    own = {"handlers": ["err"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "stance.service.logs.JsonFormatter"}},
        "handlers": {"err": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
        "loggers": {"stance.service": own, "uvicorn": own, "uvicorn.access": {"handlers": [], "propagate": False}},
    }
