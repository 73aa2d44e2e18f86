"""What a camera check lacks: light, something to see, a face that can be judged, movement. Pure.

A face that can be judged is what counts; light and view only say why there is none. The thresholds
were measured on packaged pictures, encoded as a browser encodes them (docs/models.md).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from moderation.blocks import BLOCKS_ACROSS, BLOCKS_DOWN, Floats, Thumbnail, block_differences
from moderation.classifiers.base import Box, Scores
from moderation.labels import FACE_LABELS
from moderation.packets import Size
from moderation.verdicts import Missing

FACES_MIN = 3
"""In so many of the four pictures a face must be fit to be judged: one may be a blink or a turn."""
FACE_MIN_PX = 60
"""Longer side of a face that is large enough: the age network's own limit."""

DARK_MEAN = 40.0
"""Mean of all channels (0-255) below which the light is to blame for a face that is not fit."""
FLAT_DEVIATION = 8.0
"""Standard deviation of a picture (0-255) below which there is nothing to see in it."""
MOVED_DIFF = 14.0
"""Of 255: a block with a part of the face has moved when its mean absolute difference, brightness
taken out, reaches this. Camera noise tells nothing: the encoder smooths it away. What a still
picture differs by is the encoder's own doing, which begins coarse and refines: up to 9."""


def find_missing(seen: Sequence[tuple[Thumbnail, Scores]], size: Size) -> tuple[Missing, ...]:
    """What the pictures lack, the most important first; () when nothing is missing.

    `seen` are at least one thumbnail and the scores of its picture, whose size in pixels is `size`.
    """
    thumbnails = [thumbnail for thumbnail, _ in seen]
    boxes = [_largest_face(scores) for _, scores in seen]
    lacking: list[Missing] = []
    if sum(any(face.is_usable for face in scores.faces) for _, scores in seen) < FACES_MIN:
        lacking = [*_view_lacks(thumbnails), _face_lacks(boxes)]
    if not _has_moved(thumbnails, boxes, size):
        lacking.append(Missing.MOVING_PICTURE)
    return tuple(lacking)


def _view_lacks(thumbnails: Sequence[Thumbnail]) -> list[Missing]:
    if np.mean([thumbnail.mean() for thumbnail in thumbnails]) < DARK_MEAN:
        return [Missing.LIGHT]
    deviations = [thumbnail.mean(axis=2).std() for thumbnail in thumbnails]
    return [Missing.CLEAR_VIEW] if np.mean(deviations) < FLAT_DEVIATION else []


def _face_lacks(boxes: Sequence[Box | None]) -> Missing:
    found = [box for box in boxes if box is not None]
    if len(found) < FACES_MIN:
        return Missing.FACE
    large = sum(_length_px(box) >= FACE_MIN_PX for box in found)
    return Missing.CLEAR_FACE if large >= FACES_MIN else Missing.LARGER_FACE


def _has_moved(thumbnails: Sequence[Thumbnail], boxes: Sequence[Box | None], size: Size) -> bool:
    """Whether anything moves where the face is, or anywhere while there is no face.

    It has to, whichever picture is left out: a coarse key frame differs from all others.
    """
    faces = [_blocks(box, size) for box in boxes if box is not None]
    where = np.logical_or.reduce(faces) if faces else np.ones((BLOCKS_DOWN, BLOCKS_ACROSS), bool)
    pictures = [_without_brightness(thumbnail) for thumbnail in thumbnails]
    moved = [
        {one, other}
        for one, other in combinations(range(len(pictures)), 2)
        if (block_differences(pictures[one], pictures[other])[where] >= MOVED_DIFF).any()
    ]
    return all(any(left_out not in pair for pair in moved) for left_out in range(len(pictures)))


def _without_brightness(thumbnail: Thumbnail) -> Floats:
    # A lamp that flickers, or a camera that adjusts itself, moves nothing.
    levels: Floats = thumbnail.mean(axis=(0, 1), dtype=np.float32)
    return thumbnail.astype(np.float32) - levels


def _blocks(box: Box, size: Size) -> npt.NDArray[np.bool_]:
    """The blocks that hold a part of `box`."""
    covered = np.zeros((BLOCKS_DOWN, BLOCKS_ACROSS), bool)
    top, bottom = (edge * BLOCKS_DOWN / size.height for edge in (box.top, box.top + box.height))
    left, right = (edge * BLOCKS_ACROSS / size.width for edge in (box.left, box.left + box.width))
    covered[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = True
    return covered


def _largest_face(scores: Scores) -> Box | None:
    boxes = [found.box for found in scores.detections if found.label in FACE_LABELS]
    return max(boxes, key=_length_px, default=None)


def _length_px(box: Box) -> float:
    return max(box.width, box.height)
