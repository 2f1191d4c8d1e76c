"""``PassageTrainer``: Hugging Face's Trainer with our loss, two learning rates, and metrics of records against records."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from transformers import Trainer, TrainerCallback
from transformers.trainer_pt_utils import LengthGroupedSampler

from stance.errors import UsageError
from training import metrics
from training.checkpoint import labeler
from training.config import FitConfig, OptimConfig
from training.gold import Labelled
from training.loss import counts, head_losses, taught_losses, total
from training.model import StanceModel
from training.predictions import predict

SCORE = "score"
"""Name of the dev figure that picks the best checkpoint: the mean of :data:`SCORED` that the data allows."""

SCORED: tuple[str, ...] = (
    "speaker_attributed_f1",
    "speaker_mention_overlap_f1",
    "claim_type_macro_f1",
    "stance_macro_f1",
    "stance_given_macro_f1",
    "target_overlap_f1",
)


class PassageTrainer(Trainer):
    """Overrides the loss, the optimizer, the evaluation and the order; the loop is the library's."""

    def __init__(self, config: FitConfig, tokenizer_folder: str, dev: Sequence[Labelled], **trainer: Any) -> None:
        super().__init__(**trainer)
        self.fit_config = config
        self.tokenizer_folder = tokenizer_folder
        self.dev = dev
        self.order = torch.Generator()
        self.add_callback(SeedEachEpoch(self.order))

    def compute_loss(
        self, model: torch.nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        encoded, stance = model(**{key: inputs[key] for key in ("ids", "shapes", "mask", "rows", "pairs")})
        decided = counts(inputs)
        if self.args.world_size > 1:
            decided = self.accelerator.reduce(decided, "mean")
        weights, share = self.fit_config.heads.model_dump(), self.fit_config.teacher_share
        loss = total(head_losses(encoded, stance, inputs, decided), weights)
        if self.fit_config.teacher is not None:
            loss = torch.lerp(loss, total(taught_losses(encoded, stance, inputs), weights), share)
        return (loss, encoded) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """The library's; passages of like length are put together over the processes' batches, as one process would."""
        sampler = super()._get_train_sampler(train_dataset)
        if isinstance(sampler, LengthGroupedSampler):
            sampler.batch_size *= self.args.world_size
            sampler.generator = self.order
        return sampler

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            groups = parameter_groups(cast(StanceModel, self.model), self.fit_config, self.args.weight_decay)
            self.optimizer = torch.optim.AdamW(
                groups, betas=(self.args.adam_beta1, self.args.adam_beta2), eps=self.args.adam_epsilon, fused=True
            )
        return self.optimizer

    def evaluate(self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval") -> dict[str, float]:
        """Label the dev articles as a user would, and compare records with records."""
        found = dev_figures(cast(StanceModel, self.model), self.tokenizer_folder, self.dev)
        logged = {f"{metric_key_prefix}_{name}": value for name, value in found.items()}
        self.log(logged)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, logged)
        return logged


def dev_figures(model: StanceModel, tokenizer_folder: str, dev: Sequence[Labelled]) -> dict[str, float]:
    """Every figure on the dev articles, and :data:`SCORE`."""
    predicted = predict(labeler(model, tokenizer_folder), dev)
    gold = [r for item in dev for r in item.records]
    values, most = metrics.values(gold, predicted), metrics.values(gold, gold)
    # A figure that the data allow and that these weights have none of (they point at nobody yet) counts as 0.
    scored = [float(np.nan_to_num(values.get(name, 0.0))) for name in SCORED if most.get(name, 0.0) > 0]
    return {**values, SCORE: sum(scored) / max(1, len(scored))}


def freeze(model: StanceModel, optim: OptimConfig) -> None:
    """Set at rest what ``optim`` says is to stay as it is; before the encoder is compiled.

    Raises:
        UsageError: more layers than the encoder has, or layers of an encoder that has none.
    """
    if optim.freeze_embeddings:
        model.encoder.get_input_embeddings().requires_grad_(False)
    if not optim.freeze_layers:
        return
    layers = next((part for part in model.encoder.modules() if isinstance(part, torch.nn.ModuleList)), torch.nn.ModuleList())
    if optim.freeze_layers > len(layers):
        raise UsageError(f"optim.freeze_layers is {optim.freeze_layers}, but the encoder has {len(layers)} layers")
    # All that is no layer lies below them (positions, norms, a bias that all layers share), and so do the shapes: one weight
    # there that learns would have every layer computed backwards.
    learning = {id(p) for layer in layers[optim.freeze_layers :] for p in layer.parameters()}
    for parameter in (*model.shapes.parameters(), *model.encoder.parameters()):
        parameter.requires_grad_(id(parameter) in learning)


def parameter_groups(model: StanceModel, config: FitConfig, weight_decay: float) -> list[dict[str, Any]]:
    """Encoder and heads with their learning rates; biases and norms without weight decay; frozen weights left out."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = config.optim.encoder_lr if name.startswith("encoder.") else config.optim.head_lr
        decay = weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": parameters, "lr": rate, "weight_decay": decay} for (rate, decay), parameters in groups.items()]


class OneLine(TrainerCallback):
    """Writes one line of metrics a task after each evaluation, in place of the library's dict."""

    def __init__(self, write: Any) -> None:
        self.write = write

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **kwargs: Any) -> None:
        if not state.is_world_process_zero or not logs:
            return
        head = f"step {state.global_step}/{state.max_steps}"
        if "loss" in logs:
            self.write(f"{head}  loss {float(logs['loss']):.4f}")
        by_task: dict[str, list[str]] = {}
        for key, value in logs.items():
            for task in ("speaker", "claim_type", "stance_given", "stance", "target", SCORE):
                if key.startswith(f"eval_{task}"):
                    by_task.setdefault(task, []).append(f"{key.removeprefix(f'eval_{task}').strip('_') or SCORE} {value:.3f}")
                    break
        for task, figures in by_task.items():
            self.write(f"{head}  dev {task}: {', '.join(figures)}")


class SeedEachEpoch(TrainerCallback):
    """Makes the order of an epoch a function of seed and epoch, so that a resumed run takes up the very batches it left.

    The library's length-grouped sampler draws from torch's global generator, whose state at the start of an epoch hangs on
    all that was drawn before, and which a resumed run sets anew between this call and the first batch.

    Args:
        order: the sampler's own generator.
    """

    def __init__(self, order: torch.Generator) -> None:
        self.order = order

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.order.manual_seed(args.seed + int(state.epoch or 0))


RUN_FILE = "run.json"
"""Beside the checkpoints: what they are checkpoints of."""


def resumable(folder: str | Path, digest: str) -> str | None:
    """The newest checkpoint of the very run that ``digest`` stands for, ``None`` where it starts afresh.

    The checkpoints of another run that is finished are removed: its model is written. Called once a run, by one process.

    Raises:
        UsageError: checkpoints of another run that was cut short; nobody should lose them by a changed setting.
    """
    root = Path(folder)
    newest, record = newest_checkpoint(root), root / RUN_FILE
    known = json.loads(record.read_text("utf-8")) if record.is_file() else {}
    if newest is not None and known and known["digest"] != digest:
        if not known.get("finished"):
            raise UsageError(
                f"{root}: holds checkpoints of a run on other data or settings that was cut short; "
                f"give another output, or delete that folder (or only its {RUN_FILE}, to go on from them all the same)"
            )
        shutil.rmtree(root)
        newest = None
    mark(root, digest, finished=False)
    return newest


def mark(folder: str | Path, digest: str, finished: bool) -> None:
    """Write :data:`RUN_FILE`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / RUN_FILE).write_text(json.dumps({"digest": digest, "finished": finished}) + "\n", "utf-8")


def newest_checkpoint(folder: str | Path) -> str | None:
    """The latest complete checkpoint, or ``None``; the Trainer writes a checkpoint's state last."""
    found = [p for p in Path(folder).glob("checkpoint-*") if p.name[11:].isdigit() and _is_json(p / "trainer_state.json")]
    return str(max(found, key=lambda p: int(p.name[11:]))) if found else None


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return True
