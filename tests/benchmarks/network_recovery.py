"""How well the network of a debate is recovered from labels as wrong as the model's, window by window.

    python tests/benchmarks/network_recovery.py
    python tests/benchmarks/network_recovery.py --kind congruence --normalise average --min-score 0.5

A simulated debate: two camps of actors, targets that each camp is for or against, some actors and targets far more in the news
than others, camps that drift apart over time. Its statements are then labelled with the error rates on the shipped model's
card, each label with a calibrated score: a wrong speaker is another one of the article or nobody, a wrong target another of
the article, a wrong stance another one, and some sentences without a stance are given one. Both go through `stance network`.
Printed for each window: correlation of tie weights over all pairs of the true network's nodes (Pearson, and Spearman's rank
correlation), precision and recall of ties by sign, the same for ties that are certain (interval on one side of zero), and how
often the interval holds the true weight.

Two ways to label: `pointed`, where the model finds the targets itself, and `given`, where they are asked for with `--targets`
(the target is then right, and the stance as good as towards given targets).
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from stance.network.build import network
from stance.network.options import Options, Period
from stance.runtime import DEFAULT_MODEL
from stance.spec import ModelSpec

FIRST = datetime.date(2024, 1, 1)
Pairs = dict[tuple[str, str], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a label is right: of the speaker, of the target, of the stance."""

    speaker: float
    target: float
    stance: float


@dataclass(frozen=True, slots=True)
class Debate:
    """What is simulated: how many of what, and how often an actor says what its camp says."""

    actors: int = 30
    targets: int = 12
    articles: int = 1200
    days: int = 120
    sentences: int = 12
    loyalty: float = 0.9


def truth(debate: Debate, spec: ModelSpec, seed: int) -> Iterator[dict[str, Any]]:
    """The debate's sentences as records, labelled without error and without scores."""
    rng = random.Random(seed)
    signs = {sign: name for name, sign in spec.stances.items()}
    actors = [f"Actor {n:02}" for n in range(debate.actors)]
    targets = [f"Target {n:02}" for n in range(debate.targets)]
    side = {(camp, t): rng.choice((-1, 1)) for camp in (0, 1) for t in targets}
    for t in targets[::2]:
        side[1, t] = -side[0, t]
    for article in range(debate.articles):
        day = rng.randrange(debate.days)
        present = rng.choices(actors, [1 / (n + 2) for n in range(len(actors))], k=4)
        topics = rng.choices(targets, [1 / (n + 2) for n in range(len(targets))], k=3)
        for sentence in range(debate.sentences):
            actor, target = rng.choice(present), rng.choice(topics)
            loyal = rng.random() < debate.loyalty * (0.7 + 0.3 * day / debate.days)
            sign = side[actors.index(actor) % 2, target] if loyal else rng.choice((-1, 1))
            if rng.random() < 0.6:
                sign, target = 0, None
            yield {
                "article_id": f"a{article}",
                "sentence": sentence,
                "start": sentence * 10,
                "end": sentence * 10 + 9,
                "speaker": actor if rng.random() < 0.7 else None,
                "stance": signs[sign],
                "target": target,
                "topics": topics,
                "present": present,
                "date": str(FIRST + datetime.timedelta(days=day)),
                "labelled": "speaker,stance,target",
            }


def labelled(rows: Sequence[dict[str, Any]], rates: Rates, spec: ModelSpec, seed: int) -> Iterator[dict[str, Any]]:
    """The same sentences as a model with these error rates labels them."""
    rng = random.Random(seed)

    def draw(rate: float) -> tuple[float, bool]:
        score = rate if rate in (0, 1) else rng.betavariate(4 * rate, 4 * (1 - rate))
        return score, rng.random() < score

    for row in rows:
        speaker_score, right = draw(rates.speaker)
        others = [a for a in row["present"] if a != row["speaker"]] + [None]
        speaker = row["speaker"] if right else rng.choice(others if row["speaker"] else others[:-1] or [None])
        stance_score, right = draw(rates.stance)
        stance = row["stance"] if right else rng.choice([s for s in spec.stances if s != row["stance"]])
        target_score, right = draw(rates.target)
        target = (
            row["target"]
            if right and row["target"]
            else rng.choice([t for t in row["topics"] if t != row["target"]] or row["topics"])
        )
        yield {
            **row,
            "speaker": speaker,
            "stance": stance,
            "target": target if spec.stances[stance] else None,
            "speaker_score": speaker_score,
            "stance_score": stance_score,
            "target_score": target_score,
        }


def ties(rows: Sequence[dict[str, Any]], options: Options) -> dict[str, Pairs]:
    """First day of a window -> pair of nodes -> the tie's columns, through files as a user's run goes."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "records.jsonl"), Path(folder, "ties.csv")
        source.write_text(
            "".join(json.dumps({k: v for k, v in r.items() if k not in ("topics", "present")}) + "\n" for r in rows)
        )
        network([str(source)], str(out), options)
        found: dict[str, Pairs] = {}
        with out.open(newline="") as file:
            for row in csv.DictReader(file):
                columns = {k: float(row[k]) for k in ("weight", "low", "high") if row[k]}
                found.setdefault(row["first_day"], {})[row["source"], row["target"]] = columns
    return found


def compare(true: Pairs, seen: Pairs) -> dict[str, float]:
    """How the seen network agrees with the true one; a pair without a tie has weight 0."""
    left, right = ({pair[at] for pair in true} for at in (0, 1))
    pairs = sorted({(a, b) for a in left for b in right if a != b} | set(true) | set(seen))
    x, y = (np.array([ties.get(p, {}).get("weight", 0.0) for p in pairs]) for ties in (true, seen))
    sure = np.array([s.get("low", 0.0) > 0 or s.get("high", 0.0) < 0 for s in (seen.get(p, {}) for p in pairs)])
    bounded = [p for p in pairs if "low" in seen.get(p, {})]
    inside = [seen[p]["low"] <= true.get(p, {}).get("weight", 0.0) <= seen[p]["high"] for p in bounded]
    same = np.sign(x) == np.sign(y)
    return {
        "pearson": float(np.corrcoef(x, y)[0, 1]),
        "spearman": float(np.corrcoef(_ranks(x), _ranks(y))[0, 1]),
        "precision": float(same[y != 0].mean()) if (y != 0).any() else float("nan"),
        "recall": float(same[x != 0].mean()) if (x != 0).any() else float("nan"),
        "sure": float(sure.sum()),
        "precision_sure": float(same[sure].mean()) if sure.any() else float("nan"),
        "inside": float(np.mean(inside)) if inside else float("nan"),
    }


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + last - 1) / 2)[inverse]


def card(name: str) -> float:
    """A figure of the shipped model's card."""
    match = re.search(rf"^\| {name} \| ([\d.]+) \|$", (DEFAULT_MODEL / "README.md").read_text("utf-8"), re.M)
    if not match:
        sys.exit(f"{DEFAULT_MODEL / 'README.md'}: no figure {name}; give the rates as options")
    return float(match[1])


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description="recovery of a simulated network at the model's error rates")
    parser.add_argument("--speaker", type=float, help="how often the speaker is right (default: the model card's)")
    parser.add_argument("--target", type=float, help="how often a pointed target is right (default: the model card's)")
    parser.add_argument("--stance", type=float, help="how often the stance is right (default: the model card's)")
    parser.add_argument("--kind", default="affiliation")
    parser.add_argument("--normalise", default="none")
    parser.add_argument("--min-score", type=float, default=0.0)
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--window", type=int, default=30, help="days")
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3, help="debates simulated")
    args = parser.parse_args()
    spec = ModelSpec.load(DEFAULT_MODEL)
    pointed = Rates(
        args.speaker or card("speaker_accuracy"),
        args.target or card("target_overlap_precision"),
        args.stance or card("stance_accuracy"),
    )
    options = Options(
        kind=args.kind,
        normalise=args.normalise,
        window=Period(args.window, "d"),
        resamples=args.resamples,
        min_score=args.min_score,
    )
    print(
        f"speaker {pointed.speaker}, target {pointed.target} (given: 1), stance {pointed.stance}; {args.kind}, {args.normalise}"
    )
    print(
        f"{'labels':9}{'window':12}" + "".join(f"{name:>15}" for name in compare({("a", "b"): {"weight": 1}}, {("a", "c"): {}}))
    )
    for name, rates in (("pointed", pointed), ("given", replace(pointed, target=1.0))):
        table: dict[str, list[dict[str, float]]] = {}
        for seed in range(args.seeds):
            rows = list(truth(Debate(articles=args.articles), spec, seed))
            true = ties(rows, replace(options, resamples=0, min_score=0.0))
            seen = ties(list(labelled(rows, rates, spec, seed + 1000)), options)
            for window, pairs in true.items():
                table.setdefault(window, []).append(compare(pairs, seen.get(window, {})))
        for window, figures in (*table.items(), ("all windows", [f for fs in table.values() for f in fs])):
            means = [np.nanmean([f[k] for f in figures]) for k in figures[0]]
            print(f"{name:9}{window:12}" + "".join(f"{m:15.3f}" for m in means), flush=True)


if __name__ == "__main__":
    main()
