"""What judging costs on this machine: `python -m tests.bench.judging`, models in MODELS_DIR."""

import os
import statistics
import time
from collections.abc import Callable

import cv2
import django
import numpy as np

from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.classifiers.screening import ScreeningClassifier
from moderation.decoding import decode
from moderation.labels import FACE_LABELS
from moderation.pipeline import decode_sample, judge, largest_difference
from moderation.policy import Memory
from moderation.samples import Purpose, Sample
from moderation.thresholds import Thresholds
from tests.moderation_cases import astronaut, coffee, film, sample

RUNS = 40
NOTHING = Memory(suspicion=None, ages=None)


def main() -> None:
    """Print a line for each step: median and fastest of 40 runs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    cv2.setNumThreads(1)
    classifier, rules = load_classifier(), load_thresholds()
    noise = np.random.default_rng(0)
    moving = film(
        np.clip(
            np.roll(astronaut(), index * 4, axis=1) + noise.normal(0, 3, (480, 640, 3)), 0, 255
        ).astype(np.uint8)
        for index in range(20)
    )
    (picture,) = decode(moving, {5})
    image, thumbnail = picture.render(), picture.thumbnail()
    assert any(found.label in FACE_LABELS for found in classifier.classify(image).detections)

    _print("decode a key frame", lambda: decode(moving[:1], frozenset()))
    _print("decode a 15-frame segment", lambda: decode(moving[:15], frozenset()))
    _print("one frame to blue-green-red", picture.render)
    _print("compare two frames", lambda: largest_difference(thumbnail, thumbnail))
    _print("judge a frame without a face", lambda: classifier.classify(coffee()))
    _print("judge a frame with one face", lambda: classifier.classify(image))
    window = sample(moving[:12], purpose=Purpose.WINDOW, first_seq=10)
    _print("a window of two moving frames", lambda: _judge(window, classifier, rules))
    still = sample(film([coffee()] * 12), purpose=Purpose.WINDOW, first_seq=10)
    _print("a window of two still frames", lambda: _judge(still, classifier, rules))
    _print("a sample, 19 packets back", lambda: _judge(sample(moving), classifier, rules))


def _judge(submission: Sample, classifier: ScreeningClassifier, rules: Thresholds) -> object:
    pictures = decode_sample(submission, decode)
    return judge(submission, pictures, classify=classifier.classify, rules=rules, memory=NOTHING)


def _print(what: str, step: Callable[[], object]) -> None:
    step()
    took_ms = []
    for _ in range(RUNS):
        started = time.perf_counter()
        step()
        took_ms.append((time.perf_counter() - started) * 1000)
    print(f"{what:32} median {statistics.median(took_ms):6.2f} ms   fastest {min(took_ms):6.2f} ms")


if __name__ == "__main__":
    main()
