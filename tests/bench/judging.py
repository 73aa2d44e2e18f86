"""What judging costs on this machine, one thread, pictures of 640 x 480.

`python -m tests.bench.judging` prints one JSON line per step, in ms: the median of 40 runs, and the
fastest. A run of the baseline goes before each run of the step, so that both have the same machine:

- decoding: libvpx through PyAV on the same packets, without our checks;
- pictures in memory: the nearest that OpenCV or NumPy does in one call;
- judging: the detector's network, run once on its prepared input: the ratio says how many runs of
  it a step is worth.

Models from MODELS_DIR.
"""

import os
import random
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import av
import cv2
import django
import numpy as np
from av.video.codeccontext import VideoCodecContext
from django.conf import settings

from moderation.blocks import Thumbnail
from moderation.classifiers.nudity import INPUT_SHAPE
from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.classifiers.screening import ScreeningClassifier
from moderation.classifiers.sessions import OnnxSession
from moderation.decoding import DECODER, decode
from moderation.labels import FACE_LABELS
from moderation.model_files.loading import read
from moderation.model_files.pins import NUDITY
from moderation.packets import Packet
from moderation.pipeline import decode_sample, judge, largest_difference
from moderation.policy import Memory
from moderation.samples import Purpose, Sample
from moderation.thresholds import Thresholds
from tests.bench.figures import publish, time_in_turns
from tests.moderation_cases import astronaut, coffee, film, sample

RUNS = 40
NOTHING = Memory()

Step = Callable[[], object]


def main() -> int:
    """Run the bench and print its figures."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    cv2.setNumThreads(1)
    noise = np.random.default_rng(0)
    moving = film(
        np.clip(
            np.roll(astronaut(), index * 4, axis=1) + noise.normal(0, 3, (480, 640, 3)), 0, 255
        ).astype(np.uint8)
        for index in range(20)
    )
    _decoding(moving)
    _judging(moving)
    return 0


def _decoding(moving: Sequence[Packet]) -> None:
    """From packets to pictures, and what is done to one of them."""
    for name, packets in (("decode_key_frame", moving[:1]), ("decode_15_frames", moving[:15])):
        step, floor = partial(decode, packets, frozenset()), partial(_decode_unchecked, packets)
        _measure(name, step, "libvpx alone", floor)
    (picture,) = decode(moving, {5})
    i420 = np.zeros((480 * 3 // 2, 640), np.uint8)
    to_bgr = partial(cv2.cvtColor, i420, cv2.COLOR_YUV2BGR_I420)
    _measure("render_frame", picture.render, "OpenCV converts one", to_bgr)
    thumbnail = picture.thumbnail()
    compare = partial(largest_difference, thumbnail, thumbnail)
    mean = partial(_mean_difference, thumbnail)
    _measure("compare_frames", compare, "one mean over all, by NumPy", mean)


def _judging(moving: Sequence[Packet]) -> None:
    """What a frame, a window and a sample cost."""
    classifier, rules = load_classifier(), load_thresholds()
    (picture,) = decode(moving, {5})
    image = picture.render()
    assert any(found.label in FACE_LABELS for found in classifier.classify(image).detections)
    window = sample(moving[:12], purpose=Purpose.WINDOW, first_seq=10)
    still = sample(film([coffee()] * 12), purpose=Purpose.WINDOW, first_seq=10)
    steps: dict[str, Step] = {
        "judge_frame_without_face": lambda: classifier.classify(coffee()),
        "judge_frame_with_face": lambda: classifier.classify(image),
        "judge_window_two_moving": lambda: _judge(window, classifier, rules),
        "judge_window_two_still": lambda: _judge(still, classifier, rules),
        "judge_sample_19_packets_back": lambda: _judge(sample(moving), classifier, rules),
    }
    network = OnnxSession(read(Path(settings.MODELS_DIR) / NUDITY.name, NUDITY), INPUT_SHAPE)
    prepared = np.zeros(INPUT_SHAPE, np.float32)
    for name, step in steps.items():
        _measure(name, step, "the detector's network, once", lambda: network.run(prepared))


def _judge(submission: Sample, classifier: ScreeningClassifier, rules: Thresholds) -> object:
    pictures = decode_sample(submission, decode)
    return judge(
        submission,
        pictures,
        classify=classifier.classify,
        detect=classifier.detect,
        rules=rules,
        memory=NOTHING,
        rng=random.Random(0),
    )


def _decode_unchecked(packets: Sequence[Packet]) -> None:
    context = av.CodecContext.create(DECODER, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    for packet in packets:
        context.decode(av.Packet(bytes(packet.payload)))


def _mean_difference(thumbnail: Thumbnail) -> float:
    return float(np.abs(thumbnail.astype(np.int16) - thumbnail).mean())


def _measure(name: str, step: Step, baseline: str, floor: Step) -> None:
    """Publish `<name>_ms`."""
    floor_ms, step_ms = time_in_turns((floor, step), RUNS)
    publish(
        f"{name}_ms",
        statistics.median(step_ms),
        "ms",
        baseline=f"{baseline}, median",
        baseline_value=statistics.median(floor_ms),
        fastest=round(min(step_ms), 2),
        samples=RUNS,
    )


if __name__ == "__main__":
    raise SystemExit(main())
