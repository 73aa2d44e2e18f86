"""Other ways to look at a frame, for what the detector overlooks in the whole of it (I6). Pure.

The detector shrinks any picture to 320 pixels, and so loses what is small, framed, woven, grainy or
inverted, which people see well. Each *view* is a picture of its own made from the frame, and costs
one more run of the detector: so a frame gets a view that it asks for itself (a flat border, grain,
hardly any contrast), and few of the others, drawn at random, unless its stream is under suspicion.
How much each finds is in docs/models.md.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

import numpy as np
import numpy.typing as npt

from moderation.classifiers.base import Box, Detection, Image
from moderation.samples import Purpose

TILE_SHARE = 0.6
"""Of the frame's sides: what is a fifth of them wide lies wholly in one of four tiles."""
COUNTS_FROM = 0.5
"""Scores below it don't count where a view enlarges or inverts: of 96 frames of dressed people such
views mistake six from 0.35 on, and two from here on."""

AFAR_PX = 160
"""The longer side of a frame seen from afar: grain, weaving and hard cells average out, the person
remains."""

FLAT_SPREAD = 16
"""Levels (of 255) within a row or column that count as one colour: what VP8 makes of a border."""
BORDER_MIN_PX = 8
CONTENT_MIN_PX = 24
STRIP_ASPECT = 2.0
"""From here on what is left without the border is stretched back: no camera is like that."""

GRAIN_MAX = 12.0
"""Mean difference of neighbouring pixels; cameras have 2 to 6, what is woven by pixels 20 to 70."""
CONTRAST_MIN = 60.0
"""Levels between the darkest and the brightest hundredth."""
LINES_APART = 8

COLD_SHARE = 0.2
"""Of the pixels: bluer than red by COLD_LEVELS, as skin is when dark stands for light."""
COLD_LEVELS = 24


class Look(Enum):
    """What a frame may be looked at as, beside the whole."""

    UPPER_LEFT = (0, 0)
    UPPER_RIGHT = (0, 1)
    LOWER_LEFT = (1, 0)
    LOWER_RIGHT = (1, 1)
    AFAR = "shrunk, and as much contrast as there can be"
    MEAN = "with the frame before it: what is shown in turns"
    INVERTED = "dark for light; only for frames that ask for it, it misleads more than the others"


DRAWN = tuple(look for look in Look if look is not Look.INVERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A picture made from a frame: a pixel of it is `across` x `down` pixels of the frame, from
    `left` and `top` on. What is found in it counts from the score `counts_from` on."""

    image: Image
    left: int = 0
    top: int = 0
    across: float = 1.0
    down: float = 1.0
    counts_from: float = 0.0

    def in_frame(self, detection: Detection) -> Detection:
        """What was found here, in pixels of the frame."""
        box = detection.box
        return replace(
            detection,
            box=Box(
                left=self.left + box.left * self.across,
                top=self.top + box.top * self.down,
                width=box.width * self.across,
                height=box.height * self.down,
            ),
        )


def plan(
    purpose: Purpose, frames: int, rng: random.Random, *, is_suspect: bool
) -> list[Sequence[Look]]:
    """The looks at each of `frames` (one or more) that are judged together.

    A window: one look at one of its frames, so that each look has its turn about once a second and
    no window waits for more than one of them. A sample: two looks, which costs what all six
    cost at every fourth, and has no samples without. A farewell or a camera check: one at each
    frame. Who is suspect is looked at from all sides.
    """
    match purpose:
        case Purpose.WINDOW:
            looks: list[Sequence[Look]] = [()] * frames
            looks[rng.randrange(frames)] = DRAWN if is_suspect else rng.sample(DRAWN, 1)
            return looks
        case Purpose.SAMPLE | Purpose.FAREWELL | Purpose.CHECK:
            count = 2 if purpose is Purpose.SAMPLE else 1
            return [DRAWN if is_suspect else rng.sample(DRAWN, count) for _ in range(frames)]
        case _:
            assert_never(purpose)


def views(image: Image, before: Image | None, looks: Sequence[Look]) -> Iterator[View]:
    """The views of a frame beside the whole: those it asks for, and `looks`.

    `before` is the frame before it, of the same size, None when there is none: then no mean.
    """
    framed = without_border(image)
    if framed is not None:
        yield framed
    asked = {*looks, *asked_for(image)}
    for look in Look:
        if look in asked:
            view = seen(look, image, before)
            if view is not None:
                yield view


def without_border(image: Image) -> View | None:
    """What lies inside a border of one colour; None without one, or when nothing else is there."""
    if not any(_is_flat(edge) for edge in (image[0], image[-1], image[:, 0], image[:, -1])):
        return None
    planes = np.ascontiguousarray(image.transpose(2, 0, 1))
    top, bottom = _content(planes, along=2)
    left, right = _content(planes[:, top:bottom], along=1)
    height, width = bottom - top, right - left
    cut_off = max(image.shape[0] - height, image.shape[1] - width)
    if cut_off < BORDER_MIN_PX or min(height, width) < CONTENT_MIN_PX:
        return None
    inside = image[top:bottom, left:right]
    taller = round(width / height) if width > STRIP_ASPECT * height else 1
    wider = round(height / width) if height > STRIP_ASPECT * width else 1
    inside = inside.repeat(taller, axis=0).repeat(wider, axis=1)
    return View(
        image=inside,
        left=left,
        top=top,
        across=1 / wider,
        down=1 / taller,
        counts_from=COUNTS_FROM,
    )


def asked_for(image: Image) -> Iterator[Look]:
    """The looks that a frame gives reason for."""
    if grain(image) > GRAIN_MAX or contrast(image) < CONTRAST_MIN:
        yield Look.AFAR
    if is_cold(image):
        yield Look.INVERTED


def is_cold(image: Image) -> bool:
    """Whether more of a frame is clearly bluer than red than the other way round, and a good deal:
    people and rooms are warm."""
    few = image[::LINES_APART, ::LINES_APART].astype(np.int16)
    bluer = few[..., 0] - few[..., 2]
    cold, warm = (bluer >= COLD_LEVELS).mean(), (bluer <= -COLD_LEVELS).mean()
    return bool(cold >= COLD_SHARE and cold > warm)


def grain(image: Image) -> float:
    """The mean difference of neighbouring pixels, 0-255, across or down: the larger."""
    green = image[..., 1].astype(np.int16)
    across = np.abs(np.diff(green[::LINES_APART], axis=1)).mean()
    down = np.abs(np.diff(green[:, ::LINES_APART], axis=0)).mean()
    return float(max(across, down))


def contrast(image: Image) -> float:
    """Levels between the darkest and the brightest hundredth of the frame."""
    dark, bright = _extremes(image[::LINES_APART, ::LINES_APART])
    return bright - dark


def seen(look: Look, image: Image, before: Image | None) -> View | None:
    """The frame under that look; None for a mean without a frame before."""
    match look:
        case Look.UPPER_LEFT | Look.UPPER_RIGHT | Look.LOWER_LEFT | Look.LOWER_RIGHT:
            return _tile(image, *look.value)
        case Look.AFAR:
            return _from_afar(image)
        case Look.INVERTED:
            return View(image=255 - image, counts_from=COUNTS_FROM)
        case Look.MEAN:
            return None if before is None else View(image=_mean(image, before))
        case _:
            assert_never(look)


def _tile(image: Image, row: int, column: int) -> View:
    height, width = image.shape[:2]
    tall, wide = round(height * TILE_SHARE), round(width * TILE_SHARE)
    top, left = row * (height - tall), column * (width - wide)
    tile = image[top : top + tall, left : left + wide]
    return View(image=tile, left=left, top=top, counts_from=COUNTS_FROM)


def _from_afar(image: Image) -> View:
    cell = max(2, max(image.shape[:2]) // AFAR_PX)
    height, width = (side // cell for side in image.shape[:2])
    # Sums of whole rows first: a mean over four axes at once takes ten times as long.
    rows = image[: height * cell].reshape(height, cell, -1, 3).sum(axis=1, dtype=np.uint16)
    columns = (rows[:, offset : width * cell : cell] for offset in range(cell))
    small = sum(columns, np.zeros((height, width, 3), np.float32)) / cell**2
    dark, bright = _extremes(small[::2, ::2])
    stretched = np.clip((small - dark) * (255 / max(bright - dark, 1)), 0, 255)
    return View(image=stretched.astype(np.uint8), across=cell, down=cell)


def _mean(image: Image, before: Image) -> Image:
    # Rounded down, without leaving 8 bits.
    mean: Image = (image >> 1) + (before >> 1) + (image & before & 1)
    return mean


def _content(planes: Image, *, along: int) -> tuple[int, int]:
    """The first line that is not of one colour, and the one behind the last; equal when all are."""
    if not planes.size:
        return 0, 0
    spread = (planes.max(axis=along) - planes.min(axis=along)).max(axis=0)
    busy = np.flatnonzero(spread > FLAT_SPREAD)
    return (int(busy[0]), int(busy[-1]) + 1) if busy.size else (0, 0)


def _is_flat(line: Image) -> bool:
    return bool((line.max(axis=0) - line.min(axis=0)).max() <= FLAT_SPREAD)


def _extremes(image: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> tuple[float, float]:
    dark, bright = np.percentile(image, (1, 99))
    return float(dark), float(bright)
