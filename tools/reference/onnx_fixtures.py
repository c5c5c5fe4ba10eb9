"""Writes the small ONNX files that the tests of tools/checkpoint/onnx read, and what they hold.

    python tools/reference/onnx_fixtures.py

writes tools/checkpoint/onnx/testdata/*.onnx and expected.json. Needs onnx and numpy.
"""

import json
import pathlib

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OUT = pathlib.Path(__file__).resolve().parents[1] / "checkpoint" / "onnx" / "testdata"

expected = {}


def save(name, model):
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def numbers(array):
    if array.dtype.kind in "cSUO":
        return None
    flat = array.astype(np.float64).ravel().tolist()
    return [str(v) if not np.isfinite(v) else int(v) if v == int(v) else v for v in flat]


def describe(graph):
    return [
        {"name": t.name, "type": TensorProto.DataType.Name(t.data_type), "dims": list(t.dims), "values": numbers(numpy_helper.to_array(t))}
        for t in graph.initializer
    ]


def tensors():
    """Every type, as raw bytes and as typed numbers."""
    values = {
        TensorProto.FLOAT: np.array([[1.5, -2, 0.25]], np.float32),
        TensorProto.DOUBLE: np.array([1.5, -2, 1e-300], np.float64),
        TensorProto.FLOAT16: np.array([1.5, -2, 65504], np.float16),
        TensorProto.BFLOAT16: np.array([1.5, -2, 3], ml_dtypes.bfloat16),
        TensorProto.INT64: np.array([-1, 2**40, 3], np.int64),
        TensorProto.INT32: np.array([-1, 2**31 - 1, 3], np.int32),
        TensorProto.INT16: np.array([-1, 2, -32768], np.int16),
        TensorProto.INT8: np.array([-1, 2, -128], np.int8),
        TensorProto.UINT8: np.array([255, 2], np.uint8),
        TensorProto.UINT16: np.array([65535, 2], np.uint16),
        TensorProto.UINT32: np.array([2**32 - 1, 2], np.uint32),
        TensorProto.UINT64: np.array([2**53, 2], np.uint64),
        TensorProto.BOOL: np.array([True, False]),
        TensorProto.FLOAT8E4M3FN: np.array([1.5, -2], ml_dtypes.float8_e4m3fn),
        TensorProto.FLOAT8E5M2: np.array([1.5, -2], ml_dtypes.float8_e5m2),
        TensorProto.COMPLEX64: np.array([1 + 2j], np.complex64),
    }
    made = []
    for kind, array in values.items():
        name = TensorProto.DataType.Name(kind).lower()
        made.append(helper.make_tensor(name + "_raw", kind, array.shape, array.tobytes(), raw=True))
        if kind in (TensorProto.FLOAT8E4M3FN, TensorProto.FLOAT8E5M2):
            typed = TensorProto(name=name, data_type=kind, dims=array.shape, int32_data=array.view(np.uint8).tolist())
        elif kind in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
            typed = TensorProto(name=name, data_type=kind, dims=array.shape, int32_data=array.view(np.uint16).tolist())
        else:
            typed = helper.make_tensor(name, kind, array.shape, array.ravel().tolist())
        made.append(typed)
    made.append(helper.make_tensor("scalar", TensorProto.FLOAT, [], [2.5]))
    made.append(helper.make_tensor("empty", TensorProto.FLOAT, [0, 3], []))
    made.append(helper.make_tensor("strings", TensorProto.STRING, [2], [b"a", b"b"]))
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "tensors",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])], made)
    save("tensors", helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=4))
    expected["tensors"] = {"opset": 9, "tensors": describe(graph)}


def network():
    """A small network as an exporter would write it, with a symbolic batch and shape arithmetic."""
    w = numpy_helper.from_array(np.arange(54, dtype=np.float32).reshape(2, 3, 3, 3) / 8, "conv.weight")
    b = numpy_helper.from_array(np.array([0.5, -0.5], np.float32), "conv.bias")
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight", "conv.bias"], ["features"], name="/conv/Conv",
                         kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], dilations=[1, 1], group=1),
        helper.make_node("Clip", ["features", "", "six"], ["clipped"], name="/act/Clip"),
        helper.make_node("Constant", [], ["axes"], value=helper.make_tensor("", TensorProto.INT64, [2], [2, 3])),
        helper.make_node("ReduceMean", ["clipped", "axes"], ["mean"], keepdims=0),
        helper.make_node("LeakyRelu", ["mean"], ["out"], alpha=0.125),
        helper.make_node("Softmax", ["out"], ["scores"], axis=-1),
    ]
    six = helper.make_tensor("six", TensorProto.FLOAT, [], [6.0])
    graph = helper.make_graph(
        nodes, "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 8, None]), helper.make_tensor_value_info("conv.weight", TensorProto.FLOAT, [2, 3, 3, 3])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 2])], [w, b, six],
        value_info=[helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 2, 4, None])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.example", 1)], producer_name="fixtures", ir_version=10)
    helper.set_model_props(model, {"labels": "cat,dog"})
    save("network", model)
    expected["network"] = {"opset": 21, "tensors": describe(graph)}


def attributes():
    """Each kind of attribute, a graph inside a graph, and a function of the model's own."""
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["inner"])], "branch", [], [helper.make_tensor_value_info("inner", TensorProto.FLOAT, [1])])
    node = helper.make_node(
        "Everything", ["x"], ["y"], domain="com.example", f=0.5, i=-3, s="text", t=helper.make_tensor("t", TensorProto.FLOAT, [2], [1, 2]), g=inner,
        floats=[0.5, 1.5], ints=[-1, 2**40], strings=["a", "b"], tensors=[helper.make_tensor("u", TensorProto.INT64, [1], [7])], graphs=[inner, inner])
    twice = helper.make_function("com.example", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)], ["k"])
    graph = helper.make_graph(
        [node], "attributes", [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])])
    save("attributes", helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)], functions=[twice], ir_version=8))
    expected["attributes"] = {"opset": 17, "tensors": []}


def external():
    outside = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    outside.ClearField("float_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../../secret.bin")
    graph = helper.make_graph([helper.make_node("Identity", ["w"], ["y"])], "external", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])], [outside])
    save("external", helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    tensors()
    network()
    attributes()
    external()
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
