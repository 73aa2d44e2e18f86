"""PDQ, the perceptual hash by which known pictures are exchanged: 256 bits that survive scaling.

The method is that of Meta's paper "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
Algorithm" (2019): brightness, shrunk to 64 x 64 by two box filters in each direction; the lowest
16 x 16 frequencies without the constant ones; a bit for each that lies above their median. Bits,
their order and the quality are those of the public reference implementation, and
tests/contract/test_pdq.py holds them to it.

Pure: a picture in, bits out. All up to the median is linear, so it is matrices, and the eight
orientations of a picture differ only by signs and a transposition of its frequencies.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.linalg import multi_dot
from numpy.typing import NDArray

SIDE = 64
"""Pixels of a side of the picture that is transformed."""
FREQUENCIES = 16
SHORTER_SIDE_MIN_PX = 5
"""A smaller picture has no hash, as in the reference."""
STEPS_PER_QUALITY = 90
"""Per cents of full brightness, summed over neighbours, for a point of quality; the reference's."""
LENGTHS_KEPT = 32
"""Lengths of a side whose matrix is kept: 160 KiB for 640 pixels."""

Picture = NDArray[np.uint8]
_Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash:
    """32 bytes of `bits`, and `quality` 0-100: how much there was to see.

    Where there was little, bits are chance: the reference advises to discard what has less than 50.
    """

    bits: bytes
    quality: int


def compute(picture: Picture) -> Hash:
    """The hash of a picture: height x width x 3 in blue-green-red, or height x width in grey.

    No bit is set, and the quality 0, where a side is under 5 pixels. ValueError for other arrays.
    """
    frequencies, quality = _transform(picture)
    return Hash(bits=_bits(frequencies).tobytes(), quality=quality)


def orientations(picture: Picture) -> tuple[Hash, ...]:
    """The hashes of a picture in its eight orientations, for little more than one of them costs.

    As it is; turned left by 90, 180 and 270 degrees; mirrored top to bottom, left to right, along
    the diagonal from the upper left, and along the other one. Array and errors are those of
    `compute`. Turning the pixels instead gives the same but for some bits: none at 360 x 270, up to
    18 in photographs of 640 x 480, where the filter leans to one side; so it is in the reference.
    """
    frequencies, quality = _transform(picture)
    flipped, mirrored = frequencies * _ALTERNATING[:, None], frequencies * _ALTERNATING
    both = mirrored * _ALTERNATING[:, None]
    seen = (frequencies, mirrored.T, both, flipped.T, flipped, mirrored, frequencies.T, both.T)
    return tuple(Hash(bits=bits.tobytes(), quality=quality) for bits in _bits(np.stack(seen)))


def distance(one: Hash, other: Hash) -> int:
    """In how many bits two hashes differ, 0-256. The reference takes up to 31 as alike."""
    return (int.from_bytes(one.bits) ^ int.from_bytes(other.bits)).bit_count()


def _transform(picture: Picture) -> tuple[_Matrix, int]:
    """The 16 x 16 frequencies that become bits, vertical ones by row, and the quality."""
    if picture.dtype != np.uint8 or picture.ndim < 2 or picture.shape[2:] not in ((), (3,)):
        raise ValueError(f"no picture of 8 bits per colour: {picture.dtype} {picture.shape}")
    if min(picture.shape[:2]) < SHORTER_SIDE_MIN_PX:
        return np.zeros((FREQUENCIES, FREQUENCIES), np.float32), 0
    # In fractions: brightness rounded to whole steps turns bits that the reference has.
    luma: _Matrix = np.ascontiguousarray(picture, np.float32)
    if luma.ndim == 3:
        luma = np.asarray(cv2.cvtColor(luma, cv2.COLOR_BGR2GRAY), np.float32)
    height_px, width_px = luma.shape
    small: _Matrix = multi_dot([_shrinking(height_px), luma, _shrinking(width_px).T])
    return multi_dot([_COSINES, small, _COSINES.T]), _quality(small)


def _quality(small: _Matrix) -> int:
    """0-100, from the steps of brightness between neighbours, each cut to whole per cents."""
    steps = sum(
        int(np.abs(np.diff(small, axis=axis) * 100 / 255).astype(np.int32).sum()) for axis in (0, 1)
    )
    return min(steps // STEPS_PER_QUALITY, 100)


def _bits(frequencies: _Matrix) -> NDArray[np.uint8]:
    """32 bytes for each 16 x 16 frequencies; the first bit is that of the highest frequency."""
    values = frequencies.reshape(*frequencies.shape[:-2], -1)[..., ::-1]
    # Two of 256 are in the middle; the reference takes the lower one.
    middle = values.shape[-1] // 2 - 1
    median = np.partition(values, middle)[..., middle, None]
    return np.packbits(values > median, axis=-1)


@lru_cache(maxsize=LENGTHS_KEPT)
def _shrinking(length_px: int) -> _Matrix:
    """The matrix, 64 x length, that filters a side twice and takes the middle of each 64th of it.

    A filter averages a window of half a 64th, or what of it lies inside.
    """
    window = -(-length_px // (2 * SIDE))
    before, after = (window - 1) // 2, window // 2
    place = np.arange(length_px)
    first, end = np.maximum(place - before, 0), np.minimum(place + after + 1, length_px)
    weight = 1 / (end - first)
    centre = ((np.arange(SIDE) + 0.5) * length_px / SIDE).astype(int)[:, None]
    second = np.where((first[centre] <= place) & (place < end[centre]), weight[centre], 0)
    # A pixel is in the first filter's windows around those places that it lies near enough to.
    sums = np.pad((second * weight).cumsum(axis=1), ((0, 0), (1, 0)))
    until, since = np.minimum(place + before + 1, length_px), np.maximum(place - after, 0)
    both = sums[:, until] - sums[:, since]
    return np.asarray(both, np.float32)


def _cosines() -> _Matrix:
    """The rows 1 to 16 of the DCT-II of 64 values, scaled to be orthonormal."""
    frequency = np.arange(1, FREQUENCIES + 1)[:, None]
    angle = np.pi / (2 * SIDE) * (2 * np.arange(SIDE) + 1)
    waves = np.sqrt(2 / SIDE) * np.cos(frequency * angle)
    return np.asarray(waves, np.float32)


_COSINES = _cosines()
_ALTERNATING = np.resize(np.array([-1, 1], np.float32), FREQUENCIES)
"""What mirroring does to frequencies 1 to 16: the odd ones change their sign."""
