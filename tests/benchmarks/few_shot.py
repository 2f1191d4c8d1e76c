"""How good is a model after 8, 20 or 50 labelled sentences a class, beside SetFit and simple means?

    python -m tests.benchmarks.few_shot draw runs/data/gold.jsonl runs/data/gold-dev.jsonl shots
    python -m tests.benchmarks.few_shot fit shots ours tests/benchmarks/few_shot.yaml
    python -m tests.benchmarks.few_shot simple shots
    python3 -m venv setfit && setfit/bin/pip install setfit==1.2.0 "transformers<5" torch==2.13.0   # an environment of its own
    setfit/bin/python tests/benchmarks/few_shot.py setfit shots ENCODER_FOLDER --pairs 10
    python -m tests.benchmarks.few_shot table shots

``draw`` writes what a user would have: ``shots/N-SEED.csv`` with the columns ``text`` and ``claim_type``, whose four classes bear
names that no model has seen, and ``shots/test.csv`` with the other part's sentences of these classes. Each system trains on
the same rows, and labels each test sentence by itself. ``fit`` takes any configuration, with ``key=value`` as on the command
line; ``simple --model FOLDER`` adds logistic regression on a model folder's sentence vectors. A draw that a system has done
is not done again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

NAMES = {"demand": "call", "commitment": "promise", "prediction": "forecast", "accusation": "charge"}
"""Our claim types to names of a user's own."""

SIZES = (8, 20, 50)
TEST = "test.csv"

Rows = list[tuple[str, str]]
"""Text and label."""

System = Callable[[Path], Callable[[Sequence[str]], Sequence[str]]]
"""A CSV to learn from -> what labels texts."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, run a system, or show the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    def command(run: Callable[[argparse.Namespace], None], *positional: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(run.__name__.strip("_"), help=run.__doc__)
        for name in positional:
            sub.add_argument(name)
        sub.set_defaults(run=run)
        return sub

    drawing = command(draw, "gold", "test", "folder")
    drawing.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    command(fit, "folder", "name", "config").add_argument("overrides", nargs="*", metavar="key=value")
    command(simple, "folder").add_argument("--model", help="a folder that training wrote: its sentence vectors too")
    peer = command(setfit, "folder", "encoder")
    peer.add_argument("--pairs", type=int, default=20, help="positive and negative pairs a sentence, as in SetFit's paper")
    peer.add_argument(
        "--dropout", action="store_true", help="keep the encoder's dropout, which ours goes without: twice the time"
    )
    command(table, "folder")
    options = parser.parse_args(arguments)
    options.run(options)


def draw(options: argparse.Namespace) -> None:
    """N sentences a class, for each seed the smaller N within the larger"""
    test, learnt = _rows(options.test), _rows(options.gold)
    seen = {text for text, _ in test}
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / TEST, test)
    for seed in options.seeds:
        pool = sorted({row for row in learnt if row[0] not in seen})
        random.Random(seed).shuffle(pool)
        for size in SIZES:
            _write(folder / f"{size}-{seed}.csv", [row for name in NAMES.values() for row in _of(pool, name)[:size]])


def _rows(path: str) -> Rows:
    from training.gold import read

    records = [r for item in read(path) for r in item.records if "claim_type" in r.labelled]
    return [(" ".join(r.text.split()), NAMES[r.claim_type]) for r in records if r.claim_type in NAMES]


def _of(rows: Rows, name: str) -> Rows:
    return [row for row in rows if row[1] == name]


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "claim_type"), *rows])


def _read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["claim_type"]) for row in csv.DictReader(file)]


def _draws(folder: str | Path) -> list[Path]:
    return sorted((p for p in Path(folder).glob("*-*.csv")), key=lambda p: [int(part) for part in p.stem.split("-")])


def _run(folder: str, name: str, system: System) -> None:
    """Let a system do every draw that it has not done yet; its labels and seconds go beside the draw."""
    asked = [text for text, _ in _read(Path(folder) / TEST)]
    for path in _draws(folder):
        out = path.with_name(f"{path.stem}.{name}.json")
        if out.exists():
            continue
        start = time.process_time()  # the processor's, whatever else runs on the machine
        learnt = system(path)
        seconds = time.process_time() - start
        out.write_text(json.dumps({"labels": list(learnt(asked)), "seconds": seconds}) + "\n", "utf-8")


def fit(options: argparse.Namespace) -> None:
    """ours: a configuration of `python -m training fit`"""
    import shutil

    from training import fit as train
    from training.gold import read
    from training.predictions import predict

    model = Path(options.folder) / f"model-{options.name}"

    def ours(path: Path) -> Callable[[Sequence[str]], list[str]]:
        shutil.rmtree(model, ignore_errors=True)
        changes = [*options.overrides, f"data.train={path}", f"output={model}"]
        train(options.config, changes, write=lambda line: None)
        return lambda asked: [str(r.claim_type) for r in predict(str(model), read(_asked(asked)))]

    _run(options.folder, options.name, ours)


def _asked(texts: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a label file, each an article of one sentence; what their label says does not matter here."""
    return [{"text": text, "claim_type": next(iter(NAMES.values()))} for text in texts]


def simple(options: argparse.Namespace) -> None:
    """logistic regression on TF-IDF, on sentence embeddings, on a model's sentence vectors"""
    from tests.benchmarks.baselines import embeddings, features

    _run(options.folder, "tf-idf", _regression(features))
    _run(options.folder, "embedding", _regression(embeddings))
    if options.model:
        _run(options.folder, f"frozen {Path(options.model).name}", _regression(_vectors(options.model)))


def _regression(vectorise: Any) -> System:
    """The baselines' logistic regression, each sentence an article of its own."""
    from stance.records import Record
    from tests.benchmarks.baselines import regression

    def records(texts: Sequence[str]) -> list[Record]:
        return [Record(str(i), 0, 0, len(text), text, labelled=frozenset()) for i, text in enumerate(texts)]

    def system(path: Path) -> Callable[[Sequence[str]], list[str]]:
        rows = _read(path)
        learnt, labels = records([text for text, _ in rows]), [label for _, label in rows]
        asked = records([text for text, _ in _read(path.with_name(TEST))])
        found = list(regression(vectorise, learnt, labels, asked))  # learns and labels at once; so are the seconds
        return lambda _: found

    return system


def _vectors(model: str) -> Any:
    """Texts of two parts to the model's sentence vectors, f32[N, H] each."""
    import numpy as np

    from stance.articles import Article
    from training.predictions import load

    labeler = load(model)

    def vectors(*parts: Sequence[str]) -> Iterator[Any]:
        for texts in parts:
            yield np.stack([np.mean([r.vector for r in labeler.read(Article(t, t)).readings], 0) for t in texts])

    return lambda learnt, asked: tuple(vectors(learnt, asked))


def setfit(options: argparse.Namespace) -> None:
    """in SetFit's environment: contrastive pairs, then logistic regression"""
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16"  # as ours; in fp32 it takes longer
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    def peer(path: Path) -> Callable[[Sequence[str]], list[str]]:
        model = SetFitModel.from_pretrained(options.encoder, labels=[*NAMES.values()])
        if not options.dropout:
            _without_dropout(model.model_body)
        rows = Dataset.from_dict({"text": [t for t, _ in _read(path)], "label": [label for _, label in _read(path)]})
        seed = int(path.stem.split("-")[1])
        settings = {"num_epochs": 1, "batch_size": 16, "num_iterations": options.pairs, "seed": seed}
        work = path.parent / "setfit-work"
        told = TrainingArguments(output_dir=str(work), save_strategy="no", report_to="none", **settings)
        Trainer(model=model, args=told, train_dataset=rows).train()
        return lambda asked: [str(label) for label in model.predict([*asked])]

    _run(options.folder, "setfit", peer)


def _without_dropout(encoder: Any) -> None:
    for module in encoder.modules():
        if hasattr(module, "dropout_prob"):  # of fused attention
            module.dropout_prob = 0.0
        if type(module).__name__ == "Dropout":
            module.p = 0.0


def table(options: argparse.Namespace) -> None:
    """macro-F1 on the test sentences, mean over seeds with the least and the most, and seconds"""
    import pandas as pd
    from sklearn.metrics import f1_score

    gold = [label for _, label in _read(Path(options.folder) / TEST)]
    rows = []
    for path in _draws(options.folder):
        for out in sorted(path.parent.glob(f"{path.stem}.*.json")):
            found = json.loads(out.read_text("utf-8"))
            score = f1_score(gold, found["labels"], average="macro", labels=[*NAMES.values()])
            rows.append((int(path.stem.split("-")[0]), out.name.split(".")[1], score, found["seconds"]))
    by = pd.DataFrame(rows, columns=["n", "system", "macro_f1", "seconds"]).groupby(["n", "system"])
    shown = by.agg(mean=("macro_f1", "mean"), least=("macro_f1", "min"), most=("macro_f1", "max"), seconds=("seconds", "mean"))
    sys.stdout.write(f"{len(gold)} test sentences\n{shown.assign(draws=by.size()).round(3).to_string()}\n")


if __name__ == "__main__":
    main()
