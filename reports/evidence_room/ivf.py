"""IVF: the plain container that a segment of evidence is kept in, VP8 frames with their times.

`IvfError` — these bytes are no such file; a retry does not help.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SIGNATURE, _CODEC = b"DKIF", b"VP80"
_HEADER = struct.Struct("<4sHH4sHHIIII")
_FRAME = struct.Struct("<IQ")
_TICKS_PER_S = 1000
_LENGTH_FIELD = struct.Struct("<H")
_LENGTH_AT = 6

FRAMES_MAX = 600
"""Ten seconds at 60 frames a second, more than is ever kept of anybody; the rest is not read."""


class IvfError(Exception):
    """No IVF file, or one that ends in the middle of a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IvfFrame:
    """One encoded frame, `at_ms` milliseconds after the first."""

    at_ms: int
    payload: bytes


def write(frames: Sequence[IvfFrame], *, width: int, height: int) -> bytes:
    """The file of these frames; width and height in pixels."""
    header = _HEADER.pack(
        _SIGNATURE, 0, _HEADER.size, _CODEC, width, height, _TICKS_PER_S, 1, len(frames), 0
    )
    return header + b"".join(_written(frames))


def read(data: bytes) -> tuple[IvfFrame, ...]:
    """The first FRAMES_MAX frames. The header's own count is not believed. Raises `IvfError`."""
    if len(data) < _HEADER.size or data[:4] != _SIGNATURE:
        raise IvfError("no IVF file")
    (place,) = _LENGTH_FIELD.unpack_from(data, _LENGTH_AT)
    if not _HEADER.size <= place <= len(data):
        raise IvfError("its header lies about its length")
    found: list[IvfFrame] = []
    while place < len(data) and len(found) < FRAMES_MAX:
        if place + _FRAME.size > len(data):
            raise IvfError("it ends in the middle of a frame's header")
        length, at_ms = _FRAME.unpack_from(data, place)
        place += _FRAME.size
        if not length or place + length > len(data):
            raise IvfError("it ends in the middle of a frame")
        found.append(IvfFrame(at_ms=at_ms, payload=data[place : place + length]))
        place += length
    return tuple(found)


def _written(frames: Iterable[IvfFrame]) -> Iterable[bytes]:
    for frame in frames:
        yield _FRAME.pack(len(frame.payload), frame.at_ms)
        yield frame.payload
