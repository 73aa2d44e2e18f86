"""From packets to a judgement: decode, choose what must be judged, classify, decide. Pure.

Decoder and classifier are arguments. Which frames are judged follows from why they were handed in
(`Purpose`); a withheld frame goes unjudged only when it hardly differs from a judged one (I1).
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import numpy as np

from moderation import camera_check, policy, stillness
from moderation.agreement import JudgedFrame
from moderation.blocks import Thumbnail, block_differences
from moderation.classifiers.base import ClassifierError, Image, Scores
from moderation.packets import Kind, Packet, key_frame_size
from moderation.policy import Judgement, Memory
from moderation.samples import Purpose, Sample
from moderation.thresholds import Thresholds
from moderation.verdicts import Missing, Reason
from reports.sightings import BankMatch

PACKETS_MAX = 64
SEGMENT_MAX_MS = 3000
"""How far back a segment may reach (I1); what is longer is not decoded."""

COVER_DIFF = 5.0
"""Of 255: a frame is covered by a judged one when no block's mean absolute difference reaches it.
How the value was found is in docs/models.md.
"""

SPREAD_FRAMES = 4
"""So many frames of a farewell or a camera check are judged: two can confirm each other."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgement, the frames it rests on, the pictures of the offending ones, the known picture
    that one of them is, what a camera check lacks, and whether the stream shows a replay."""

    judgement: Judgement
    frames: tuple[JudgedFrame, ...]
    offending: tuple[Picture, ...]
    missing: tuple[Missing, ...] = ()
    match: BankMatch | None = None
    is_loop: bool = False


def decode_sample(sample: Sample, decode: Decode) -> Sequence[Picture]:
    """The shown pictures among which `judge` chooses. Raises `UndecodableError`."""
    packets = sample.packets
    if not packets or packets[0].kind is not Kind.KEY or len(packets) > PACKETS_MAX:
        raise UndecodableError("not a segment from its key frame on")
    if packets[-1].arrived_ms - packets[0].arrived_ms > SEGMENT_MAX_MS:
        raise UndecodableError("segment too long")
    shown = [
        packet.seq
        for packet in packets
        if packet.is_video and sample.first_seq <= packet.seq <= sample.last_seq
    ]
    if not shown:
        raise UndecodableError("no packet to be judged")
    wanted = _to_be_seen(sample.purpose, shown)
    pictures = decode(packets, wanted)
    if [picture.seq for picture in pictures] != sorted(wanted):
        raise UndecodableError("pictures are missing")
    return pictures


def judge(
    sample: Sample,
    pictures: Sequence[Picture],
    *,
    classify: Classify,
    rules: Thresholds,
    memory: Memory,
) -> Judged:
    """Judge the pictures of `sample` (at least one, in order); never raises for bad pictures."""
    chosen = _uncovered(pictures) if sample.purpose is Purpose.WINDOW else pictures
    try:
        frames = [
            JudgedFrame(
                seq=picture.seq,
                captured_ms=picture.captured_ms,
                scores=classify(picture.render()),
                look=partial(_look, picture),
            )
            for picture in chosen
        ]
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
            return frozenset(shown[-1:])
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
