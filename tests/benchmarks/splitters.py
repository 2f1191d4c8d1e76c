"""Sentence splitters against GUM's gold sentence bounds: exact-span F1, boundary F1, sentences a second.

    python tests/benchmarks/splitters.py [../shared] [--errors NAME]

Candidates that are not installed are skipped with a line. Each is measured as it comes (``raw``) and with every line of
the text given to it alone (``line``), since in news a line break always ends a sentence. Articles of our gold dev and
test parts are reported apart (``held``): repairs are tuned on the others (``tune``) only.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Spans = list[tuple[int, int]]
Splitter = Callable[[str], Spans]


@dataclass(frozen=True, slots=True)
class Score:
    """Hits, predictions and gold counts, added over articles."""

    hits: int
    predicted: int
    gold: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 100."""
        return 200 * self.hits / max(1, self.predicted + self.gold)


def main() -> None:
    """Print the table, or with ``--errors`` one splitter's differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", nargs="?", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--errors", metavar="NAME", help="print where NAME differs from gold on the tuning articles")
    options = parser.parse_args()
    articles = _lines(options.shared / "data/gum/articles.jsonl")
    held = {row["article_id"] for part in ("dev", "test") for row in _lines(options.shared / f"data/gold/{part}.jsonl")}
    parts = {"tune": [a for a in articles if a["id"] not in held], "held": [a for a in articles if a["id"] in held]}
    print(f"{'splitter':24}" + "".join(f"{p + ' exact':>12}{p + ' bound':>12}" for p in parts) + f"{'sent./s':>10}")
    for name, split in candidates():
        if options.errors in (None, name):
            print(_row(name, split, parts), flush=True)
        if options.errors == name:
            _differences(split, parts["tune"])


def candidates() -> Iterator[tuple[str, Splitter]]:
    """Every installed splitter, as it comes and a line at a time; ours first."""
    from stance.sentences import split

    yield "stance.sentences", lambda text: [(s.start, s.end) for s in split(text)]
    for module, make in MAKERS.items():
        try:
            splitter = make(importlib.import_module(module))
        except ImportError:
            print(f"{module:24} not installed, skipped")
            continue
        yield f"{module} raw", splitter
        yield f"{module} line", _by_line(splitter)


def _sentencex(module: Any) -> Splitter:
    return lambda text: [(b["start_index"], b["end_index"]) for b in module.get_sentence_boundaries("en", text)]


def _pysbd(module: Any) -> Splitter:
    segmenter = module.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(s.start, s.end) for s in segmenter.segment(text)]


def _syntok(module: Any) -> Splitter:
    # Its offsets count from the paragraph, so that only the `line` row says how well it splits.
    def split(text: str) -> Spans:
        sentences = (s for paragraph in module.process(text) for s in paragraph)
        return [(s[0].offset, s[-1].offset + len(s[-1].value)) for s in sentences if s]

    return split


def _spacy(module: Any) -> Splitter:
    nlp = module.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 10**8
    return lambda text: [(s.start_char, s.end_char) for s in nlp(text).sents]


def _yasbd(module: Any) -> Splitter:
    detector = module.BoundaryDetector("en")

    def split(text: str) -> Spans:
        ends = [0, *detector.detect(text), len(text)]
        return list(pairwise(ends))

    return split


MAKERS: dict[str, Callable[[Any], Splitter]] = {
    "sentencex": _sentencex,
    "punkt": lambda m: lambda text: list(m.tokenizer_for("english", prefixes=True).span_tokenize(text)),
    "nupunkt": lambda m: lambda text: list(m.sent_spans(text)),
    "pysbd": _pysbd,
    "syntok.segmenter": _syntok,
    "yasbd": _yasbd,
    "blingfire": lambda m: lambda text: [tuple(s) for s in m.text_to_sentences_and_offsets(text)[1]],
    "spacy": _spacy,
}
"""Import name -> function of the imported module to a splitter."""


def _by_line(split: Splitter) -> Splitter:
    def by_line(text: str) -> Spans:
        lines = re.finditer(r"[^\r\n]+", text)
        return [(m.start() + s, m.start() + e) for m in lines if m[0].strip() for s, e in split(m[0])]

    return by_line


def _trimmed(text: str, spans: Iterable[tuple[int, int]]) -> Spans:
    from stance.spans import trim

    spans = (trim(text, span) for span in spans)
    return [(s.start, s.end) for s in spans if s.start < s.end]


def _score(found: list[Spans], gold: list[Spans], key: Callable[[tuple[int, int]], Any]) -> Score:
    pairs = [({key(s) for s in f}, {key(s) for s in g}) for f, g in zip(found, gold, strict=True)]
    return Score(sum(len(f & g) for f, g in pairs), sum(len(f) for f, _ in pairs), sum(len(g) for _, g in pairs))


def _row(name: str, split: Splitter, parts: dict[str, list[dict[str, Any]]]) -> str:
    cells, sentences, seconds = "", 0, 0.0
    for articles in parts.values():
        start = time.perf_counter()
        raw = [split(a["text"]) for a in articles]
        seconds += time.perf_counter() - start
        found = [_trimmed(a["text"], spans) for a, spans in zip(articles, raw, strict=True)]
        gold = [[(s, e) for s, e in a["sentences"]] for a in articles]
        sentences += sum(map(len, gold))
        cells += f"{_score(found, gold, tuple).f1:12.1f}{_score(found, gold, lambda s: s[1]).f1:12.1f}"
    return f"{name:24}{cells}{sentences / seconds:10.0f}"


def _differences(split: Splitter, articles: list[dict[str, Any]]) -> None:
    for article in articles:
        text, gold = article["text"], [tuple(s) for s in article["sentences"]]
        found = _trimmed(text, split(text))
        for mark, spans in (("-", sorted(set(gold) - set(found))), ("+", sorted(set(found) - set(gold)))):
            for start, end in spans:
                print(f"{mark} {article['id']} {start}: {text[start:end]!r}")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
