"""What a frame's views add to the judgement of the whole."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from moderation.agreement import NudityRecord, Suspicion
from moderation.classifiers.base import Box, ClassifierError, Detection, FaceAge, Image, Scores
from moderation.packets import Kind, Packet
from moderation.pipeline import SUSPECT_MS, Judged, Picture, judge
from moderation.policy import Memory
from moderation.samples import Purpose, Sample
from moderation.thresholds import AgeRules, Limits, Thresholds
from moderation.verdicts import Decision, Reason
from moderation.views import COUNTS_FROM, DRAWN
from tests.moderation_cases import sample
from tests.packets import ZERO_MS, packet

RULES = Thresholds(
    version="t",
    sha256="",
    nudity={"ANUS_EXPOSED": Limits(hold=0.35, cut=0.6)},
    age=AgeRules(suspend_years=17, doubt_years=21, minimum_faces=1),
)
NOTHING = Memory()
BOX = Box(left=1, top=2, width=30, height=40)
FRAMED = np.full((240, 320, 3), 40, np.uint8)
FRAMED[100:200, 50:250] = (
    np.random.default_rng(1).integers(0, 255, (10, 20, 3)).repeat(10, 0).repeat(10, 1)
)


class Eyes:
    """A classifier that sees nothing in a whole frame but a grown-up's face, and something with
    `score` in every view; it counts how often it looks."""

    def __init__(self, score: float) -> None:
        self.score = score
        self.looked = 0

    def classify(self, _image: Image) -> Scores:
        return Scores(detections=(), faces=(FaceAge(years=40, is_usable=True),))

    def detect(self, _image: Image) -> Sequence[Detection]:
        self.looked += 1
        return [Detection(label="ANUS_EXPOSED", score=self.score, box=BOX)]


def run(
    eyes: Eyes,
    *,
    purpose: Purpose = Purpose.SAMPLE,
    images: Sequence[Image] = (FRAMED,),
    memory: Memory = NOTHING,
) -> Judged:
    submission = sample(chain(len(images)), purpose=purpose)
    return judge(
        submission,
        pictures(submission, images),
        classify=eyes.classify,
        detect=eyes.detect,
        rules=RULES,
        memory=memory,
        rng=random.Random(1),
    )


def suspected(at_ms: int) -> Memory:
    """A stream with a frame over `cut` at that instant, which is shown again."""
    suspicion = Suspicion(captured_ms=at_ms, score=0.9, has_person=True, look=bytes(64 * 48))
    return Memory(nudity=NudityRecord(suspicions=(suspicion,)))


def chain(count: int) -> list[Packet]:
    return [packet(Kind.DELTA if seq else Kind.KEY, seq, seq * 100) for seq in range(count)]


def pictures(submission: Sample, images: Sequence[Image]) -> list[Picture]:
    return [
        Picture(
            seq=each.seq,
            captured_ms=each.arrived_ms,
            thumbnail=lambda: np.zeros((240, 320, 3), np.uint8),
            render=lambda image=image: image,  # type: ignore[misc]
        )
        for each, image in zip(submission.packets, images, strict=True)
    ]


def test_a_frame_is_held_for_what_only_a_view_of_it_shows() -> None:
    judged = run(Eyes(0.9))

    assert judged.judgement.decision is Decision.HOLD
    assert judged.judgement.reasons == (Reason.NUDITY,)
    assert [picture.seq for picture in judged.offending] == [0]


def test_what_a_view_shows_is_told_in_places_of_the_frame() -> None:
    (frame,) = run(Eyes(0.9)).frames

    assert frame.scores.besides[0].box == Box(left=51, top=102, width=30, height=40)
    assert frame.scores.detections == ()


@pytest.mark.parametrize(
    ("score", "decision"),
    [(COUNTS_FROM - 0.01, Decision.CLEAR), (COUNTS_FROM, Decision.HOLD)],
)
def test_what_enlarges_misleads_more_and_counts_from_a_higher_score(
    score: float, decision: Decision
) -> None:
    class Enlarging(Eyes):
        def detect(self, image: Image) -> Sequence[Detection]:
            return super().detect(image) if image.shape == (100, 200, 3) else ()

    judged = run(Enlarging(score))

    assert judged.judgement.decision is decision


def test_ages_are_those_of_the_whole_frame() -> None:
    ages = run(Eyes(0.0)).judgement.memory.ages

    assert ages is not None
    assert ages.ages == (40,)


def test_a_classifier_that_fails_on_a_view_holds() -> None:
    class Blinking(Eyes):
        def detect(self, _image: Image) -> Sequence[Detection]:
            raise ClassifierError("no number")

    judged = run(Blinking(0.0))

    assert judged.judgement.reasons == (Reason.CLASSIFIER_FAILED,)


@pytest.mark.parametrize(
    ("age_ms", "is_suspect"), [(300, True), (SUSPECT_MS, True), (SUSPECT_MS + 1, False)]
)
def test_what_was_seen_in_one_view_is_not_cleared_by_another(
    age_ms: int, *, is_suspect: bool
) -> None:
    eyes = Eyes(0.0)
    run(eyes, memory=suspected(ZERO_MS - age_ms))

    # One frame without a neighbour: no mean, but its border asks for a view of its own.
    assert eyes.looked == len(DRAWN) if is_suspect else eyes.looked <= 3


def test_a_held_picture_is_looked_at_from_all_sides_before_it_is_shown_again() -> None:
    eyes = Eyes(0.0)

    run(eyes, memory=Memory(nudity=NudityRecord(recent=(False,))))

    assert eyes.looked == len(DRAWN)


def test_the_frame_before_a_sample_is_a_neighbour_and_not_judged() -> None:
    eyes = Eyes(0.0)
    judged = run(eyes, images=[FRAMED, FRAMED], memory=suspected(ZERO_MS))

    assert [frame.seq for frame in judged.frames] == [1]
    assert eyes.looked == len(DRAWN) + 1


def test_a_neighbour_of_another_size_makes_no_mean() -> None:
    eyes = Eyes(0.0)
    run(eyes, images=[FRAMED[::2, ::2], FRAMED], memory=suspected(ZERO_MS))

    assert eyes.looked == len(DRAWN)


def test_a_window_is_looked_at_again_once_beside_what_its_frames_ask_for() -> None:
    everyday = np.ascontiguousarray(FRAMED[100:200, 50:250]).repeat(2, 0).repeat(2, 1)
    eyes = Eyes(0.0)

    run(eyes, purpose=Purpose.WINDOW, images=[everyday] * 4)

    assert eyes.looked <= 1
