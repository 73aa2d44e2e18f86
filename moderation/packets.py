"""One media packet: its envelope, and the grammar that it must obey (invariant I5).

Layout and limits are those of docs/protocol.md, "Media socket".

Errors: `PacketError` carries the close code that the protocol names; a retry with the same bytes
does not help.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

HEADER = struct.Struct(">BIQ")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet as it came: `data` is the whole message, header included, relayed unchanged.

    `timestamp_us` is the sender's clock, `arrived_ms` the server's (Unix time).
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
        return self.kind is not Kind.AUDIO


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
    if len(data) <= HEADER.size:
        raise PacketError(BAD_MESSAGE, "packet without payload")
    kind_value, seq, timestamp_us = HEADER.unpack_from(data)
    try:
        kind = Kind(kind_value)
    except ValueError:
        raise PacketError(BAD_MESSAGE, "unknown packet kind") from None
    payload = memoryview(data)[HEADER.size :]
    match kind:
        case Kind.KEY:
            _check_bytes(payload, KEY_FRAME_MAX_BYTES)
            _check_vp8_tag(payload, is_key=True)
            key_frame_size(payload)
        case Kind.DELTA:
            _check_bytes(payload, DELTA_FRAME_MAX_BYTES)
            _check_vp8_tag(payload, is_key=False)
        case Kind.AUDIO:
            _check_bytes(payload, AUDIO_MAX_BYTES)
            _check_opus(payload)
    return Packet(
        kind=kind, seq=seq, timestamp_us=timestamp_us, arrived_ms=arrived_ms, data=bytes(data)
    )


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


def _check_bytes(payload: memoryview, limit: int) -> None:
    if len(payload) > limit:
        raise PacketError(TOO_LARGE, "packet too large")


def _check_vp8_tag(payload: memoryview, *, is_key: bool) -> None:
    """Check the three bytes in front of every VP8 frame (RFC 6386, 9.1)."""
    if len(payload) < 3:
        raise PacketError(BAD_MESSAGE, "frame shorter than its tag")
    tag = payload[0] | payload[1] << 8 | payload[2] << 16
    if (tag & 1 == 0) is not is_key:
        raise PacketError(BAD_MESSAGE, "packet kind and frame tag disagree")
    if tag >> 1 & 0b111:
        raise PacketError(BAD_MESSAGE, "frame version is not 0")
    if not tag >> 4 & 1:
        raise PacketError(BAD_MESSAGE, "frame is not to be shown")
    first_partition = tag >> 5
    if not 3 <= first_partition <= len(payload):
        raise PacketError(BAD_MESSAGE, "first partition does not fit")


def _check_opus(payload: memoryview) -> None:
    """Check an Opus packet's TOC byte, frame count and length in time (RFC 6716, 3.1 and 3.2)."""
    count_code = payload[0] & 0b11
    if count_code == 1 and len(payload) % 2 == 0:
        raise PacketError(BAD_MESSAGE, "two equal Opus frames need an even number of bytes")
    if count_code == 2 and len(payload) < 2:
        raise PacketError(BAD_MESSAGE, "Opus packet cut short")
    if count_code == 3 and (len(payload) < 2 or not 1 <= payload[1] & 0x3F <= 48):
        raise PacketError(BAD_MESSAGE, "Opus packet with an impossible frame count")
    frames = payload[1] & 0x3F if count_code == 3 else min(count_code + 1, 2)
    if frames * _opus_frame_ms(payload[0] >> 3) > OPUS_MAX_MS:
        raise PacketError(BAD_MESSAGE, "Opus packet longer than 120 ms")


def _opus_frame_ms(configuration: int) -> float:
    """How long one frame sounds (RFC 6716, table 2)."""
    if configuration < 12:
        return (10.0, 20.0, 40.0, 60.0)[configuration % 4]
    if configuration < 16:
        return (10.0, 20.0)[configuration % 2]
    return (2.5, 5.0, 10.0, 20.0)[configuration % 4]
