"""One picture of a sealed segment, by the one decoder: what staff look at is what was judged.

`reports` keeps segments and may not import the decoder; it is named to it in the settings
(SEGMENT_DECODER), as the kind `reports.evidence_room.renditions.SegmentDecoder`.
"""

from collections.abc import Sequence

from moderation.classifiers.base import Image
from moderation.decoding import DECODE_MAX_S, decode
from moderation.packets import HEADER, Kind, Packet
from moderation.pipeline import UndecodableError
from reports.evidence_room.renditions import RenditionError


def picture_at(frames: Sequence[bytes], number: int) -> Image:
    """Frame `number`, from 0 on, as blue, green and red; decoded from the key frame before it.

    What comes after it is not touched, so that a damaged end hides nothing before it. Takes
    DECODE_MAX_S at most. Raises `RenditionError` for what does not decode.
    """
    if not 0 <= number < len(frames):
        raise RenditionError("the segment has no such frame")
    start = next((place for place in range(number, -1, -1) if _is_key(frames[place])), 0)
    packets = [_packet(frames[place], place) for place in range(start, number + 1)]
    try:
        (picture,) = decode(packets, {number}, max_s=DECODE_MAX_S)
    except UndecodableError as error:
        raise RenditionError(str(error)) from error
    return picture.render()


def _is_key(frame: bytes) -> bool:
    # RFC 6386, 9.1: the lowest bit of a frame's first byte is 0 for a key frame.
    return bool(frame) and not frame[0] & 1


def _packet(frame: bytes, number: int) -> Packet:
    kind = Kind.KEY if _is_key(frame) else Kind.DELTA
    data = HEADER.pack(kind, number, 0) + frame
    return Packet(kind, number, 0, 0, data)
