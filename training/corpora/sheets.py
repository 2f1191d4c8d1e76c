"""Articles that were written and labelled line by line: a folder of ``.tsv`` sheets, the project's own invented ones among them.

A sheet is an article: speaker, mention, claim_type, stance, target and text of one sentence a line, ``-`` for nothing; an empty
line begins a paragraph. ``# breaks: 1`` at its head says that paragraphs are parted by one line break, else by two. Where the words
of a mention occur more than once, ``he@2`` is the second.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from stance.articles import Article
from stance.errors import InputError
from stance.records import TASKS, Record
from stance.spans import Span
from training.corpora.conversion import Conversion, labelled
from training.gold import Labelled
from training.named import find_name, occurrences

NAME = "sheets"
NOTHING = "-"
_COLUMNS = ("speaker", "mention", "claim_type", "stance", "target", "text")
_BREAKS = re.compile(r"#\s*breaks:\s*(\d+)\s*")
_WHICH = re.compile(r"(.+)@(\d+)")


def convert(source: Path) -> Conversion:
    """Every sheet under a folder, or one.

    Raises:
        InputError: no sheet there, or a line that is none of a sheet; with file, line and what was expected.
    """
    files = [source] if source.is_file() else sorted(source.rglob("*.tsv"))
    if not files:
        raise InputError(f"{source}: no sheets in it; give a folder of .tsv files, or one")
    return Conversion(NAME, tuple(map(_sheet, files)), Counter())


def _sheet(file: Path) -> Labelled:
    breaks, gap, text = "\n\n", "", ""
    spans: list[Span] = []
    rows: list[tuple[str, list[str]]] = []
    for number, line in enumerate(_lines(file), 1):
        if line.startswith("#") and "\t" not in line:  # a handle may speak: #MeToo
            breaks = "\n" * int(found[1]) if (found := _BREAKS.fullmatch(line)) else breaks
        elif not line.strip():
            gap = breaks if text else ""
        else:
            place, cells = f"{file}, line {number}", [cell.strip() for cell in line.split("\t")]
            if len(cells) != len(_COLUMNS) or not cells[-1]:
                raise InputError(f"{place}: {len(cells)} columns; expected {', '.join(_COLUMNS)}, with tabs between")
            start = len(text) + len(gap)
            text, gap = text + gap + cells[-1], " "
            spans.append(Span(start, len(text)))
            rows.append((place, cells))
    if not rows:
        raise InputError(f"{file}: no sentence in it")
    article = Article(f"{NAME}-{file.stem}", text, tuple(spans), {})
    return labelled(
        article, [_record(article, n, span, *row) for n, (span, row) in enumerate(zip(spans, rows, strict=True))], NAME
    )


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8: {error.reason} at byte {error.start}; save the file as UTF-8") from None


def _record(article: Article, number: int, span: Span, place: str, cells: list[str]) -> Record:
    speaker, mention, claim_type, stance, target = (None if cell == NOTHING else cell for cell in cells[:-1])
    if claim_type is None or stance is None:
        raise InputError(f"{place}: no claim_type or no stance; every sentence has both")
    words = None if mention is None else _mention(article.text, span, mention, place)
    aim = None if target is None else find_name(article.text, span, target)
    return Record(
        article.id,
        number,
        *span,
        article.text[slice(*span)],
        speaker=speaker,
        mention_start=words and words.start,
        mention_end=words and words.end,
        claim_type=claim_type,
        stance=stance,
        target=target,
        target_start=aim and aim.start,
        target_end=aim and aim.end,
        labelled=frozenset(TASKS),
    )


def _mention(text: str, sentence: Span, mention: str, place: str) -> Span:
    """The words that name the speaker; of several, those outside quotation marks, or those that ``@`` says."""
    which = _WHICH.fullmatch(mention)
    found = occurrences(text, sentence, which[1] if which else mention, [])
    if which and len(found) >= int(which[2]) > 0:
        return found[int(which[2]) - 1]
    if which or not found:
        raise InputError(f"{place}: mention {mention!r} is not in the sentence; copy it exactly, or say which: he@2")
    return find_name(text, sentence, mention, outside_quotes=True) or found[0]
