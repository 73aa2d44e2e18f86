"""OpenVINO sessions: one thread each, made from bytes whose digest was checked.

Errors: `base.ClassifierError` when a run fails or the file is no model.
"""

import sys
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from moderation.classifiers.base import ClassifierError

# Importing OpenVINO tells its maker so, by a package of its own, and keeps an identifier in the
# home folder. Where that package can't be imported, OpenVINO does without; and only there.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino as ov  # noqa: E402

Inputs = npt.NDArray[np.float32] | npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

DEVICE = "CPU"
OPTIONS: dict[str, Any] = {
    "PERFORMANCE_HINT": "LATENCY",
    "NUM_STREAMS": 1,
    "INFERENCE_NUM_THREADS": 1,
    # Pinned, all processes of a machine would wait for its first core.
    "ENABLE_CPU_PINNING": False,
    # Newer processors would round to bfloat16, and score otherwise than the tests have seen.
    "INFERENCE_PRECISION_HINT": "f32",
}

_ERRORS = (MemoryError, RuntimeError, TypeError, ValueError)


class Session(Protocol):
    """A model that can be run; not to be shared between threads."""

    def run(self, inputs: Inputs) -> Floats:
        """The only output for the only input; finite numbers. Raises `ClassifierError`.

        The output is good until the next run.
        """
        ...


class OnnxSession:
    """An ONNX model in OpenVINO, for inputs of one shape. Raises `ClassifierError`."""

    def __init__(self, model: bytes, shape: tuple[int, ...]) -> None:
        # A model from bytes has no folder, so that no tensor can be read from another file.
        self._request = _guarded(_compile, model, shape)
        self._inputs: Inputs = self._request.get_input_tensor(0).data

    def run(self, inputs: Inputs) -> Floats:
        if inputs.shape != self._inputs.shape or inputs.dtype != self._inputs.dtype:
            raise ClassifierError(f"the model reads {self._inputs.shape} {self._inputs.dtype}")
        # Into the request's own memory: handing an array over takes OpenVINO longer.
        np.copyto(self._inputs, inputs)
        _guarded(self._request.infer)
        output: Floats = self._request.get_output_tensor(0).data
        if not np.isfinite(output).all():
            raise ClassifierError("the model's answer is no number")
        return output


def _compile(model: bytes, shape: tuple[int, ...]) -> ov.InferRequest:
    core = ov.Core()
    network = core.read_model(model)
    network.reshape(list(shape))
    return core.compile_model(network, DEVICE, OPTIONS).create_infer_request()


def _guarded(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except _ERRORS as error:
        raise ClassifierError(f"OpenVINO: {error}") from error
