"""The torch weights of an exported model: what shipped in int8 can be trained on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto, NodeProto, numpy_helper

from stance.errors import ModelError
from stance.runtime import GRAPHS, verify

_ROOT = "model."  # of parameters' names: the graphs are wrappers around a StanceModel
_INT8, _SCALE = "_int8", "_scale"  # as training.quantise names them


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """``StanceModel``'s parameters by name, f32; those in int8 to within half a step of their column's (a 127th of its largest).

    The exporter names parameters after the model's, but for the weights of matrix products, which it turns round and which
    bear the name of the module in the node that multiplies.

    Raises:
        ModelError: a file is missing or altered, or not one that ``export`` wrote.
    """
    verify(folder)
    found: dict[str, torch.Tensor] = {}
    for graph in GRAPHS:
        try:
            model = onnx.load(str(folder / f"{graph}.onnx"))
        except Exception as error:  # protobuf's own
            raise ModelError(f"{folder / graph}.onnx: no ONNX graph ({error}); export the model again") from None
        found.update({name: torch.from_numpy(array.copy()) for name, array in _parameters(model)})
    return found


def _parameters(model: ModelProto) -> Iterator[tuple[str, np.ndarray]]:
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for name, array in arrays.items():
        whole = name.removesuffix(_INT8)
        if name.startswith(_ROOT) and not name.endswith(_SCALE):
            yield whole.removeprefix(_ROOT), array if name == whole else array.astype(np.float32) * arrays[f"{whole}{_SCALE}"]
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in arrays:
            yield f"{_module(node)}.weight", arrays[node.input[1]].T
        elif node.op_type == "MatMulIntegerToFloat":
            yield f"{_module(node)}.weight", (arrays[node.input[1]].astype(np.float32) * arrays[node.input[3]]).T


def _module(node: NodeProto) -> str:
    """The module whose product a node is: ``/token_head/token_head.0/MatMul_output_0`` -> ``token_head.0``."""
    path: list[str] = []
    for part in node.output[0].split("/")[1:-1]:
        if path and part.startswith(f"{path[-1]}."):
            path.pop()
        path.append(part)
    return ".".join(path)
