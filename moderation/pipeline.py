"""From packets to a judgement: decode, choose what must be judged, classify, decide. Pure.

Decoder and classifier are arguments. Which frames are judged follows from why they were handed in
(`Purpose`); one of them goes unjudged only when it hardly differs from a judged one (I1).
A judged frame is looked at as a whole, and in some of its `views` besides (I6).
"""

import random
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import assert_never

import numpy as np

from moderation import camera_check, policy, stillness, views
from moderation.agreement import JudgedFrame
from moderation.blocks import Thumbnail, block_differences
from moderation.classifiers.base import ClassifierError, Detection, Image, Scores
from moderation.packets import Kind, Packet, key_frame_size
from moderation.policy import Judgement, Memory
from moderation.samples import Purpose, Sample
from moderation.thresholds import Thresholds
from moderation.verdicts import Missing, Reason
from moderation.views import Look
from reports.hashing.sightings import BankMatch

PACKETS_MAX = 64
SEGMENT_MAX_MS = 3000
"""How far back a segment may reach (I1); what is longer is not decoded."""

COVER_DIFF = 5.0
"""Of 255: a frame is covered by a judged one when no block's mean absolute difference reaches it.
How the value was found is in docs/models.md.
"""

_ADJACENT = frozenset({Purpose.WINDOW, Purpose.SAMPLE})
"""Pictures of one moment: nothing may have changed from one to the next, and then one is looked at.
A farewell and a camera check are to confirm each other, by frames apart in time."""

SPREAD_FRAMES = 4
"""So many frames of a farewell or a camera check are judged: two can confirm each other."""

SUSPECT_MS = 10_000
"""A held picture, and one within so long of a frame over `cut`, is looked at from all sides:
what showed in one view is not to be cleared by another."""


class UndecodableError(Exception):
    """Packets do not yield one picture each, of their key frame's size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded frame of packet `seq`: its pixels and its thumbnail, on demand."""

    seq: int
    captured_ms: int
    thumbnail: Callable[[], Thumbnail]
    render: Callable[[], Image]


Decode = Callable[[Sequence[Packet], AbstractSet[int]], Sequence[Picture]]
"""The pictures of the packets with these sequence numbers. Raises `UndecodableError`."""
Classify = Callable[[Image], Scores]
"""Raises `ClassifierError`."""
Detect = Callable[[Image], Sequence[Detection]]
"""What is found, without ages. Raises `ClassifierError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgement, the frames it rests on, the pictures of the offending ones, the known picture
    that one of them is, what a camera check lacks, whether the stream shows a replay, and the
    picture that was drawn for prevalence, whatever it shows."""

    judgement: Judgement
    frames: tuple[JudgedFrame, ...]
    offending: tuple[Picture, ...]
    missing: tuple[Missing, ...] = ()
    match: BankMatch | None = None
    is_loop: bool = False
    drawn: Picture | None = None


def decode_sample(sample: Sample, decode: Decode) -> Sequence[Picture]:
    """The shown pictures among which `judge` chooses, after the one before them if there is one.

    Raises `UndecodableError`.
    """
    packets = sample.packets
    if not packets or packets[0].kind is not Kind.KEY or len(packets) > PACKETS_MAX:
        raise UndecodableError("not a segment from its key frame on")
    if packets[-1].arrived_ms - packets[0].arrived_ms > SEGMENT_MAX_MS:
        raise UndecodableError("segment too long")
    video = [packet.seq for packet in packets if packet.is_video]
    shown = [seq for seq in video if sample.first_seq <= seq <= sample.last_seq]
    if not shown:
        raise UndecodableError("no packet to be judged")
    wanted = _to_be_seen(sample.purpose, shown)
    # The frame before the first of them is no more than its neighbour, for a view of two.
    wanted |= frozenset(video[: video.index(min(wanted))][-1:])
    pictures = decode(packets, wanted)
    if [picture.seq for picture in pictures] != sorted(wanted):
        raise UndecodableError("pictures are missing")
    return pictures


def judge(
    sample: Sample,
    pictures: Sequence[Picture],
    *,
    classify: Classify,
    detect: Detect,
    rules: Thresholds,
    memory: Memory,
    rng: random.Random,
) -> Judged:
    """Judge the pictures of `sample` (at least one, in order); never raises for bad pictures.

    `rng` draws the views: production hands in a CSPRNG, so that nobody knows them beforehand.
    """
    shown = [picture for picture in pictures if picture.seq >= sample.first_seq]
    chosen = _uncovered(shown) if sample.purpose in _ADJACENT else shown
    looks = views.plan(sample.purpose, len(chosen), rng, is_suspect=_is_suspect(sample, memory))
    before = _neighbours(sample, pictures)
    frames: list[JudgedFrame] = []
    aged_ms = 0 if memory.ages is None else memory.ages.newest_ms
    try:
        for picture, own_looks in zip(chosen, looks, strict=True):
            # An age costs a tenth of a frame, and most of them would not count.
            is_aged = sample.purpose is Purpose.CHECK or policy.counts_age(
                picture.captured_ms, aged_ms
            )
            see = classify if is_aged else partial(_without_ages, detect)
            scores = _scores(picture, before.get(picture.seq), own_looks, see, detect)
            frames.append(_judged_frame(picture, scores))
            if any(face.is_usable for face in scores.faces):
                aged_ms = picture.captured_ms
    except ClassifierError:
        judgement = policy.refuse(Reason.CLASSIFIER_FAILED, memory)
        return Judged(judgement=judgement, frames=(), offending=())
    judgement = policy.decide(frames, rules, memory)
    offending = tuple(picture for picture in chosen if picture.seq in judgement.offending)
    missing: tuple[Missing, ...] = ()
    if sample.purpose is Purpose.CHECK:
        missing = _missing(sample, chosen, frames)
        if not missing and rules.age.need_faces and judgement.median_years is None:
            # More faces are asked for than one look gives: the next one has them.
            missing = (Missing.CLEAR_FACE,)
    return Judged(judgement=judgement, frames=tuple(frames), offending=offending, missing=missing)


def largest_difference(one: Thumbnail, other: Thumbnail) -> float:
    """The largest mean absolute difference over 16 x 12 blocks, of any channel, 0-255."""
    return float(block_differences(one, other).max())


def _scores(
    picture: Picture,
    before: Picture | None,
    looks: Sequence[Look],
    classify: Classify,
    detect: Detect,
) -> Scores:
    """The whole frame's scores, and what its views show besides. Ages are of the whole alone: a
    face that is large enough for one is found there."""
    image = picture.render()
    scores = classify(image)
    neighbour = before.render() if before is not None and Look.MEAN in looks else None
    if neighbour is not None and neighbour.shape != image.shape:
        neighbour = None
    besides = tuple(
        view.in_frame(detection)
        for view in views.views(image, neighbour, looks)
        for detection in detect(np.ascontiguousarray(view.image))
        if detection.score >= view.counts_from
    )
    return replace(scores, besides=besides)


def _judged_frame(picture: Picture, scores: Scores) -> JudgedFrame:
    return JudgedFrame(
        seq=picture.seq,
        captured_ms=picture.captured_ms,
        scores=scores,
        look=partial(_look, picture),
    )


def _without_ages(detect: Detect, image: Image) -> Scores:
    return Scores(detections=tuple(detect(image)), faces=())


def _is_suspect(sample: Sample, memory: Memory) -> bool:
    nudity = memory.nudity
    apart_ms = (abs(sample.captured_ms - one.captured_ms) for one in nudity.suspicions)
    return nudity.is_held or any(span_ms <= SUSPECT_MS for span_ms in apart_ms)


def _neighbours(sample: Sample, pictures: Sequence[Picture]) -> Mapping[int, Picture]:
    """The frame before, by sequence number, where it is among the pictures."""
    by_seq = {picture.seq: picture for picture in pictures}
    video = [packet.seq for packet in sample.packets if packet.is_video]
    return {seq: by_seq[earlier] for earlier, seq in pairwise(video) if earlier in by_seq}


def _missing(
    sample: Sample, pictures: Sequence[Picture], frames: Sequence[JudgedFrame]
) -> tuple[Missing, ...]:
    size = key_frame_size(sample.packets[0].payload)
    scores = {frame.seq: frame.scores for frame in frames}
    return camera_check.find_missing(
        [(picture.thumbnail(), scores[picture.seq]) for picture in pictures], size
    )


def _look(picture: Picture) -> stillness.Look:
    return stillness.look(picture.thumbnail())


def _to_be_seen(purpose: Purpose, shown: Sequence[int]) -> AbstractSet[int]:
    """Which of the shown packets must be looked at."""
    match purpose:
        case Purpose.WINDOW:
            return frozenset(shown)
        case Purpose.SAMPLE:
            return frozenset((shown[0], shown[-1]))
        case Purpose.FAREWELL | Purpose.CHECK:
            steps = np.linspace(0, len(shown) - 1, min(SPREAD_FRAMES, len(shown)))
            return frozenset(shown[round(step)] for step in steps)
        case _:
            assert_never(purpose)


def _uncovered(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures such that every other one is covered by one of them; the last is among them."""
    if len(pictures) == 1:
        return list(pictures)
    chosen = [pictures[-1]]
    thumbnails = [pictures[-1].thumbnail()]
    for picture in pictures[:-1]:
        thumbnail = picture.thumbnail()
        if all(largest_difference(thumbnail, other) >= COVER_DIFF for other in thumbnails):
            chosen.append(picture)
            thumbnails.append(thumbnail)
    return sorted(chosen, key=lambda picture: picture.seq)
