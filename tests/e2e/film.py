"""VP8 films for strangers on the wire: encoded here, frame by frame, with libvpx through PyAV."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from tests.e2e.cameras import HEIGHT_PX, WIDTH_PX, Picture
from tests.e2e.wire import DELTA, HEADER, KEY

FRAMES_PER_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One encoded frame: `kind` is the packet kind it goes out as."""

    kind: int
    payload: bytes


def encode(pictures: Iterable[Picture]) -> list[Frame]:
    """The pictures as VP8, the first one a key frame and all others deltas."""
    context = VideoCodecContext.create("libvpx", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = WIDTH_PX, HEIGHT_PX
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, FRAMES_PER_S)
    context.bit_rate = 1_200_000
    context.gop_size = 10_000
    context.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "error-resilient": "1",
    }
    frames: list[Frame] = []
    for number, rgb in enumerate(pictures):
        picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
        picture.pts = number
        frames.extend(_frame(bytes(packet)) for packet in context.encode(picture))
    frames.extend(_frame(bytes(packet)) for packet in context.encode(None))
    return frames


def decode(packets: Sequence[bytes]) -> list[Picture]:
    """What a receiver would see of the packets that reached them, in order, as RGB.

    Like the page, it starts at a key frame; a packet that doesn't decode shows nothing.
    """
    context = VideoCodecContext.create("vp8", "r")
    shown: list[Picture] = []
    has_key = False
    for data in packets:
        kind, _, _ = HEADER.unpack_from(data)
        if kind not in {KEY, DELTA}:
            continue
        has_key = has_key or kind == KEY
        if not has_key:
            continue
        try:
            pictures = context.decode(av.Packet(data[HEADER.size :]))
        except av.error.InvalidDataError:
            continue
        shown.extend(
            np.ascontiguousarray(picture.to_ndarray(format="rgb24"), dtype=np.uint8)
            for picture in pictures
            if isinstance(picture, av.VideoFrame)
        )
    return shown


def _frame(payload: bytes) -> Frame:
    is_key = payload[0] & 1 == 0
    return Frame(kind=KEY if is_key else DELTA, payload=payload)
