"""Row-by-row int8 against single precision on a graph of one look-up and two products."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from stance import runtime
from training.quantise import columns, quantise

TABLE = np.random.default_rng(0).normal(size=(1200, 32)).astype(np.float32)
WEIGHT = np.random.default_rng(1).normal(size=(32, 16)).astype(np.float32)


def _graph() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["x"], name="look"),
        helper.make_node("MatMul", ["x", "weight"], ["y"], name="body"),
        helper.make_node("MatMul", ["x", "weight"], ["z"], name="a_head"),
    ]
    weights = [numpy_helper.from_array(TABLE, "table"), numpy_helper.from_array(WEIGHT, "weight")]
    ids = [helper.make_tensor_value_info("ids", TensorProto.INT64, ["T"])]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["T", 16]) for n in ("y", "z")]
    graph = helper.make_graph(nodes, "g", ids, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def _run(model: onnx.ModelProto, ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return _found(model, ids=np.asarray(ids, np.int64))


def _found(model: onnx.ModelProto, **inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Outputs of the graph as the runtime runs it."""
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, str(Path(folder) / "g.onnx"))
        return tuple(runtime._session(Path(folder) / "g.onnx", 1).run(None, inputs))


def test_columns_use_the_whole_range_of_each_column() -> None:
    integers, scales = columns(WEIGHT)
    assert np.abs(integers).max(axis=0).tolist() == [127] * 16
    assert np.abs(integers * scales - WEIGHT).max() <= scales.max() / 2 + 1e-6


def test_a_column_of_zeros_stays_zero() -> None:
    integers, scales = columns(np.zeros((3, 2), np.float32))
    assert not integers.any() and np.isfinite(scales).all()


def test_products_and_look_ups_stay_within_a_percent() -> None:
    exact, _ = _run(_graph(), [3, 700, 1199])
    found, _ = _run(quantise(_graph()), [3, 700, 1199])
    assert not np.array_equal(found, exact)
    assert np.abs(found - exact).max() < 0.02 * np.abs(exact).max()


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    model = quantise(_graph())
    alone, _ = _run(model, [5])
    among, _ = _run(model, [5, 17, 900, 42])
    assert np.array_equal(alone[0], among[0])


def test_nodes_to_keep_stay_in_single_precision() -> None:
    model = quantise(_graph(), keep=["a_head", "look"])
    assert np.array_equal(_run(model, [8])[1], _run(_graph(), [8])[1])


def test_weights_that_nobody_uses_any_more_are_gone() -> None:
    names = {t.name for t in quantise(_graph()).graph.initializer}
    assert "table" not in names and "weight" not in names
    assert {"weight"} <= {t.name for t in quantise(_graph(), keep=["a_head"]).graph.initializer}


@pytest.mark.parametrize("rows", [1, 999])
def test_small_tables_are_left_alone(rows: int) -> None:
    model = _graph()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(TABLE[:rows], "table"))
    assert "table" in {t.name for t in quantise(model).graph.initializer}


def test_outputs_of_gelu_are_counted_from_its_least_value() -> None:
    nodes = [
        helper.make_node("Gelu", ["x"], ["g"], domain="com.microsoft"),
        helper.make_node("MatMul", ["g", "weight"], ["y"], name="body"),
    ]
    x = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", 32])]
    y = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["T", 16])]
    graph = helper.make_graph(nodes, "g", x, y, [numpy_helper.from_array(WEIGHT, "weight")])
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    exact = helper.make_model(graph, opset_imports=imports, ir_version=10)
    rewritten = helper.make_model(onnx.GraphProto.FromString(graph.SerializeToString()), opset_imports=imports, ir_version=10)
    quantise(rewritten)
    values = np.random.default_rng(2).normal(size=(5, 32)).astype(np.float32)
    values[3] *= 20  # a row of outliers must not cost the others
    found, wanted = (_found(m, x=values)[0] for m in (rewritten, exact))
    assert "g_uint8" in {output for node in rewritten.graph.node for output in node.output}
    assert (np.abs(found - wanted).max(axis=1) < 0.02 * np.abs(wanted).max(axis=1)).all()


def test_the_largest_integers_do_not_overflow_on_any_processor() -> None:
    """Two products of 255 and 127 do not fit in 16 bits, in which a processor without VNNI adds them up."""
    ones = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", 32])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["T", 16])
    weight = numpy_helper.from_array(np.ones((32, 16), np.float32), "weight")
    nodes = [helper.make_node("MatMul", ["x", "weight"], ["y"], name="body")]
    model = helper.make_model(
        helper.make_graph(nodes, "g", [ones], [out], [weight]), opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    )
    (found,) = _found(quantise(model), x=np.ones((2, 32), np.float32))
    assert np.allclose(found, 32, rtol=1e-6)
