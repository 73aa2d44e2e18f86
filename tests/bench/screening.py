"""What judging a picture costs, from VP8 segment to verdict, on one core.

`python -m tests.bench.screening [--rounds N]`; models from MODELS_DIR; 640 x 480, a key frame every
two seconds. Two films, in equal parts: somebody who talks with their whole body and somebody who
listens, before a room that stands still, with a camera's noise. JSON lines, all of processor time:

- `<stage>_ms` of one shown frame: `decode_window` and `decode_sample`, a window's and a sample's
  share of its segment; `decode_window_anew`, likewise in a process that had not the window before;
  `compare` of two thumbnails, `detect`, `faces` (crop and sharpness), `age`, `hash` (eight
  orientations, whole and in two crops), `policy`. Baseline: NudeNet's detector on such a picture.
- `frames_per_core_s`: frames *looked at* per core-second in the mix of a conversation of five
  minutes: 50 windows of two frames (10 a second, in order), then 72 samples at a random place of a
  segment of 24 a second. `frames_per_core_s_<purpose>` are those alone, and `..._window_anew`
  windows of which none meets the decoder of the one before. Decoding frames that are
  covered by another is in the time, they themselves are not in the count. Baseline:
  `nudenet.NudeDetector.detect` of the same frames, each a WebP still that it decodes;
  `same_segments` is what it does when it has to decode the segments as we do.
- `frames_covered_per_core_s`: likewise, covered frames counted as well: frames with a verdict.
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
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import av
import cv2
import django
import numpy as np
from av.video.codeccontext import VideoCodecContext
from django.conf import settings

from moderation import hashing, policy
from moderation.agreement import JudgedFrame
from moderation.classifiers import age
from moderation.classifiers.age import AgeEstimator, crop_face
from moderation.classifiers.base import Box, Image
from moderation.classifiers.nudity import NudityDetector
from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.classifiers.sessions import OnnxSession
from moderation.decoding import DECODER, decode
from moderation.labels import FACE_LABELS
from moderation.model_files.loading import read
from moderation.model_files.pins import AGE, NUDITY
from moderation.packets import Packet
from moderation.pipeline import Picture as DecodedPicture
from moderation.pipeline import decode_sample, judge, largest_difference
from moderation.policy import Memory
from moderation.samples import Purpose, Sample
from moderation.stillness import look
from moderation.stores.packing import pack, pack_sample, unpack, unpack_sample
from moderation.window_decoders import WindowDecoders
from tests import talking_heads
from tests.bench import one_core
from tests.bench.figures import publish
from tests.moderation_cases import encode, packets, sample
from tests.nudenet import on_one_thread

ROUNDS = 10
SEGMENT_S = 2
SCREENED, SAMPLED = (10, 600), (24, 1_200)
"""Frames a second and kbit/s that the relay tells a sender in each phase."""
WINDOW_FRAMES = 2
WINDOWS, SAMPLES = 50, 72
"""Of five minutes: ten seconds screened, five windows a second; then a sample every four."""
LIVELY = {"talking": 1.0, "listening": 0.15}
STILL_QUALITY = 80
NOTHING = Memory()

OURS = """
import django; django.setup()
from tests.bench.screening import judge_handed_in; judge_handed_in()
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
    rng = random.Random(4)
    windows: list[Sample] = []
    samples: list[Sample] = []
    for lively in LIVELY.values():
        screened, sampled = (packets_at(*rate, lively) for rate in (SCREENED, SAMPLED))
        own = windows_of(screened)
        windows += own
        samples += [sample(sampled[: rng.randint(1, len(sampled))]) for _ in own]
    _stages(windows, samples, rounds)
    _whole(windows, samples, rounds)
    _memory([*windows, *samples])
    return 0


def packets_at(fps: int, kbps: int, lively: float) -> list[Packet]:
    """A segment of two seconds, from its key frame on."""
    movement = talking_heads.at_fps(talking_heads.moves(SEGMENT_S, 1, lively=lively), fps)
    frames = encode(talking_heads.filmed(movement, 1, enlarged=2), fps=fps, kbps=kbps)
    return packets(frames, every_ms=1000 // fps)


def windows_of(segment: list[Packet]) -> list[Sample]:
    """All of the segment as windows, each handed in with what comes before it."""
    return [
        sample(segment[: first + WINDOW_FRAMES], purpose=Purpose.WINDOW, first_seq=first)
        for first in range(0, len(segment), WINDOW_FRAMES)
    ]


def judge_handed_in() -> None:
    """What a screening process holds once it has judged: the film is made elsewhere."""
    ours = _Ours()
    for packed in unpack(sys.stdin.buffer.read()):
        ours.judge(unpack_sample(packed))


class _Ours:
    """Our way from segment to verdict; `anew`: no window meets the decoder of the one before."""

    def __init__(self, *, anew: bool = False) -> None:
        self.classifier, self.rules = load_classifier(), load_thresholds()
        self._decode_window = decode if anew else WindowDecoders().decode
        self._rng = random.Random(0)
        self._memory = NOTHING

    def decode(self, submission: Sample) -> Sequence[DecodedPicture]:
        """As a screening process does it."""
        is_window = submission.purpose is Purpose.WINDOW
        return decode_sample(submission, self._decode_window if is_window else decode)

    def judge(self, submission: Sample) -> int:
        """How many frames were looked at. A window is judged after the one before it, so that ages
        are estimated as seldom as in earnest; a sample comes seconds after the last."""
        is_first = submission.first_seq == submission.packets[0].seq
        if is_first or submission.purpose is not Purpose.WINDOW:
            self._memory = NOTHING
        pictures = self.decode(submission)
        judged = judge(
            submission,
            pictures,
            classify=self.classifier.classify,
            detect=self.classifier.detect,
            rules=self.rules,
            memory=self._memory,
            rng=self._rng,
        )
        self._memory = judged.judgement.memory
        hashing.hash_frames(pictures, judged)
        return len(judged.frames)


def _stages(windows: Sequence[Sample], samples: Sequence[Sample], rounds: int) -> None:
    ours, anew, reference = _Ours(), _Ours(anew=True), on_one_thread()
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
    shares: dict[str, tuple[_Ours, Sequence[Sample], int]] = {
        "decode_window": (ours, windows, WINDOW_FRAMES),
        "decode_window_anew": (anew, windows, WINDOW_FRAMES),
        "decode_sample": (ours, samples, 1),
    }
    for name, (judge_, submissions, frames) in shares.items():
        took = [_once_ms(partial(judge_.decode, each)) for each in submissions]
        _publish(name, statistics.mean(took) / frames, floor_ms)
    steps: dict[str, Step] = {
        "compare": partial(largest_difference, one, other),
        "detect": partial(detector.detect, image),
        "faces": partial(_measure_face, image, faces[0]),
        "age": partial(ages.years, face),
        "hash": partial(hashing.views, image),
        "policy": partial(policy.decide, [frame], ours.rules, NOTHING),
    }
    for name, step in steps.items():
        _publish(name, _core_ms(step, rounds * 4), floor_ms)


def _whole(windows: Sequence[Sample], samples: Sequence[Sample], rounds: int) -> None:
    ours, anew, reference = _Ours(), _Ours(anew=True), on_one_thread()
    ways: dict[str, Callable[[Sample, Sequence[bytes]], int]] = {
        "ours": lambda submission, _: ours.judge(submission),
        "anew": lambda submission, _: anew.judge(submission),
        "stills": lambda _, stills: len([reference.detect(still) for still in stills]),
        "segments": lambda submission, _: len(
            [reference.detect(image) for image in _decode_plainly(submission)]
        ),
    }
    core_s: defaultdict[tuple[str, Purpose], float] = defaultdict(float)
    looked_at = Counter[tuple[str, Purpose]]()
    submissions = [(one, _stills(one)) for one in (*windows, *samples)]
    for _ in range(rounds):
        for submission, stills in submissions:
            for way, run in ways.items():
                began_s = time.process_time()
                frames = run(submission, stills)
                core_s[way, submission.purpose] += time.process_time() - began_s
                looked_at[way, submission.purpose] += frames
    shown = {Purpose.WINDOW: WINDOW_FRAMES, Purpose.SAMPLE: 1}

    def per_s(way: str, mix: Mapping[Purpose, int], *, is_covered_counted: bool = False) -> float:
        """Frames per core-second, with so many submissions of each purpose."""
        handed_in = rounds * len(windows)
        frames = sum(
            count * (shown[why] if is_covered_counted else looked_at[way, why] / handed_in)
            for why, count in mix.items()
        )
        return frames / sum(count * core_s[way, why] / handed_in for why, count in mix.items())

    def tell(name: str, way: str, mix: Mapping[Purpose, int], *, is_covered_counted: bool) -> None:
        ours_per_s = per_s(way, mix, is_covered_counted=is_covered_counted)
        stills_per_s, segments_per_s = per_s("stills", mix), per_s("segments", mix)
        publish(
            name,
            ours_per_s,
            "frames per core-second",
            baseline="NudeNet's detect of the same frames, each a WebP still that it decodes",
            baseline_value=stills_per_s,
            same_segments=round(segments_per_s, 2),
            ratio_same_segments=round(ours_per_s / segments_per_s, 3),
            mix=", ".join(f"{count} {why}s" for why, count in mix.items()),
        )

    both = {Purpose.WINDOW: WINDOWS, Purpose.SAMPLE: SAMPLES}
    tell("frames_per_core_s", "ours", both, is_covered_counted=False)
    tell("frames_covered_per_core_s", "ours", both, is_covered_counted=True)
    for why in both:
        tell(f"frames_per_core_s_{why}", "ours", {why: 1}, is_covered_counted=False)
    anew_mix = {Purpose.WINDOW: 1}
    tell("frames_per_core_s_window_anew", "anew", anew_mix, is_covered_counted=False)


def _memory(submissions: Sequence[Sample]) -> None:
    ours, theirs = (
        float(
            subprocess.run(
                [sys.executable, "-c", code + TELL_MEMORY],
                capture_output=True,
                check=True,
                input=pack([pack_sample(submission) for submission in submissions]),
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
    return statistics.median(_once_ms(step) for _ in range(rounds))


def _once_ms(step: Step) -> float:
    began_s = time.process_time()
    step()
    return (time.process_time() - began_s) * 1000


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
