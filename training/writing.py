"""Articles with records to the files that :func:`training.gold.read` reads. No meaning of labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from stance.records import COLUMNS
from stance.rows import row
from stance.sinks import open_sink
from training.gold import Labelled, articles_file


def write(items: Sequence[Labelled], output: str | Path) -> None:
    """Write the records to ``output`` (its ending picks the format), and the articles' texts beside it.

    Raises:
        UsageError: an ending that is none, or a folder that is not there.
    """
    rows = [row(record) for item in items for record in item.records]
    extra = dict.fromkeys(name for r in rows for name in r if name not in COLUMNS)
    sink = open_sink(str(output), tuple(extra))
    try:
        sink.append([{**dict.fromkeys(extra), **r} for r in rows])
        sink.commit()
        sink.finish()
    finally:
        sink.close()
    # A half of a surrogate pair, in a column that nobody reads, becomes its own JSON escape.
    with articles_file(output).open("w", encoding="utf-8", errors="backslashreplace") as file:
        for item in items:
            article = item.article
            sentences = [list(span) for span in article.sentences or ()]
            line = {**article.meta, "id": article.id, "text": article.text, "sentences": sentences}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
