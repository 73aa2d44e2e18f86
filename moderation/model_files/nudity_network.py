"""NudeNet's detector with convolutions of bytes, from its published file; the same at every run.

Activations are rounded to the 256 steps of a byte, each filter to 127 steps of its own (QDQ form).
Not to 255: where a processor lacks VNNI, two products of bytes would overflow 16 bits, and scores
would depend on the machine.

Errors: `NudityNetworkError`: file and ranges are not of one network; a retry does not help.
"""

import tomllib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, TensorProto, checker, helper, load_from_string
from onnx.numpy_helper import from_array, to_array

SIDE_PX = 320
RANGES = Path(__file__).parent / "nudity_ranges.toml"

FLOAT_CONVOLUTIONS = frozenset(
    {
        "/model.0/conv/Conv",  # reads the picture
        "/model.2/cv1/conv/Conv",  # reads values up to 244 beside ones of 0.1 that matter
        "/model.22/dfl/conv/Conv",  # makes pixels of the boxes' distributions
    }
)
"""Rounding what the second reads cost more than all other rounding together (docs/decisions)."""
STEPS = 255
FILTER_MAX = 63


class NudityNetworkError(Exception):
    """Published file and ranges do not fit together."""


def build(published: bytes, ranges: bytes) -> bytes:
    """The ONNX file: reads `picture`, 1 x 320 x 320 x 3 bytes; answers as the published one does.

    `ranges` is a file as `tests/activation_ranges.py` writes it.
    """
    model = load_from_string(published)
    tensors = {
        name: (entry["low"], entry["high"])
        for entry in tomllib.loads(ranges.decode())["range"]
        for name in entry["tensors"]
    }
    graph = _Graph(model.graph, tensors)
    graph.read_picture()
    for node in model.graph.node:
        graph.add(node)
    graph.replace(model.graph)
    checker.check_model(model, full_check=True)
    built: bytes = model.SerializeToString(deterministic=True)
    return built


class _Graph:
    """The nodes of the network, with rounding between them."""

    def __init__(self, published: GraphProto, ranges: dict[str, tuple[float, float]]) -> None:
        self._input = published.input[0].name
        self._weights = {tensor.name: tensor for tensor in published.initializer}
        self._ranges = ranges
        self._rounded: dict[str, str] = {}
        self._nodes: list[NodeProto] = []

    def read_picture(self) -> None:
        """Take the picture as it lies in memory, and make fractions of it."""
        step = self._constant("picture_step", np.float32(1 / STEPS))
        zero = self._constant("picture_zero", np.uint8(0))
        self._nodes += [
            helper.make_node("Transpose", ["picture"], ["picture_planes"], perm=[0, 3, 1, 2]),
            helper.make_node("DequantizeLinear", ["picture_planes", step, zero], [self._input]),
        ]

    def add(self, published: NodeProto) -> None:
        """A node that reads what is rounded, and whose own results are rounded where told."""
        node = NodeProto()
        node.CopyFrom(published)
        for index, name in enumerate(published.input):
            node.input[index] = self._rounded.get(name, name)
        if node.op_type == "Conv" and node.name not in FLOAT_CONVOLUTIONS:
            node.input[1] = self._round_filters(node.input[1])
        self._nodes.append(node)
        for name in published.output:
            if name in self._ranges:
                self._round(name, *self._ranges[name])

    def replace(self, graph: GraphProto) -> None:
        """Become `graph`. Raises `NudityNetworkError` when a range was for no tensor."""
        if unknown := sorted(self._ranges.keys() - self._rounded.keys()):
            raise NudityNetworkError(f"the published network has no tensor {unknown[0]}")
        shape = [1, SIDE_PX, SIDE_PX, 3]
        picture = helper.make_tensor_value_info("picture", TensorProto.UINT8, shape)
        graph.input[0].CopyFrom(picture)
        read = {name for node in self._nodes for name in node.input}
        weights = [tensor for name, tensor in self._weights.items() if name in read]
        graph.ClearField("node")
        graph.node.extend(self._nodes)
        graph.ClearField("initializer")
        graph.initializer.extend(weights)
        graph.ClearField("value_info")

    def _round(self, name: str, low: float, high: float) -> None:
        width = (high - low) / STEPS
        step = self._constant(f"{name}_step", np.float32(width))
        zero = self._constant(f"{name}_zero", np.uint8(round(-low / width)))
        self._nodes += [
            helper.make_node("QuantizeLinear", [name, step, zero], [f"{name}_bytes"]),
            helper.make_node(
                "DequantizeLinear", [f"{name}_bytes", step, zero], [f"{name}_rounded"]
            ),
        ]
        self._rounded[name] = f"{name}_rounded"

    def _round_filters(self, name: str) -> str:
        filters = to_array(self._weights[name])
        steps = np.abs(filters).max(axis=(1, 2, 3)) / np.float32(FILTER_MAX)
        whole = np.rint(filters / steps[:, None, None, None]).astype(np.int8)
        inputs = [
            self._constant(f"{name}_bytes", whole),
            self._constant(f"{name}_steps", steps),
            self._constant(f"{name}_zeros", np.zeros(len(steps), np.int8)),
        ]
        target = f"{name}_rounded"
        self._nodes.append(helper.make_node("DequantizeLinear", inputs, [target], axis=0))
        return target

    def _constant(self, name: str, values: npt.NDArray[np.generic] | np.generic) -> str:
        self._weights[name] = from_array(np.asarray(values), name)
        return name
