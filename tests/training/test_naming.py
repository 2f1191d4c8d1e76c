"""Where an article names its speakers, and what the naming pointer learns from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stance.articles import Article
from stance.passages import cut
from stance.records import MENTION, Record
from stance.runtime import read_tokenizer
from stance.sentences import split
from stance.spans import Span
from stance.spec import ModelSpec
from training.data import examples, undisputed
from training.examples import IGNORE, STEP, Labels, build, collate
from training.gold import Labelled
from training.naming import NOBODY, aimings, bystanders, namings
from training.pairs import style_of

TEXT = "Mayor Ada Brook spoke. She praised the mill. Brook left. A miller said no. Nobody knew why. It was Brook’s day."
ARTICLE = Article("a", TEXT, tuple(split(TEXT)))


def record(sentence: int, speaker: str | None, words: str | None = None, labelled: str = "speaker") -> Record:
    start, end = split(TEXT)[sentence]
    at = None if words is None else TEXT.index(words, start, end)
    mention: dict[str, Any] = {} if at is None else {"mention_start": at, "mention_end": at + len(words or "")}
    return Record("a", sentence, start, end, TEXT[start:end], speaker=speaker, labelled=frozenset([labelled]), **mention)


RECORDS = [
    record(0, "Ada Brook", "Mayor Ada Brook"),
    record(1, "Ada Brook", "She"),
    record(3, "A miller", "A miller"),
    record(4, None),
    record(5, "Zoe Novak"),
]


def test_every_name_of_the_speaker_and_no_pronoun() -> None:
    found = namings(ARTICLE, RECORDS)
    assert [TEXT[slice(*s)] for s in found[1]] == ["Mayor Ada Brook", "Ada Brook", "Brook", "Brook"]
    assert found[0] == found[1]
    assert [TEXT[slice(*s)] for s in found[3]] == ["A miller"]
    assert found[4] == NOBODY
    assert 2 not in found and 5 not in found  # nobody decided the one; the other is nowhere named


def test_where_only_words_are_marked_only_they_count() -> None:
    marked = [
        record(0, "Mayor Ada Brook", "Mayor Ada Brook", MENTION),
        record(1, "She", "She", MENTION),
        record(4, None, None, MENTION),
    ]
    assert namings(ARTICLE, marked) == {0: (Span(0, 15),), 4: NOBODY}


def test_an_example_marks_tokens_of_the_whole_passage(encoder: Path, spec: ModelSpec) -> None:
    (passage,) = cut(TEXT, ARTICLE.sentences or (), read_tokenizer(encoder), 96, 2)
    by_sentence = {r.sentence: [r] for r in RECORDS}
    example = build(passage, by_sentence, None, Labels.of(spec), namings(ARTICLE, RECORDS))
    assert {TEXT[slice(*passage.char_span((a, b)))] for a, b in example["naming"][1]} == {"Mayor Ada Brook", "Ada Brook", "Brook"}
    assert example["naming"][4] == [[0, 1]] and example["naming"][2] == example["naming"][5] == []
    naming = collate([example])["naming"]
    assert naming.shape == (6, STEP) and (naming[2] == IGNORE).all()
    assert naming[4].tolist() == [1] + [0] * (STEP - 1)
    assert int(naming[1].sum()) == len({t for a, b in example["naming"][1] for t in range(a, b)})


def test_the_styles_of_an_article_do_not_dispute(encoder: Path, spec: ModelSpec) -> None:
    guide = Labelled(ARTICLE, tuple(RECORDS))
    marked = Labelled(ARTICLE, (record(0, "Mayor Ada Brook", "Mayor Ada Brook", MENTION),))
    assert style_of(guide.records) == "guide" and style_of(marked.records) == "mention"
    assert list(undisputed([guide, marked])) == [guide, marked]
    again = undisputed([guide, guide])[1]
    assert not any(r.labelled for r in again.records)
    assert list(examples([again], spec, str(encoder))) == []  # nothing to learn there, so nothing to encode
    first = [e["shapes"][0] for item in (guide, marked) for e in examples([item], spec, str(encoder))]
    assert first[0] == 0 and first[-1] == 16


def aimed(sentence: int, target: str, words: str | None = None, labelled: str = "target") -> Record:
    start, end = split(TEXT)[sentence]
    at = None if words is None else TEXT.index(words, start, end)
    span: dict[str, Any] = {} if at is None else {"target_start": at, "target_end": at + len(words or "")}
    return Record("a", sentence, start, end, TEXT[start:end], target=target, labelled=frozenset([labelled]), **span)


def test_a_target_is_named_where_its_name_stands_anywhere_in_the_article() -> None:
    found = aimings(
        ARTICLE, [aimed(1, "Ada Brook"), aimed(3, "the mill"), aimed(4, "no", None), aimed(5, "Brook’s day", "Brook’s day")]
    )
    assert [TEXT[slice(*s)] for s in found[1]] == ["Ada Brook", "Brook", "Brook"]
    assert found[5] == NOBODY, "a thing of hers is not she: the words say it"
    assert 3 not in found and 4 not in found, "neither a name nor in the sentence: nobody knows where"
    assert aimings(ARTICLE, [aimed(1, "Ada Brook", labelled="stance")]) == {}


def test_an_example_marks_the_tokens_that_name_the_target(encoder: Path, spec: ModelSpec) -> None:
    (passage,) = cut(TEXT, ARTICLE.sentences or (), read_tokenizer(encoder), 96, 2)
    records = [aimed(1, "Ada Brook"), aimed(3, "no", "no")]
    example = build(passage, {r.sentence: [r] for r in records}, None, Labels.of(spec), {}, aimings(ARTICLE, records))
    assert {TEXT[slice(*passage.char_span((a, b)))] for a, b in example["aiming"][1]} == {"Ada Brook", "Brook"}
    aiming = collate([example])["aiming"]
    assert aiming[3].nonzero().flatten().tolist() == [0], "its words say it"
    assert (aiming[0] == IGNORE).all() and (collate([example])["naming"] == IGNORE).all()


def test_names_beside_the_speaker_are_no_targets_of_a_sentence_without_a_stance(encoder: Path, spec: ModelSpec) -> None:
    text = "Ada Brook met Carl Berg in Norland. Brook praised Berg. Dora Finch told Berg that Finch left. Berg met Ada Brook."
    article = Article("b", text, tuple(split(text)))

    def labelled(sentence: int, speaker: str | None, words: str | None, **more: Any) -> Record:
        start, end = split(text)[sentence]
        at = None if words is None else text.index(words, start)
        mention: dict[str, Any] = {} if at is None else {"mention_start": at, "mention_end": at + len(words or "")}
        decided = frozenset({"speaker", "stance", "target"})
        return Record("b", sentence, start, end, text[start:end], speaker=speaker, **{"labelled": decided, **mention, **more})

    berg = {"stance": "for", "target": "Carl Berg", "target_start": 50, "target_end": 54}
    records = [
        labelled(0, None, None, stance="none"),
        labelled(1, "Ada Brook", "Brook", **berg),
        labelled(2, "Dora Finch", "Dora Finch", stance="none"),
        labelled(3, None, None, stance="none", labelled=frozenset({"stance"})),  # nobody decided its target
    ]
    found = bystanders(article, records, "none")
    names = {sentence: [text[slice(*name)] for name in names] for sentence, names in found.items()}
    assert names == {0: ["Ada Brook", "Carl Berg", "Norland"], 2: ["Berg"]}
    assert bystanders(article, records, None) == bystanders(article, records, "for") == {}

    (passage,) = cut(text, article.sentences or (), read_tokenizer(encoder), 96, 2)
    example = build(passage, {r.sentence: [r] for r in records}, None, Labels.of(spec), bystanders=found)
    asked = [(pair[0], text[slice(*passage.char_span((pair[3], pair[4])))]) for pair in example["pairs"] if pair[5] == 1]
    assert asked == [(0, "Ada Brook"), (0, "Carl Berg"), (0, "Norland"), (1, "Berg"), (2, "Berg")]
    neutral = Labels.of(spec).stances["none"]
    assert [label for pair, label in zip(example["pairs"], example["stance"], strict=True) if pair[5] == 1].count(neutral) == 4
