"""PolNeAR (Newell et al., LREC 2018): attributions with source, cue and content in US political news of 2015-16.

Says by which words a source is named, not whom they mean: rows decide :data:`stance.records.MENTION`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stance.articles import Article
from stance.errors import InputError
from stance.records import MENTION, Record
from stance.sentences import split
from stance.spans import Span, overlap, trim
from training.corpora.conversion import HELD_OUT, Conversion, held_out, labelled

NAME = "polnear"
COVER = 0.3
"""Share of a sentence's characters that an attribution's content must cover for the sentence to count as attributed."""

_ROLE = re.compile(r"([A-Za-z-]+?)\d*:(T\d+)")
_MENTION = frozenset({MENTION})


@dataclass(frozen=True, slots=True)
class Attribution:
    """One attribution.

    Attributes:
        source: fragments (article offsets) that name the source, none where it is implicit.
        content: fragments of what is attributed.
    """

    source: tuple[Span, ...]
    content: tuple[Span, ...]

    def cover(self, sentence: tuple[int, int]) -> int:
        """Characters of ``sentence`` that the content covers."""
        return sum(overlap(fragment, sentence) for fragment in self.content)

    @property
    def size(self) -> int:
        """Characters of the content; of nested attributions the outermost is the largest."""
        return sum(fragment.width for fragment in self.content)


def convert(source: Path) -> Conversion:
    """Every sentence as attributed or not, with the words of the source.

    Args:
        source: the folder of the corpus (its train part is taken) or one part, such as ``polnear/data/dev``.
    """
    part = source / "data" / "train" if (source / "data" / "train").is_dir() else source
    files = sorted((part / "text").glob("*.txt"))
    if not files:
        raise InputError(f"{source}: no text/*.txt in it; give the folder of PolNeAR or one part of it (data/train, data/dev)")
    drops: Counter[str] = Counter()
    items = []
    for file in files:
        article_id = f"{NAME}-{file.stem}"
        if article_id in held_out():
            drops[HELD_OUT] += 1
            continue
        annotated = sorted((part / "attributions").glob(f"{_literal(file.stem)}_*.ann"))
        if not annotated:
            drops["article without attributions file"] += 1
            continue
        drops["file of a further annotator"] += len(annotated) - 1
        text = file.read_bytes().decode("utf-8")
        attributions = parse(annotated[0].read_text("utf-8"), text)
        article = Article(
            article_id, text, tuple(split(text)), {"source": file.stem.split("_")[0], "date": file.stem.split("_")[1]}
        )
        records = _records(article, attributions, drops)
        items.append(labelled(article, records, NAME))
    return Conversion(NAME, tuple(items), +drops)


def parse(annotation: str, text: str) -> list[Attribution]:
    """The attributions of a brat stand-off file, in its order; spans without white space at their ends."""
    spans: dict[str, tuple[str, tuple[Span, ...]]] = {}
    events = []
    for line in annotation.split("\n"):
        fields = line.split("\t")
        if line.startswith("T") and len(fields) >= 2:
            kind, _, places = fields[1].partition(" ")
            spans[fields[0]] = kind, _fragments(places, text)
        elif line.startswith("E") and len(fields) >= 2:
            events.append(_ROLE.findall(fields[1]))
    return [Attribution(_role("Source", event, spans), _role("Content", event, spans)) for event in events]


def _records(article: Article, attributions: list[Attribution], drops: Counter[str]) -> Iterable[Record]:
    for index, sentence in enumerate(article.sentences or ()):
        ones = [a for a in attributions if a.cover(sentence) >= COVER * sentence.width]
        named = [a for a in ones if a.source]
        if ones and not named:
            drops["sentence whose source is implicit (undecided)"] += 1
            continue
        place = article.id, index, *sentence, article.text[slice(*sentence)]
        if not named:
            yield Record(*place, labelled=_MENTION)
            continue
        best = max(named, key=lambda a: (a.cover(sentence), a.size))
        mention = _mention(best.source, sentence)
        start, end = mention or (None, None)
        words = article.text[slice(*mention)] if mention else " ".join(article.text[slice(*span)] for span in best.source)
        yield Record(*place, speaker=words, mention_start=start, mention_end=end, labelled=_MENTION)


def _mention(source: tuple[Span, ...], sentence: Span) -> Span | None:
    """The source's words in the sentence: the whole where its fragments are neighbours, else the longest fragment."""
    inside = [Span(max(span.start, sentence.start), min(span.end, sentence.end)) for span in source if overlap(span, sentence)]
    if not inside:
        return None
    whole = Span(inside[0].start, inside[-1].end)
    return whole if whole.width - sum(s.width for s in inside) <= 2 * len(inside) else max(inside, key=lambda s: s.width)


def _fragments(places: str, text: str) -> tuple[Span, ...]:
    pairs = [piece.split() for piece in places.split(";")]
    spans = [trim(text, (int(start), int(end))) for start, end in pairs]
    return tuple(sorted(span for span in spans if span.width))


def _role(role: str, event: list[tuple[str, str]], spans: dict[str, tuple[str, tuple[Span, ...]]]) -> tuple[Span, ...]:
    found = {span for name, key in event if name == role and key in spans for span in spans[key][1]}
    return tuple(sorted(found))


def _literal(stem: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", stem)
