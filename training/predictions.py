"""Predicted records, from whatever is to be measured: a model folder, a file of predictions, a labeler, or records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from stance.articles import Article
from stance.errors import InputError, SetAside, UsageError
from stance.passages import STYLES
from stance.records import MENTION, Record, from_row
from training.pairs import is_given, style_of

if TYPE_CHECKING:
    from stance.labeler import Labeler as StanceLabeler
    from training.gold import Labelled


class Labeler(Protocol):
    """What is asked of a model: :class:`stance.labeler.Labeler`, or anything that does the same."""

    def label(self, article: Article, targets: Sequence[Mapping[str, Any]] | None = None) -> Any:
        """The article with ``sentences``, its records."""

    def in_style(self, style: str) -> Any:
        """The same, told to mark speakers after another of ``stance.passages.STYLES``."""

    def stream(self, articles: Iterable[Article]) -> Iterator[Any]:
        """``label`` mapped over articles."""


System = str | Path | Labeler | Sequence[Record]
"""What can be measured: a folder, a file of predictions or a shipped model's name; a labeler; records."""


def predict(model: System, gold: Sequence[Labelled]) -> list[Record]:
    """The model's records for the gold's articles, on the gold's sentences and towards its given targets.

    Raises:
        UsageError: no such file or folder.
        InputError: a file of predictions with a row that is no record.
        ModelError: a folder that is no model.
    """
    if isinstance(model, (str, Path)):
        if Path(model).is_file():
            return list(_read_records(Path(model)))
        return _labelled(load(model), gold)
    if isinstance(model, Sequence):
        return list(cast(Sequence[Record], model))
    return _labelled(model, gold)


def _labelled(labeler: Labeler, gold: Sequence[Labelled]) -> list[Record]:
    """Each article once for its own sentences, in its labels' style, and once more where gold gives targets."""
    whole = [item for item in gold if any(_whole(r) for r in item.records)]
    found: list[Record] = []
    for style in STYLES:
        articles = [item.article for item in whole if style_of(item.records) == style]
        reader = labeler if style == STYLES[0] or not articles else labeler.in_style(style)
        found += [record for doc in reader.stream(articles) for record in doc.sentences]
    for item in gold:
        targets = [_target(r) for r in item.records if is_given(r)]
        found += labeler.label(item.article, targets=targets).sentences if targets else ()
    return found


def _whole(record: Record) -> bool:
    """Whether the row decides something that does not hang on a given target."""
    return not is_given(record) or bool(record.labelled & {"speaker", MENTION, "claim_type"})


def _target(record: Record) -> dict[str, Any]:
    words = {} if record.target_span is None else {"start": record.target_start, "end": record.target_end}
    return {"target": record.target, **words}


def load(model: str | Path) -> StanceLabeler:
    """The labeler of a runtime folder (hashes and graphs), of a folder that ``training fit`` wrote, or of a shipped model's name.

    Raises:
        UsageError: no such folder.
        ModelError: a folder that is no model.
    """
    from stance.labeler import load
    from stance.runtime import locate

    folder = locate(model)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such file or folder; expected a model folder, a file of predictions, or `default`")
    if (folder / "SHA256SUMS").is_file() and any(folder.glob("*.onnx")):
        return load(folder)
    from training.checkpoint import load_labeler

    return load_labeler(folder)


def _read_records(path: Path) -> Iterator[Record]:
    """Records of a file of predictions.

    Raises:
        InputError: a row that is no record; figures over the others would be about other data than the user thinks.
    """
    from stance.tables import rows

    for row in rows(path, {}):
        if isinstance(row, SetAside):
            raise InputError(f"{row.file}, line {row.line}: {row.reason}; mend the row or take it out")
        try:
            yield from_row(row.values)
        except InputError as error:
            raise InputError(f"{row.file}, line {row.line}: {error}") from None
