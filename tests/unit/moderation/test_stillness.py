"""Stillness: the same still whatever a camera adds, and something that moves by itself."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from moderation.stillness import STILL_DIFF, Look, difference, look
from tests.moderation_cases import Picture, astronaut, chelsea, coffee, colour_wheel

Still = Callable[[], Picture]
STILLS = [colour_wheel, astronaut, coffee, chelsea]


def seen(picture: npt.NDArray[np.uint8]) -> Look:
    return look(cv2.resize(picture, (320, 240), interpolation=cv2.INTER_AREA).astype(np.uint8))


def moved(picture: Picture, right: int, down: int, zoom: float = 1.0, turn: float = 0.0) -> Picture:
    """All of it shifted by pixels, zoomed, and turned by degrees."""
    map_ = cv2.getRotationMatrix2D((320, 240), turn, zoom)
    map_[:, 2] += (right, down)
    laid = cv2.warpAffine(picture, map_, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    return laid.astype(np.uint8)


def bent(picture: Picture, by_px: float) -> Picture:
    """A part of it, a third of the width across, moved while the rest stays."""
    rows, columns = np.mgrid[0:480, 0:640].astype(np.float32)
    near = np.exp(-((columns - 300) ** 2 + (rows - 200) ** 2) / (2 * 70**2))
    to = (columns - by_px * near).astype(np.float32)
    return cv2.remap(picture, to, rows, cv2.INTER_LINEAR).astype(np.uint8)


@pytest.mark.parametrize("still", STILLS)
def test_noise_and_another_light_do_not_make_a_still_move(still: Still) -> None:
    picture, rng = still(), np.random.default_rng(1)
    noisy = np.clip(picture + rng.normal(0, 10, picture.shape), 0, 255).astype(np.uint8)
    darker = (picture * 0.85 + 5).astype(np.uint8)

    assert difference(seen(picture), seen(noisy)) < STILL_DIFF / 2
    assert difference(seen(picture), seen(darker)) < STILL_DIFF / 2


@pytest.mark.parametrize("shift", [(3, 2, 1.0, 0.0), (12, -8, 1.0, 0.0), (6, 4, 1.02, 1.0)])
@pytest.mark.parametrize("still", STILLS)
def test_a_still_that_is_shifted_zoomed_and_turned_is_the_same_still(
    still: Still, shift: tuple[int, int, float, float]
) -> None:
    assert difference(seen(still()), seen(moved(still(), *shift))) < STILL_DIFF


@pytest.mark.parametrize("still", [astronaut, coffee, chelsea])
def test_a_part_that_moves_by_itself_is_seen(still: Still) -> None:
    for by_px in (12, 24):
        assert difference(seen(still()), seen(bent(still(), by_px))) >= STILL_DIFF, by_px
        shaken = moved(bent(still(), by_px), 5, 3)
        assert difference(seen(still()), seen(shaken)) >= STILL_DIFF, by_px


def test_another_picture_is_no_still() -> None:
    assert difference(seen(coffee()), seen(chelsea())) > 5 * STILL_DIFF


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_are_compared_without_trouble(level: int) -> None:
    flat = np.full((480, 640, 3), level, np.uint8)

    assert difference(seen(flat), seen(flat)) == 0
    assert difference(seen(flat), seen(coffee())) > STILL_DIFF
    assert difference(seen(coffee()), seen(flat)) > STILL_DIFF
