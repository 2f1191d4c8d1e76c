"""How ``stance serve`` stands up to many clients, beside ``stance score`` on the same articles in the same run.

    python tests/benchmarks/load.py [ARTICLES.jsonl] [--clients 64] [--requests 640] [--small 10000]

On the loopback only, and bounded in count and time. Prints (a) sentences a second of both, (b) the median, 95th percentile and
longest time of an answer, (c) how many answers differ from the offline label, (d) the service's memory along ``--small`` short
requests. Exit status 1 where an answer is lost or differs.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from stance.articles import Article, read

STANCE = [sys.executable, "-m", "stance"]
BOUND = 100_000
"""More requests than this a load test on a small machine has no use for."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a series of requests: answers in the articles' order (``None``: lost), seconds of each, seconds of all."""

    answers: list[dict[str, Any] | None]
    seconds: list[float]
    whole: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", default="training/sample/articles.jsonl")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=640, help="one article each; those of the file are repeated")
    parser.add_argument("--small", type=int, default=10_000, help="short requests along which memory is watched")
    parser.add_argument("--seconds", type=float, default=300, help="after which each part is broken off")
    parser.add_argument("--model", metavar="FOLDER", help="a runtime folder (default: the shipped model)")
    options = parser.parse_args()
    model = ["--model", options.model] if options.model else []
    if max(options.requests, options.small) > BOUND:
        parser.error(f"at most {BOUND:,} requests")
    found = [item.text for item in read([options.articles]) if isinstance(item, Article)]
    # Texts differ, so that an answer given to the wrong client shows.
    articles = [{"id": f"a{n}", "text": f"Report {n}. {text}"} for n, text in enumerate(islice(cycle(found), options.requests))]
    small = [{"id": f"s{n}", "text": f"Rain is expected in district {n}, the minister said."} for n in range(options.small)]
    with tempfile.TemporaryDirectory() as folder:
        offline, rate = score(articles, Path(folder), model)
    with serve(model) as port:
        sweep(port, articles[: options.clients], options.clients, options.seconds)  # warm
        load = sweep(port, articles, options.clients, options.seconds)
        bad = tell(load, offline, rate, options.clients)
        lost = watch(port, small, options.clients, options.seconds)
    return 1 if bad or lost else 0


def score(articles: Sequence[dict[str, str]], folder: Path, model: Sequence[str]) -> tuple[dict[str, list[Any]], float]:
    """Records of each article by ``stance score``, and its sentences a second, loading left out."""
    source, out = folder / "in.jsonl", folder / "out.jsonl"
    source.write_text("".join(json.dumps(a) + "\n" for a in articles), "utf-8")
    run = subprocess.run([*STANCE, "score", str(source), "-o", str(out), *model], check=True, capture_output=True, text=True)
    rate = re.search(r"([\d.]+) s, ", run.stderr)
    records: dict[str, list[Any]] = {a["id"]: [] for a in articles}
    for line in out.read_text("utf-8").splitlines():
        record = json.loads(line)
        records[record["article_id"]].append(record)
    assert rate is not None, run.stderr
    return records, sum(map(len, records.values())) / float(rate[1])


@contextmanager
def serve(model: Sequence[str]) -> Iterator[int]:
    """A service on a free port of the loopback, ready."""
    began = time.perf_counter()
    run = subprocess.Popen([*STANCE, "serve", "--port", "0", *model], stderr=subprocess.PIPE)
    assert run.stderr is not None
    port = int(json.loads(run.stderr.readline())["port"])
    threading.Thread(target=run.stderr.read, daemon=True).start()  # its log must not fill the pipe
    try:
        while ask(port, "GET", "/ready")[0] != 200:
            time.sleep(0.02)
        print(f"stance serve: ready after {time.perf_counter() - began:.2f} s")
        yield port
    finally:
        run.terminate()
        print(f"stance serve: stopped with exit status {run.wait(60)}")


def ask(port: int, method: str, path: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request(method, path)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def sweep(port: int, articles: Sequence[dict[str, str]], clients: int, seconds: float) -> Load:
    """Send each article as a request of its own, ``clients`` at a time, each on one connection."""
    bodies = [json.dumps(a).encode() for a in articles]
    raw: list[bytes | None] = [None] * len(bodies)
    times = [0.0] * len(bodies)
    began = time.perf_counter()

    def client(own: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        for n in range(own, len(bodies), clients):
            asked = time.perf_counter()
            if asked - began > seconds:
                break
            line.request("POST", "/v1/label", bodies[n], {"Content-Type": "application/json"})
            answer = line.getresponse()
            body = answer.read()
            times[n] = time.perf_counter() - asked
            raw[n] = body if answer.status == 200 else None
        line.close()

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client, own) for own in range(clients)]:
            done.result()
    whole = time.perf_counter() - began
    return Load([None if body is None else json.loads(body) for body in raw], [t for t in times if t], whole)


def tell(load: Load, offline: dict[str, list[Any]], rate: float, clients: int) -> int:
    """Print the comparison; how many answers are lost or differ."""
    entries = [answer["articles"][0] for answer in load.answers if answer is not None]
    lost = len(load.answers) - len(entries)
    differ = sum(entry["records"] != offline[entry["id"]] for entry in entries)
    mixed = sum(answer is not None and answer["articles"][0]["id"] != f"a{n}" for n, answer in enumerate(load.answers))
    own = sum(len(entry["records"]) for entry in entries) / load.whole
    times = sorted(load.seconds)
    print(f"stance score   {rate:8.1f} sentences/s")
    print(f"stance serve   {own:8.1f} sentences/s  ({own / rate:.2f} of it; {clients} clients, {len(times)} requests)")
    print(
        f"an answer took {statistics.median(times):.2f} s in the median, {times[int(0.95 * len(times))]:.2f} s p95, {times[-1]:.2f} s at most"
    )
    print(f"answers lost {lost}, mixed up {mixed}, unlike the offline label {differ}")
    return lost + mixed + differ


def watch(port: int, small: Sequence[dict[str, str]], clients: int, seconds: float, parts: int = 10) -> int:
    """Print the service's memory after each tenth of ``small``; how many answers were lost or mixed up."""
    lost, until, memory = 0, time.perf_counter() + seconds, [resident(port)]
    for part in range(parts):
        some = small[part * len(small) // parts : (part + 1) * len(small) // parts]
        load = sweep(port, some, clients, max(1.0, until - time.perf_counter()))
        lost += sum(a is None or a["articles"][0]["id"] != s["id"] for a, s in zip(load.answers, some, strict=True))
        memory.append(resident(port))
    print(
        f"{len(small):,} short requests, {lost} lost or mixed up; resident MB along them: " + " ".join(f"{m:.1f}" for m in memory)
    )
    return lost


def resident(port: int) -> float:
    found = re.search(r"^process_resident_memory_bytes ([\d.e+]+)$", ask(port, "GET", "/metrics")[1].decode(), re.M)
    return float(found[1]) / 1e6 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
