"""The pipeline with decoder and classifier as arguments: what is judged, and what is refused."""

import random
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial

import numpy as np
import pytest

from moderation.classifiers.base import (
    Box,
    ClassifierError,
    Detection,
    FaceAge,
    Image,
    Scores,
)
from moderation.packets import Kind, Packet
from moderation.pipeline import (
    COVER_DIFF,
    PACKETS_MAX,
    Judged,
    Picture,
    UndecodableError,
    decode_sample,
    judge,
    largest_difference,
)
from moderation.policy import AgeRecord, Memory
from moderation.samples import Purpose, Sample
from moderation.thresholds import AgeRules, Limits, Thresholds
from moderation.verdicts import Decision, Reason
from tests.moderation_cases import sample
from tests.packets import packet

RULES = Thresholds(
    version="t",
    sha256="",
    nudity={"ANUS_EXPOSED": Limits(hold=0.35, cut=0.6)},
    age=AgeRules(suspend_years=0, doubt_years=0, minimum_faces=3),
)
NOTHING = Memory()
BOX = Box(left=0, top=0, width=10, height=10)


def picture(seq: int, level: int) -> Picture:
    """A flat picture of one grey level."""
    image = np.full((240, 320, 3), level, np.uint8)
    return Picture(seq=seq, captured_ms=seq * 100, thumbnail=lambda: image, render=lambda: image)


class Recorder:
    """A classifier that remembers the grey levels it was shown; `dirty` levels score 0.9."""

    def __init__(self, *dirty: int) -> None:
        self.seen: list[int] = []
        self._dirty = dirty

    def __call__(self, image: Image) -> Scores:
        level = int(image[0, 0, 0])
        self.seen.append(level)
        score = 0.9 if level in self._dirty else 0.0
        return Scores(detections=(Detection(label="ANUS_EXPOSED", score=score, box=BOX),), faces=())

    def detect(self, _image: Image) -> tuple[Detection, ...]:
        """Views show nothing more."""
        return ()


def run(submission: Sample, pictures: Sequence[Picture], classify: Recorder) -> Judged:
    return judge(
        submission,
        pictures,
        classify=classify,
        detect=classify.detect,
        rules=RULES,
        memory=NOTHING,
        rng=random.Random(1),
    )


def chain(count: int, *, every_ms: int = 100) -> list[Packet]:
    kinds = [Kind.KEY] + [Kind.DELTA] * (count - 1)
    return [packet(kind, seq, seq * every_ms) for seq, kind in enumerate(kinds)]


def nothing_decoded(_packets: Sequence[Packet], _wanted: AbstractSet[int]) -> Sequence[Picture]:
    raise AssertionError("refused before it is decoded")


@pytest.mark.parametrize(
    "packets",
    [chain(4)[1:], chain(PACKETS_MAX + 1, every_ms=10), chain(4, every_ms=1100)],
    ids=["no key frame", "too many packets", "too long ago"],
)
def test_a_segment_out_of_bounds_is_not_even_decoded(packets: list[Packet]) -> None:
    with pytest.raises(UndecodableError):
        decode_sample(sample(packets), nothing_decoded)


def test_a_submission_that_judges_nothing_is_refused() -> None:
    with pytest.raises(UndecodableError):
        decode_sample(sample(chain(3), first_seq=9), nothing_decoded)


def test_a_decoder_that_leaves_a_picture_out_is_not_believed() -> None:
    submission = sample(chain(3), purpose=Purpose.WINDOW)

    with pytest.raises(UndecodableError):
        decode_sample(submission, lambda _packets, _wanted: [picture(0, 1), picture(2, 1)])


@pytest.mark.parametrize(
    ("purpose", "first_seq", "expected"),
    [
        (Purpose.WINDOW, 17, {16, 17, 18, 19}),
        (Purpose.SAMPLE, 19, {18, 19}),
        (Purpose.SAMPLE, 16, {15, 16, 19}),
        (Purpose.FAREWELL, 0, {0, 6, 13, 19}),
    ],
)
def test_each_purpose_looks_at_its_own_frames_and_at_the_one_before(
    purpose: Purpose, first_seq: int, expected: set[int]
) -> None:
    asked: list[AbstractSet[int]] = []

    def decode(_packets: Sequence[Packet], wanted: AbstractSet[int]) -> list[Picture]:
        asked.append(wanted)
        return [picture(seq, seq) for seq in sorted(wanted)]

    decode_sample(sample(chain(20), purpose=purpose, first_seq=first_seq), decode)

    assert asked == [expected]


@pytest.mark.parametrize("length", range(1, 7))
def test_one_dirty_frame_at_any_index_of_any_window_is_never_cleared(length: int) -> None:
    for index in range(length):
        levels = [40] * length
        levels[index] = 40 + int(COVER_DIFF)
        submission = sample(chain(length), purpose=Purpose.WINDOW)
        pictures = [picture(seq, level) for seq, level in enumerate(levels)]

        judged = run(submission, pictures, Recorder(40 + int(COVER_DIFF)))

        assert judged.judgement.decision is Decision.HOLD, index
        assert [found.seq for found in judged.offending] == [index]


def test_frames_that_hardly_differ_are_judged_once() -> None:
    classify = Recorder()
    pictures = [picture(seq, level) for seq, level in enumerate((40, 41, 42, 40))]

    judged = run(sample(chain(4), purpose=Purpose.WINDOW), pictures, classify)

    assert judged.judgement.decision is Decision.CLEAR
    assert classify.seen == [40]


def test_the_ends_of_a_sample_between_which_nothing_changed_are_judged_once() -> None:
    classify = Recorder()

    judged = run(sample(chain(9), first_seq=6), [picture(6, 40), picture(8, 41)], classify)

    assert classify.seen == [41]
    assert judged.judgement.decision is Decision.CLEAR


@pytest.mark.parametrize("dirty", [6, 8])
def test_either_end_of_a_sample_that_changed_somewhere_is_judged(dirty: int) -> None:
    clean = picture(0, 40).render()
    inset = clean.copy()
    # A fifth of a block's width, on a picture that stands still otherwise.
    inset[20:40, 0:4] = 255
    shown = {seq: inset if seq == dirty else clean for seq in (6, 8)}
    pictures = [
        Picture(
            seq=seq,
            captured_ms=seq * 100,
            thumbnail=partial(shown.__getitem__, seq),
            render=partial(shown.__getitem__, seq),
        )
        for seq in (6, 8)
    ]

    judged = run(sample(chain(9), first_seq=6), pictures, Recorder())

    assert [frame.seq for frame in judged.frames] == [6, 8]


def test_a_farewell_has_all_its_frames_judged_though_nothing_changes() -> None:
    pictures = [picture(seq, 40) for seq in (0, 2, 5, 8)]

    judged = run(sample(chain(9), purpose=Purpose.FAREWELL), pictures, Recorder())

    assert [frame.seq for frame in judged.frames] == [0, 2, 5, 8]


def test_a_slow_fade_does_not_carry_its_cover_along() -> None:
    classify = Recorder()
    pictures = [picture(seq, 40 + 2 * seq) for seq in range(8)]

    run(sample(chain(8), purpose=Purpose.WINDOW), pictures, classify)

    judged = sorted(classify.seen)
    for level in range(40, 56, 2):
        assert min(abs(level - other) for other in judged) < COVER_DIFF


def test_a_mosaic_does_not_cover_the_picture_it_was_made_from() -> None:
    rng = np.random.default_rng(1)
    detailed = rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
    blocks = detailed.reshape(12, 20, 16, 20, 3).mean(axis=(1, 3), keepdims=True)
    mosaic = np.broadcast_to(blocks, (12, 20, 16, 20, 3)).reshape(240, 320, 3).astype(np.uint8)

    assert largest_difference(detailed, mosaic) > COVER_DIFF


def test_a_change_in_a_single_block_or_channel_is_a_change() -> None:
    one = np.full((240, 320, 3), 100, np.uint8)
    other = one.copy()
    other[20:40, 300:320, 2] = 110

    assert largest_difference(one, other) == 10.0
    assert largest_difference(other, one) == 10.0


def test_a_broken_classifier_holds() -> None:
    def broken(_image: Image) -> Scores:
        raise ClassifierError("no number")

    judged = judge(
        sample(chain(1)),
        [picture(0, 1)],
        classify=broken,
        detect=Recorder().detect,
        rules=RULES,
        memory=NOTHING,
        rng=random.Random(1),
    )

    assert judged.judgement.decision is Decision.HOLD
    assert judged.judgement.reasons == (Reason.CLASSIFIER_FAILED,)


def test_an_age_that_would_not_count_is_not_estimated() -> None:
    usable = FaceAge(years=30.0, is_usable=True)
    aged: list[int] = []

    def classify(image: Image) -> Scores:
        aged.append(int(image[0, 0, 0]))
        return Scores(detections=(), faces=(usable,))

    packets = chain(7)
    judged = judge(
        sample(packets, purpose=Purpose.WINDOW, first_seq=0),
        [picture(seq, 30 * seq) for seq in range(7)],
        classify=classify,
        detect=lambda _image: (),
        rules=RULES,
        memory=Memory(ages=AgeRecord(since_ms=1, newest_ms=-300, ages=(25.0,))),
        rng=random.Random(1),
    )

    assert aged == [30, 150]  # at 100 and 500 ms, after one at -300 ms
    assert judged.judgement.memory.ages == AgeRecord(
        since_ms=1, newest_ms=500, ages=(25.0, 30.0, 30.0)
    )
