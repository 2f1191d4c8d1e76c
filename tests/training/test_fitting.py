"""From labels to a model folder: own labels, missing tasks, resumption after SIGKILL, early stopping, processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from stance.errors import StanceError, UsageError
from stance.spec import ModelSpec
from training import fitting
from training.checkpoint import load_labeler
from training.config import FitConfig
from training.fitting import fit

from .conftest import COLUMNS, SENTENCES, rows, write_csv

Configure = Callable[..., FitConfig]
ROOT = Path(__file__).resolve().parent.parent.parent
EVERY_STEP = {"eval_strategy": "steps", "save_strategy": "steps", "eval_steps": 1, "save_steps": 1}
KILLED_AT = """
import json, os, signal, sys, torch
torch.set_num_threads(1)
from training.config import FitConfig
from training.fitting import fit
def write(line):
    if line.startswith(f"step {sys.argv[2]}/") and "loss" in line:
        os.kill(os.getpid(), signal.SIGKILL)
fit(FitConfig.model_validate(json.loads(sys.argv[1])), write=write)
"""


def quiet(line: str) -> None:
    """Takes a line of progress and drops it."""


def same_weights(a: Path, b: Path) -> bool:
    left, right = (load_file(folder / "model.safetensors") for folder in (a, b))
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_the_labels_are_the_datas(fitted: Path) -> None:
    spec = ModelSpec.load(fitted)
    assert spec.tasks == ("speaker", "claim_type", "stance")  # no target column: nobody decided it
    assert spec.claim_types == ("fact", "view", "call")  # by frequency
    assert spec.stances == {"none": 0, "for": 1, "against": -1}
    facts = json.loads((fitted / "fit.json").read_text("utf-8"))
    assert facts["config"]["spec"]["name"] == "tiny"
    assert 0 <= facts["dev"]["score"] <= 1 and "claim_type_macro_f1" in facts["dev"]
    records = load_labeler(fitted).label(" ".join(text for text, *_ in SENTENCES)).sentences
    assert len(records) == len(SENTENCES)
    assert all(r.labelled == set(spec.tasks) and r.target is None and r.claim_type in spec.claim_types for r in records)


def test_without_a_stance_column_stance_is_not_trained(tmp_path: Path, configure: Configure) -> None:
    folder = fit(
        configure(tmp_path / "m", write_csv(tmp_path / "few.csv", COLUMNS[:-1]), spec={"passage_tokens": 48}), write=quiet
    )
    assert json.loads((folder / "stance.json").read_text("utf-8"))["tasks"] == ["speaker", "claim_type"]
    (record, *_) = load_labeler(folder).label("Rain fell on the valley.").sentences
    assert record.labelled == {"speaker", "claim_type"} and record.stance is None and record.stance_score is None


def test_a_task_that_only_dev_labels_is_not_trained(tmp_path: Path, configure: Configure) -> None:
    train, dev = tmp_path / "train.jsonl", tmp_path / "dev.jsonl"
    for file, columns, held in ((train, COLUMNS[:-1], False), (dev, COLUMNS, True)):
        mine = [row for row, whole in zip(rows(columns), rows(), strict=True) if (whole["article_id"] == "news-1") == held]
        file.write_text("".join(json.dumps(row) + "\n" for row in mine), "utf-8")
    sections = {"data": {"train": [str(train)], "dev": [str(dev)]}, "spec": {"passage_tokens": 48}}
    folder = fit(configure(tmp_path / "m", train, **sections), write=quiet)
    assert json.loads((folder / "stance.json").read_text("utf-8"))["tasks"] == ["speaker", "claim_type"]


def test_text_and_one_label_column_are_enough(tmp_path: Path, configure: Configure) -> None:
    path = write_csv(tmp_path / "two.csv", ("text", "claim_type"))
    folder = fit(configure(tmp_path / "m", path, spec={"passage_tokens": 48}), write=quiet)
    spec = ModelSpec.load(folder)
    assert (spec.tasks, spec.stances, spec.name_kinds) == (("claim_type",), {}, ())
    assert load_labeler(folder).label("Rain fell.").sentences[0].labelled == {"claim_type"}


def test_a_claim_type_outside_the_configured_set_is_one_line(tmp_path: Path, labels: Path, configure: Configure) -> None:
    with pytest.raises(StanceError, match=r"claim_type 'call' is not in the label set \(fact, view\)") as caught:
        fit(configure(tmp_path / "m", labels, spec={"claim_types": ["fact", "view"], "passage_tokens": 48}), write=quiet)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("trainer", "words"),
    [
        ({"epochs": 3}, "epochs"),
        ({"save_strategy": "sometimes"}, "sometimes"),
        ({"eval_strategy": "steps", "save_strategy": "epoch"}, "strateg"),
    ],
)
def test_a_setting_that_the_trainer_refuses_is_one_line(
    tmp_path: Path, labels: Path, configure: Configure, trainer: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=rf"^trainer: .*{words}") as caught:
        fit(configure(tmp_path / "m", labels, trainer), write=quiet)
    assert "\n" not in str(caught.value) and not (tmp_path / "m").exists()


def test_resumed_after_sigkill_it_ends_as_if_never_killed(tmp_path: Path, encoder: Path, configure: Configure) -> None:
    """Killed once within the second epoch, so that the order of a later epoch must come back too."""
    labels = write_csv(tmp_path / "mine.csv", COLUMNS[1:])  # twelve articles, five steps an epoch
    config = configure(tmp_path / "killed", labels, {**EVERY_STEP, "num_train_epochs": 3}, patience=0)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, config.model_dump_json(), "8"], cwd=ROOT, env=environment(), timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "killed/checkpoints/checkpoint-7").is_dir() and not (tmp_path / "killed/model.safetensors").exists()
    lines: list[str] = []
    fit(config, write=lines.append)
    assert [line.split()[1] for line in lines if "  loss " in line] == [f"{n}/15" for n in range(8, 16)]
    whole = fit(configure(tmp_path / "whole", labels, {**EVERY_STEP, "num_train_epochs": 3}, patience=0), write=quiet)
    assert same_weights(tmp_path / "killed", whole)
    assert (whole / "stance.json").read_bytes() == (tmp_path / "killed/stance.json").read_bytes()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def test_a_checkpoint_of_other_data_is_never_gone_on_from(tmp_path: Path, labels: Path, configure: Configure) -> None:
    class CutShort(Exception):
        pass

    def cut(line: str) -> None:
        if line.startswith("step 2/") and "loss" in line:
            raise CutShort

    with pytest.raises(CutShort):
        fit(configure(tmp_path / "m", labels, EVERY_STEP), write=cut)
    other = write_csv(tmp_path / "other.csv", COLUMNS[1:])
    with pytest.raises(UsageError, match=r"checkpoints: holds checkpoints of a run on other data or settings") as caught:
        fit(configure(tmp_path / "m", other, EVERY_STEP), write=quiet)
    assert "\n" not in str(caught.value) and (tmp_path / "m/checkpoints/checkpoint-1").is_dir()
    fit(configure(tmp_path / "m", labels, EVERY_STEP), write=quiet)  # the run itself goes on and finishes
    again: list[str] = []
    fit(configure(tmp_path / "m", other, EVERY_STEP), write=again.append)  # now nothing is lost: it starts afresh
    fresh = fit(configure(tmp_path / "fresh", other, EVERY_STEP), write=quiet)
    assert any(line.startswith("step 1/") for line in again) and same_weights(tmp_path / "m", fresh)


def test_training_stops_when_dev_gets_no_better(
    tmp_path: Path, labels: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.5, 0.9, 0.8, 0.7, 0.6, 0.5])
    monkeypatch.setattr("training.trainer.dev_figures", lambda *_: {"score": next(scores)})
    lines: list[str] = []
    fit(configure(tmp_path / "m", labels, {"num_train_epochs": 6}, patience=2), write=lines.append)
    assert sum("dev score" in line and line.startswith("step") for line in lines) == 4
    best = json.loads((tmp_path / "m/checkpoints/checkpoint-8/trainer_state.json").read_text())["best_model_checkpoint"]
    kept, written = load_file(Path(best) / "model.safetensors"), load_file(tmp_path / "m/model.safetensors")
    assert best.endswith("checkpoint-4")  # two steps an epoch, best at the second
    assert all(torch.equal(kept[name], written[name]) for name in kept if not name.startswith("link_head"))


def test_accumulated_small_batches_make_the_step_of_a_big_one(tmp_path: Path, labels: Path, configure: Configure) -> None:
    """Equal where every batch decides as many labels; the mean of means otherwise, so only about."""
    spec, plain = (
        {"passage_tokens": 48},
        {"num_train_epochs": 1, "max_grad_norm": 1e9, "eval_strategy": "no", "save_strategy": "no"},
    )
    path = write_csv(tmp_path / "two.csv", ("text", "claim_type"))
    optim = {"head_dropout": 0.0}
    losses = {}
    for name, size, times in (("big", 12, 1), ("small", 3, 4)):
        lines: list[str] = []
        batches = {"per_device_train_batch_size": size, "gradient_accumulation_steps": times}
        config = configure(
            tmp_path / name, path, {**plain, **batches}, spec=spec, optim=optim, data={"train": [str(path)], "dev_fraction": 0.01}
        )
        fit(config, write=lines.append)
        losses[name] = [float(line.split()[-1]) for line in lines if "  loss " in line]
    assert losses["small"] == pytest.approx(losses["big"], abs=0.02)


def test_bf16_trains(tmp_path: Path, labels: Path, configure: Configure) -> None:
    lines: list[str] = []
    folder = fit(configure(tmp_path / "m", labels, {"bf16": True, "num_train_epochs": 12}), write=lines.append)
    losses = [float(line.split()[-1]) for line in lines if "  loss " in line]
    assert losses[-1] < losses[0]
    assert {t.dtype for t in load_file(folder / "model.safetensors").values()} == {torch.float32}


@pytest.mark.parametrize("missing", ["oneDNN's", "the processor's own"])
def test_bf16_is_left_alone_where_the_processor_would_emulate_it(
    tmp_path: Path, labels: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: missing != "oneDNN's")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: missing == "oneDNN's", raising=False)
    fit(configure(tmp_path / "m", labels, {"bf16": True, "max_steps": 1}), write=lines.append)
    assert lines[0].startswith("bf16: this processor has no instructions for it")


def test_frozen_embeddings_stay_and_the_rest_learns(fitted: Path, encoder: Path) -> None:
    before, after = load_file(encoder / "model.safetensors"), load_file(fitted / "model.safetensors")
    assert torch.equal(before["embeddings.word_embeddings.weight"], after["encoder.embeddings.word_embeddings.weight"])
    moved = "encoder.layer.1.output.dense.weight"
    assert not torch.equal(before[moved], after[f"encoder.{moved}"])


def test_a_start_model_gives_its_weights(tmp_path: Path, fitted: Path, labels: Path, configure: Configure) -> None:
    tiny = {"encoder_lr": 1e-12, "head_lr": 1e-12}
    folder = fit(configure(tmp_path / "m", labels, {"num_train_epochs": 1}, start=str(fitted), optim=tiny), write=quiet)
    before, after = load_file(fitted / "model.safetensors"), load_file(folder / "model.safetensors")
    torch.testing.assert_close(after["claim_head.0.weight"], before["claim_head.0.weight"], atol=1e-6, rtol=0)
    with pytest.raises(StanceError, match=r"no model\.safetensors"):
        fit(configure(tmp_path / "n", labels, start=str(tmp_path)), write=quiet)


def test_one_article_trains_without_dev(tmp_path: Path, configure: Configure) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()[:3]), "utf-8")
    folder = fit(configure(tmp_path / "m", path, {"num_train_epochs": 3, "save_total_limit": 3}), write=quiet)
    assert json.loads((folder / "fit.json").read_text("utf-8"))["dev"] == {"score": 0.0}
    last = load_file(max((folder / "checkpoints").glob("checkpoint-*"), key=lambda p: int(p.name[11:])) / "model.safetensors")
    kept = load_file(folder / "model.safetensors")  # the last epoch's: there was nothing to pick by
    assert all(torch.equal(last[name], weight) for name, weight in kept.items() if not name.startswith("link_head."))


def test_two_processes_finish_and_write_once(tmp_path: Path, labels: Path, configure: Configure) -> None:
    config = configure(tmp_path / "m", labels, {"use_cpu": True, "ddp_backend": "gloo"})
    path = tmp_path / "config.yaml"
    path.write_text(config.model_dump_json(), "utf-8")  # JSON is YAML
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={port}", "-m", "training", "fit", str(path)]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr.count("written; next:") == done.stderr.count("articles to train on") == 1
    assert load_labeler(tmp_path / "m").label("Rain fell.").sentences


def test_progress_goes_to_standard_error(
    tmp_path: Path, labels: Path, configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(configure(tmp_path / "m", labels, {"num_train_epochs": 1}))
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(
        "3 articles to train on, 1 to measure on; tasks: speaker, claim_type, stance; claim types: fact"
    )
    assert fitting.DEFAULTS["restore_callback_states_from_checkpoint"]


def test_without_an_epoch_only_the_scorer_is_fitted(tmp_path: Path, labels: Path, fitted: Path, configure: Configure) -> None:
    folder = fit(configure(tmp_path / "m", labels, {"num_train_epochs": 0}, start=str(fitted)), write=quiet)
    before, after = (load_file(place / "model.safetensors") for place in (fitted, folder))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(name.startswith("link_head.") for name in changed)
