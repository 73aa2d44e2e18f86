"""Whether two frames show one and the same still picture, whatever a camera adds to it. Pure.

Two frames of a still are one measurement, made twice: a drawing that fools the detector once fools
it again. So they are laid over each other as well as shifting, turning, zooming and another light
allow (least squares over an affine map, a gain and an offset), and what differs then is what moved
by itself. How the limit was found is in docs/models.md.
"""

import numpy as np
import numpy.typing as npt

Look = bytes
"""What is kept of a frame for this: 64 x 48 grey values, row by row."""

STILL_DIFF = 4.0
"""Of 255, the mean absolute difference in the worst of 8 x 6 blocks; below it nothing moved."""

_COLUMNS, _ROWS, _PIXELS = 64, 48, 5  # a look's pixel is the mean of 5 x 5 of the thumbnail's
_BLOCK = 8
_SHIFT_MAX = 4
"""In pixels of a look, either way: 40 of 640. A picture held in a hand goes no further in 2 s."""
_STRETCH_MAX = 0.15
"""Zoom, turn and shear, as the change of a coordinate over that distance."""
_GAIN = (0.5, 2.0)
_STEPS = 6
_INSIDE_MIN = 0.5
"""Share of a block that must lie in both pictures, for the block to count."""

_Grey = npt.NDArray[np.float64]
_LIMITS = np.array([_STRETCH_MAX, _STRETCH_MAX, _SHIFT_MAX + 1] * 2)
_MAP_MIN = np.array([1, 0, 0, 0, 1, 0]) - _LIMITS
_MAP_MAX = np.array([1, 0, 0, 0, 1, 0]) + _LIMITS
_Y, _X = (axis.astype(np.float64) for axis in np.mgrid[0:_ROWS, 0:_COLUMNS])
_FROM_MIDDLE_X, _FROM_MIDDLE_Y = _X - _COLUMNS / 2, _Y - _ROWS / 2


def look(thumbnail: npt.NDArray[np.uint8]) -> Look:
    """What is kept of a frame, from its thumbnail (240 x 320 x 3)."""
    grey = thumbnail.mean(axis=2, dtype=np.float32)
    means = grey.reshape(_ROWS, _PIXELS, _COLUMNS, _PIXELS).mean(axis=(1, 3))
    return bytes(means.round().astype(np.uint8))


def difference(one: Look, other: Look) -> float:
    """What moved by itself between two looks: 0.0 for the same still, up to 255."""
    fixed, moved = _smooth(one), _smooth(other)
    right, down = _coarse_shift(fixed, moved)
    map_ = np.array([1, 0, right, 0, 1, down], np.float64)
    for _ in range(_STEPS):
        laid, inside = _lay(moved, map_)
        misfit = (fixed - laid)[inside]
        gradient_y, gradient_x = np.gradient(laid)
        slopes = [
            direction * by
            for direction in (gradient_x, gradient_y)
            for by in (_FROM_MIDDLE_X, _FROM_MIDDLE_Y, 1)
        ]
        terms = np.stack([*slopes, laid, np.ones_like(laid)], axis=-1)[inside]
        # What moved by itself must not pull the rest along.
        weights = 1 / np.maximum(1, np.abs(misfit - np.median(misfit)) / STILL_DIFF)
        weighed = (terms * weights[:, None]).T
        step = np.linalg.lstsq(weighed @ terms, weighed @ misfit, rcond=None)[0]
        map_ = np.clip(map_ + step[:6], _MAP_MIN, _MAP_MAX)
    laid, inside = _lay(moved, map_)
    gain = float(np.clip(_slope(laid[inside], fixed[inside]), *_GAIN))
    off = fixed - laid * gain
    off -= off[inside].mean()
    return _worst_block(np.abs(off), inside)


def _smooth(seen: Look) -> _Grey:
    """The look with half a pixel's sharpness taken off, to guess between the pixels."""
    grey = np.frombuffer(seen, np.uint8).reshape(_ROWS, _COLUMNS).astype(np.float64)
    for _ in range(2):
        wide = np.pad(grey, 1, mode="edge")
        tall = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
        grey = (tall[:, :-2] + 2 * tall[:, 1:-1] + tall[:, 2:]) / 4
    return grey


def _coarse_shift(fixed: _Grey, moved: _Grey) -> tuple[int, int]:
    """The whole pixels right and down at which `moved` fits best."""
    edge = _SHIFT_MAX
    middle = fixed[edge:-edge, edge:-edge]
    rows, columns = middle.shape

    def misfit(shift: tuple[int, int]) -> float:
        right, down = shift
        part = moved[edge + down :, edge + right :][:rows, :columns]
        return float((middle - part).std())

    steps = range(-edge, edge + 1)
    return min(((right, down) for right in steps for down in steps), key=misfit)


def _slope(values: _Grey, to: _Grey) -> float:
    """By how much `to` grows with `values`; 1.0 when those are all the same."""
    around = values - values.mean()
    spread = float(around @ around)
    return float(around @ to) / spread if spread else 1.0


def _lay(moved: _Grey, map_: npt.NDArray[np.float64]) -> tuple[_Grey, npt.NDArray[np.bool_]]:
    """`moved` under an affine map around the middle, and where it lies inside the picture."""
    xx, xy, right, yx, yy, down = map_
    x = xx * _FROM_MIDDLE_X + xy * _FROM_MIDDLE_Y + right + _COLUMNS / 2
    y = yx * _FROM_MIDDLE_X + yy * _FROM_MIDDLE_Y + down + _ROWS / 2
    inside = (x >= 0) & (x <= _COLUMNS - 1) & (y >= 0) & (y <= _ROWS - 1)
    x, y = np.clip(x, 0, _COLUMNS - 1.001), np.clip(y, 0, _ROWS - 1.001)
    column, row = x.astype(int), y.astype(int)
    to_right, to_down = x - column, y - row
    above = moved[row, column] * (1 - to_right) + moved[row, column + 1] * to_right
    below = moved[row + 1, column] * (1 - to_right) + moved[row + 1, column + 1] * to_right
    return above * (1 - to_down) + below * to_down, inside


def _worst_block(off: _Grey, inside: npt.NDArray[np.bool_]) -> float:
    """The largest mean of a block, over what lies in both pictures."""

    def sums(values: npt.NDArray[np.float64]) -> _Grey:
        shape = (_ROWS // _BLOCK, _BLOCK, _COLUMNS // _BLOCK, _BLOCK)
        summed: _Grey = values.reshape(shape).sum(axis=(1, 3))
        return summed

    counts = sums(inside.astype(np.float64))
    means = sums(np.where(inside, off, 0)) / np.maximum(1, counts)
    return float(means[counts >= _INSIDE_MIN * _BLOCK**2].max(initial=0.0))
