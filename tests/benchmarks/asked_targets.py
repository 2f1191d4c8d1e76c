"""How right the stance is towards targets that are asked for, on whole articles: each labelled target, and in sentences without a
stance every name that is not the speaker's.

    python -m tests.benchmarks.asked_targets default runs/data/gold-dev.jsonl

NewsMTSC asks only about people and bodies of political news, and about few that a sentence treats neutrally beside another's fight.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from training.evaluation import evaluate
from training.gold import Labelled, read
from training.naming import bystanders
from training.predictions import load

ASKED = frozenset({"stance"})


def questions(item: Labelled, neutral: str | None) -> Labelled:
    """The article with a row for each target that is asked for."""
    text, beside = item.article.text, bystanders(item.article, item.records, neutral)
    rows = [replace(r, labelled=ASKED) for r in item.records if "stance" in r.labelled and r.target_span is not None]
    for record in item.records:
        for start, end in beside.get(record.sentence, ()):
            rows.append(replace(record, target=text[start:end], target_start=start, target_end=end, labelled=ASKED))
    return Labelled(item.article, tuple(rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("labels")
    options = parser.parse_args()
    labeler = load(options.model)
    asked = [questions(item, labeler.spec.neutral) for item in read(options.labels)]
    evaluation = evaluate(labeler, [item for item in asked if item.records])
    tables = evaluation.summary(), evaluation.per_class("stance_given"), evaluation.calibration()
    sys.stdout.write("".join(f"{table.to_string(index=False)}\n" for table in tables))
