"""Pictures, films and submissions for the tests of moderation."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.codeccontext import VideoCodecContext
from skimage import data

from moderation.packets import HEADER, Kind, Packet, parse_packet
from moderation.samples import Purpose, Sample, Subject
from tests.packets import ZERO_MS
from tests.streams import SUBJECT

Picture = npt.NDArray[np.uint8]
"""Height x width x 3, red-green-blue."""

AT_MS = ZERO_MS
NODE = "relay-test"


@cache
def astronaut() -> Picture:
    """A face that the detector finds (FACE_FEMALE, 0.71): stands in for what breaks the rules."""
    return _photograph("astronaut")


@cache
def coffee() -> Picture:
    """A picture in which the detector finds nothing."""
    return _photograph("coffee")


@cache
def chelsea() -> Picture:
    """Another picture in which the detector finds nothing."""
    return _photograph("chelsea")


@cache
def colour_wheel() -> Picture:
    """A drawing that the detector takes for a body part (BUTTOCKS_EXPOSED, 0.71 at this size)."""
    return _photograph("colorwheel")


def encode(
    pictures: Iterable[Picture], *, keys_every: int = 10_000, fps: int = 10, kbps: int = 1_200
) -> list[bytes]:
    """VP8 frames of `kbps` at `fps`, the first a key frame, one per picture."""
    frames = list(pictures)
    context = VideoCodecContext.create("libvpx", "w")
    assert isinstance(context, VideoCodecContext)
    context.height, context.width = frames[0].shape[:2]
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, fps)
    context.bit_rate = kbps * 1_000
    context.gop_size = keys_every
    context.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
    }
    encoded: list[bytes] = []
    for number, rgb in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
        picture.pts = number
        encoded += [bytes(packet) for packet in context.encode(picture)]
    encoded += [bytes(packet) for packet in context.encode(None)]
    return encoded


def packets(frames: Sequence[bytes], *, every_ms: int = 100, first_seq: int = 0) -> list[Packet]:
    """Frames as packets that arrived `every_ms` after each other."""
    return [
        parse_packet(
            HEADER.pack(kind_of(frame), first_seq + index, index * every_ms * 1000) + frame,
            AT_MS + index * every_ms,
        )
        for index, frame in enumerate(frames)
    ]


def kind_of(frame: bytes) -> Kind:
    """KEY or DELTA by the frame's own tag."""
    return Kind.DELTA if frame[0] & 1 else Kind.KEY


def film(pictures: Iterable[Picture], *, every_ms: int = 100) -> list[Packet]:
    """Pictures as packets, from a key frame on."""
    return packets(encode(pictures), every_ms=every_ms)


def sample(
    chain: Sequence[Packet],
    *,
    purpose: Purpose = Purpose.SAMPLE,
    first_seq: int | None = None,
    number: int = 1,
    epoch: int = 1,
    subject: Subject = SUBJECT,
    deadline_ms: int | None = None,
) -> Sample:
    """A submission of `chain`: all of it for a window or farewell, its last packet otherwise."""
    last = chain[-1]
    if first_seq is None:
        first_seq = last.seq if purpose is Purpose.SAMPLE else chain[0].seq
    return Sample(
        subject=subject,
        node=NODE,
        epoch=epoch,
        number=number,
        purpose=purpose,
        packets=tuple(chain),
        first_seq=first_seq,
        last_seq=last.seq,
        captured_ms=last.arrived_ms,
        deadline_ms=last.arrived_ms + 2000 if deadline_ms is None else deadline_ms,
    )


def _photograph(name: str) -> Picture:
    """One of scikit-image's photographs, 640 x 480."""
    photograph: Picture = getattr(data, name)()
    return cv2.resize(photograph, (640, 480), interpolation=cv2.INTER_AREA).astype(np.uint8)
