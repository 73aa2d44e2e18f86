"""What looking a judged frame up in the banks costs, from a thousand hashes to a million.

A frame is 24 questions: eight orientations, whole and in two crops. The baseline compares each
question with every hash, in NumPy, in the same run. `BENCH_BANK_SIZES=1000,100000` is a short run.
"""

import os
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from moderation.bank import snapshot
from moderation.bank.index import Hashes, as_hashes
from moderation.bank.shelf import Shelf, open_or_build
from moderation.hashing import views
from reports.hashing.sightings import KnownPicture
from tests.bench import one_core
from tests.bench.figures import percentile, publish, time_in_turns
from tests.moderation_cases import astronaut

SIZES = [
    int(size) for size in os.environ.get("BENCH_BANK_SIZES", "1000,10000,100000,1000000").split(",")
]
ROUNDS = 200
SCANS = 3
QUESTIONS = 24


def main() -> None:
    one_core.ensure("tests.bench.bank")
    cv2.setNumThreads(1)
    _publish_hashing()
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _publish_lookup(int(size), Path(folder))


def _publish_hashing() -> None:
    frame = astronaut()
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    hashing, shrinking = time_in_turns(
        [lambda: views(frame), lambda: cv2.resize(grey, (288, 288), interpolation=cv2.INTER_AREA)],
        ROUNDS,
    )
    publish(
        "bank_hash_frame_ms",
        percentile(hashing, 50),
        "ms",
        baseline="OpenCV shrinks the frame once",
        baseline_value=percentile(shrinking, 50),
        p95=round(percentile(hashing, 95), 3),
    )


def _publish_lookup(size: int, folder: Path) -> None:
    rng = np.random.default_rng(size)
    packed = snapshot.pack(
        KnownPicture(entry=number, is_active=True, hashes=(rng.bytes(32).hex(),))
        for number in range(size)
    )
    began_s = time.perf_counter()
    shelf = open_or_build(folder, snapshot.digest(packed), lambda: packed)
    built_s = time.perf_counter() - began_s
    (found_ms,) = time_in_turns([lambda: shelf.find(_questions(rng))], ROUNDS)
    scan_ms = _scan_ms(shelf, _questions(rng))
    publish(
        f"bank_lookup_ms_{size}",
        percentile(found_ms, 50),
        "ms",
        baseline="NumPy compares 24 questions with every hash",
        baseline_value=scan_ms,
        p95=round(percentile(found_ms, 95), 3),
        built_s=round(built_s, 2),
        mib=round(next(folder.glob("*.bank")).stat().st_size / 2**20, 1),
    )


def _scan_ms(shelf: Shelf, questions: Hashes) -> float:
    hashes = shelf.snapshot.hashes
    took_ms = []
    for question in questions[:SCANS]:
        began_s = time.perf_counter()
        bits = np.bitwise_count(hashes ^ question).sum(axis=1)
        np.flatnonzero(bits <= 31)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return percentile(took_ms, 50) * QUESTIONS


def _questions(rng: np.random.Generator) -> Hashes:
    return as_hashes(rng.bytes(QUESTIONS * 32))


if __name__ == "__main__":
    main()
