"""What the Trainer is told beyond the library's own: groups of weights, the dev score, whose checkpoints these are, lines."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from stance.errors import UsageError
from training import trainer
from training.config import FitConfig
from training.gold import read
from training.model import StanceModel
from training.trainer import RUN_FILE, OneLine, SeedEachEpoch, dev_figures, mark, newest_checkpoint, parameter_groups, resumable

from .conftest import rows


def checkpoint(folder: Path, number: int, state: str = "{}") -> Path:
    path = folder / f"checkpoint-{number}"
    path.mkdir(parents=True)
    (path / "trainer_state.json").write_text(state)
    return path


@pytest.mark.parametrize("freeze", [True, False])
def test_two_rates_no_decay_on_biases_and_frozen_embeddings(model: StanceModel, freeze: bool) -> None:
    config = FitConfig.model_validate({"optim": {"encoder_lr": 0.1, "head_lr": 0.2, "freeze_embeddings": freeze}})
    names = {id(p): name for name, p in model.named_parameters()}
    trainer.freeze(model, config.optim)
    groups = parameter_groups(model, config, 0.5)
    seen = {names[id(p)]: (g["lr"], g["weight_decay"]) for g in groups for p in g["params"]}
    assert sum(len(g["params"]) for g in groups) == len(seen)  # each once
    missing = set(names.values()) - set(seen)
    assert missing == ({"encoder.embeddings.word_embeddings.weight"} if freeze else set())
    assert seen["encoder.encoder.layer.0.output.dense.weight"] == (0.1, 0.5)
    assert seen["encoder.encoder.layer.0.output.LayerNorm.weight"] == (0.1, 0.0)
    assert seen["claim_head.0.weight"] == (0.2, 0.5) and seen["claim_head.0.bias"] == (0.2, 0.0)


def test_the_lowest_layers_stay_with_all_below_them_and_the_rest_learns(model: StanceModel) -> None:
    optim = FitConfig.model_validate({"optim": {"freeze_layers": 1}}).optim
    trainer.freeze(model, optim)
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    last = f"encoder.encoder.layer.{len(model.encoder.encoder.layer) - 1}."
    assert {name for name in learning if name.startswith(("encoder.", "shapes"))} == {
        name for name, _ in model.named_parameters() if name.startswith("encoder.encoder.layer.") and ".layer.0." not in name
    }
    assert any(name.startswith(last) for name in learning) and "claim_head.0.weight" in learning
    optim.freeze_layers = 99
    with pytest.raises(UsageError, match=r"freeze_layers is 99, but the encoder has \d layers"):
        trainer.freeze(model, optim)


def test_the_score_is_the_mean_of_what_the_data_allows(
    model: StanceModel, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        trainer.metrics,
        "values",
        lambda gold, predicted: {"claim_type_macro_f1": 0.4, "stance_macro_f1": 0.6, "target_overlap_f1": math.nan, "other": 1.0},
    )
    assert dev_figures(model, str(encoder), read(rows())[:1])["score"] == pytest.approx(0.5)
    monkeypatch.setattr(trainer.metrics, "values", lambda gold, predicted: {})
    assert dev_figures(model, str(encoder), [])["score"] == 0.0


def test_the_newest_checkpoint_is_the_highest_complete_one(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path / "none") is None
    for number in (9, 100):
        checkpoint(tmp_path, number)
    (tmp_path / "checkpoint-200").mkdir()  # killed before the state was written
    checkpoint(tmp_path, 300, state='{"epoch": 1')  # or while it was
    (tmp_path / "checkpoint-best").mkdir()
    assert newest_checkpoint(tmp_path) == str(tmp_path / "checkpoint-100")


def test_a_run_goes_on_from_its_own_checkpoints_alone(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    assert resumable(folder, "mine") is None
    newest = checkpoint(folder, 5)
    assert resumable(folder, "mine") == resumable(folder, "mine") == str(newest)
    with pytest.raises(UsageError, match=r"cut short; give another output, or delete that folder"):
        resumable(folder, "other")
    assert newest.is_dir()
    mark(folder, "mine", finished=True)
    assert resumable(folder, "other") is None and not newest.exists()
    assert json.loads((folder / RUN_FILE).read_text()) == {"digest": "other", "finished": False}


def test_checkpoints_without_a_note_are_taken_as_they_are(tmp_path: Path) -> None:
    newest = checkpoint(tmp_path, 5)
    assert resumable(tmp_path, "mine") == str(newest)


def test_an_epoch_draws_the_same_whatever_was_drawn_before() -> None:
    def drawn(before: int, epoch: float | None) -> list[int]:
        order = torch.Generator()
        torch.rand(before)
        SeedEachEpoch(order).on_epoch_begin(SimpleNamespace(seed=7), SimpleNamespace(epoch=epoch), None)
        torch.manual_seed(before)  # as a resumed run's global state
        return torch.randperm(20, generator=order).tolist()

    assert drawn(0, 1.0) == drawn(5, 1.0) == drawn(3, 1.6)  # 1.6: resumed within the second epoch
    assert drawn(0, None) == drawn(1, 0.4) != drawn(0, 1.0)


def test_a_line_a_task_and_none_from_other_processes() -> None:
    lines: list[str] = []
    state = SimpleNamespace(is_world_process_zero=True, global_step=4, max_steps=9)

    def log(**logs: Any) -> None:
        OneLine(lines.append).on_log(None, state, None, logs)

    log(loss=1.25, learning_rate=0.1)
    log(eval_speaker_attributed_f1=0.5, eval_stance_given_macro_f1=0.25, eval_stance_macro_f1=0.75, eval_score=0.5)
    assert lines[0] == "step 4/9  loss 1.2500"
    assert sorted(lines[1:]) == [
        "step 4/9  dev score: score 0.500",
        "step 4/9  dev speaker: attributed_f1 0.500",
        "step 4/9  dev stance: macro_f1 0.750",
        "step 4/9  dev stance_given: macro_f1 0.250",
    ]
    state.is_world_process_zero = False
    log(loss=1.0)
    assert len(lines) == 5
