"""Matrix products and embeddings of an ONNX graph to int8, row by row.

Weights are quantised per column once. Activations are quantised as they come, each token by its own largest value: one
token with large activations (punctuation, the special ones) then costs no other token its precision, and a token's states
depend on nothing but its passage. ONNX Runtime's own dynamic quantisation takes one range for the whole array; measured on
gold dev against single precision (claim type, mention): .952/.983 the same with one range, .984/.994 row by row, and faster (the range of a row is found and applied in two passes).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

ZERO = 128
"""Zero point of the activations: unsigned times signed is what the processor's int8 instructions multiply."""

LEAST_GELU = -0.1701
"""GELU's least value (-.16997; -.17004 by tanh), rounded down."""

CONTRIBUTED = "com.microsoft"
"""Domain of ONNX Runtime's own operators: the product with its column scale is one of them, one pass less over memory."""

_LEAST_COLUMNS = 8  # a product of fewer columns is not worth it
_LEAST_ROWS = 1000  # nor is a table of fewer rows


def quantise(model: onnx.ModelProto, keep: Collection[str] = ()) -> onnx.ModelProto:
    """Replace the matrix products with constant weights, and look-ups in large tables, by int8 ones, in place.

    Args:
        model: graph in single precision, opset 18.
        keep: names of nodes to leave as they are.
    """
    weights = {t.name: t for t in model.graph.initializer}
    positive = {n.output[0] for n in model.graph.node if "Gelu" in n.op_type}
    rewriting = _Rewriting(positive)
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        constant = weights.get(_weight_of(node))
        if constant is None or node.name in keep or not _worth_it(node, constant):
            nodes.append(node)
        else:
            nodes += rewriting.product(node, constant) if node.op_type == "MatMul" else rewriting.look_up(node, constant)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [t for t in model.graph.initializer if t.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend([*kept, *rewriting.constants.values()])
    if CONTRIBUTED not in {known.domain for known in model.opset_import}:
        model.opset_import.append(helper.make_opsetid(CONTRIBUTED, 1))
    return model


def columns(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 of each column: f32[K, N] -> int8[K, N], f32[N].

    >>> columns(np.array([[1.0, -4.0], [0.5, 2.0]], np.float32))[0].tolist()
    [[127, -127], [64, 64]]
    """
    scales = np.maximum(np.abs(weight).max(axis=0), 1e-9) / 127
    return np.clip(np.round(weight / scales), -127, 127).astype(np.int8), scales.astype(np.float32)


def _weight_of(node: NodeProto) -> str:
    return {"MatMul": node.input[1], "Gather": node.input[0]}.get(node.op_type, "") if len(node.input) == 2 else ""


def _worth_it(node: NodeProto, constant: TensorProto) -> bool:
    if constant.data_type != TensorProto.FLOAT or len(constant.dims) != 2:
        return False
    return constant.dims[1] >= _LEAST_COLUMNS if node.op_type == "MatMul" else constant.dims[0] >= _LEAST_ROWS


class _Rewriting:
    """The new nodes and the constants that they share."""

    def __init__(self, positive: Collection[str]) -> None:
        self._positive = positive  # arrays that GELU bounds from below
        self.constants: dict[str, TensorProto] = {}
        self._rows: dict[str, tuple[str, str]] = {}

    def product(self, node: NodeProto, constant: TensorProto) -> list[NodeProto]:
        """x W as (row scale) (column scale) (int8 x)(int8 W)."""
        integers, scales = columns(numpy_helper.to_array(constant))
        name, x = node.output[0], node.input[0]
        nodes = self._quantised_rows(x)
        rows, row_scale = self._rows[x]
        zero = self._constant("int8_bottom" if x in self._positive else "int8_zero", np.array(self._zero(x), np.uint8))
        copied = f"{constant.name}_int8" in self.constants  # what several nodes share, ONNX Runtime cannot make unsigned
        weight = self._constant(f"{name if copied else constant.name}_int8", integers)
        scale = self._constant(f"{constant.name}_scale", scales)
        one = self._constant("int8_one", np.array(1, np.float32))
        product = helper.make_node(
            "MatMulIntegerToFloat", [rows, weight, one, scale, zero], [f"{name}_columns"], domain=CONTRIBUTED
        )
        if x not in self._positive:
            return [*nodes, product, helper.make_node("Mul", [f"{name}_columns", row_scale], [name])]
        # What counting from LEAST_GELU in place of 0 took away.
        shift = self._constant(f"{constant.name}_bottom", (LEAST_GELU * integers.sum(axis=0) * scales).astype(np.float32))
        scaled = helper.make_node("Mul", [f"{name}_columns", row_scale], [f"{name}_rows"])
        return [*nodes, product, scaled, helper.make_node("Add", [f"{name}_rows", shift], [name])]

    def _zero(self, x: str) -> int:
        return 0 if x in self._positive else ZERO

    def look_up(self, node: NodeProto, constant: TensorProto) -> list[NodeProto]:
        """table[i] as (row scale)[i] (int8 table)[i]."""
        integers, scales = columns(numpy_helper.to_array(constant).T)
        table = self._constant(f"{constant.name}_int8", np.ascontiguousarray(integers.T))
        scale = self._constant(f"{constant.name}_scale", scales[:, None])
        name, indices = node.output[0], node.input[1]
        return [
            helper.make_node("Gather", [table, indices], [f"{name}_int8"], axis=0),
            helper.make_node("Cast", [f"{name}_int8"], [f"{name}_whole"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [scale, indices], [f"{name}_scale"], axis=0),
            helper.make_node("Mul", [f"{name}_whole", f"{name}_scale"], [name]),
        ]

    def _quantised_rows(self, x: str) -> list[NodeProto]:
        """Nodes that quantise ``x``, once for all products that take it (queries, keys and values do)."""
        if x in self._rows:
            return []
        self._rows[x] = (f"{x}_uint8", f"{x}_row_scale")
        whole = self._constant("int8_whole", np.array([-1], np.int64))
        least = self._constant("int8_least", np.array(1e-9, np.float32))
        zero = self._constant("int8_bottom" if x in self._positive else "int8_zero", np.array(self._zero(x), np.uint8))
        counted, nodes = self._range(x)
        return [
            *nodes,
            helper.make_node("Max", [f"{x}_step", least], [f"{x}_row_scale"]),
            helper.make_node("Reshape", [f"{x}_row_scale", whole], [f"{x}_scales"]),
            helper.make_node("Shape", [f"{x}_scales"], [f"{x}_count"]),
            helper.make_node("Expand", [zero, f"{x}_count"], [f"{x}_zeros"]),
            helper.make_node("QuantizeLinear", [counted, f"{x}_scales", f"{x}_zeros"], [f"{x}_uint8"], axis=-2),
        ]

    def _range(self, x: str) -> tuple[str, list[NodeProto]]:
        """What is to be quantised, and the nodes that give it and the step of each row."""
        axis = self._constant("int8_axis", np.array([-1], np.int64))
        if x in self._positive:  # never below LEAST_GELU: all 256 steps go to what occurs
            depth = self._constant("int8_depth", np.array(-LEAST_GELU, np.float32))
            step = self._constant("int8_step_above", np.array(1 / 255, np.float32))
            return f"{x}_raised", [
                helper.make_node("Add", [x, depth], [f"{x}_raised"]),
                helper.make_node("ReduceMax", [f"{x}_raised", axis], [f"{x}_largest"], keepdims=1),
                helper.make_node("Mul", [f"{x}_largest", step], [f"{x}_step"]),
            ]
        step = self._constant("int8_step", np.array(1 / 127, np.float32))
        return x, [  # two looks at the array are quicker than a copy of its absolute values
            helper.make_node("ReduceMax", [x, axis], [f"{x}_highest"], keepdims=1),
            helper.make_node("ReduceMin", [x, axis], [f"{x}_lowest"], keepdims=1),
            helper.make_node("Neg", [f"{x}_lowest"], [f"{x}_below"]),
            helper.make_node("Max", [f"{x}_highest", f"{x}_below"], [f"{x}_largest"]),
            helper.make_node("Mul", [f"{x}_largest", step], [f"{x}_step"]),
        ]

    def _constant(self, name: str, array: np.ndarray) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(array, name)
        return name
