"""How a picture is dressed up so that a person sees it and a detector doesn't. Pure.

Pictures are red-green-blue, 640 x 480, and so is what comes out. A face stands in for what breaks
the rules: `faces` yields it as a camera would see it, from photographs that packages ship.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import skimage.data
from django.conf import settings

from moderation.classifiers.base import Detection, Image
from moderation.labels import FACE_LABELS
from moderation.pipeline import Detect
from tests.moderation_cases import astronaut, coffee

Picture = npt.NDArray[np.uint8]

WIDTH_PX = 640
HEIGHT_PX = 480
FACE_ZOOM = 2.2
"""A frame is so many times as high as the face in it: somebody sitting at a desk."""
FACE_SOURCE_MIN_PX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """`dress(dirty, clean, rng)` puts the dirty picture on; `is_plain`: the detector sees it even
    when it looks at nothing but the whole frame."""

    name: str
    dress: Callable[[Picture, Picture, random.Random], Picture]
    is_plain: bool = False


def faces(detect: Detect) -> list[Picture]:
    """The astronaut and, from the demonstration pictures of face-api, each face in a frame of its
    own."""
    found = [astronaut()]
    folder = Path(settings.BASE_DIR) / "node_modules" / "@vladmandic" / "face-api" / "demo"
    paths = sorted(folder.glob("sample*.jpg"))
    assert paths, f"no pictures in {folder}: make setup"
    for path in paths:
        photograph = cv2.imread(str(path))
        assert photograph is not None
        for detection in detect(photograph.astype(np.uint8)):
            if detection.label in FACE_LABELS:
                found += _portrait(photograph.astype(np.uint8), detection)
    return found


def inset(dirty: Picture, onto: Picture, rng: random.Random, share: float) -> Picture:
    """`dirty` in `share` of the width, somewhere on `onto`."""
    width = round(WIDTH_PX * share)
    height = width * 3 // 4
    left, top = rng.randint(0, WIDTH_PX - width), rng.randint(0, HEIGHT_PX - height)
    return put(onto, _sized(dirty, width, height), left, top)


def put(onto: Picture, picture: Picture, left: int, top: int) -> Picture:
    """`picture` on `onto`, its upper left corner there."""
    canvas = onto.copy()
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return canvas


def flat(level: int) -> Picture:
    """Nothing but one grey."""
    return np.full((HEIGHT_PX, WIDTH_PX, 3), level, np.uint8)


def squeezed(picture: Picture, low: int, high: int) -> Picture:
    """The same between two levels of brightness."""
    return (low + picture.astype(np.float32) * ((high - low) / 255)).astype(np.uint8)


def _sized(picture: Picture, width: int, height: int) -> Picture:
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _blurred(picture: Picture, sigma: float) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8)


def _coarse(picture: Picture, cell_px: int) -> Picture:
    small = _sized(picture, WIDTH_PX // cell_px, HEIGHT_PX // cell_px)
    return np.repeat(np.repeat(small, cell_px, axis=0), cell_px, axis=1)


def _noisy(picture: Picture, rng: random.Random) -> Picture:
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 40, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _blended(dirty: Picture, clean: Picture, share: float) -> Picture:
    return cv2.addWeighted(dirty, share, clean, 1 - share, 0).astype(np.uint8)


def _woven(dirty: Picture, clean: Picture, rows_px: int, columns_px: int) -> Picture:
    """Alternating cells of the two; 0 for cells as wide, or as high, as the frame."""
    rows = np.arange(HEIGHT_PX) // rows_px if rows_px else np.zeros(HEIGHT_PX, np.int64)
    columns = np.arange(WIDTH_PX) // columns_px if columns_px else np.zeros(WIDTH_PX, np.int64)
    is_dirty = (rows[:, None] + columns[None, :]) % 2 == 0
    return np.where(is_dirty[..., None], dirty, clean)


def _mosaic(dirty: Picture, clean: Picture, rng: random.Random) -> Picture:
    """One of four quarters."""
    quarter = _sized(clean, WIDTH_PX // 2, HEIGHT_PX // 2)
    canvas = np.tile(quarter, (2, 2, 1))
    left, top = rng.choice((0, WIDTH_PX // 2)), rng.choice((0, HEIGHT_PX // 2))
    return put(canvas, _sized(dirty, WIDTH_PX // 2, HEIGHT_PX // 2), left, top)


def _portrait(photograph: Image, face: Detection) -> list[Picture]:
    """The frame around a face; nothing when it would be too coarse."""
    height = round(max(face.box.height, face.box.width) * FACE_ZOOM)
    rows, columns = photograph.shape[:2]
    height = min(height, rows, columns * 3 // 4)
    width = height * 4 // 3
    if height < FACE_SOURCE_MIN_PX:
        return []
    middle = (face.box.left + face.box.width / 2, face.box.top + face.box.height * 0.6)
    left = round(min(max(middle[0] - width / 2, 0), columns - width))
    top = round(min(max(middle[1] - height / 2, 0), rows - height))
    frame = _sized(photograph[top : top + height, left : left + width], WIDTH_PX, HEIGHT_PX)
    return [np.ascontiguousarray(frame[..., ::-1])]


def rocket() -> Picture:
    """A picture without anything like a face in it, also enlarged (a cat's would count)."""
    photograph: Picture = skimage.data.rocket()  # type: ignore[no-untyped-call]
    return _sized(photograph, WIDTH_PX, HEIGHT_PX)


BACKDROPS = (coffee, rocket)
"""Clean pictures, whole and in every view."""

_DARK = flat(24)

DISGUISES = (
    Disguise(name="none", dress=lambda dirty, _clean, _rng: dirty, is_plain=True),
    Disguise(name="mirrored", dress=lambda dirty, _clean, _rng: dirty[:, ::-1], is_plain=True),
    Disguise(name="upside_down", dress=lambda dirty, _clean, _rng: dirty[::-1], is_plain=True),
    Disguise(
        name="quarter_turn",
        dress=lambda dirty, _clean, _rng: put(_DARK, _sized(np.rot90(dirty), 360, 480), 140, 0),
        is_plain=True,
    ),
    Disguise(
        name="letterbox",
        dress=lambda dirty, _clean, _rng: put(_DARK, _sized(dirty, 320, 240), 160, 120),
        is_plain=True,
    ),
    Disguise(
        name="mosaic_2x2_all",
        dress=lambda dirty, _clean, _rng: np.tile(_sized(dirty, 320, 240), (2, 2, 1)),
        is_plain=True,
    ),
    Disguise(name="mosaic_2x2_one", dress=_mosaic, is_plain=True),
    Disguise(name="inset_third", dress=lambda dirty, clean, rng: inset(dirty, clean, rng, 1 / 3)),
    Disguise(name="inset_fifth", dress=lambda dirty, clean, rng: inset(dirty, clean, rng, 0.2)),
    Disguise(
        name="inset_fifth_flat", dress=lambda dirty, _clean, rng: inset(dirty, _DARK, rng, 0.2)
    ),
    Disguise(name="tiny", dress=lambda dirty, clean, rng: inset(dirty, clean, rng, 0.1)),
    Disguise(name="tiny_flat", dress=lambda dirty, _clean, rng: inset(dirty, _DARK, rng, 0.1)),
    Disguise(
        name="strip_across",
        dress=lambda dirty, _clean, _rng: put(_DARK, _sized(dirty, WIDTH_PX, 120), 0, 180),
    ),
    Disguise(
        name="strip_down",
        dress=lambda dirty, _clean, _rng: put(_DARK, _sized(dirty, 120, HEIGHT_PX), 260, 0),
    ),
    Disguise(
        name="strip_on_picture",
        dress=lambda dirty, clean, _rng: put(clean, _sized(dirty, WIDTH_PX, 120), 0, 180),
    ),
    Disguise(name="rows_1px", dress=lambda dirty, clean, _rng: _woven(dirty, clean, 1, 0)),
    Disguise(name="columns_1px", dress=lambda dirty, clean, _rng: _woven(dirty, clean, 0, 1)),
    Disguise(name="rows_4px", dress=lambda dirty, clean, _rng: _woven(dirty, clean, 4, 0)),
    Disguise(name="checkers_1px", dress=lambda dirty, clean, _rng: _woven(dirty, clean, 1, 1)),
    Disguise(name="checkers_2px", dress=lambda dirty, clean, _rng: _woven(dirty, clean, 2, 2)),
    Disguise(name="checkers_8px", dress=lambda dirty, clean, _rng: _woven(dirty, clean, 8, 8)),
    Disguise(name="blend_half", dress=lambda dirty, clean, _rng: _blended(dirty, clean, 0.5)),
    Disguise(name="blend_third", dress=lambda dirty, clean, _rng: _blended(dirty, clean, 0.35)),
    Disguise(name="blur_8px", dress=lambda dirty, _clean, _rng: _blurred(dirty, 8)),
    Disguise(name="blur_16px", dress=lambda dirty, _clean, _rng: _blurred(dirty, 16)),
    Disguise(name="coarse_8px", dress=lambda dirty, _clean, _rng: _coarse(dirty, 8)),
    Disguise(name="noise", dress=lambda dirty, _clean, rng: _noisy(dirty, rng)),
    Disguise(name="inverted", dress=lambda dirty, _clean, _rng: 255 - dirty),
    Disguise(name="in_the_dark", dress=lambda dirty, _clean, _rng: squeezed(dirty, 0, 20)),
    Disguise(name="in_the_light", dress=lambda dirty, _clean, _rng: squeezed(dirty, 215, 255)),
)
