"""Memory and time of reading label files: N articles of five short sentences, a row a sentence, in Parquet.

    python -m tests.benchmarks.label_files 10000

One process a figure, since a process's peak never falls.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training import data
from training.config import DataConfig

TEXT = "The council of the valley said on Monday that a new bridge over the river must be built before next winter."


def write(path: Path, articles: int) -> None:
    """A thousand articles a row group."""
    names = ("article_id", "text", "speaker", "claim_type", "stance")
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(path, schema) as file:
        for first in range(0, articles, 1000):
            numbers = [(n, k) for n in range(first, min(first + 1000, articles)) for k in range(5)]
            texts = [f"Article {n}, sentence {k}: {TEXT[k:]}" for n, k in numbers]
            ids, kinds = [f"news-{n}" for n, _ in numbers], [("fact", "view")[k % 2] for _, k in numbers]
            columns = [ids, texts, [None] * len(ids), kinds, ["none"] * len(ids)]
            file.write_table(pa.table(dict(zip(names, columns, strict=True)), schema=schema))


def peak() -> float:
    """The most memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


with tempfile.TemporaryDirectory() as folder:
    labels = Path(folder) / "labels.parquet"
    write(labels, int(sys.argv[1]))
    before, begun = peak(), time.process_time()
    found = data.load(DataConfig(train=[str(labels)]))
    took, more = time.process_time() - begun, peak() - before
    print(f"{len(found.train) + len(found.dev):,} articles: {took:.0f} s of one core, {more:.0f} MB more than before")
