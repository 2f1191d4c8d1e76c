"""Defaults, file and overrides; every mistake is one line that names key and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.errors import UsageError
from training.config import FitConfig, read


def written(folder: Path, text: str) -> Path:
    path = folder / "my.yaml"
    path.write_text(text, "utf-8")
    return path


def test_defaults_then_file_then_overrides(tmp_path: Path) -> None:
    path = written(tmp_path, "output: runs/x\ndata: {train: a.csv}\noptim: {head_lr: 0.01}\n")
    config = read(path, ["output=runs/y", "heads.names=0", "trainer.num_train_epochs=2", "data.dev=[b.csv, c.csv]"])
    assert (config.output, config.data.train, config.data.dev) == ("runs/y", ["a.csv"], ["b.csv", "c.csv"])
    assert (config.optim.head_lr, config.heads.names, config.optim.encoder_lr) == (0.01, 0.0, FitConfig().optim.encoder_lr)
    assert config.trainer == {"num_train_epochs": 2}


@pytest.mark.parametrize("text", ["", "data:\noptim:\ntrainer:\n", "# only a remark\n"])
def test_empty_sections_say_nothing(tmp_path: Path, text: str) -> None:
    assert read(written(tmp_path, text)) == FitConfig()
    assert read(written(tmp_path, text), ["trainer.seed=3"]).trainer == {"seed": 3}


def test_numbers_with_an_exponent_and_a_bare_no(tmp_path: Path) -> None:
    path = written(tmp_path, "optim: {encoder_lr: 1e-4}\ntrainer: {weight_decay: 1e-2, eval_strategy: no, report_to: none}\n")
    config = read(path, ["trainer.max_grad_norm=5e-1", "optim.head_lr=2e-3"])
    assert (config.optim.encoder_lr, config.optim.head_lr) == (1e-4, 2e-3)
    assert config.trainer == {"weight_decay": 0.01, "eval_strategy": "no", "report_to": "none", "max_grad_norm": 0.5}


@pytest.mark.parametrize(
    ("text", "overrides", "words"),
    [
        ("optimm: {head_lr: 1}", [], ["unknown key optimm", "optim"]),
        ("optim: {head_rate: 1}", [], ["unknown key optim.head_rate", "head_lr"]),
        ("optim: {head_lr: fast}", [], ["optim.head_lr", "'fast'"]),
        ("optim: {head_lr: -1}", [], ["optim.head_lr", "greater than 0", "-1"]),
        ("data: {dev_fraction: 2}", [], ["data.dev_fraction", "less than 1"]),
        ("data: {train: [a, 3]}", [], ["data.train.1", "3"]),
        ("trainer: 5", [], ["trainer", "dictionary"]),
        ("- a\n- b", [], ["expected keys and values", "list"]),
        ("a: [1", [], ["no YAML"]),
        ("", ["patience"], ["'patience'", "key=value"]),
        ("", ["patience=[1"], ["'patience=[1'", "no YAML"]),
        ("", ["patience=2", "patience.x=1"], ["patience is a value"]),
        ("patience: 3", ["patience.x=1"], ["patience is a value", "no x"]),
        ("", ["heads.nothing=1"], ["unknown key heads.nothing", "claim_type"]),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, overrides: list[str], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        read(written(tmp_path, text), overrides)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word in line for word in words), line


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read"):
        read(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"bytes\.yaml: no YAML"):
        read(tmp_path / "bytes.yaml")


@pytest.mark.parametrize("name", ["default", "quick"])
def test_the_configurations_of_the_repository_are_valid(name: str) -> None:
    root = Path(__file__).resolve().parent.parent.parent
    assert read(root / "configs" / f"{name}.yaml").encoder
