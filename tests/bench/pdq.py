"""What a perceptual hash costs on one core: `python -m tests.bench.pdq`.

A JSON line per size of picture, `pdq_orientations_<size>_p50_ms`: the eight hashes of a photograph,
from pixels to bits. Baseline, in the same run and in turns with it: the picture turned in eight
ways, each hashed by itself. `compute_p50` is one hash alone.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from reports.pdq import Hash, Picture, compute, orientations
from tests.moderation_cases import astronaut

SIZES_PX = ((640, 480), (360, 270), (1280, 720))
ROUNDS = 400
ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""As in a screening process; NumPy reads them once, when it is loaded."""


def _eight(picture: Picture) -> tuple[Hash, ...]:
    seen = (picture, picture.swapaxes(0, 1))
    return tuple(compute(np.rot90(one, turns)) for one in seen for turns in range(4))


def _figure(width_px: int, height_px: int) -> dict[str, object]:
    picture = np.asarray(
        cv2.resize(astronaut(), (width_px, height_px), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    steps: tuple[Callable[[Picture], object], ...] = (orientations, _eight, compute)
    took_ms: list[list[float]] = [[] for _ in steps]
    for step in steps:
        step(picture)
    for _ in range(ROUNDS):
        for step, times in zip(steps, took_ms, strict=True):
            started = time.perf_counter()
            step(picture)
            times.append((time.perf_counter() - started) * 1000)
    ours, eight, one = took_ms
    return {
        "name": f"pdq_orientations_{width_px}x{height_px}_p50_ms",
        "value": round(statistics.median(ours), 2),
        "unit": "ms",
        "baseline": "eight turned pictures, each hashed by itself, median",
        "baseline_value": round(statistics.median(eight), 2),
        "ratio": round(statistics.median(ours) / statistics.median(eight), 2),
        "p95": round(_p95(ours), 2),
        "compute_p50": round(statistics.median(one), 2),
        "samples": len(ours),
    }


def _p95(values: Sequence[float]) -> float:
    """The smallest value that 95 per cent of the values do not exceed."""
    return sorted(values)[-(-len(values) * 95 // 100) - 1]


def main() -> int:
    """Run the bench and print its figures."""
    if any(os.environ.get(name) != value for name, value in ONE_CORE.items()):
        os.execve(sys.executable, [sys.executable, "-m", "tests.bench.pdq"], os.environ | ONE_CORE)
    cv2.setNumThreads(1)
    for width_px, height_px in SIZES_PX:
        print(json.dumps(_figure(width_px, height_px)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
