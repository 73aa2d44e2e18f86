"""PDQ without its reference: what must hold of any picture."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from reports.hashing.pdq import Hash, Picture, compute, distance, orientations

NO_BITS = Hash(bits=bytes(32), quality=0)
ALIKE_MAX_BITS = 31
TURNS: tuple[Callable[[Picture], Picture], ...] = (
    lambda picture: picture,
    np.rot90,
    lambda picture: np.rot90(picture, 2),
    lambda picture: np.rot90(picture, 3),
    np.flipud,
    np.fliplr,
    lambda picture: picture.swapaxes(0, 1),
    lambda picture: np.rot90(picture, 2).swapaxes(0, 1),
)
"""The same to pixels as `orientations` does to frequencies, in its order."""


def scene(width_px: int = 360, height_px: int = 270, seed: int = 7) -> Picture:
    """Soft blots of all colours, with structure enough for full quality."""
    blots = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    size = (width_px, height_px)
    return cv2.resize(blots, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((64, 64, 3), np.float32),
        np.zeros((64, 64, 3), np.int8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((64, 64, 1), np.uint8),
        np.zeros((2, 64, 64, 3), np.uint8),
        np.zeros(64, np.uint8),
    ],
)
@pytest.mark.parametrize("hashing", [compute, orientations])
def test_what_is_no_picture_is_refused(
    hashing: Callable[[Picture], object], array: NDArray[np.uint8]
) -> None:
    with pytest.raises(ValueError, match="no picture"):
        hashing(array)


@pytest.mark.parametrize(("width_px", "height_px"), [(0, 0), (1, 1), (5, 3), (4, 640), (640, 4)])
def test_a_picture_too_small_to_tell_has_no_bits_and_no_quality(
    width_px: int, height_px: int
) -> None:
    tiny = np.full((height_px, width_px, 3), 200, np.uint8)
    assert compute(tiny) == NO_BITS
    assert orientations(tiny) == (NO_BITS,) * 8


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (13, 130, 201)])
@pytest.mark.parametrize(("width_px", "height_px"), [(5, 5), (64, 64), (640, 480), (361, 271)])
def test_a_flat_picture_has_no_quality(
    colour: tuple[int, int, int], width_px: int, height_px: int
) -> None:
    assert compute(np.full((height_px, width_px, 3), colour, np.uint8)).quality == 0


def test_a_picture_with_much_to_see_has_full_quality() -> None:
    assert compute(scene()).quality == 100


@pytest.mark.parametrize("turn", range(8))
@pytest.mark.parametrize(
    ("width_px", "height_px", "bits_off_max"),
    [(360, 270, 2), (270, 360, 2), (64, 64, 2), (30, 50, 2), (640, 480, ALIKE_MAX_BITS)],
)
def test_an_orientation_is_the_hash_of_the_turned_picture(
    turn: int, width_px: int, height_px: int, bits_off_max: int
) -> None:
    picture = scene(width_px, height_px)
    turned = compute(TURNS[turn](picture))
    foreseen = orientations(picture)[turn]
    assert distance(turned, foreseen) <= bits_off_max
    assert abs(turned.quality - foreseen.quality) <= 1


def test_the_eight_orientations_are_far_from_each_other() -> None:
    found = orientations(scene())
    apart = [distance(one, other) for one in found for other in found if one is not other]
    assert min(apart) > 2 * ALIKE_MAX_BITS


def test_a_copy_that_is_smaller_darker_and_noisy_is_alike_and_another_picture_is_not() -> None:
    original = scene(640, 480)
    small = cv2.resize(original, (320, 240), interpolation=cv2.INTER_AREA).astype(np.int16)
    noise = np.random.default_rng(1).integers(-12, 13, small.shape)
    copy = np.clip(small * 2 // 3 + noise, 0, 255).astype(np.uint8)
    assert distance(compute(original), compute(copy)) <= ALIKE_MAX_BITS
    assert distance(compute(original), compute(scene(640, 480, seed=8))) > 3 * ALIKE_MAX_BITS


def test_grey_is_the_same_in_one_plane_as_in_three() -> None:
    grey = scene()[..., 1]
    in_three = compute(np.dstack([grey] * 3))
    assert distance(compute(grey), in_three) <= 2
    assert compute(grey).quality == in_three.quality


@pytest.mark.parametrize(
    "view",
    [
        lambda picture: picture[::-1],
        lambda picture: picture[:, ::-1, ::-1],
        lambda picture: picture[::3, 7:-2:2],
        lambda picture: picture.transpose(1, 0, 2),
        np.asfortranarray,
    ],
)
def test_it_is_the_same_however_the_picture_lies_in_memory(
    view: Callable[[Picture], Picture],
) -> None:
    seen = view(scene())
    assert orientations(seen) == orientations(np.array(seen, order="C"))


def test_distance_counts_the_bits_that_differ() -> None:
    one = Hash(bits=bytes(31) + b"\x0f", quality=100)
    other = Hash(bits=b"\x80" + bytes(30) + b"\x05", quality=3)
    assert distance(one, one) == 0
    assert distance(one, other) == distance(other, one) == 3
    assert distance(NO_BITS, Hash(bits=b"\xff" * 32, quality=0)) == 256


@given(
    array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=150).flatmap(
        lambda sides: st.sampled_from([sides, (*sides, 3)]).flatmap(
            lambda shape: arrays(np.uint8, shape)
        )
    )
)
def test_any_picture_has_eight_hashes_and_stays_as_it_was(picture: Picture) -> None:
    before = picture.copy()
    found = orientations(picture)
    assert len(found) == 8
    assert found[0] == compute(picture)
    for one in found:
        assert len(one.bits) == 32
        # Above the lower one of the two in the middle lie at most half of them.
        assert int.from_bytes(one.bits).bit_count() <= 128
        assert 0 <= one.quality <= 100
    assert (picture == before).all()
