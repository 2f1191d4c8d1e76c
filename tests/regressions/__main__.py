"""Counts by kind and what is wrong; ``--mark`` writes ``known_wrong`` anew, for another model (its floor is in floors.json)."""

from __future__ import annotations

import argparse
import sys

from stance.labeler import load
from tests.regressions.rows import counts, judge, mark, read

parser = argparse.ArgumentParser(prog="python -m tests.regressions", description=__doc__)
parser.add_argument("model", nargs="?", help="a runtime folder (default: the shipped model)")
parser.add_argument("--mark", action="store_true")
options = parser.parse_args()
labeler = load(options.model)
verdicts = [judge(labeler, row) for row in read()]
for verdict in verdicts:
    for error in verdict.errors:
        sys.stdout.write(f"{verdict.row.kind}: {error}\n")
sys.stdout.write(f"\n{counts(verdicts)}\n")
if options.mark:
    mark({verdict.row.text for verdict in verdicts if verdict.errors})
