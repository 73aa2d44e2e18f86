"""face-api's age network as ONNX, from its published weights; the same bytes at every run.

The network is `AgeGenderNet` of @vladmandic/face-api (MIT) without its second head: an Xception of
an entry flow, two main blocks and an exit flow, then average pool and one dense output.

Errors: `AgeNetworkError`: the weights are not those of this network; a retry does not help.
"""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

SIDE_PX = 112
MEAN_RGB = (122.782, 117.001, 104.298)
MAIN_BLOCKS = 2

# Fixed, so that another release of the onnx package writes the same file.
IR_VERSION = 8
OPSET = 17

Weights = dict[str, npt.NDArray[np.float32]]


class AgeNetworkError(Exception):
    """Manifest and weights do not fit together."""


def build(manifest: bytes, weights: bytes) -> bytes:
    """The ONNX file: input `face` (n x 3 x 112 x 112, RGB, 0-255), output `years` (n)."""
    graph = _Graph(read_weights(manifest, weights))
    graph.normalise("face")
    graph.convolve("entry_flow/conv_in", stride=2)
    graph.activate()
    graph.reduce("entry_flow/reduction_block_0", activate_first=False)
    graph.reduce("entry_flow/reduction_block_1", activate_first=True)
    for index in range(MAIN_BLOCKS):
        graph.main_block(f"middle_flow/main_block_{index}")
    graph.reduce("exit_flow/reduction_block", activate_first=True)
    graph.separable("exit_flow/separable_conv")
    graph.activate()
    graph.dense("fc/age", output="years")
    model = graph.model()
    checker.check_model(model, full_check=True)
    built: bytes = model.SerializeToString(deterministic=True)
    return built


def read_weights(manifest: bytes, weights: bytes) -> Weights:
    """The tensors, in TensorFlow's layout, made float32 again. Raises `AgeNetworkError`.

    Quantised tensors are uint8 with one scale and minimum each, the others plain float32.
    """
    tensors: Weights = {}
    offset = 0
    try:
        for group in json.loads(manifest):
            for entry in group["weights"]:
                count = int(np.prod(entry["shape"]))
                quantisation: dict[str, Any] | None = entry.get("quantization")
                stored = np.dtype(np.uint8 if quantisation else np.float32)
                values = np.frombuffer(weights, stored, count, offset).astype(np.float32)
                offset += count * stored.itemsize
                if quantisation:
                    values = values * np.float32(quantisation["scale"]) + np.float32(
                        quantisation["min"]
                    )
                tensors[entry["name"]] = values.reshape(entry["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise AgeNetworkError(f"the weights do not fit their manifest: {error}") from error
    if offset != len(weights):
        raise AgeNetworkError(f"{len(weights) - offset} bytes of weights are left over")
    return tensors


class _Graph:
    """Nodes one after another; `self._last` names what the newest one yields."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._tensors: list[TensorProto] = []
        self._last = ""

    def normalise(self, source: str) -> None:
        mean = np.array(MEAN_RGB, np.float32).reshape(1, 3, 1, 1)
        self._last = source
        self._add("Sub", self._constant("mean", mean))
        self._add("Div", self._constant("range", np.array(255, np.float32)))

    def activate(self) -> None:
        self._add("Relu")

    def convolve(self, name: str, *, stride: int) -> None:
        filters = self._take(f"{name}/filters").transpose(3, 2, 0, 1)
        self._convolve(name, filters, self._take(f"{name}/bias"), stride=stride)

    def separable(self, name: str) -> None:
        """A depthwise, then a pointwise convolution; only the second has a bias."""
        depthwise = self._take(f"{name}/depthwise_filter").transpose(2, 3, 0, 1)
        self._convolve(f"{name}/depthwise", depthwise, None, groups=depthwise.shape[0])
        pointwise = self._take(f"{name}/pointwise_filter").transpose(3, 2, 0, 1)
        self._convolve(f"{name}/pointwise", pointwise, self._take(f"{name}/bias"))

    def reduce(self, name: str, *, activate_first: bool) -> None:
        entry = self._last
        if activate_first:
            self.activate()
        self.separable(f"{name}/separable_conv0")
        self.activate()
        self.separable(f"{name}/separable_conv1")
        self._add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=_same_pads(3, 2))
        pooled, self._last = self._last, entry
        self.convolve(f"{name}/expansion_conv", stride=2)
        self._add("Add", pooled)

    def main_block(self, name: str) -> None:
        entry = self._last
        for index in range(3):
            self.activate()
            self.separable(f"{name}/separable_conv{index}")
        self._add("Add", entry)

    def dense(self, name: str, *, output: str) -> None:
        # 7 x 7 are left of 112 x 112, so that one average over all of them is TensorFlow's pool.
        self._add("GlobalAveragePool")
        self._add("Flatten", axis=1)
        self._add("MatMul", self._constant(f"{name}/weights", self._take(f"{name}/weights")))
        self._add("Add", self._constant(f"{name}/bias", self._take(f"{name}/bias")))
        self._add("Reshape", self._constant("flat", np.array([-1], np.int64)))
        self._nodes[-1].output[0] = self._last = output

    def model(self) -> ModelProto:
        face = helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n", 3, SIDE_PX, SIDE_PX])
        years = helper.make_tensor_value_info(self._last, TensorProto.FLOAT, ["n"])
        graph = helper.make_graph(self._nodes, "age", [face], [years], self._tensors)
        return helper.make_model(
            graph,
            producer_name="parley",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )

    def _convolve(
        self,
        name: str,
        filters: npt.NDArray[np.float32],
        bias: npt.NDArray[np.float32] | None,
        *,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        inputs = [self._constant(f"{name}/w", filters)]
        if bias is not None:
            inputs.append(self._constant(f"{name}/b", bias))
        pads = _same_pads(filters.shape[2], stride)
        self._add("Conv", *inputs, strides=[stride, stride], pads=pads, group=groups)

    def _add(self, operation: str, *inputs: str, **attributes: Any) -> None:
        result = f"t{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(operation, [self._last, *inputs], [result], **attributes)
        )
        self._last = result

    def _constant(self, name: str, values: npt.NDArray[Any]) -> str:
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _take(self, name: str) -> npt.NDArray[np.float32]:
        try:
            return self._weights[name]
        except KeyError:
            raise AgeNetworkError(f"no weights named {name}") from None


def _same_pads(kernel: int, stride: int) -> list[int]:
    """TensorFlow's SAME for even sizes: what is needed, the odd pixel after, not before."""
    total = max(kernel - stride, 0)
    before = total // 2
    return [before, before, total - before, total - before]
