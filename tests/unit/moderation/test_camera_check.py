"""What a camera check lacks, from thumbnails and scores made by hand."""

import numpy as np
import pytest

from moderation.blocks import Thumbnail
from moderation.camera_check import find_missing
from moderation.classifiers.base import Box, Detection, FaceAge, Scores
from moderation.packets import Size
from moderation.verdicts import Missing

SIZE = Size(width=640, height=480)
RNG = np.random.default_rng(1)
SCENE: Thumbnail = RNG.integers(60, 200, (12, 16, 3), np.uint8).repeat(20, 0).repeat(20, 1)
FACE = Box(left=260, top=180, width=120, height=140)


def moved(
    by_px: int, *, rows: slice = slice(80, 180), columns: slice = slice(120, 200)
) -> Thumbnail:
    """The scene, with a part of it moved sideways."""
    picture = SCENE.copy()
    picture[rows, columns] = np.roll(SCENE, by_px, axis=1)[rows, columns]
    return picture


def scores(box: Box | None = FACE, *, is_usable: bool = True) -> Scores:
    if box is None:
        return Scores(detections=(), faces=())
    return Scores(
        detections=(Detection(label="FACE_MALE", score=0.8, box=box),),
        faces=(FaceAge(years=30.0, is_usable=is_usable),),
    )


MOVING = [moved(by_px) for by_px in (0, 3, 6, 9)]
STILL = [SCENE] * 4


def test_a_face_that_moves_and_can_be_judged_lacks_nothing() -> None:
    assert find_missing([(picture, scores()) for picture in MOVING], SIZE) == ()


def test_one_frame_of_four_may_be_without_a_usable_face() -> None:
    seen = [(picture, scores()) for picture in MOVING[:3]]
    assert find_missing([*seen, (MOVING[3], scores(None))], SIZE) == ()
    seen = [(picture, scores()) for picture in MOVING[:2]]
    two_without = [*seen, *((picture, scores(None)) for picture in MOVING[2:])]
    assert find_missing(two_without, SIZE) == (Missing.FACE,)


@pytest.mark.parametrize(
    ("box", "missing"),
    [
        (None, Missing.FACE),
        (Box(left=300, top=200, width=40, height=59), Missing.LARGER_FACE),
        (FACE, Missing.CLEAR_FACE),
    ],
)
def test_it_says_what_is_wrong_with_the_face(box: Box | None, missing: Missing) -> None:
    seen = [(picture, scores(box, is_usable=False)) for picture in MOVING]
    assert missing in find_missing(seen, SIZE)


def test_a_picture_that_stands_still_does_not_pass_whatever_is_on_it() -> None:
    assert find_missing([(picture, scores()) for picture in STILL], SIZE) == (
        Missing.MOVING_PICTURE,
    )


def test_one_coarse_picture_among_still_ones_is_no_movement() -> None:
    coarse = SCENE.reshape(60, 4, 80, 4, 3).mean(axis=(1, 3)).astype(np.uint8)
    coarse = np.roll(coarse.repeat(4, 0).repeat(4, 1), 10, axis=1)
    for place in range(4):
        pictures = [coarse if index == place else SCENE for index in range(4)]
        assert find_missing([(picture, scores()) for picture in pictures], SIZE) == (
            Missing.MOVING_PICTURE,
        )


def test_movement_beside_a_still_face_is_no_life() -> None:
    corner = slice(200, 240), slice(0, 60)
    pictures = [moved(by_px, rows=corner[0], columns=corner[1]) for by_px in (0, 5, 10, 15)]
    assert find_missing([(picture, scores()) for picture in pictures], SIZE) == (
        Missing.MOVING_PICTURE,
    )


def test_a_flickering_lamp_is_no_movement() -> None:
    pictures = [(SCENE + brighter).astype(np.uint8) for brighter in (0, 15, 0, 30)]
    assert find_missing([(picture, scores()) for picture in pictures], SIZE) == (
        Missing.MOVING_PICTURE,
    )


@pytest.mark.parametrize(
    ("level", "missing"), [(0, Missing.LIGHT), (20, Missing.LIGHT), (150, Missing.CLEAR_VIEW)]
)
def test_a_covered_camera_is_told_apart_from_a_face_that_is_not_there(
    level: int, missing: Missing
) -> None:
    noise = [RNG.normal(level, 3, SCENE.shape).clip(0, 255).astype(np.uint8) for _ in range(4)]
    found = find_missing([(picture, scores(None)) for picture in noise], SIZE)
    assert found == (missing, Missing.FACE, Missing.MOVING_PICTURE)


def test_a_dark_room_with_a_face_that_can_be_judged_is_light_enough() -> None:
    dim = [
        (picture // 6).astype(np.uint8) for picture in (moved(by_px) for by_px in (0, 9, 18, 27))
    ]
    assert np.mean(dim) < 40
    assert Missing.LIGHT not in find_missing([(picture, scores()) for picture in dim], SIZE)
