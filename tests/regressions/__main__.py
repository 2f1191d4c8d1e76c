"""Counts by kind and what is wrong: ``python -m tests.regressions [MODEL]``."""

from __future__ import annotations

import sys

from stance.labeler import load
from tests.regressions.rows import counts, judge, read

labeler = load(*sys.argv[1:2])
verdicts = [judge(labeler, row) for row in read()]
for verdict in verdicts:
    for error in verdict.errors:
        sys.stdout.write(f"{verdict.row.kind}: {error}\n")
sys.stdout.write(f"\n{counts(verdicts)}\n")
