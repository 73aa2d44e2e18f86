"""VP8 packets to pictures: libvpx through PyAV, one thread, packet by packet from the key frame.

libvpx and not FFmpeg's own VP8 decoder: of 240 streams with flipped, cut and replaced bytes
Chromium 156 showed exactly libvpx's pictures, and nothing where libvpx refuses; FFmpeg's decoder
answered differently in 158 of them. What is judged has to be what is seen (docs/models.md).
"""

import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, partial

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext

from moderation.blocks import Thumbnail
from moderation.classifiers.base import Image
from moderation.packets import Kind, Packet, PacketError, Size, key_frame_size, parse_packet
from moderation.pipeline import Picture, UndecodableError

DECODER = "libvpx"
DECODE_MAX_S = 1.5
"""More than 64 packets of the largest size take; what lasts longer is not decoded to its end."""
KEPT_MAX_PIXELS = 32_000_000
"""Of all pictures kept for judging: 96 MB as blue, green and red."""
THUMBNAIL = (320, 240)


class SegmentDecoder:
    """The decoder of one segment, which goes on where it stopped.

    Of no use any more once it has raised: it may have swallowed half a packet.
    """

    def __init__(self) -> None:
        context = av.CodecContext.create(DECODER, "r")
        if not isinstance(context, VideoCodecContext):
            raise UndecodableError(f"{DECODER} decodes no video")
        context.thread_count = 1
        self._context = context
        self._size: Size | None = None

    def decode(
        self, packets: Sequence[Packet], wanted: AbstractSet[int], *, max_s: float = DECODE_MAX_S
    ) -> list[Picture]:
        """The pictures of the packets whose sequence numbers are `wanted`, in order.

        Every packet is decoded, from the key frame on, and must yield one picture of that key
        frame's size. Raises `UndecodableError` for anything else, whatever the bytes are.
        """
        ends_at = time.monotonic() + max_s
        pictures: list[Picture] = []
        pixels_left = KEPT_MAX_PIXELS
        for packet in packets:
            if not packet.is_video:
                continue
            self._size = size = _expected_size(packet, self._size)
            frame = _decode_one(self._context, packet, size)
            if time.monotonic() > ends_at:
                raise UndecodableError("decoding takes too long")
            if packet.seq in wanted:
                pixels_left -= size.width * size.height
                if pixels_left < 0:
                    raise UndecodableError("too many pixels to be judged at once")
                pictures.append(_picture(packet, frame))
        return pictures


def decode(
    packets: Sequence[Packet], wanted: AbstractSet[int], *, max_s: float = DECODE_MAX_S
) -> list[Picture]:
    """`SegmentDecoder.decode` from the start, for packets that nothing follows."""
    return SegmentDecoder().decode(packets, wanted, max_s=max_s)


def _expected_size(packet: Packet, current: Size | None) -> Size:
    # The relay has parsed them; a decoder that allocates what a header says trusts nobody.
    try:
        parse_packet(packet.data, packet.arrived_ms)
        if packet.kind is Kind.KEY:
            return key_frame_size(packet.payload)
    except PacketError as error:
        raise UndecodableError(error.detail) from error
    if current is None:
        raise UndecodableError("no key frame in front")
    return current


def _decode_one(context: VideoCodecContext, packet: Packet, size: Size) -> av.VideoFrame:
    try:
        frames = context.decode(av.Packet(bytes(packet.payload)))
    except av.FFmpegError as error:
        raise UndecodableError(f"decoder: {error.strerror}") from error
    if len(frames) != 1 or (frames[0].width, frames[0].height) != (size.width, size.height):
        raise UndecodableError("not one picture of the key frame's size")
    return frames[0]


def _picture(packet: Packet, frame: av.VideoFrame) -> Picture:
    # Once for the thumbnail and for all that looks at the picture.
    render = cache(partial(_render, frame))
    return Picture(
        seq=packet.seq,
        captured_ms=packet.arrived_ms,
        thumbnail=partial(_thumbnail, render),
        render=render,
    )


def _render(frame: av.VideoFrame) -> Image:
    return frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def _thumbnail(render: Callable[[], Image]) -> Thumbnail:
    small = cv2.resize(render(), THUMBNAIL, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)
