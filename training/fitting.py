"""``FitConfig`` -> model folder; reads as the recipe."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback, TrainingArguments, set_seed
from transformers.trainer_utils import IntervalStrategy

from stance.errors import UsageError
from stance.spec import ModelSpec
from training import data
from training.calibrate import calibrate
from training.checkpoint import average, encoder_folder, from_encoder, from_pretrained, labeler, load_matching, save_pretrained
from training.config import FitConfig, read
from training.distilling import teach
from training.examples import Collate, collate
from training.exporting import as_exported
from training.linking import drawn, fit_link, link_examples
from training.model import StanceModel
from training.trainer import SCORE, OneLine, PassageTrainer, dev_figures, freeze, mark, resumable

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
    "restore_callback_states_from_checkpoint": True,  # else a resumed run forgets its patience
    "disable_tqdm": not sys.stderr.isatty(),
}
"""Trainer settings that a config need not repeat."""


def fit(config: FitConfig | str | Path, overrides: list[str] | None = None, write: Write | None = None) -> Path:
    """Train a model and write its folder.

    A run that was killed goes on from its newest checkpoint when it is started again with the same settings, data and
    output. With no epoch at all (``start=FOLDER trainer.num_train_epochs=0``) only the scorer of candidate speakers and the
    temperatures are fitted.

    Args:
        config: a :class:`FitConfig`, or the path of a YAML file.
        overrides: ``key=value`` for a path.
        write: takes a line of progress; standard error by default.

    Returns:
        The model folder, ``config.output``.

    Raises:
        UsageError: a bad configuration, or an output that holds another run's checkpoints.
        InputError: bad labels.
    """
    settings = config if isinstance(config, FitConfig) else read(config, overrides)
    arguments = _arguments(settings)
    checkpoints = str(arguments.output_dir)
    say = _say(write, arguments)
    set_seed(arguments.seed)
    items = data.load(settings.data)
    if items.unlabelled and settings.teacher is None:
        raise UsageError("data.unlabelled: nobody says anything about these articles; set `teacher`, for example teacher=large")
    if not any(r.labelled for item in items.dev for r in item.records):  # nothing to pick weights by: the last are taken
        arguments.eval_strategy, arguments.load_best_model_at_end = IntervalStrategy.NO, False
    spec = data.make_spec(settings.spec, items.train)
    tokenizer = encoder_folder(settings.encoder)
    model = from_encoder(
        settings.encoder, spec, settings.optim.attention, settings.optim.encoder_dropout, settings.optim.head_dropout
    )
    if settings.start:
        load_matching(model, settings.start)
    freeze(model, settings.optim)
    if settings.optim.compile and (torch.cuda.is_available() or (arguments.bf16 and _has_compiler())):
        model.encoder.compile(dynamic=True)  # in place: names of weights stay
    batches: Collate = collate
    articles = items.train + items.unlabelled
    passages = data.dataset(articles, spec, tokenizer)
    digest = _digest(settings, items, spec, tokenizer)
    with arguments.main_process_first(local=False):
        checkpoint = resumable(checkpoints, digest)
    if settings.trainer.get("bf16") and not arguments.bf16:
        say("bf16: this processor has no instructions for it, so it trains in single precision")
    taught = f"{len(items.unlabelled)} to be taught on, " if items.unlabelled else ""
    say(
        f"{len(items.train)} articles to train on, {taught}{len(items.dev)} to measure on; tasks: {', '.join(spec.tasks)}; "
        f"claim types: {', '.join(spec.claim_types)}"
    )
    if arguments.num_train_epochs > 0:
        if settings.teacher is not None:
            passages, batches = teach(settings.teacher, articles, spec, passages)
        _train(model, settings, arguments, passages, batches, items, tokenizer, checkpoint, say)
    if arguments.process_index == 0:
        _finish(model, items, tokenizer, settings, say)
        mark(checkpoints, digest, finished=True)
    return Path(settings.output)


def _has_compiler() -> bool:
    return any(map(shutil.which, (os.environ.get("CXX", ""), "g++", "clang++")))


def _digest(settings: FitConfig, items: data.Split, spec: ModelSpec, tokenizer: str) -> str:
    """What makes two runs the same run: settings and articles; not where they are written."""
    parts = [data.digest_of(part, spec, tokenizer) for part in (items.train, items.dev, items.unlabelled)]
    return sha256(json.dumps([settings.model_dump(exclude={"output"}), *parts]).encode()).hexdigest()


def _train(
    model: StanceModel,
    settings: FitConfig,
    arguments: TrainingArguments,
    passages: Any,
    batches: Collate,
    items: data.Split,
    tokenizer: str,
    checkpoint: str | None,
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
        data_collator=batches,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    result = trainer.train(resume_from_checkpoint=checkpoint)
    tokens = sum(passages["length"]) * arguments.num_train_epochs
    seconds = result.metrics.get("train_runtime", 0.0)
    say(
        f"trained {result.global_step} steps in {seconds:.0f} s, {tokens / max(seconds, 1e-9):,.0f} tokens/s with evaluation "
        "(this run; after a resume, of the whole)"
    )


def _finish(model: StanceModel, items: data.Split, tokenizer: str, settings: FitConfig, say: Write) -> None:
    """Resolution, calibration, figures, folder."""
    model.to("cpu")
    if settings.start and (settings.start_share or settings.start_keeps):
        average(model, settings.start, settings.start_share, settings.start_keeps)
    save_pretrained(model, tokenizer, settings.output)
    model = from_pretrained(settings.output)  # not compiled, and as the exporter will find it
    if {"speaker", "target"} & set(model.spec.tasks):
        places, many = drawn(items.train)
        with as_exported(model, tokenizer) as reader:
            speakers, targets = link_examples(reader, (items.train[place] for place in places))
        some = f" (from {len(places):,} of {many:,} articles)" if many > len(places) else ""
        for what, head, part in (("speakers", model.link_head, speakers), ("targets", model.refer_head, targets)):
            if len(part):
                say(f"resolution of {what}: loss {fit_link(head, part, seed=0):.3f}{some}")
    if items.dev:
        model.spec = calibrate(labeler(model, tokenizer), items.dev)
    figures = dev_figures(model, tokenizer, items.dev)
    save_pretrained(model, tokenizer, settings.output)
    figures = {name: value for name, value in figures.items() if value == value}
    facts = json.dumps({"config": settings.model_dump(), "dev": figures}, indent=2)
    (Path(settings.output) / "fit.json").write_text(facts + "\n", "utf-8")
    for name in sorted(figures):
        say(f"dev {name} {figures[name]:.3f}")
    say(f"{settings.output}: written; next: python -m training export {settings.output} -o FOLDER")


_BF16 = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
"""Functions of ``torch.cpu`` that tell of an x86 processor's own instructions."""


def computes_bf16() -> bool:
    """Whether the processor computes bf16 itself. Emulated it is slower than single precision: on AVX2 75 times, and on AVX512 without
    its instructions, which oneDNN takes too, 3.1 times (MiniLM on gold, two cores)."""
    known = [getattr(torch.cpu, name)() for name in _BF16 if hasattr(torch.cpu, name)]
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and (not x86 or not known or any(known))


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
    if not torch.cuda.is_available() and not computes_bf16():
        given["bf16"] = False
    try:
        return TrainingArguments(**given)
    except (TypeError, ValueError) as error:
        raise UsageError(f"trainer: {' '.join(str(error).split())}") from None


def _say(write: Write | None, arguments: TrainingArguments) -> Write:
    """Where progress goes: of several processes the first one speaks."""
    if arguments.process_index != 0:
        return lambda line: None
    return write or (lambda line: print(line, file=sys.stderr, flush=True))
