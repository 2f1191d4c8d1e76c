"""The service from outside: answers, refusals, fairness, what is freed, what is told."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stance.errors import ModelError
from stance.labeler import Labeler
from stance.records import COLUMNS
from stance.rows import row
from stance.service import home, logs
from stance.service.limits import Limits
from tests.stance.live import Gate, Live, live, until

TEXT = "The minister said the plan is good. Ada Lind praised the plan. “It will pay off,” she said. 🚢 Vesta is not in it."
SMALL = Limits(
    body_bytes=100_000, articles=8, characters=2_000, sentences=20, targets=3, queue_articles=10, queue_bytes=300_000, seconds=5
)


@pytest.fixture(scope="module")
def service(tiny_labeler: Labeler) -> Iterator[Live]:
    with live(lambda: Gate(tiny_labeler, threads=2), SMALL) as running:
        yield running


def offline(labeler: Labeler, article: Any, targets: Any = None) -> list[dict[str, Any]]:
    return [row(record) for record in labeler.label(article, targets).records]


def test_one_article_as_offline(service: Live, tiny_labeler: Labeler) -> None:
    answer = service.label({"id": 7, "text": TEXT, "title": "left unread"})
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "model": "tiny/1",
        "articles": [{"id": "7", "records": offline(tiny_labeler, {"id": "7", "text": TEXT})}],
        "errors": [],
    }
    assert [list(record) for record in answer.json["articles"][0]["records"]] == [list(COLUMNS)] * 4


def test_given_sentences(service: Live) -> None:
    records = service.label({"text": TEXT, "sentences": [[0, 35.0], [92, 110]]}).json["articles"][0]["records"]
    assert [(r["start"], r["end"], r["text"]) for r in records] == [(0, 35, TEXT[:35]), (92, 110, TEXT[92:110])]


def test_given_targets(service: Live, tiny_labeler: Labeler) -> None:
    many = [{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT, "targets": ["the plan"]}]
    found = service.label({"articles": many, "targets": ["Vesta|Westa"]}).json["articles"]
    assert found[0]["records"] == offline(tiny_labeler, {"id": "a", "text": TEXT}, ["Vesta"])
    assert found[1]["records"] == offline(tiny_labeler, {"id": "b", "text": TEXT}, ["the plan"])
    spot = {"target": "V", "start": 97, "end": 102, "article_id": "article"}
    assert [r["target_start"] for r in service.label({"text": TEXT, "targets": [spot]}).json["articles"][0]["records"]] == [97]


def test_bad_articles_are_named_and_the_others_labelled(service: Live) -> None:
    good = {"id": "good", "text": "So it is."}
    articles = [
        good,
        {"id": "bad"},
        5,
        {"id": "blank", "text": " "},
        {"id": "nul", "text": "a\0"},
        {"id": "range", "text": "Short.", "sentences": [[0, 99]]},
        good,
        {"text": "I fail."},
    ]
    answer = service.label({"articles": articles})
    assert answer.status == 200
    assert [a["id"] for a in answer.json["articles"]] == ["good"]
    assert [e["id"] for e in answer.json["errors"]] == ["bad", "article-2", "blank", "nul", "range", "good", "article-7"]
    reasons = {e["id"]: e["reason"] for e in answer.json["errors"]}
    assert "no `text`" in reasons["bad"] and "--columns" not in reasons["bad"]
    assert "came before" in reasons["good"] and "no span" in reasons["range"] and "RuntimeError" in reasons["article-7"]


def test_too_much_of_one_article(service: Live) -> None:
    answer = service.label(
        {"articles": [{"id": "long", "text": "a" * 2_001}, {"id": "many", "text": "So. " * 30}, {"text": "Yes."}]}
    )
    assert [a["id"] for a in answer.json["articles"]] == ["article-2"]
    assert [(e["id"], e["reason"]) for e in answer.json["errors"]] == [
        ("long", "`text`: 2,001 characters; at most 2,000 an article, so cut it in parts"),
        ("many", "`text`: 30 sentences; at most 20 an article"),
    ]


def test_what_a_schema_cannot_say_is_an_error_of_the_article(service: Live) -> None:
    for body in (
        {"text": "Short.", "sentences": [[3, 2]]},
        {"text": "Short.", "targets": [{"target": "S", "start": 3, "end": 2}]},
    ):
        answer = service.label({**body, "id": "x"})
        assert (answer.status, answer.json["articles"], answer.json["errors"][0]["id"]) == (200, [], "x")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{nonsense", "not JSON"),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b"[" * 50_000, "nested too deeply"),
        (b'{"text": "a", "id": NaN}', "NaN"),
        (b'{"id": ' + b"9" * 5_000 + b', "text": "a"}', "not readable"),
        ([], "is empty; expected an object"),
        ({}, "either `text`"),
        ({"text": "a", "articles": [{"text": "a"}]}, "either `text`"),
        ({"articles": [{"text": "a"}], "min_score": 1}, "'min_score' beside `articles`"),
        ({"articles": {}}, "at least one article"),
        ({"articles": []}, "at least one article"),
        ({"articles": [{"text": "a"}] * 9}, "at most 8 a request"),
        ({"text": 5}, "`text` is int"),
        ({"text": " \n"}, "blank"),
        ({"text": "a" * 2_001}, "at most 2,000"),
        ({"text": "a", "id": True}, "`id` is bool"),
        ({"text": "a\ud800"}, "surrogate"),
        ({"text": "a", "sentences": "[[0, 1]]"}, "`sentences`"),
        ({"text": "a", "sentences": [[0]]}, "`sentences`"),
        ({"text": "a", "sentences": [[0, 1]] * 21}, "at most 20"),
        ({"text": "a", "targets": "/etc/passwd"}, "is a string"),
        ({"text": "a", "targets": "none.txt"}, "is a string"),
        ({"text": "a", "targets": []}, "is empty"),
        ({"text": "a", "targets": ["a"] * 4}, "at most 3"),
        ({"text": "a", "targets": ["|"]}, "`targets`[0]"),
        ({"text": "a", "targets": ["a", "\ud800"]}, "`targets`[1]"),
        ({"text": "a", "targets": [{"start": 0, "end": 1}]}, "`targets`[0]"),
        ({"text": "a", "targets": [{"target": "a", "start": 0}]}, "`targets`[0]"),
    ],
)
def test_a_bad_request_is_refused_with_one_line(service: Live, body: Any, words: str) -> None:
    answer = service.label(body)
    assert answer.status == 422 and words in answer.json["detail"] and "\n" not in answer.json["detail"]


def test_other_refusals(service: Live) -> None:
    assert service.label(b"text=a", Content_Type="application/x-www-form-urlencoded").status == 415
    assert service.ask("/v1/label").status == 405
    assert service.ask("/nowhere").json == {"detail": "Not Found"}


def test_a_large_body_is_refused_unread(service: Live) -> None:
    big = b'{"text": "' + b"x" * 5_000_000 + b'"}'
    assert [service.label(big, Connection=how).status for how in ("close", "keep-alive")] == [413, 413]
    # Nothing of this one is ever sent.
    with service.send(
        b"POST /v1/label HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n"
    ) as line:
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with service.send(
        b"POST /v1/label HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 4
    ) as line:
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_watching(service: Live) -> None:
    before = service.metric("stance_sentences_total")
    assert service.ask("/health").json["status"] == "alive" and service.ask("/ready").json == {"status": "ready"}
    service.label({"text": TEXT})
    assert service.metric("stance_sentences_total") == before + 4
    assert service.metric("stance_queue_articles") == 0 and service.metric("stance_request_bytes_held") == 0
    text = service.ask("/metrics").body.decode()
    for line in (
        "# HELP stance_requests_total",
        'stance_request_seconds_bucket{le="0.1",path="/v1/label"}',
        "process_resident_memory_bytes",
    ):
        assert line in text
    assert 'path="other",status="404"' in text or service.ask("/secret").status == 404


def test_pages_need_nothing_from_elsewhere(service: Live) -> None:
    for path in ("/", "/docs"):
        answer = service.ask(path)
        page = answer.body.decode()
        assert answer.headers["content-type"].startswith("text/html") and "<html" in page[:300]
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and " on" not in re.sub(r">[^<]*<", "><", page)
        assert page.count("<style>") + page.count("<script>") == policy.count("'sha256-")


def test_policy_admits_the_pages_own_script_only() -> None:
    digest = __import__("base64").b64encode(hashlib.sha256(b"go(1 < 2)").digest()).decode()
    policy = home.policy("<style>p {}</style><p>x</p><script>go(1 < 2)</script>")
    assert f"script-src 'sha256-{digest}'" in policy and policy.count("sha256-") == 2
    assert "script-src" not in home.policy("<p>script</p>")


def test_description(service: Live) -> None:
    made = service.ask("/openapi.json").json
    assert set(made["paths"]) == {"/v1/label", "/health", "/ready", "/metrics"}
    assert list(made["components"]["schemas"]["Record"]["properties"]) == list(COLUMNS)
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(made)))
    assert names <= set(made["components"]["schemas"])


def test_logs_hold_no_text(service: Live, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "stance.service"):
        service.label({"id": "private", "text": "I fail at Xanadu."})
        service.ask("/Xanadu?text=Xanadu")
        # At least: the line of an earlier test's request may come late, on a busy machine.
        until(lambda: len([r for r in caplog.records if r.getMessage() == "request"]) >= 2, 30)
    lines = [logs.JsonFormatter().format(record) for record in caplog.records]
    for line in lines:
        assert not re.search("Xanadu|private|secret", line) and "\n" not in line
    asked = [line for line in map(json.loads, lines) if line.get("path") == "/v1/label"][-1]
    assert (asked["status"], asked["articles"], asked["errors"], asked["bytes"]) == (200, 0, 1, 46)
    assert [line["error"] for line in map(json.loads, lines) if "error" in line] == ["RuntimeError"]


def test_errors_in_logs_keep_place_and_lose_words() -> None:
    try:
        raise ValueError("Xanadu")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "broke", None, (type(error), error, error.__traceback__))
    line = json.loads(logs.JsonFormatter().format(record))
    assert line["error"] == "ValueError" and "test_service.py" in line["at"][0] and "Xanadu" not in json.dumps(line)


def test_token(tiny_labeler: Labeler) -> None:
    with live(lambda: Gate(tiny_labeler), token_digest=hashlib.sha256(b"correct horse").digest()) as service:
        body = {"text": "So it is."}
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Basic correct horse"},
            {"Authorization": "Bearer "},
        ):
            refused = service.label(body, **headers)
            assert refused.status == 401 and refused.headers["www-authenticate"] == "Bearer"
        assert service.ask("/metrics").status == 401
        assert service.label(body, Authorization="bearer correct horse").status == 200
        assert service.ask("/metrics", Authorization="Bearer correct horse").status == 200
        assert [service.ask(path).status for path in ("/health", "/ready", "/", "/docs")] == [200] * 4
        assert service.ask("/openapi.json").json["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_not_ready_until_warm(tiny_labeler: Labeler) -> None:
    gate = Gate(tiny_labeler)
    gate.open.clear()
    with live(lambda: gate, wait=False) as service:
        until(lambda: gate.begun)
        assert service.ask("/ready").status == 503 and service.ask("/health").status == 200
        refused = service.label({"text": "So it is."})
        assert refused.status == 503 and refused.headers["retry-after"] == "1"
        gate.open.set()
        until(lambda: service.ask("/ready").status == 200)
        assert service.label({"text": "So it is."}).status == 200


def test_a_model_that_cannot_be_loaded_is_told() -> None:
    def load() -> Labeler:
        raise ModelError("no model")

    with live(load, wait=False) as service:
        until(lambda: service.failures)
        assert isinstance(service.failures[0], ModelError) and service.ask("/ready").status == 503


def test_a_large_request_starves_nobody(tiny_labeler: Labeler) -> None:
    gate = Gate(tiny_labeler)
    limits = Limits(articles=100, queue_articles=200)
    with live(lambda: gate, limits) as service, ThreadPoolExecutor() as pool:
        gate.open.clear()
        large = pool.submit(service.label, {"articles": [{"id": f"large-{n}", "text": "So it is."} for n in range(100)]})
        until(lambda: service.metric("stance_queue_articles") == 99)
        small = pool.submit(service.label, {"articles": [{"id": f"small-{n}", "text": "So it is."} for n in range(2)]})
        until(lambda: service.metric("stance_queue_articles") == 101)
        gate.open.set()
        assert small.result().status == 200 and len(large.result().json["articles"]) == 100
        assert gate.begun.index("small-1") <= 5
        assert [a["id"] for a in large.result().json["articles"]] == [f"large-{n}" for n in range(100)]


def test_a_full_queue_says_when_to_come_again(tiny_labeler: Labeler) -> None:
    gate = Gate(tiny_labeler)
    with live(lambda: gate, SMALL) as service, ThreadPoolExecutor() as pool:
        gate.open.clear()
        eight = {"articles": [{"text": "So it is."}] * 1 + [{"text": "And so."}] * 7}
        first = pool.submit(service.label, eight)
        until(lambda: service.metric("stance_queue_articles") == 7)
        refused = service.label(eight)
        assert refused.status == 429 and 1 <= int(refused.headers["retry-after"]) <= 120
        gate.open.set()
        assert first.result().status == 200
        assert service.label(eight).status == 200


def test_bodies_in_hand_are_bounded(tiny_labeler: Labeler) -> None:
    with live(lambda: Gate(tiny_labeler), SMALL) as service:
        head = b"POST /v1/label HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
        slow = [service.send(head) for _ in range(3)]
        until(lambda: service.metric("stance_request_bytes_held") == 300_000)
        assert service.label({"text": "So it is."}).status == 429
        for line in slow:
            line.close()
        until(lambda: service.metric("stance_request_bytes_held") == 0)
        assert service.label({"text": "So it is."}).status == 200


def test_a_client_that_goes_away_frees_its_places(tiny_labeler: Labeler) -> None:
    gate = Gate(tiny_labeler)
    with live(lambda: gate, SMALL) as service:
        gate.open.clear()
        line = service.post({"articles": [{"id": str(n), "text": "So it is."} for n in range(8)]})
        until(lambda: service.metric("stance_queue_articles") == 7)
        line.close()
        until(lambda: service.metric("stance_queue_articles") == 0 and service.metric("stance_request_bytes_held") == 0)
        gate.open.set()
        assert service.label({"id": "next", "text": "So it is."}).status == 200
        assert gate.begun == ["warm-up", "0", "next"]


def test_an_answer_that_takes_too_long_frees_its_places(tiny_labeler: Labeler) -> None:
    gate = Gate(tiny_labeler)
    with live(lambda: gate, Limits(seconds=0.2, body_seconds=0.2)) as service:
        gate.open.clear()
        refused = service.label({"articles": [{"text": "So it is."}, {"text": "And so."}]})
        assert refused.status == 503 and int(refused.headers["retry-after"]) >= 1
        until(lambda: service.metric("stance_queue_articles") == 0)
        gate.open.set()
        with service.send(
            b"POST /v1/label HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        ) as line:
            assert line.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_many_clients_get_their_own_answers(service: Live, tiny_labeler: Labeler) -> None:
    articles = [{"id": f"a{n}", "text": f"{'Ada Lind' if n % 2 else 'Vesta'} said number {n}. " * (1 + n % 5)} for n in range(64)]
    with ThreadPoolExecutor(16) as pool:

        def patient(article: dict[str, str]) -> Any:
            while (answer := service.label(article)).status == 429:
                time.sleep(0.02)
            return answer

        answers = list(pool.map(patient, articles))
    for article, answer in zip(articles, answers, strict=True):
        assert answer.json["articles"] == [{"id": article["id"], "records": offline(tiny_labeler, article)}]


def test_stopping_finishes_what_is_in_hand(tiny_labeler: Labeler) -> None:
    gate = Gate(tiny_labeler)
    with ThreadPoolExecutor() as pool:
        with live(lambda: gate) as service:
            gate.open.clear()
            asked = pool.submit(service.label, {"articles": [{"text": "So it is."}, {"text": "And so."}]})
            until(lambda: service.metric("stance_queue_articles") == 1)
            threading.Timer(0.5, gate.open.set).start()
        assert len(asked.result(10).json["articles"]) == 2
