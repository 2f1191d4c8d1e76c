"""``stance serve`` as a process: quick to start, graceful to stop, one line where it cannot."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stance import cli
from stance.errors import UsageError
from stance.runtime import DEFAULT_MODEL, SUMS_FILE
from stance.service.server import token_digest
from tests.conftest import ROOT
from tests.stance.live import Live, until

_FAKE = """
import sys, time
from stance import cli, labeler
from tests.stance import fake_model
class Slow(labeler.Labeler):
    def label(self, article, targets=None):
        time.sleep(1.0 if getattr(article, "id", "") == "slow" else 0.0)
        return super().label(article, targets)
def load(folder, threads):
    made = fake_model.labeler(threads=threads or 2)
    made.__class__ = Slow
    return made
labeler.load = load
sys.exit(cli.main(sys.argv[1:]))
"""


@contextmanager
def process(*options: str, code: str | None = _FAKE) -> Iterator[tuple[subprocess.Popen[bytes], Live]]:
    start = ["-m", "stance"] if code is None else ["-c", code]
    run = subprocess.Popen([sys.executable, *start, "serve", "--port", "0", *options], cwd=ROOT, stderr=subprocess.PIPE)
    assert run.stderr is not None
    try:
        first = json.loads(run.stderr.readline())
        assert first["event"] == "listening" and first["host"] == "127.0.0.1"
        yield run, Live(first["port"])
    finally:
        if run.poll() is None:
            run.kill()
        run.wait(20)
        run.stderr.close()


def is_ready(run: subprocess.Popen[bytes], service: Live) -> bool:
    assert run.poll() is None and run.stderr is not None, run.stderr
    try:
        return service.ask("/ready").status == 200
    except OSError:
        return False


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_graceful_stop(number: int) -> None:
    with process() as (run, service), ThreadPoolExecutor() as pool:
        until(lambda: is_ready(run, service), 20)
        asked = pool.submit(service.label, {"id": "slow", "text": "So it is."})
        until(lambda: service.metric("stance_request_bytes_held") > 0)
        run.send_signal(number)
        assert asked.result(10).json["articles"][0]["id"] == "slow"
        assert run.wait(10) == 0
        assert run.stderr is not None
        events = [json.loads(line) for line in run.stderr.read().splitlines()]
        assert [e["status"] for e in events if e.get("path") == "/v1/label"] == [200]


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_grace_has_an_end() -> None:
    slow = _FAKE.replace("1.0 if", "3.0 if")
    with process("--grace", "1", code=slow) as (run, service), ThreadPoolExecutor() as pool:
        until(lambda: is_ready(run, service), 20)
        asked = pool.submit(service.label, {"articles": [{"id": "slow", "text": "So."}, {"text": "And so."}]})
        until(lambda: service.metric("stance_request_bytes_held") > 0)
        run.terminate()
        began = time.monotonic()
        assert run.wait(10) == 0 and time.monotonic() - began < 8
        asked.exception(10)


def test_an_address_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert cli.main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 1 and "cannot listen" in err[0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_model_that_is_none_is_one_line(tmp_path: Path, workers: str) -> None:
    with process("--model", str(tmp_path), "--workers", workers, code=None) as (run, _):
        assert run.wait(20) == 2
        assert run.stderr is not None
        *logged, last = run.stderr.read().decode().splitlines()
    assert last.startswith("stance: ") and SUMS_FILE in last
    assert all(line.startswith("{") for line in logged)


def test_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STANCE_TOKEN", raising=False)
    assert token_digest(None) is None
    file = tmp_path / "token"
    file.write_text("0123456789abcdef\n")
    assert re.fullmatch("[0-9a-f]{64}", token_digest(str(file)) or "")
    monkeypatch.setenv("STANCE_TOKEN", "0123456789abcdef")
    assert token_digest(None) == token_digest(str(file))
    for bad in ("", "short", "0123456789 abcdef", "0123456789äbcdefg"):
        file.write_text(bad, "utf-8")
        with pytest.raises(UsageError, match="at least 16"):
            token_digest(str(file))
    with pytest.raises(UsageError, match="cannot be read"):
        token_digest(str(tmp_path / "none"))


@pytest.mark.skipif(not (DEFAULT_MODEL / SUMS_FILE).is_file(), reason="needs the shipped model")
def test_the_shipped_model_starts_quickly_and_several_workers_count_together() -> None:
    began = time.monotonic()
    with process("--workers", "2", code=None) as (run, service):
        until(lambda: is_ready(run, service), 30)
        answers = [warm_label(service, {"id": str(n), "text": "Rain is expected, the minister said."}) for n in range(12)]
        assert len({json.dumps(strip(a.json)) for a in answers}) == 1
        counts = {service.metric("stance_sentences_total") for _ in range(6)}
        assert counts == {12.0}
        run.terminate()
        assert run.wait(20) == 0
    assert time.monotonic() - began < 30


def warm_label(service: Live, article: dict[str, Any]) -> Any:
    """The answer of a worker that is warm: one may be ready while the other is still loading its model, and says 503."""
    found: list[Any] = []
    until(lambda: found.append(service.label(article)) or found[-1].status != 503, 30)
    return found[-1]


def strip(answer: dict[str, Any]) -> Any:
    return [{**r, "article_id": ""} for a in answer["articles"] for r in a["records"]]
