"""A model learns from another's probabilities beside the labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stance.errors import InputError, UsageError
from stance.records import Record
from stance.spec import ModelSpec
from training import data
from training.checkpoint import from_pretrained
from training.config import FitConfig
from training.distilling import ROW, _pairs, teach
from training.examples import IGNORE
from training.exporting import export
from training.fitting import fit
from training.gold import Labelled, read
from training.loss import LIKELIHOODS, taught_losses

from .conftest import TINY, build_encoder

Configure = Callable[..., FitConfig]


def test_a_teacher_that_teaches_itself_has_nothing_to_learn(fitted: Path, labels: Path) -> None:
    model, items = from_pretrained(fitted), read(labels)
    passages, batches = teach(str(fitted), items, model.spec, data.dataset(items, model.spec, str(fitted)))
    assert passages[ROW] == list(range(len(passages)))
    batch = batches([passages[i] for i in reversed(range(len(passages)))])
    with torch.inference_mode():
        encoded, stance = model(**{key: batch[key] for key in ("ids", "shapes", "mask", "rows", "pairs")})
    losses = taught_losses(encoded, stance, batch)
    assert set(losses) == set(LIKELIHOODS)
    for head, loss in losses.items():
        wanted = batch[f"taught_{head}"]
        counted = wanted.sum(-1) > 0
        assert counted.any() and torch.allclose(wanted.sum(-1)[counted], torch.ones(1), atol=0.02), head
        entropy = -torch.xlogy(wanted, wanted).sum(-1)[counted].mean()  # the least that a cross-entropy can be
        assert float(loss) == pytest.approx(float(entropy), abs=0.02), head


def _of_another_style(labels: Path) -> list[Labelled]:
    mention = frozenset({"mention"})
    return [
        replace(i, records=tuple(replace(r, labelled=mention, speaker=None, mention_start=None) for r in i.records))
        for i in read(labels)
    ]


def test_other_styles_are_not_taught(fitted: Path, labels: Path) -> None:
    spec, items = ModelSpec.load(fitted), [*_of_another_style(labels), *read(labels)]
    passages, batches = teach(str(fitted), items, spec, data.dataset(items, spec, str(fitted)))
    batch = batches([passages[0], passages[len(passages) - 1]])
    rows = len(passages[0]["sentences"])
    for head in LIKELIHOODS:
        assert not batch[f"taught_{head}"][: len(passages[0]["stance"]) if head == "stance" else rows].any(), head
    assert batch["taught_claim_type"][rows:].sum(-1).min() > 0.9


def test_the_first_passages_may_have_nobody_whose_stance_is_asked(
    fitted: Path, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.DEFAULT_MAX_BATCH_SIZE", 1)  # rows whose types the writer looks at, 1,000 otherwise
    spec, items = ModelSpec.load(fitted), [*_of_another_style(labels)[:1], *read(labels)]
    passages, batches = teach(str(fitted), items, spec, data.dataset(items, spec, str(fitted)))
    assert passages[0]["pairs"] == [] and any(passages["pairs"])
    assert batches([passages[i] for i in range(len(passages))])["taught_stance"].any()


def test_the_exported_teacher_teaches_what_the_fitted_one_does(fitted: Path, labels: Path, tmp_path: Path) -> None:
    unlabelled = [replace(i, records=tuple(replace(r, labelled=frozenset({"speaker"})) for r in i.records)) for i in read(labels)]
    spec, items = ModelSpec.load(fitted), [*read(labels), *map(_given, read(labels)), *unlabelled]
    export(fitted, tmp_path / "fp32", precision="fp32")
    batches = []
    for teacher in (fitted, tmp_path / "fp32"):
        passages, collated = teach(str(teacher), items, spec, data.dataset(items, spec, str(fitted)))
        batches.append(collated([passages[i] for i in range(len(passages))]))
    for head in LIKELIHOODS:
        one, other = (batch[f"taught_{head}"] for batch in batches)
        assert one.any() and torch.allclose(one, other, atol=0.01), head


def test_fit_learns_from_a_teacher(tmp_path: Path, labels: Path, fitted: Path, configure: Configure) -> None:
    lines: list[str] = []
    with_teacher = fit(configure(tmp_path / "a", labels, teacher=str(fitted), teacher_share=0.9), write=lines.append)
    alone = fit(configure(tmp_path / "b", labels), write=lines.append)
    one, other = (from_pretrained(folder).state_dict()["claim_head.3.weight"] for folder in (with_teacher, alone))
    assert not torch.equal(one, other)


def test_articles_without_labels_are_learnt_from_a_teacher_alone(
    tmp_path: Path, labels: Path, fitted: Path, configure: Configure
) -> None:
    articles = tmp_path / "articles.jsonl"
    texts = [
        ("news-0", "This one has labels."),
        ("out", "This one is left out."),
        ("new", "Ada Brook said it will rain. It did."),
    ]
    articles.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in texts), "utf-8")
    files = {"train": [str(labels)], "unlabelled": [str(articles)], "without": ["out"], "dev_fraction": 0.25}
    split = data.load(configure(tmp_path, labels, data=files).data)
    assert [(item.article.id, len(item.article.sentences or ()), item.records) for item in split.unlabelled] == [("new", 2, ())]
    spec = ModelSpec.load(fitted)
    passages, batches = teach(str(fitted), split.unlabelled, spec, data.dataset(split.unlabelled, spec, str(fitted)))
    batch = batches([passages[0]])
    assert batch["stance"].tolist() == [IGNORE, IGNORE] and batch["claim_type"].tolist() == [IGNORE, IGNORE]
    assert batch["pairs"][:, 0].tolist() == [0, 1]
    for head in LIKELIHOODS:
        assert torch.allclose(batch[f"taught_{head}"].sum(-1), torch.ones(1), atol=0.02), head

    folder = fit(configure(tmp_path / "m", labels, data=files, teacher=str(fitted), teacher_share=0.9), write=lambda line: None)
    other = {**files, "unlabelled": []}
    without = fit(configure(tmp_path / "n", labels, data=other, teacher=str(fitted), teacher_share=0.9), write=lambda line: None)
    one, two = (from_pretrained(f).state_dict()["claim_head.3.weight"] for f in (folder, without))
    assert not torch.equal(one, two)


def test_the_speaker_of_an_unlabelled_sentence_is_the_teachers(fitted: Path) -> None:
    example = {
        "sentences": [[1, 4], [4, 9]],
        "stance": [IGNORE, IGNORE],
        "pairs": [[0, -1, -1, -1, -1, 0], [1, -1, -1, -1, -1, 0]],
    }
    mention = torch.full((2, 2, 10), -1e4)
    mention[1, 0, 5] = mention[1, 1, 6] = 1.0
    logits = {"mention": mention, "attributed": torch.tensor([-1.0, 1.0])}
    assert _pairs(example, logits) == [[0, -1, -1, -1, -1, 0], [1, 5, 7, -1, -1, 0]]
    assert _pairs({**example, "stance": [0, IGNORE]}, logits) == example["pairs"]


def test_what_a_teacher_said_is_kept_on_disk(fitted: Path, labels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, items = ModelSpec.load(fitted), read(labels)
    passages = data.dataset(items, spec, str(fitted))
    teach(str(fitted), items, spec, passages)
    monkeypatch.setattr("training.distilling._said", None)  # nobody is asked again
    _, batches = teach(str(fitted), items, spec, passages)
    assert batches([{**passages[0], ROW: 0}])["taught_claim_type"].any()


def test_articles_without_labels_want_a_teacher(tmp_path: Path, labels: Path, configure: Configure) -> None:
    articles = tmp_path / "articles.jsonl"
    articles.write_text('{"id": "new", "text": "It rained."}\n{"id": "bad"}\n', "utf-8")
    with pytest.raises(UsageError, match=r"data\.unlabelled: nobody says anything"):
        good = tmp_path / "good.jsonl"
        good.write_text('{"id": "new", "text": "It rained."}\n', "utf-8")
        fit(configure(tmp_path / "m", labels, data={"train": [str(labels)], "unlabelled": [str(good)]}))
    with pytest.raises(InputError, match=r"articles\.jsonl, line 2: "):
        data.load(configure(tmp_path / "m", labels, data={"train": [str(labels)], "unlabelled": [str(articles)]}).data)


def test_a_teacher_must_know_the_labels_and_the_words(tmp_path: Path, labels: Path, fitted: Path, configure: Configure) -> None:
    with pytest.raises(UsageError, match="nowhere: no such file or folder"):
        fit(configure(tmp_path / "m", labels, teacher=str(tmp_path / "nowhere")))
    with pytest.raises(UsageError, match="other claim types or stances"):
        spec = {
            "name": "tiny",
            "passage_tokens": 48,
            "stances": {"none": 0, "for": 1, "against": -1},
            "claim_types": ["view", "fact", "call"],
        }
        fit(configure(tmp_path / "m", labels, teacher=str(fitted), spec=spec))
    with pytest.raises(UsageError, match="cuts words otherwise"):
        words = _other_words(tmp_path / "words", fitted)
        fit(configure(tmp_path / "m", labels, teacher=str(fitted), encoder=str(words)))


def _given(item: Labelled) -> Labelled:
    return replace(item, records=tuple(map(_towards_its_first_word, item.records)))


def _towards_its_first_word(record: Record) -> Record:
    word = record.text.split()[0]
    place = {"target_start": record.start, "target_end": record.start + len(word)}
    return replace(record, labelled=frozenset({"stance"}), target=word, **place)


def _other_words(folder: Path, fitted: Path) -> Path:
    """An encoder whose tokenizer knows letters alone."""
    from transformers import BertConfig

    build_encoder(folder, BertConfig(**TINY))
    file = folder / "tokenizer.json"
    tokens = json.loads(file.read_text("utf-8"))
    short = {word: i for word, i in tokens["model"]["vocab"].items() if len(word.removeprefix("##")) == 1 or word.startswith("[")}
    tokens["model"]["vocab"] = {word: i for i, word in enumerate(short)}
    file.write_text(json.dumps(tokens), "utf-8")
    return folder
