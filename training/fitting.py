"""``FitConfig`` -> model folder; reads as the recipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, TrainingArguments, set_seed

from stance.errors import UsageError
from training import data
from training.calibrate import calibrate
from training.checkpoint import encoder_folder, from_encoder, labeler, load_matching, save_pretrained
from training.config import FitConfig, read
from training.linking import fit_link, link_examples
from training.model import StanceModel
from training.trainer import SCORE, OneLine, PassageTrainer, dev_figures, newest_checkpoint

Write = Callable[[str], None]

DEFAULTS: dict[str, Any] = {
    "num_train_epochs": 4,
    "per_device_train_batch_size": 8,
    "lr_scheduler_type": "linear",
    "warmup_steps": 0.06,
    "weight_decay": 0.01,
    "max_grad_norm": 1.0,
    "eval_strategy": "epoch",
    "save_strategy": "epoch",
    "save_total_limit": 2,
    "load_best_model_at_end": True,
    "logging_steps": 50,
    "seed": 0,
    "report_to": "none",
    "train_sampling_strategy": "group_by_length",
    "dataloader_num_workers": 0,
    "disable_tqdm": not sys.stderr.isatty(),
}
"""Trainer settings that a config need not repeat."""


def fit(config: FitConfig | str | Path, overrides: list[str] | None = None, write: Write | None = None) -> Path:
    """Train a model and write its folder.

    A run that was killed goes on from its newest checkpoint when it is started again with the same output.

    Args:
        config: a :class:`FitConfig`, or the path of a YAML file.
        overrides: ``key=value`` for a path.
        write: takes a line of progress; standard error by default.

    Returns:
        The model folder, ``config.output``.

    Raises:
        UsageError: a bad configuration.
        InputError: bad labels.
    """
    say = write or (lambda line: print(line, file=sys.stderr, flush=True))
    settings = config if isinstance(config, FitConfig) else read(config, overrides)
    arguments = _arguments(settings)
    set_seed(arguments.seed)
    items = data.load(settings.data)
    spec = data.make_spec(settings.spec, [*items.train, *items.dev])
    say(
        f"{len(items.train)} articles to train on, {len(items.dev)} to measure on; tasks: {', '.join(spec.tasks)}; claim types: {', '.join(spec.claim_types)}"
    )
    tokenizer = encoder_folder(settings.encoder)
    model = from_encoder(
        settings.encoder, spec, settings.optim.attention, settings.optim.encoder_dropout, settings.optim.head_dropout
    )
    if settings.start:
        load_matching(model, settings.start)
    if settings.optim.freeze_embeddings:
        model.encoder.get_input_embeddings().requires_grad_(False)
    passages = data.dataset(items.train, spec, tokenizer)
    _train(model, settings, arguments, passages, items, tokenizer, say)
    if torch.distributed.is_initialized() and torch.distributed.get_rank() != 0:
        return Path(settings.output)
    _finish(model, items, tokenizer, settings, say)
    return Path(settings.output)


def _train(
    model: StanceModel,
    settings: FitConfig,
    arguments: TrainingArguments,
    passages: Any,
    items: data.Split,
    tokenizer: str,
    say: Write,
) -> None:
    callbacks: list[Any] = [OneLine(say)]
    if settings.patience and items.dev and arguments.load_best_model_at_end:
        callbacks.append(EarlyStoppingCallback(early_stopping_patience=settings.patience))
    trainer = PassageTrainer(
        settings,
        tokenizer,
        items.dev,
        model=model,
        args=arguments,
        train_dataset=passages,
        eval_dataset=passages,
        callbacks=callbacks,
    )
    trainer.remove_callback(_printer())
    result = trainer.train(resume_from_checkpoint=newest_checkpoint(arguments.output_dir))
    tokens = sum(len(ids) for ids in passages["ids"]) * arguments.num_train_epochs
    seconds = result.metrics.get("train_runtime", 0.0)
    say(
        f"trained {result.global_step} steps in {seconds:.0f} s, {tokens / max(seconds, 1e-9):,.0f} tokens/s with evaluation (this run; after a resume, of the whole)"
    )


def _finish(model: StanceModel, items: data.Split, tokenizer: str, settings: FitConfig, say: Write) -> None:
    """Resolution, calibration, figures, folder."""
    model.to("cpu").eval()
    if "speaker" in model.spec.tasks:
        reader = labeler(model, tokenizer)
        loss = fit_link(model.link_head, list(link_examples(reader, items.train)), seed=0)
        say(f"resolution: loss {loss:.3f}")
    if items.dev:
        model.spec = calibrate(labeler(model, tokenizer), items.dev)
    figures = dev_figures(model, tokenizer, items.dev)
    save_pretrained(model, tokenizer, settings.output)
    root = Path(settings.output)
    (root / "fit.json").write_text(json.dumps({"config": settings.model_dump(), "dev": figures}, indent=2) + "\n", "utf-8")
    for name in sorted(figures):
        say(f"dev {name} {figures[name]:.3f}")
    say(f"{settings.output}: written; next: python -m training export {settings.output} -o FOLDER")


def _arguments(settings: FitConfig) -> TrainingArguments:
    """``TrainingArguments`` from the config, verbatim.

    Raises:
        UsageError: a setting that the Trainer does not know, or a bad value.
    """
    given = {
        **DEFAULTS,
        "use_cpu": not torch.cuda.is_available(),
        "output_dir": str(Path(settings.output) / "checkpoints"),
        **settings.trainer,
    }
    given.update(remove_unused_columns=False, metric_for_best_model=SCORE, greater_is_better=True)
    if given["eval_strategy"] == "no":
        given["load_best_model_at_end"] = False
    given.setdefault("length_column_name", "length")
    try:
        return TrainingArguments(**given)
    except (TypeError, ValueError) as error:
        raise UsageError(f"trainer: {' '.join(str(error).split())}") from None


def _printer() -> Any:
    from transformers.trainer_callback import PrinterCallback

    return PrinterCallback
