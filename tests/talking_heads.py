"""A person before a camera, as far as a hash sees one: a photograph that moves before a room.

Movements are a smooth random walk; `lively` is how far it goes, 1.0 for somebody who talks with
their whole body, 0.15 for somebody who listens.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.moderation_cases import Picture, astronaut, chelsea, coffee

Movement = NDArray[np.float64]
"""Frames x 5: pixels to the right and down, zoom, degrees, brightness."""

SIZE = (320, 240)
FPS = 10
_REACH = np.array([9, 5, 0.03, 2.0, 4.0])
_PULL = 0.08
_NOISE = 4.0


def moves(seconds: float, seed: int, *, lively: float = 1.0) -> Movement:
    """Movements at 10 frames per second; never the same for two seeds."""
    rng = np.random.default_rng(seed)
    now = rng.normal(size=5)
    path = []
    for _ in range(round(seconds * FPS)):
        now = now - _PULL * now + np.sqrt(2 * _PULL) * rng.normal(size=5)
        path.append(now)
    walk: Movement = np.array(path) * _REACH * lively
    walk[1:] = (walk[1:] + walk[:-1]) / 2
    return walk


def at_fps(movement: Movement, fps: int) -> Movement:
    """The same movements in the same time, at another number of frames per second."""
    before = np.arange(len(movement)) / FPS
    then = np.arange(round(len(movement) * fps / FPS)) / fps
    return np.stack([np.interp(then, before, along) for along in movement.T], axis=1)


def filmed(
    movement: Movement, seed: int, *, who: Picture | None = None, enlarged: int = 1
) -> Iterator[Picture]:
    """The frames of a person who moves so, with camera noise of their own; SIZE, or `enlarged`
    times that."""
    rng = np.random.default_rng(seed)
    size = (SIZE[0] * enlarged, SIZE[1] * enlarged)
    noise = [rng.normal(size=(size[1], size[0], 3)) * _NOISE for _ in range(4)]
    room = cv2.GaussianBlur(cv2.resize(coffee(), size), (15, 15), 0)
    person = cv2.resize(astronaut() if who is None else who, size)
    person = person[10 * enlarged : 210 * enlarged, 60 * enlarged : 230 * enlarged]
    height, width = person.shape[:2]
    for number, (right, down, zoom, degrees, light) in enumerate(movement):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1 + zoom)
        turn[:, 2] += ((right + 75) * enlarged, (down + 40) * enlarged)
        inside = cv2.warpAffine(np.full((height, width), 255, np.uint8), turn, size)
        picture = np.where(inside[..., None] > 0, cv2.warpAffine(person, turn, size), room)
        yield np.clip(picture + light + noise[number % 4], 0, 255).astype(np.uint8)


def somebody_else() -> Picture:
    """Another face before the same wall."""
    return chelsea()
