"""ONNX Runtime sessions: one thread each, made from bytes whose digest was checked.

Errors: `base.ClassifierError` when a run fails or the file is no model.
"""

import os
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from moderation.classifiers.base import ClassifierError

# Importing ONNX Runtime makes an identifier of this machine, keeps a database in the home folder
# and reports to its maker; this variable alone stops all of it, and only before the import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as errors

Floats = npt.NDArray[np.float32]

_ERRORS = (
    errors.EngineError,
    errors.EPFail,
    errors.Fail,
    errors.InvalidArgument,
    errors.InvalidGraph,
    errors.InvalidProtobuf,
    errors.NoModel,
    errors.NotImplemented,
    errors.RuntimeException,
    MemoryError,
    RuntimeError,
    ValueError,
)


class Session(Protocol):
    """A model that can be run; not to be shared between threads."""

    def run(self, inputs: Floats) -> Floats:
        """The only output for the only input; finite numbers. Raises `ClassifierError`."""
        ...


class OnnxSession:
    """A model in ONNX Runtime on the calling thread. Raises `ClassifierError`."""

    def __init__(self, model: bytes) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        # A session made from bytes has no folder, so that no tensor can be read from another file.
        self._session = _guarded(
            ort.InferenceSession, model, options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    def run(self, inputs: Floats) -> Floats:
        feed: Mapping[str, Floats] = {self._input: inputs}
        (output,) = _guarded(self._session.run, None, feed)
        if not np.isfinite(output).all():
            raise ClassifierError("the model's answer is no number")
        answer: Floats = output
        return answer


def _guarded(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except _ERRORS as error:
        raise ClassifierError(f"ONNX Runtime: {error}") from error
