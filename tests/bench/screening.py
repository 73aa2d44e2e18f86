"""What judging a picture costs, from VP8 segment to verdict, on one core.

`python -m tests.bench.screening [--rounds N]`; models from MODELS_DIR; 640 x 480, a face that moves
before a noisy camera, a key frame every two seconds. JSON lines, all of processor time:

- `<stage>_ms` of one judged frame: `decode` of a window's and of a sample's share of its segment,
  `compare` of two thumbnails, `detect`, `faces` (crop and sharpness),
  `age`, `hash` (one PDQ), `policy`. Baseline: NudeNet's own detector on the same picture.
- `frames_per_core_s`: judged frames per core-second in the mix of a conversation of five minutes:
  50 windows of two frames (10 a second, each a place of its own in the segment), then 72 samples at
  a random place of a segment of 24 a second. `frames_per_core_s_<purpose>` are those alone.
  Baseline: `nudenet.NudeDetector.detect` of the same frames, each a WebP still that it decodes;
  `same_segments` is what it does when it has to decode the segments as we do.
- `worker_mib`: resident memory of a process that has judged with all it needs. Baseline: one that
  has used NudeNet's detector.

Counted in: each frame's hashes, and the looks at it in other ways drawn by chance. Left out:
Redis, and looking hashes up in banks.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import av
import cv2
import django
import numpy as np
from av.video.codeccontext import VideoCodecContext
from django.conf import settings

from moderation import policy
from moderation.agreement import JudgedFrame
from moderation.classifiers import age
from moderation.classifiers.age import AgeEstimator, crop_face
from moderation.classifiers.base import Box, Image
from moderation.classifiers.nudity import NudityDetector
from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.classifiers.sessions import OnnxSession
from moderation.decoding import DECODER, decode
from moderation.hashing import hash_frames
from moderation.labels import FACE_LABELS
from moderation.model_files.loading import read
from moderation.model_files.pins import AGE, NUDITY
from moderation.packets import Packet
from moderation.pipeline import decode_sample, judge, largest_difference
from moderation.policy import Memory
from moderation.samples import Purpose, Sample
from moderation.stillness import look
from reports.pdq import compute
from tests.bench import one_core
from tests.bench.figures import publish
from tests.moderation_cases import Picture, astronaut, encode, packets, sample
from tests.nudenet import on_one_thread

ROUNDS = 10
SEGMENT_S = 2
SCREENED, SAMPLED = (10, 600), (24, 1_200)
"""Frames a second and kbit/s that the relay tells a sender in each phase."""
WINDOW_FRAMES = 2
WINDOWS, SAMPLES = 50, 72
"""Of five minutes: ten seconds screened, five windows a second; then a sample every four."""
STILL_QUALITY = 80
NOTHING = Memory()

OURS = """
import django; django.setup()
from tests.bench.screening import judge_once; judge_once()
"""
THEIRS = """
from tests.nudenet import on_one_thread
from tests.moderation_cases import astronaut
on_one_thread().detect(astronaut())
"""
TELL_MEMORY = "\nimport psutil; print(psutil.Process().memory_info().rss / 2**20)"

Step = Callable[[], object]


def main() -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    one_core.ensure("tests.bench.screening", sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    cv2.setNumThreads(1)
    screened, sampled = (packets_at(*rate) for rate in (SCREENED, SAMPLED))
    rng = random.Random(4)
    windows = [
        sample(screened[: first + WINDOW_FRAMES], purpose=Purpose.WINDOW, first_seq=first)
        for first in range(0, len(screened), WINDOW_FRAMES)
    ]
    samples = [sample(sampled[: rng.randint(1, len(sampled))]) for _ in range(len(windows))]
    _stages(windows, samples, rounds)
    _whole(windows, samples, rounds)
    _memory()
    return 0


def packets_at(fps: int, kbps: int) -> list[Packet]:
    """A segment of two seconds, from its key frame on."""
    frames = encode(_talking(fps), fps=fps, kbps=kbps)
    return packets(frames, every_ms=1000 // fps)


def judge_once() -> None:
    """What a screening process holds once it has judged."""
    window = sample(packets_at(*SCREENED), purpose=Purpose.WINDOW, first_seq=18)
    _Ours().judge(window)


class _Ours:
    """Our way from segment to verdict."""

    def __init__(self) -> None:
        self.classifier, self.rules = load_classifier(), load_thresholds()
        self._rng = random.Random(0)

    def judge(self, submission: Sample) -> int:
        """How many frames were judged."""
        pictures = decode_sample(submission, decode)
        judged = judge(
            submission,
            pictures,
            classify=self.classifier.classify,
            detect=self.classifier.detect,
            rules=self.rules,
            memory=NOTHING,
            rng=self._rng,
        )
        hash_frames(pictures, judged)
        return len(judged.frames)


def _stages(windows: Sequence[Sample], samples: Sequence[Sample], rounds: int) -> None:
    ours, reference = _Ours(), on_one_thread()
    models = Path(settings.MODELS_DIR)
    detector = NudityDetector(partial(OnnxSession, read(models / NUDITY.name, NUDITY)))
    ages = AgeEstimator(OnnxSession(read(models / AGE.name, AGE), age.INPUT_SHAPE))
    last, before = (decode_sample(one, decode)[-1] for one in (windows[-1], windows[-2]))
    image = last.render()
    faces = [one.box for one in detector.detect(image) if one.label in FACE_LABELS]
    assert faces, "the face of the film is not found"
    face = crop_face(image, faces[0])[0]
    scores = ours.classifier.classify(image)
    one, other = last.thumbnail(), before.thumbnail()
    frame = JudgedFrame(
        seq=last.seq, captured_ms=last.captured_ms, scores=scores, look=lambda: look(one)
    )
    floor_ms = _core_ms(partial(reference.detect, image), rounds)
    shares: dict[str, tuple[Sequence[Sample], int]] = {
        "decode_window": (windows, WINDOW_FRAMES),
        "decode_sample": (samples, 1),
    }
    for name, (submissions, frames) in shares.items():
        took = [_core_ms(partial(decode_sample, each, decode), 1) for each in submissions]
        _publish(name, statistics.mean(took) / frames, floor_ms)
    steps: dict[str, Step] = {
        "compare": partial(largest_difference, one, other),
        "detect": partial(detector.detect, image),
        "faces": partial(_measure_face, image, faces[0]),
        "age": partial(ages.years, face),
        "hash": partial(compute, image),
        "policy": partial(policy.decide, [frame], ours.rules, NOTHING),
    }
    for name, step in steps.items():
        _publish(name, _core_ms(step, rounds * 4), floor_ms)


def _whole(windows: Sequence[Sample], samples: Sequence[Sample], rounds: int) -> None:
    ours, reference = _Ours(), on_one_thread()
    ways: dict[str, Callable[[Sample, Sequence[bytes]], object]] = {
        "ours": lambda submission, _: ours.judge(submission),
        "stills": lambda _, stills: [reference.detect(still) for still in stills],
        "segments": lambda submission, _: [
            reference.detect(image) for image in _decode_plainly(submission)
        ],
    }
    core_s = {(way, purpose): 0.0 for way in ways for purpose in (Purpose.WINDOW, Purpose.SAMPLE)}
    submissions = [(one, _stills(one)) for one in (*windows, *samples)]
    assert all(ours.judge(one) == len(stills) for one, stills in submissions)
    for _ in range(rounds):
        for submission, stills in submissions:
            for way, run in ways.items():
                began_s = time.process_time()
                run(submission, stills)
                core_s[way, submission.purpose] += time.process_time() - began_s
    each = {key: value / rounds / len(windows) for key, value in core_s.items()}
    for name, counts in {
        "": (WINDOWS, SAMPLES),
        "_window": (WINDOWS, 0),
        "_sample": (0, SAMPLES),
    }.items():
        frames = counts[0] * WINDOW_FRAMES + counts[1]
        per_s = {
            way: frames
            / (counts[0] * each[way, Purpose.WINDOW] + counts[1] * each[way, Purpose.SAMPLE])
            for way in ways
        }
        publish(
            f"frames_per_core_s{name}",
            per_s["ours"],
            "frames per core-second",
            baseline="NudeNet's detect of the same frames, each a WebP still that it decodes",
            baseline_value=per_s["stills"],
            same_segments=round(per_s["segments"], 2),
            ratio_same_segments=round(per_s["ours"] / per_s["segments"], 3),
            mix=f"{counts[0]} windows of {WINDOW_FRAMES} frames, {counts[1]} samples",
        )


def _memory() -> None:
    ours, theirs = (
        float(
            subprocess.run(
                [sys.executable, "-c", code + TELL_MEMORY],
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        )
        for code in (OURS, THEIRS)
    )
    publish(
        "worker_mib",
        ours,
        "MiB resident",
        baseline="a process with NudeNet's detector",
        baseline_value=theirs,
    )


def _talking(fps: int) -> list[Picture]:
    """A face that sways before a noisy camera, for two seconds."""
    noise = np.random.default_rng(0)
    pictures = []
    for index in range(SEGMENT_S * fps):
        at_s = index / fps
        move = np.array([[1, 0, 12 * np.sin(3 * at_s)], [0, 1, 6 * np.sin(5 * at_s)]])
        moved = cv2.warpAffine(astronaut(), move, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        noisy = moved + noise.normal(0, 2, moved.shape)
        pictures.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return pictures


def _stills(submission: Sample) -> list[bytes]:
    """The judged frames as a page would send them to a judge of stills."""
    return [
        cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, STILL_QUALITY])[1].tobytes()
        for image in _decode_plainly(submission)
    ]


def _decode_plainly(submission: Sample) -> list[Image]:
    """The frames to be judged, by the same decoder without our checks."""
    context = av.CodecContext.create(DECODER, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    wanted = []
    for packet in submission.packets:
        (frame,) = context.decode(av.Packet(bytes(packet.payload)))
        if packet.seq >= submission.first_seq:
            wanted.append(frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False))
    return wanted


def _measure_face(image: Image, box: Box) -> float:
    face, _inside = crop_face(image, box)
    return float(cv2.Laplacian(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def _core_ms(step: Step, rounds: int) -> float:
    """Median processor time of a call, after one that does not count."""
    step()
    took = []
    for _ in range(rounds):
        began_s = time.process_time()
        step()
        took.append((time.process_time() - began_s) * 1000)
    return statistics.median(took)


def _publish(name: str, value_ms: float, floor_ms: float) -> None:
    publish(
        f"{name}_ms",
        value_ms,
        "ms of a core",
        baseline="NudeNet's detect of one picture, median",
        baseline_value=floor_ms,
    )


if __name__ == "__main__":
    raise SystemExit(main())
