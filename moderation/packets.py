"""One media packet: its envelope, and the grammar that it must obey (invariant I5).

Layout and limits are those of docs/protocol.md, "Media socket".

Errors: `PacketError` carries the close code that the protocol names; a retry with the same bytes
does not help.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

HEADER = struct.Struct(">BIQ")
_FIRST = HEADER.size  # of the payload

KEY_FRAME_MAX_BYTES = 256 * 1024
DELTA_FRAME_MAX_BYTES = 128 * 1024
AUDIO_MAX_BYTES = 1536
OPUS_MAX_MS = 120
"""What one packet may sound, by RFC 6716: otherwise 25 a second would be a minute of sound."""

SHORTER_SIDE_MIN_PX = 180
LONGER_SIDE_MAX_PX = 1280
ASPECT_MAX = 2.0

BAD_MESSAGE = 4400
TOO_LARGE = 4413


class PacketError(Exception):
    """A packet breaks the grammar: `code` is the close code, the text says what is wrong."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Kind(IntEnum):
    """What a packet carries."""

    KEY = 1
    DELTA = 2
    AUDIO = 3


KEY, DELTA, AUDIO = Kind.KEY, Kind.DELTA, Kind.AUDIO
"""By themselves, for what is asked of every packet: in Python 3.11 to read a member off its
enumeration takes about as long as twenty comparisons."""

_KINDS = {kind.value: kind for kind in Kind}
_MAX_BYTES = {
    KEY: KEY_FRAME_MAX_BYTES,
    DELTA: DELTA_FRAME_MAX_BYTES,
    AUDIO: AUDIO_MAX_BYTES,
}


class Packet(NamedTuple):
    """One packet as it came: `data` is the whole message, header included, relayed unchanged.

    `timestamp_us` is the sender's clock, `arrived_ms` the server's (Unix time). A tuple, because a
    relay makes thousands of them a second: a frozen dataclass takes three times as long.
    """

    kind: Kind
    seq: int
    timestamp_us: int
    arrived_ms: int
    data: bytes

    @property
    def payload(self) -> memoryview:
        return memoryview(self.data)[HEADER.size :]

    @property
    def is_video(self) -> bool:
        return self.kind is not AUDIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height of a key frame in pixels."""

    width: int
    height: int


def parse_packet(data: bytes, arrived_ms: int) -> Packet:
    """The packet in `data`, checked by itself (not against its neighbours).

    Raises `PacketError` (4400 or 4413). Which limits hold between packets (sequence, clock,
    rates) is the relay session's to know.
    """
    size = len(data) - HEADER.size
    if size <= 0:
        raise PacketError(BAD_MESSAGE, "packet without payload")
    kind_value, seq, timestamp_us = HEADER.unpack_from(data)
    kind = _KINDS.get(kind_value)
    if kind is None:
        raise PacketError(BAD_MESSAGE, "unknown packet kind")
    if size > _MAX_BYTES[kind]:
        raise PacketError(TOO_LARGE, "packet too large")
    if kind is AUDIO:
        _check_opus(data, size)
    else:
        _check_vp8_tag(data, size, is_key=kind is KEY)
        if kind is KEY:
            key_frame_size(memoryview(data)[HEADER.size :])
    return Packet(kind, seq, timestamp_us, arrived_ms, bytes(data))


def key_frame_size(payload: memoryview | bytes) -> Size:
    """Width and height in a VP8 key frame's header (RFC 6386, 9.1).

    Raises `PacketError` when the start code is missing, the frame asks to be scaled, or the size
    is outside what the protocol allows.
    """
    if len(payload) < 10 or bytes(payload[3:6]) != b"\x9d\x01\x2a":
        raise PacketError(BAD_MESSAGE, "key frame without start code")
    width_field = int.from_bytes(payload[6:8], "little")
    height_field = int.from_bytes(payload[8:10], "little")
    if width_field >> 14 or height_field >> 14:
        raise PacketError(BAD_MESSAGE, "key frame asks for scaling")
    size = Size(width=width_field & 0x3FFF, height=height_field & 0x3FFF)
    shorter, longer = sorted((size.width, size.height))
    if shorter < SHORTER_SIDE_MIN_PX or longer > LONGER_SIDE_MAX_PX:
        raise PacketError(BAD_MESSAGE, "picture size out of range")
    if longer > ASPECT_MAX * shorter:
        raise PacketError(BAD_MESSAGE, "picture aspect out of range")
    return size


def _check_vp8_tag(data: bytes, size: int, *, is_key: bool) -> None:
    """Check the three bytes in front of every VP8 frame (RFC 6386, 9.1)."""
    if size < 3:
        raise PacketError(BAD_MESSAGE, "frame shorter than its tag")
    tag = data[_FIRST] | data[_FIRST + 1] << 8 | data[_FIRST + 2] << 16
    if (tag & 1 == 0) is not is_key:
        raise PacketError(BAD_MESSAGE, "packet kind and frame tag disagree")
    if tag >> 1 & 0b111:
        raise PacketError(BAD_MESSAGE, "frame version is not 0")
    if not tag >> 4 & 1:
        raise PacketError(BAD_MESSAGE, "frame is not to be shown")
    if not 3 <= tag >> 5 <= size:
        raise PacketError(BAD_MESSAGE, "first partition does not fit")


def _check_opus(data: bytes, size: int) -> None:
    """Check an Opus packet's TOC byte, frame count and length in time (RFC 6716, 3.1 and 3.2)."""
    toc = data[_FIRST]
    count_code = toc & 0b11
    frames = min(count_code + 1, 2)
    if count_code == 1 and size % 2 == 0:
        raise PacketError(BAD_MESSAGE, "two equal Opus frames need an even number of bytes")
    if count_code == 2 and size < 2:
        raise PacketError(BAD_MESSAGE, "Opus packet cut short")
    if count_code == 3:
        frames = data[_FIRST + 1] & 0x3F if size > 1 else 0
        if not 1 <= frames <= 48:
            raise PacketError(BAD_MESSAGE, "Opus packet with an impossible frame count")
    if frames * _opus_frame_ms(toc >> 3) > OPUS_MAX_MS:
        raise PacketError(BAD_MESSAGE, "Opus packet longer than 120 ms")


def _opus_frame_ms(configuration: int) -> float:
    """How long one frame sounds (RFC 6716, table 2)."""
    if configuration < 12:
        return (10.0, 20.0, 40.0, 60.0)[configuration % 4]
    if configuration < 16:
        return (10.0, 20.0)[configuration % 2]
    return (2.5, 5.0, 10.0, 20.0)[configuration % 4]
