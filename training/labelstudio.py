"""Records to Label Studio's tasks and back, cell for cell; ``templates/labelstudio.xml`` is the project's
configuration, with the names that stand here.

An article is a task; each labelled sentence is a region ``Sentence`` with choices (claim type, stance) and texts (speaker,
target) of its own, the words that name the speaker and the target are regions ``Mention`` and ``Target``, and relations
``said by`` and ``about`` join a sentence to them.

Offsets: Label Studio counts code points since 2022, as Python does, and two symbols for CRLF, so they are taken as they are.
Older versions count UTF-16 units (an emoji is two); such a task is known by the words that it keeps beside the offsets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2

from stance.articles import Article, from_mapping
from stance.errors import InputError, UsageError
from stance.records import COLUMNS_OF, MENTION, TASKS, Record, check, from_row, to_row
from stance.spans import Span, overlap
from training.gold import MENTION_UNKNOWN, Labelled

SENTENCE, WORDS, OPEN = "sentence", "words", "open"
SAID_BY, ABOUT = "said by", "about"
_MARKS = {"mention": ("Mention", SAID_BY), "target": ("Target", ABOUT)}

Result = dict[str, Any]


def config(claim_types: Sequence[str], stances: Sequence[str]) -> str:
    """The labelling configuration (XML) of a project, to paste into its settings."""
    loader = jinja2.PackageLoader("training")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.get_template("labelstudio.xml")
    return template.render(claim_types=claim_types, stances=stances, tasks=TASKS).strip() + "\n"


def to_task(item: Labelled, as_predictions: bool = False) -> dict[str, Any]:
    """A task of one article.

    Args:
        item: the article with its records.
        as_predictions: the labels are suggestions that a person accepts or mends, not an annotation that is there already.
    """
    article = item.article
    result = [r for number, record in enumerate(item.records) for r in _results(record, number, article.text)]
    data = {
        "text": article.text,
        "article_id": article.id,
        "sentences": [list(span) for span in article.sentences or ()],
        "meta": dict(article.meta),
        # What regions do not hold (scores, extra columns) comes back from here.
        "records": [{k: v for k, v in to_row(r).items() if k not in ("article_id", "text")} for r in item.records],
    }
    model = next((r.model for r in item.records if r.model is not None), None)
    labels = {"result": result, **({"model_version": model} if as_predictions and model else {})}
    return {"data": data, "predictions" if as_predictions else "annotations": [labels]}


def _results(record: Record, number: int, text: str) -> Iterator[Result]:
    name = f"s{number}"
    yield _region(name, SENTENCE, "labels", record.span, text, labels=["Sentence"])
    for task in ("claim_type", "stance"):
        if (label := getattr(record, task)) is not None:
            yield _region(name, task, "choices", record.span, text, choices=[label])
    for task in ("speaker", "target"):
        if (label := getattr(record, task)) is not None:
            yield _region(name, task, "textarea", record.span, text, text=[label])
    left = [task for task in TASKS if task not in record.labelled]
    if left:
        yield _region(name, OPEN, "choices", record.span, text, choices=left)
    for span, (mark, relation) in zip((record.mention, record.target_span), _MARKS.values(), strict=True):
        if span is not None:
            other = f"{mark[0].lower()}{number}"
            yield _region(other, WORDS, "labels", span, text, labels=[mark])
            yield {"type": "relation", "from_id": name, "to_id": other, "direction": "right", "labels": [relation]}


def _region(name: str, control: str, kind: str, span: Span, article: str, **value: Any) -> Result:
    place = {"start": span.start, "end": span.end, "text": article[span.start : span.end]}
    return {"id": name, "from_name": control, "to_name": "text", "type": kind, "value": {**place, **value}}


def from_task(task: Mapping[str, Any], place: str = "task") -> Labelled:
    """The article and its records, from a task as Label Studio exports it (JSON, with its newest annotation; predictions
    that nobody accepted are no labels).

    A label that a person changed loses its score, a row with such a label its ``model``; all else comes back as it was. A
    sentence without a claim type or a stance leaves these undecided.

    Raises:
        InputError: no annotation (see :func:`is_annotated`), a region whose words are not where it says, or a relation or label that breaks a rule.
    """
    try:
        data = task["data"]
        article = from_mapping({"text": data["text"], **(data.get("meta") or {})}, default_id=str(data["article_id"]))
        originals = [from_row({**row, "article_id": article.id}) for row in data.get("records") or []]
        results = _newest(task)
        assert isinstance(results, list)
    except (KeyError, TypeError, AssertionError, InputError) as error:
        what = f"{type(error).__name__}: {error}" if str(error) else "no annotation"
        raise InputError(f"{place}: no task of `labelstudio export` with an annotation ({what})") from None
    regions = _Regions(results, article.text, f"{place}, article {article.id!r}")
    records = [regions.record(name, article, original) for name, original in _matched(regions, originals)]
    sentences = _sentences(data.get("sentences") or (), {r.span for r in records}, originals)
    at = {span: number for number, span in enumerate(sentences)}
    numbers = {r.span: r.sentence for r in originals}
    known = all(r.span in numbers for r in records)
    records = [replace(r, sentence=numbers[r.span] if known else at[r.span]) for r in records]
    for record in records:
        check(record)
    return Labelled(replace(article, sentences=sentences), tuple(sorted(records, key=lambda r: r.sentence)))


def _newest(task: Mapping[str, Any]) -> list[Result] | None:
    """The results of the last annotation that was not cancelled."""
    for key in ("annotations", "completions"):
        kept = [a for a in task.get(key) or [] if not a.get("was_cancelled")]
        if kept:
            return list(max(kept, key=lambda a: str(a.get("updated_at") or a.get("created_at") or ""))["result"])
    return None


def is_annotated(task: Any) -> bool:
    """Whether a person has submitted the task: neither skipped it nor never opened it."""
    return not isinstance(task, dict) or _newest(task) is not None


class _Regions:
    """The results of an annotation by region, their offsets as Python counts them."""

    def __init__(self, results: Sequence[Result], text: str, place: str) -> None:
        self.text, self.place = text, place
        self.units = _units(results, text)
        self.values: dict[str, dict[str, Result]] = {}
        self.relations: list[tuple[str, str]] = []
        for result in results:
            if result["type"] == "relation":
                self.relations.append((result["from_id"], result["to_id"]))
            else:
                self.values.setdefault(result["id"], {})[result["from_name"]] = result["value"]

    def sentences(self) -> list[str]:
        return [name for name, values in self.values.items() if SENTENCE in values]

    def span(self, name: str) -> Span:
        """Where a region lies.

        Raises:
            InputError: its words are not there.
        """
        value = self.values[name].get(SENTENCE) or self.values[name].get(WORDS) or {}
        try:
            span = Span(*(self.units[int(value[key])] for key in ("start", "end")))
        except (KeyError, IndexError, ValueError, TypeError):
            raise InputError(f"{self.place}: region {name!r} has no start and end within the text") from None
        words = self.text[span.start : span.end]
        if not words or not _alike(value.get("text"), words):
            raise InputError(
                f"{self.place}: region {name!r} holds {value.get('text')!r}, but its offsets {words!r}; was the text changed?"
            )
        return span

    def record(self, name: str, article: Article, original: Record | None) -> Record:
        """The record of a sentence's region; scores and extra columns of labels that are as they were come from ``original``."""
        span, values = self.span(name), self.values[name]
        cells: dict[str, Any] = {t: _first(values, t, "choices") for t in ("claim_type", "stance")}
        cells.update({t: _first(values, t, "text") for t in ("speaker", "target")})
        for column, (mark, _) in _MARKS.items():
            words = self._marked(name, mark)
            cells[f"{column}_start"], cells[f"{column}_end"] = words or (None, None)
        given = values.get(OPEN, {}).get("choices") or []
        labelled = {t for t in TASKS if t not in given and not (t in ("claim_type", "stance") and cells[t] is None)}
        fresh = Record(article.id, 0, *span, article.text[span.start : span.end], **cells, labelled=frozenset(labelled))
        return fresh if original is None else _kept(fresh, original)

    def _marked(self, sentence: str, mark: str) -> Span | None:
        """The words that a relation, in either direction, joins to the sentence."""
        others = [b if a == sentence else a for a, b in self.relations if sentence in (a, b)]
        found = [n for n in others if mark in self.values.get(n, {}).get(WORDS, {}).get("labels", ())]
        if len(found) > 1:
            raise InputError(
                f"{self.place}: sentence {self.span(sentence)[:]} is joined to {len(found)} regions {mark}; keep one"
            )
        return self.span(found[0]) if found else None


def _kept(fresh: Record, original: Record) -> Record:
    """``fresh`` with what regions do not hold; a label that was changed has no score, and was decided by somebody."""
    same = {t for t in TASKS if all(getattr(fresh, c) == getattr(original, c) for c in COLUMNS_OF[t] if not c.endswith("_score"))}
    scores = {f"{t}_score": getattr(original, f"{t}_score") for t in same}
    # What was open and now has another label is decided, whether or not somebody took the tick away.
    decided = {t for t in TASKS if t not in same and t not in original.labelled and getattr(fresh, t) is not None}
    labelled = fresh.labelled | decided | (original.labelled & {MENTION})
    model = original.model if len(same) == len(TASKS) and labelled == original.labelled else None
    extra = {k: v for k, v in original.extra.items() if k != MENTION_UNKNOWN or fresh.mention is None}
    return replace(fresh, **scores, labelled=labelled, model=model, extra=extra)


def _matched(regions: _Regions, originals: Sequence[Record]) -> list[tuple[str, Record | None]]:
    """Each sentence's region with the record that it came from: the one of its name if it still lies there, else of its place."""
    left = dict(enumerate(originals))
    pairs = []
    for name in regions.sentences():
        span = regions.span(name)
        named = int(name[1:]) if name[1:].isdecimal() else -1
        rows = [n for n, record in left.items() if record.span == span]
        number = named if named in rows else next(iter(rows), None)
        pairs.append((name, None if number is None else left.pop(number)))
    return pairs


def _sentences(given: Iterable[Sequence[int]], used: set[Span], originals: Sequence[Record]) -> tuple[Span, ...]:
    """The article's sentences: those of the labels, and of the given ones those that they leave untouched."""
    before = {Span(*pair) for pair in given} | {r.span for r in originals}
    return tuple(sorted(used | {span for span in before if not any(overlap(span, other) for other in used)}))


def _first(values: Mapping[str, Result], control: str, key: str) -> str | None:
    found = values.get(control, {}).get(key) or []
    label = (found if isinstance(found, str) else str(found[0])).strip() if found else ""
    return label or None


def _units(results: Sequence[Result], text: str) -> Sequence[int]:
    """Label Studio's offset -> ours: one to one, unless only UTF-16 units put the regions' words where they are."""
    points = range(len(text) + 1)
    if text.isascii() or max(text) <= "\uffff":
        return points
    units = [n for n, c in enumerate(text) for _ in range(1 + (c > "\uffff"))] + [len(text)]
    marked = [r["value"] for r in results if r.get("type") == "labels"]
    return units if _agreeing(marked, points, text) < _agreeing(marked, units, text) else points


def _agreeing(values: Sequence[Result], units: Sequence[int], text: str) -> int:
    inside = (v for v in values if v.get("end", 0) < len(units))
    return sum(_alike(v.get("text"), text[units[v["start"]] : units[v["end"]]]) for v in inside)


def _alike(kept: Any, words: str) -> bool:
    """Whether the words that Label Studio keeps are these; white space it may write as it likes."""
    return not isinstance(kept, str) or "".join(kept.replace("\\n", "").split()) == "".join(words.replace("\\n", "").split())


def export(source: str | Path, output: str | Path, as_predictions: bool = False) -> str:
    """Write label or prediction records as tasks, and the configuration beside them; says what was written.

    Raises:
        UsageError: ``output`` does not end in ``.json``.
        InputError: a file that cannot be read.
    """
    from training.gold import read

    path = _ending(output, ".json")
    items = read(source)
    tasks = json.dumps([to_task(item, as_predictions) for item in items], ensure_ascii=False, indent=1)
    path.write_text(tasks + "\n", "utf-8", "backslashreplace")  # as training.writing
    records = [r for item in items for r in item.records]
    labels = [list(dict.fromkeys(v for r in records if (v := getattr(r, t)) is not None)) for t in ("claim_type", "stance")]
    path.with_suffix(".xml").write_text(config(*labels), "utf-8")
    return f"{path}: {len(items)} tasks, {len(records)} sentences; configuration of the project: {path.with_suffix('.xml')}"


def bring_back(source: str | Path, output: str | Path) -> str:
    """Write the records of a JSON export to ``output`` (``.jsonl``, ``.csv``, …), the articles beside it; says what was written.

    Raises:
        InputError: the file is no JSON list of tasks, or a task breaks a rule.
    """
    from training.writing import write

    try:
        tasks = json.loads(Path(source).read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"{source}: not JSON ({error}); export from Label Studio as JSON") from None
    if not isinstance(tasks, list):
        raise InputError(f"{source}: expected a JSON list of tasks; export from Label Studio as JSON, not JSON-MIN or CSV")
    items = [from_task(task, f"{source}, task {number}") for number, task in enumerate(tasks, 1) if is_annotated(task)]
    if not items:
        raise InputError(f"{source}: nobody has submitted any of its {len(tasks)} tasks; predictions alone are no labels")
    write(items, output)
    left = f"; left out {len(tasks) - len(items)} tasks that nobody submitted" if len(items) < len(tasks) else ""
    return f"{output}: {sum(len(item.records) for item in items)} sentences of {len(items)} articles{left}"


def _ending(path: str | Path, wanted: str) -> Path:
    if Path(path).suffix != wanted:
        raise UsageError(f"-o {path}: expected an output that ends in {wanted}")
    return Path(path)
