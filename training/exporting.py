"""Model folder -> runtime folder: five ONNX graphs, fused and by default int8, checked against torch."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from stance.errors import UsageError
from stance.labeler import Labeler
from stance.records import TASKS, Record
from stance.referents import FEATURES as REFERENT_FEATURES
from stance.resolve import FEATURES
from stance.runtime import GRAPHS, RUNTIME_FILES, SUMS_FILE, TOKENIZER_FILE, load, sha256
from training.calibrate import calibrate
from training.card import write_card
from training.checkpoint import from_pretrained, labeler
from training.gold import Labelled, read
from training.model import StanceModel
from training.quantise import quantise

OPSET = 18
CARD_FILE = "README.md"


@dataclass(frozen=True, slots=True)
class Parity:
    """How often the exported model gives torch's label, by task, over the sentences of the dev file."""

    sentences: int
    agreement: dict[str, float]

    def __str__(self) -> str:
        return f"same labels as torch fp32 on {self.sentences} sentences: " + ", ".join(
            f"{t} {v:.4f}" for t, v in self.agreement.items()
        )


PRECISIONS: tuple[str, ...] = ("int8", "fp32")
"""What the encoder may be written in: int8 for processors, single precision for a GPU, on which int8 products do not run."""


def export(
    model: str | Path,
    output: str | Path,
    dev: str | Path | None = None,
    notes: str | Path | None = None,
    precision: str = PRECISIONS[0],
) -> str:
    """Write the runtime folder of a model folder.

    Args:
        model: folder that ``fit`` wrote.
        output: folder to write; its files are replaced.
        dev: label file: calibrates the exported (int8) model and compares it with torch.
        notes: Markdown file that the model card ends with (data, licences, figures).
        precision: one of :data:`PRECISIONS`.

    Returns:
        What was written, and the parity where ``dev`` is given.

    Raises:
        ModelError: ``model`` is no model folder.
        UsageError, InputError: ``dev`` is no label file, or ``precision`` none that is known.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"--precision {precision}: expected one of {', '.join(PRECISIONS)}")
    items = [] if dev is None else read(dev)  # a wrong name shows before the work
    torch_model = from_pretrained(model)
    target = Path(output)
    target.mkdir(parents=True, exist_ok=True)
    _write_runtime(torch_model, Path(model), target, precision)
    lines = [f"{output}: {sum((target / f).stat().st_size for f in RUNTIME_FILES) / 1e6:.1f} MB"]
    write_card(torch_model.spec, Path(model), target / CARD_FILE, notes)
    _write_sums(target)
    if items:
        calibrate(load_labeler(target), items).save(target)
        _write_sums(target)
        lines.append(str(parity(labeler(torch_model, model), load_labeler(target), items)))
    return "\n".join(lines)


@contextlib.contextmanager
def as_exported(model: StanceModel, tokenizer: str | Path) -> Iterator[Labeler]:
    """A labeler on the model as it will run, in int8: what learns from readings learns from those that it will see."""
    with tempfile.TemporaryDirectory() as folder:
        _write_runtime(model, Path(tokenizer), Path(folder), PRECISIONS[0])
        _write_sums(Path(folder))
        yield Labeler(load(folder))


def load_labeler(folder: Path) -> Labeler:
    """A labeler of the exported folder, one article at a time."""
    return Labeler(load(folder), threads=1)


def parity(torch_side: Labeler, onnx_side: Labeler, items: Sequence[Labelled]) -> Parity:
    """Share of sentences to which both sides give the same label, by task."""
    same = {task: [] for task in TASKS if task in onnx_side.spec.tasks}  # type: dict[str, list[bool]]
    articles = [item.article for item in items]
    for a, b in zip(torch_side.stream(articles), onnx_side.stream(articles), strict=True):
        for left, right in zip(a.sentences, b.sentences, strict=True):
            for task, found in same.items():
                found.append(_answer(left, task) == _answer(right, task))
    return Parity(len(next(iter(same.values()), [])), {task: float(np.mean(found)) for task, found in same.items()})


def _answer(record: Record, task: str) -> object:
    return getattr(record, task)


class _Encode(nn.Module):
    """One passage, no padding, no batch: arrays as ``stance.runtime.Backend.encode`` gives them."""

    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, shapes: Tensor, spans: Tensor) -> tuple[Tensor, ...]:
        rows = torch.cat([torch.zeros_like(spans[:, :1]), spans], 1)
        out = self.model.encode(ids.unsqueeze(0), shapes.unsqueeze(0), rows)
        return out.states[0], out.mention, out.target, out.attributed, out.claim_type, out.names[0], out.naming, out.aiming


class _Pool(nn.Module):
    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, states: Tensor, spans: Tensor) -> Tensor:
        rows = torch.cat([torch.zeros_like(spans[:, :1]), spans], 1)
        return self.model.pool(states.unsqueeze(0), rows)


class _Part(nn.Module):
    """One head as a graph of its own."""

    def __init__(self, model: StanceModel, method: str) -> None:
        super().__init__()
        self.model = model
        self.method = method

    def forward(self, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        return getattr(self.model, self.method)(a, b, c)


_OUTPUTS = ("states", "mention", "target", "attributed", "claim_type", "names", "naming", "aiming")


def _graph(model: StanceModel, graph: str) -> tuple[nn.Module, dict[str, Tensor], tuple[str, ...], dict[str, dict[int, str]]]:
    """Module, example inputs, output names and dynamic axes of one graph."""
    width = int(model.encoder.config.hidden_size)
    if graph == "encode":
        ids = torch.ones(11, dtype=torch.long)
        inputs = {"ids": ids, "shapes": torch.zeros_like(ids), "spans": torch.tensor([[1, 4], [4, 7], [7, 10]])}
        axes = {
            "ids": {0: "T"},
            "shapes": {0: "T"},
            "spans": {0: "S"},
            "states": {0: "T"},
            "names": {0: "T"},
            "attributed": {0: "S"},
        }
        axes |= {"claim_type": {0: "S"}, "naming": {0: "S", 1: "T"}, "aiming": {0: "S", 1: "T"}}
        axes |= {"mention": {0: "S", 2: "T"}, "target": {0: "S", 2: "T"}}
        return _Encode(model), inputs, _OUTPUTS, axes
    if graph == "pool":
        inputs = {"states": torch.randn(11, width), "spans": torch.tensor([[1, 4], [4, 7], [7, 10]])}
        return _Pool(model), inputs, ("vectors",), {"states": {0: "T"}, "spans": {0: "N"}, "vectors": {0: "N"}}
    if graph in ("link", "refer"):
        inputs = {
            "queries": torch.randn(3, 2 * width),
            "candidates": torch.randn(3, 5, width),
            "features": torch.randn(3, 5, FEATURES if graph == "link" else REFERENT_FEATURES),
        }
        axes = {"queries": {0: "M"}, "candidates": {0: "M", 1: "N"}, "features": {0: "M", 1: "N"}, "scores": {0: "M", 1: "N"}}
        return _Part(model, graph), inputs, ("scores",), axes
    inputs = {name: torch.randn(3, width) for name in ("sentences", "speakers", "targets")}
    return _Part(model, "stance"), inputs, ("logits",), {name: {0: "P"} for name in (*inputs, "logits")}


def _write_runtime(model: StanceModel, tokenizer: Path, target: Path, precision: str) -> None:
    """Everything but the card and the sums."""
    for graph in GRAPHS:
        _write_graph(model, graph, target / f"{graph}.onnx", precision)
    shutil.copyfile(tokenizer / TOKENIZER_FILE, target / TOKENIZER_FILE)
    model.spec.save(target)


def _write_graph(model: StanceModel, graph: str, path: Path, precision: str) -> None:
    module, inputs, outputs, axes = _graph(model, graph)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # the exporter's deprecations are not the user's
        raw = Path(folder) / "raw.onnx"
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(raw),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        if graph != "encode":
            onnx.save(onnx.load(str(raw)), str(path))
        elif precision == "fp32":
            onnx.save(_fused(raw, model), str(path))
        else:
            fused = _fused(raw, model)
            # The heads stay in single precision: 2 % of the work, and their logits are what users see.
            onnx.save(quantise(fused, keep=[n.name for n in fused.graph.node if "_head" in n.name]), str(path))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's and the quantizer's notes about their own work, and without touching anybody's loggers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _fused(raw: Path, model: StanceModel) -> onnx.ModelProto:
    """The graph with GELU and layer norm as one node each, where ONNX Runtime knows the encoder.

    Measured on 256 tokens and two cores: the addition fused into the layer norm takes 4 times as long as the two apart, and
    GELU by its error function twice as long as by tanh, from which it differs by less than int8 does (.0005).
    """
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    config, options = model.encoder.config, FusionOptions("bert")
    options.enable_skip_layer_norm = options.enable_bias_skip_layer_norm = False
    fused = optimizer.optimize_model(
        str(raw),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
        optimization_options=options,
    ).model
    for node in fused.graph.node:
        if node.op_type == "BiasGelu" and not any("_head" in name for name in node.input):
            node.op_type = "FastGelu"
    return fused


def _write_sums(folder: Path) -> None:
    names = [*RUNTIME_FILES, *([CARD_FILE] if (folder / CARD_FILE).is_file() else [])]
    (folder / SUMS_FILE).write_text("".join(f"{sha256(folder / name)}  {name}\n" for name in names), "utf-8")
