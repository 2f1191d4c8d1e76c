"""Label files to a data set of examples: splits by article, articles left out, cut, cached. ``datasets`` holds the result."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, List, Value, disable_progress_bars
from datasets.exceptions import DatasetGenerationError

from stance import articles
from stance.errors import InputError, SetAside, StanceError, UsageError
from stance.passages import STYLES, cut
from stance.records import MENTION, TASKS, Record
from stance.runtime import read_tokenizer
from stance.sentences import split as split_sentences
from stance.spec import ModelSpec
from training.config import DataConfig, SpecConfig
from training.corpora.conversion import Conversion, write
from training.examples import Example, Labels, build
from training.gold import Labelled, read, stream
from training.naming import aimings, bystanders, namings
from training.pairs import meet, style_of
from training.spool import Part, Spool

SAMPLE = "sample"
"""Name of the openly licensed sample that the package carries, in place of a file."""


@dataclass(frozen=True, slots=True)
class Split:
    """Articles to train on and to measure on, and those of which only a teacher says anything, which have no records; no
    article is in two of them. All are in one temporary file, and each is read whenever it is asked for."""

    train: Part[Labelled]
    dev: Part[Labelled]
    unlabelled: Part[Labelled]


def sample_file(part: str) -> Path:
    """Path of the package's sample: ``train``, ``heldout`` (labels) or ``articles`` (without labels)."""
    return Path(str(resources.files("training").joinpath("sample", f"{part}.jsonl")))


def locate(name: str) -> Path:
    """The file of a label source.

    Raises:
        UsageError: no such file.
    """
    path = sample_file("train") if name == SAMPLE else Path(name)
    if not path.is_file():
        raise UsageError(f"data: {name}: no such file; give a label file, or `{SAMPLE}` for the project's own")
    return path


def load(config: DataConfig) -> Split:
    """Read the label files of a run.

    Memory holds some 400 bytes an article: its id, and where it lies in the temporary file.

    Raises:
        UsageError: a file is missing, or nothing is left to train on.
        InputError: a row that breaks the contract.
    """
    paths = {name: locate(name) for name in (*config.train, *config.dev)}
    bearers = Counter(path.name for path in paths.values())
    label = {name: path.name if bearers[path.name] == 1 else name for name, path in paths.items()}
    ids: list[str] = []  # of the articles of train, each once
    times: list[int] = []  # how often each counts

    def train_items() -> Iterator[Labelled]:
        for name in dict.fromkeys(config.train):
            for item in stream(paths[name], label=label[name]):
                ids.append(item.article.id)
                times.append(config.train.count(name))
                yield item

    spool = undisputed(train_items()).spool
    dev = Part(spool, [spool.append(item) for name in config.dev for item in stream(paths[name], label=label[name])])
    aside = {item.article.id for item in dev} if dev else _aside(ids, config.dev_fraction)
    dev = dev or Part(spool, [place for place, name in enumerate(ids) if name in aside])
    out = aside | left_out(config.without)
    train = Part(
        spool, [place for place, (name, n) in enumerate(zip(ids, times, strict=True)) if name not in out for _ in range(n)]
    )
    if not any(r.labelled for item in train for r in item.records):
        raise UsageError(f"data.train {config.train}: no labelled sentence is left to train on")
    if config.unlabelled:
        out |= {item.article.id for item in train if style_of(item.records) == STYLES[0]}
    return Split(train, dev, Part(spool, [spool.append(item) for item in _unlabelled(config.unlabelled, out)]))


def _unlabelled(names: Sequence[str], out: Collection[str]) -> Iterator[Labelled]:
    """Articles without records, cut into sentences as they would be for labelling."""
    for article in articles.read(names) if names else ():
        if isinstance(article, SetAside):
            raise InputError(
                f"data.unlabelled: {article.file}, line {article.line}: {article.reason}; mend the row or take it out"
            )
        if article.id not in out:
            yield Labelled(replace(article, sentences=article.sentences or tuple(split_sentences(article.text))), ())


def undisputed(items: Iterable[Labelled]) -> Part[Labelled]:
    """Where two files label the same sentence in the same style, the first that decides a task decides it alone.

    PolNeAR and our gold disagree on who counts as a source, so their styles differ: the encoder is told which is meant.
    """
    kept = Spool[Labelled]()
    for item in items:
        key = f"{style_of(item.records)}:{item.article.id}"
        earlier = [r for other in kept.of(key) for r in other.records if r.labelled]
        kept.append(replace(item, records=tuple(_without(r, earlier) for r in item.records)) if earlier else item, key)
    return Part(kept, range(len(kept)))


def _without(record: Record, earlier: Iterable[Record]) -> Record:
    tasks = frozenset(task for other in earlier if meet(record, other) for task in other.labelled)
    return replace(record, labelled=record.labelled - tasks)


def left_out(names: Iterable[str], setting: str = "data.without") -> set[str]:
    """Article ids that a ``setting`` names: ids, or files with one id a line.

    Raises:
        UsageError: a file of ids that is not there.
    """
    ids: set[str] = set()
    for name in names:
        if name.endswith(".txt") and not Path(name).is_file():  # taken for an id, it would let all of them in
            raise UsageError(f"{setting}: {name}: no such file; give a file with one article id a line, or ids")
        ids.update(map(str.strip, Path(name).read_text("utf-8").split("\n")) if Path(name).is_file() else [name])
    return ids


def split(items: Sequence[Labelled], fraction: float) -> tuple[list[Labelled], list[Labelled]]:
    """Set a share of the articles aside by a hash of their ids: the same articles always give the same two sides."""
    return _parted(items, _aside((item.article.id for item in items), fraction))


def _parted(items: Sequence[Labelled], aside: Collection[str]) -> tuple[list[Labelled], list[Labelled]]:
    return [i for i in items if i.article.id not in aside], [i for i in items if i.article.id in aside]


def _aside(ids: Iterable[str], fraction: float) -> set[str]:
    ordered = sorted(set(ids), key=lambda name: hashlib.sha256(name.encode()).digest())
    return set(ordered[: max(1, round(fraction * len(ordered)))]) if len(ordered) > 1 else set()


def split_file(source: str, prefix: str, fraction: float, named: Iterable[str] | None = None) -> str:
    """Write ``PREFIX.train.jsonl`` and ``PREFIX.dev.jsonl`` (with their articles); returns a line for each.

    Args:
        source: a label file.
        prefix: of the two files.
        fraction: share of the articles that goes into ``dev``.
        named: the articles that do, in place of a share, as ``data.without`` names them.

    Raises:
        UsageError: a share that is none, or a side without articles.
    """
    if not 0 < fraction < 1:
        raise UsageError(f"--fraction {fraction}: expected a share between 0 and 1")
    items = read(locate(source))
    parts = split(items, fraction) if named is None else _parted(items, left_out(named, "--articles"))
    if named is not None and not all(parts):
        raise UsageError(f"--articles: {len(parts[1])} of the {len(items)} articles of {source} are named; name some, not all")
    written = [
        write(Conversion(Path(source).stem, tuple(items), Counter()), f"{prefix}.{part}.jsonl")
        for part, items in zip(("train", "dev"), parts, strict=True)
    ]
    return "\n".join(str(summary) for summary in written)


def make_spec(config: SpecConfig, items: Iterable[Labelled]) -> ModelSpec:
    """The spec of a run: labels from the config, else the data's by frequency; tasks are those that the data decides."""
    tasks, types, stances, named = set[str](), Counter[str](), Counter[str](), False
    for record in (r for item in items for r in item.records):
        tasks.update(task for task in TASKS if _teaches(record, task))
        types.update([record.claim_type] if "claim_type" in record.labelled and record.claim_type else ())
        stances.update([record.stance] if "stance" in record.labelled and record.stance else ())
        named = named or record.extra.get("names") is not None
    return ModelSpec(
        name=config.name,
        version=config.version,
        tasks=tuple(task for task in TASKS if task in tasks),
        claim_types=tuple(config.claim_types or [name for name, _ in types.most_common()]),
        stances=config.stances or polarities([name for name, _ in stances.most_common()]),
        passage_tokens=config.passage_tokens,
        overlap_sentences=config.overlap_sentences,
        # Without marked names the tagger stays untrained, and its guesses would split people in two.
        name_kinds=ModelSpec().name_kinds if named else (),
    )


def polarities(names: Sequence[str]) -> dict[str, int]:
    """Stance names of the data with the polarity that the project's own three names have; a name of a user's own needs
    the config (``spec.stances: {for: 1, against: -1, none: 0}``) to have one, and counts as 0 without it."""
    known = {"support": 1, "oppose": -1}
    return {name: known.get(name, 0) for name in names}


def _teaches(record: Record, task: str) -> bool:
    return task in record.labelled or (task == "speaker" and MENTION in record.labelled)


_NUMBER = Value("int64")
_FEATURES = Features(
    {
        "ids": List(_NUMBER),
        "length": _NUMBER,
        "shapes": List(_NUMBER),
        **dict.fromkeys(("sentences", "mention", "target", "pairs"), List(List(_NUMBER))),
        **dict.fromkeys(("attributed", "claim_type", "stance", "names"), List(_NUMBER)),
        **dict.fromkeys(("naming", "aiming"), List(List(List(_NUMBER)))),
    }
)
"""Columns of :data:`training.examples.Example`: told, since the first passages may have nothing in one of them."""


def dataset(items: Sequence[Labelled], spec: ModelSpec, tokenizer_folder: str, cache: str | Path | None = None) -> Dataset:
    """The examples of ``items``, one row a passage: tokenised once, memory-mapped, cached by what they are made from.

    Args:
        items: articles with labels.
        spec: label set and passage sizes.
        tokenizer_folder: of the encoder.
        cache: folder of the cache, ``None`` for that of ``datasets``.

    Raises:
        UsageError: a label outside the spec's set.
    """
    disable_progress_bars()
    digest = hashlib.sha256((digest_of(items, spec, tokenizer_folder) + _code()).encode()).hexdigest()
    columns = {"spec": _plain(spec), "folder": tokenizer_folder, "digest": digest}
    kept = {} if cache is None else {"cache_dir": str(cache)}
    try:
        return Dataset.from_generator(_Examples(items), gen_kwargs=columns, features=_FEATURES, fingerprint=digest, **kept)
    except DatasetGenerationError as error:
        if isinstance(error.__cause__, StanceError):  # what is wrong with the labels, not where it was found out
            raise error.__cause__ from None
        raise


def _code() -> str:
    """Digest of the code that makes examples: a cache of another version's must not be taken."""
    roots = (Path(str(resources.files("stance"))), Path(str(resources.files("training"))))
    files = sorted(file for root in roots for file in root.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@dataclass(frozen=True, slots=True)
class _Examples:
    """A generator of examples that pickles as nothing, since the digest already says what it gives."""

    items: Sequence[Labelled]

    def __call__(self, spec: dict[str, Any], folder: str, digest: str) -> Iterator[Example]:
        yield from examples(self.items, ModelSpec.from_dict(spec), folder)


def examples(items: Iterable[Labelled], spec: ModelSpec, tokenizer_folder: str) -> Iterator[Example]:
    """One example a passage."""
    tokenizer, labels = read_tokenizer(tokenizer_folder), Labels.of(spec)
    for item in items:
        records: dict[int, list[Record]] = {}
        for record in item.records:
            records.setdefault(record.sentence, []).append(record)
        names, spoken = proper_names_of(item.records), namings(item.article, item.records)
        aimed, beside = aimings(item.article, item.records), bystanders(item.article, item.records, spec.neutral)
        sentences = item.article.sentences or ()
        sizes = spec.passage_tokens, spec.overlap_sentences
        for passage in cut(item.article.text, sentences, tokenizer, *sizes, style_of(item.records)):
            if (
                names is not None
                or not item.records
                or any(r.labelled for s in passage.sentences if s.owned for r in records.get(s.index, ()))
            ):
                yield build(passage, records, names, labels, spoken, aimed, beside)


def proper_names_of(records: Sequence[Record]) -> list[tuple[int, int, str]] | None:
    """The ``names`` column (``[[start, end, kind], …]`` in the article's characters), ``None`` where a file has none."""
    marked = [r.extra["names"] for r in records if r.extra.get("names") is not None]
    if not marked:
        return None
    try:
        return [(int(start), int(end), str(kind)) for row in marked for start, end, kind in row]
    except (TypeError, ValueError):
        raise InputError(f"article {records[0].article_id!r}: column names is no list of [start, end, kind]") from None


def _plain(spec: ModelSpec) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(spec).items()}


def digest_of(items: Iterable[Labelled], spec: ModelSpec, tokenizer_folder: str) -> str:
    """SHA-256 of everything that examples are made from."""
    digest = hashlib.sha256(repr((_plain(spec), Path(tokenizer_folder).joinpath("tokenizer.json").read_bytes())).encode())
    for item in items:
        digest.update(repr((item.article.id, item.article.text, item.article.sentences)).encode("utf-8", "surrogatepass"))
        digest.update(
            repr([(r.labelled and sorted(r.labelled), replace(r, labelled=frozenset())) for r in item.records]).encode()
        )
    return digest.hexdigest()
