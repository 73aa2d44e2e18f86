"""Pictures that staff are shown, made by the server and never the sender's own bytes (I18).

`RenditionError` — the evidence is no picture that can be shown; a retry does not help.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError

from reports import pdq
from reports.crops import crop_hashes
from reports.pdq import Picture
from reports.snapshots import EvidenceKind

MOSAIC_TILE_PX = 16
"""Tiles of 16 pixels of a 640 pixel wide frame: enough to tell a face from a wall, no more."""
MOSAIC_COLUMNS_MAX = 40
SHEET_FRAMES = 9
SHEET_COLUMNS = 3
SEGMENT_FRAMES_MAX = 600

_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_OUTLINE = ((-1, 0, _BLACK), (1, 0, _BLACK), (0, -1, _BLACK), (0, 1, _BLACK), (0, 0, _WHITE))
"""Pixels to the right and down, and colour, of each time a watermark is written."""


class RenditionError(Exception):
    """These bytes can't be shown as a picture."""


def mosaic(kind: EvidenceKind, data: bytes) -> bytes:
    """A grey PNG of tiles, in which nobody can be recognised."""
    picture = cv2.cvtColor(_picture(kind, data), cv2.COLOR_BGR2GRAY)
    height, width = picture.shape[:2]
    tile = max(MOSAIC_TILE_PX, -(-max(height, width) // MOSAIC_COLUMNS_MAX))
    small = cv2.resize(
        picture, (max(1, width // tile), max(1, height // tile)), interpolation=cv2.INTER_AREA
    )
    return _png(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST))


def watermarked(kind: EvidenceKind, data: bytes, *, viewer: str, at: datetime) -> bytes:
    """The original as PNG, with viewer and time written across it several times.

    A segment becomes a sheet of at most nine of its frames.
    """
    picture = _picture(kind, data)
    text = f"{viewer} {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC".encode("ascii", "replace")
    height, width = picture.shape[:2]
    scale = max(0.4, width / 1280)
    for line in range(3):
        place = (max(4, width // 40), height * (2 * line + 1) // 6)
        _write_outlined(picture, text.decode(), place, scale)
    return _png(picture)


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
        picture = _still(data)
    except RenditionError:
        return PerceptualHash(pdq="", quality=0, crops=[])
    found = pdq.compute(picture)
    return PerceptualHash(pdq=found.bits.hex(), quality=found.quality, crops=crop_hashes(picture))


def _picture(kind: EvidenceKind, data: bytes) -> Picture:
    match kind:
        case EvidenceKind.FRAME:
            return _still(data)
        case EvidenceKind.SEGMENT:
            return _sheet(data)


def _still(data: bytes) -> Picture:
    if not data:
        raise RenditionError("no bytes")
    picture = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise RenditionError("not a picture")
    return _bytes_of(picture)


def _sheet(data: bytes) -> Picture:
    try:
        frames = list(_frames(data))
    except (FFmpegError, ValueError) as error:
        raise RenditionError("not a segment that decodes") from error
    if not frames:
        raise RenditionError("a segment without frames")
    step = max(1, -(-len(frames) // SHEET_FRAMES))
    chosen = frames[::step][:SHEET_FRAMES]
    height, width = chosen[0].shape[:2]
    rows = -(-len(chosen) // SHEET_COLUMNS)
    columns = min(SHEET_COLUMNS, len(chosen))
    sheet = np.zeros((rows * height, columns * width, 3), dtype=np.uint8)
    for index, frame in enumerate(chosen):
        top, left = index // SHEET_COLUMNS * height, index % SHEET_COLUMNS * width
        sheet[top : top + height, left : left + width] = cv2.resize(frame, (width, height))
    return sheet


def _frames(data: bytes) -> Iterator[Picture]:
    # From memory: what was sealed never touches a disk in the clear (I20).
    with av.open(BytesIO(data), mode="r", format="ivf") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= SEGMENT_FRAMES_MAX:
                return
            yield _bytes_of(frame.to_ndarray(format="bgr24"))


def _png(picture: Any) -> bytes:
    is_encoded, encoded = cv2.imencode(".png", picture)
    if not is_encoded:
        raise RenditionError("the picture could not be encoded")
    return bytes(encoded.tobytes())


def _bytes_of(picture: Any) -> Picture:
    return np.ascontiguousarray(picture, dtype=np.uint8)
