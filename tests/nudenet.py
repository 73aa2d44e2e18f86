"""NudeNet itself, the reference, with the telemetry of the runtime that it imports switched off."""

import os

# ONNX Runtime keeps an identifier of the machine and reports to its maker from the import on.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from nudenet import NudeDetector

__all__ = ["NudeDetector"]
