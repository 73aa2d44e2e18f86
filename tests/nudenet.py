"""NudeNet itself, the reference, with the telemetry of the runtime that it imports switched off."""

import os

# ONNX Runtime keeps an identifier of the machine and reports to its maker from the import on.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from nudenet import NudeDetector
from onnxruntime import InferenceSession, SessionOptions

from moderation.model_files.fetching import read_detector

__all__ = ["NudeDetector", "on_one_thread"]


def on_one_thread() -> NudeDetector:
    """NudeNet's detector on the calling thread alone; as it comes, it takes one for every core."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    detector = NudeDetector()
    detector.onnx_session = InferenceSession(read_detector(), options)
    return detector
