"""Views of a frame: what they show, where it lies in the frame, who asks for them, how many."""

import random
from collections import Counter

import numpy as np
import pytest

from moderation.classifiers.base import Box, Detection, Image
from moderation.samples import Purpose
from moderation.views import (
    DRAWN,
    TILE_SHARE,
    Look,
    View,
    asked_for,
    plan,
    seen,
    views,
    without_border,
)

TILES = DRAWN[:4]


def noise(height: int = 480, width: int = 640) -> Image:
    """A lively picture, warm and coarse as a room is."""
    cells = np.random.default_rng(1).integers(0, 200, (height // 20, width // 20, 3))
    cells[..., 2] += 50
    return cells.repeat(20, axis=0).repeat(20, axis=1).astype(np.uint8)


def framed(height: int, width: int, top: int, left: int) -> Image:
    """The same on a grey ground, somewhere."""
    image = np.full((480, 640, 3), 40, np.uint8)
    image[top : top + height, left : left + width] = noise(height, width)
    return image


def shown(look: Look, image: Image, before: Image | None = None) -> View:
    view = seen(look, image, before)
    assert view is not None
    return view


def test_what_fills_the_frame_has_no_border() -> None:
    assert without_border(noise()) is None


def test_a_frame_of_one_colour_has_nothing_inside_its_border() -> None:
    assert without_border(np.full((480, 640, 3), 90, np.uint8)) is None


def test_a_border_is_taken_off_on_all_sides() -> None:
    view = without_border(framed(120, 160, top=200, left=300))

    assert view is not None
    assert (view.left, view.top, view.image.shape) == (300, 200, (120, 160, 3))


def test_a_border_that_the_encoder_made_uneven_is_taken_off_too() -> None:
    image = framed(240, 320, top=100, left=40)
    image[::7, ::5] += 6

    view = without_border(image)

    assert view is not None
    assert (view.left, view.top) == (40, 100)


@pytest.mark.parametrize(("height", "width"), [(100, 640), (480, 100)])
def test_a_strip_is_stretched_back_and_its_places_stay_those_of_the_frame(
    height: int, width: int
) -> None:
    view = without_border(framed(height, width, top=0, left=0))

    assert view is not None
    rows, columns = view.image.shape[:2]
    assert max(rows, columns) < 1.5 * min(rows, columns)
    corner = view.in_frame(found(columns - 10, rows - 10, 10, 10)).box
    assert corner.left + corner.width == pytest.approx(width)
    assert corner.top + corner.height == pytest.approx(height)


def found(left: float, top: float, width: float, height: float) -> Detection:
    box = Box(left=left, top=top, width=width, height=height)
    return Detection(label="ANUS_EXPOSED", score=0.9, box=box)


def test_whatever_is_a_fifth_of_the_frame_lies_wholly_in_one_tile() -> None:
    image = noise()
    places = [shown(look, image) for look in TILES]
    for left in range(0, 640 - 128, 8):
        for top in range(0, 480 - 96, 8):
            assert any(
                tile.left <= left
                and left + 128 <= tile.left + tile.image.shape[1]
                and tile.top <= top
                and top + 96 <= tile.top + tile.image.shape[0]
                for tile in places
            ), (left, top)
    assert places[0].image.shape[1] == round(640 * TILE_SHARE)


def test_what_a_tile_shows_is_where_it_says() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    image[400:420, 500:530] = 255
    tile = shown(Look.LOWER_RIGHT, image)
    rows, columns = np.nonzero(tile.image[..., 0])

    box = tile.in_frame(found(columns.min(), rows.min(), 30, 20)).box

    assert (box.left, box.top, box.width, box.height) == (500, 400, 30, 20)


def test_from_afar_weaving_and_grain_average_out() -> None:
    smooth = np.tile(np.linspace(0, 255, 640)[None, :, None], (480, 1, 3)).astype(np.uint8)
    woven = smooth.copy()
    woven[::2] = 255 - woven[::2]
    woven[::2, :, 0] = smooth[::2, :, 0]

    afar = shown(Look.AFAR, woven)

    assert afar.image.shape == (120, 160, 3)
    assert np.ptp(afar.image[..., 1].astype(int), axis=0).max() <= 1
    assert afar.in_frame(found(10, 20, 30, 40)).box == Box(left=40, top=80, width=120, height=160)


def test_from_afar_what_is_hidden_in_the_dark_has_all_the_contrast_there_is() -> None:
    dark = noise() // 16

    afar = shown(Look.AFAR, dark)

    assert int(afar.image.max()) - int(afar.image.min()) > 200


def test_the_mean_adds_up_what_two_frames_show_in_turns() -> None:
    image = noise()
    odd, even = image.copy(), image.copy()
    odd[::2] = 0
    even[1::2] = 0

    mean = shown(Look.MEAN, odd, even)

    assert np.abs(mean.image.astype(int) - image // 2).max() <= 1


def test_there_is_no_mean_without_a_frame_before() -> None:
    assert seen(Look.MEAN, noise(), None) is None


def test_an_everyday_frame_asks_for_nothing() -> None:
    assert list(asked_for(noise())) == []
    assert list(views(noise(), None, [])) == []


@pytest.mark.parametrize(
    ("image", "look"),
    [
        pytest.param(
            np.where(np.arange(480)[:, None, None] % 2, noise(), 0), Look.AFAR, id="woven"
        ),
        pytest.param(noise() // 8, Look.AFAR, id="in the dark"),
        pytest.param(255 - noise() // 8, Look.AFAR, id="in the light"),
        pytest.param(255 - noise(), Look.INVERTED, id="inverted"),
    ],
)
def test_a_frame_in_disguise_asks_for_the_view_that_takes_it_off(image: Image, look: Look) -> None:
    assert look in asked_for(image.astype(np.uint8))


@pytest.mark.parametrize("purpose", list(Purpose))
def test_who_is_suspect_is_looked_at_from_all_sides(purpose: Purpose) -> None:
    looks = plan(purpose, 3, random.Random(1), is_suspect=True)

    assert len(looks) == 3
    assert DRAWN in looks


def test_no_window_waits_for_more_than_one_view_and_each_has_its_turn() -> None:
    rng = random.Random(1)
    planned = [plan(Purpose.WINDOW, 3, rng, is_suspect=False) for _ in range(600)]

    assert all(sorted(map(len, looks)) == [0, 0, 1] for looks in planned)
    turns = Counter(look for looks in planned for own in looks for look in own)
    assert set(turns) == set(DRAWN)
    assert min(turns.values()) > 60


@pytest.mark.parametrize(("purpose", "count"), [(Purpose.SAMPLE, 2), (Purpose.FAREWELL, 1)])
def test_every_sample_has_looks_of_its_own(purpose: Purpose, count: int) -> None:
    looks = plan(purpose, 4, random.Random(2), is_suspect=False)

    assert [len(set(own)) for own in looks] == [count] * 4
    assert len({tuple(own) for own in looks}) > 1
