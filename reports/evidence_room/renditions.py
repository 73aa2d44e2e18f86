"""Pictures that staff are shown, made by the server and never the sender's own bytes (I18).

`RenditionError` — the evidence is no picture that can be shown; a retry does not help.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, assert_never

import cv2
import numpy as np

from reports.evidence_room import ivf
from reports.hashing import pdq
from reports.hashing.crops import crop_hashes
from reports.hashing.pdq import Picture
from reports.snapshots import EvidenceKind

MOSAIC_TILE_PX = 16
"""Tiles of 16 pixels of a 640 pixel wide frame: enough to tell a face from a wall, no more."""
MOSAIC_COLUMNS_MAX = 40

_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_OUTLINE = ((-1, 0, _BLACK), (1, 0, _BLACK), (0, -1, _BLACK), (0, 1, _BLACK), (0, 0, _WHITE))
"""Pixels to the right and down, and colour, of each time a watermark is written."""


class RenditionError(Exception):
    """These bytes can't be shown as a picture."""


SegmentDecoder = Callable[[Sequence[bytes], int], Picture]
"""Decodes one frame of a segment, by its number from 0 on; raises `RenditionError`."""


def picture_of(
    kind: EvidenceKind, data: bytes, *, frame: int, decode_segment: SegmentDecoder
) -> Picture:
    """The still, or frame `frame` of the segment, as blue, green and red.

    Raises `RenditionError`, also for a frame that isn't there.
    """
    match kind:
        case EvidenceKind.FRAME:
            if frame:
                raise RenditionError("a still has one frame")
            return still(data)
        case EvidenceKind.SEGMENT:
            try:
                frames = ivf.read(data)
            except ivf.IvfError as error:
                raise RenditionError(str(error)) from error
            return _bytes_of(decode_segment([item.payload for item in frames], frame))
        case _:
            assert_never(kind)


def frame_count(kind: EvidenceKind, data: bytes) -> int:
    """How many frames there are to look at; 0 for a segment that can't be read."""
    if kind is EvidenceKind.FRAME:
        return 1
    try:
        return len(ivf.read(data))
    except ivf.IvfError:
        return 0


def mosaic(picture: Picture) -> bytes:
    """A grey PNG of tiles, in which nobody can be recognised."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape[:2]
    tile = max(MOSAIC_TILE_PX, -(-max(height, width) // MOSAIC_COLUMNS_MAX))
    small = cv2.resize(
        grey, (max(1, width // tile), max(1, height // tile)), interpolation=cv2.INTER_AREA
    )
    return _png(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST))


def watermarked(picture: Picture, *, viewer: str, at: datetime, in_colour: bool) -> bytes:
    """The original as PNG, with viewer and time written across it several times."""
    marked = picture.copy() if in_colour else _grey(picture)
    text = f"{viewer} {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC".encode("ascii", "replace")
    height, width = marked.shape[:2]
    scale = max(0.4, width / 1280)
    for line in range(3):
        place = (max(4, width // 40), height * (2 * line + 1) // 6)
        _write_outlined(marked, text.decode(), place, scale)
    return _png(marked)


def _grey(picture: Picture) -> Picture:
    return _bytes_of(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


def _write_outlined(picture: Picture, text: str, place: tuple[int, int], scale: float) -> None:
    # The outline is the thin text moved by a pixel: bold text runs wider, and covers the thin one.
    for right, down, colour in _OUTLINE:
        at = (place[0] + right, place[1] + down)
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceptualHash:
    """PDQ as hex with its quality (0-100), and the hashes of the picture's crops for a bank."""

    pdq: str
    quality: int
    crops: list[str]


def perceptual_hash(data: bytes) -> PerceptualHash:
    """The hashes of a still; empty ones of quality 0 for bytes that are no picture."""
    try:
        picture = still(data)
    except RenditionError:
        return PerceptualHash(pdq="", quality=0, crops=[])
    found = pdq.compute(picture)
    return PerceptualHash(pdq=found.bits.hex(), quality=found.quality, crops=crop_hashes(picture))


def still(data: bytes) -> Picture:
    """A still as blue, green and red. Raises `RenditionError`."""
    if not data:
        raise RenditionError("no bytes")
    picture = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise RenditionError("not a picture")
    return _bytes_of(picture)


def _png(picture: Any) -> bytes:
    is_encoded, encoded = cv2.imencode(".png", picture)
    if not is_encoded:
        raise RenditionError("the picture could not be encoded")
    return bytes(encoded.tobytes())


def _bytes_of(picture: Any) -> Picture:
    return np.ascontiguousarray(picture, dtype=np.uint8)
