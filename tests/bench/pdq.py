"""What a perceptual hash costs on one core: `python -m tests.bench.pdq`.

A JSON line per size of picture, `pdq_orientations_<size>_p50_ms`: the eight hashes of a photograph,
from pixels to bits. Baseline, in the same run and in turns with it: the picture turned in eight
ways, each hashed by itself. `compute_p50` is one hash alone.
"""

import statistics
from functools import partial

import cv2
import numpy as np

from reports.hashing.pdq import Hash, Picture, compute, orientations
from tests.bench import one_core
from tests.bench.figures import percentile, publish, time_in_turns
from tests.moderation_cases import astronaut

SIZES_PX = ((640, 480), (360, 270), (1280, 720))
ROUNDS = 400


def _eight(picture: Picture) -> tuple[Hash, ...]:
    seen = (picture, picture.swapaxes(0, 1))
    return tuple(compute(np.rot90(one, turns)) for one in seen for turns in range(4))


def _measure(width_px: int, height_px: int) -> None:
    picture = np.asarray(
        cv2.resize(astronaut(), (width_px, height_px), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    steps = [partial(step, picture) for step in (orientations, _eight, compute)]
    ours, eight, one = time_in_turns(steps, ROUNDS)
    publish(
        f"pdq_orientations_{width_px}x{height_px}_p50_ms",
        statistics.median(ours),
        "ms",
        baseline="eight turned pictures, each hashed by itself, median",
        baseline_value=statistics.median(eight),
        p95=round(percentile(ours, 95), 2),
        compute_p50=round(statistics.median(one), 2),
        samples=len(ours),
    )


def main() -> int:
    """Run the bench and print its figures."""
    one_core.ensure("tests.bench.pdq")
    cv2.setNumThreads(1)
    for width_px, height_px in SIZES_PX:
        _measure(width_px, height_px)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
