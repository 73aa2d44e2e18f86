"""What the cameras of the stories show: pictures that scikit-image ships, gently moving.

A clip is a Y4M file of 640x480 that Chromium plays in a loop in place of a camera. The picture
pans a few pixels per frame, so that it is a living one. What the nudity network says of each was
measured: coffee and rocket have no detection at all; the astronaut's face is FACE_FEMALE at 0.79,
which a story's thresholds may declare to be against the rules. Two cameras show nothing that lives:
one is covered, and one plays a photograph that stands still.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

WIDTH_PX = 640
HEIGHT_PX = 480
FRAMES_PER_S = 20
CLIP_FRAMES = 40
PAN_PX = 12

# Between clips the likeness stays under 0.3, between neighbouring turns of one clip over 0.9.
SAME_PICTURE_LIKENESS = 0.7

Picture = NDArray[np.uint8]

COVERED = "covered"
STILL = "still astronaut"
CLIPS = ("astronaut", "coffee", "rocket", COVERED, STILL)
COVERED_LEVEL = 8


def picture(name: str, turn: float = 0.0) -> Picture:
    """The clip's picture at `turn` (0.0-1.0 of one round), as RGB of 640x480."""
    if name == COVERED:
        return np.full((HEIGHT_PX, WIDTH_PX, 3), COVERED_LEVEL, np.uint8)
    if name == STILL:
        return picture("astronaut")
    photograph = _photograph(name)
    height, width = photograph.shape[:2]
    scale = max((WIDTH_PX + 2 * PAN_PX) / width, (HEIGHT_PX + 2 * PAN_PX) / height)
    size = (math.ceil(width * scale), math.ceil(height * scale))
    large = cv2.resize(photograph, size, interpolation=cv2.INTER_AREA)
    left = (size[0] - WIDTH_PX) // 2 + round(PAN_PX * math.cos(math.tau * turn))
    top = (size[1] - HEIGHT_PX) // 2 + round(PAN_PX * math.sin(math.tau * turn))
    crop = large[top : top + HEIGHT_PX, left : left + WIDTH_PX]
    return np.ascontiguousarray(crop, dtype=np.uint8)


def write_clip(folder: Path, name: str) -> Path:
    """The clip as a file in `folder`, written once."""
    path = folder / f"{name.replace(' ', '-')}.y4m"
    if path.exists():
        return path
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH_PX} H{HEIGHT_PX} F{FRAMES_PER_S}:1 Ip A1:1 C420\n".encode())
        for index in range(CLIP_FRAMES):
            rgb = picture(name, index / CLIP_FRAMES)
            file.write(b"FRAME\n")
            file.write(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420).tobytes())
    return unfinished.rename(path)


def likeness(one: Picture, other: Picture) -> float:
    """How alike two pictures are: the correlation of their grey 32x24 thumbnails, -1.0 to 1.0."""
    first, second = (thumbnail(item) for item in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


def is_showing(thumbnails: Sequence[Sequence[float]], name: str) -> list[bool]:
    """For each grey 32x24 thumbnail: whether it shows the clip, wherever it has panned to."""
    turns = [thumbnail(picture(name, turn / 8)) for turn in range(8)]
    return [
        max(float(np.corrcoef(turn, seen)[0, 1]) for turn in turns) >= SAME_PICTURE_LIKENESS
        for seen in thumbnails
    ]


def thumbnail(rgb: Picture) -> NDArray[np.float64]:
    """768 grey values, as the witness in the page takes them."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 24), interpolation=cv2.INTER_AREA)
    return small.astype(np.float64).ravel()


def _photograph(name: str) -> Picture:
    if name not in CLIPS:
        raise ValueError(f"no clip is called {name!r}")
    return np.asarray(getattr(skimage.data, name)(), dtype=np.uint8)
