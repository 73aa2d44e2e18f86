"""A picture whole and in two crops, made ready for hashing: a bank's and a frame's alike (I6).

Cropping off a tenth moves 90 of 256 bits, so both sides are hashed whole, at 95 % and at 90 % of
each side. A centred crop or border between none and 12 % then meets its counterpart. Pure.
"""

import cv2
import numpy as np

from reports.hashing import pdq
from reports.hashing.pdq import Picture
from reports.hashing.sightings import Crop

SIDE_PX = 288
"""Of the square that a picture is shrunk to, whatever its shape: PDQ shrinks to a square anyway.
Between 257 and 383 pixels the reference's filter is symmetric, and so the hash of a turned picture
is exactly the one that `pdq.orientations` foretells."""


CROP_PX = {Crop.WHOLE: SIDE_PX, Crop.INNER_95: 274, Crop.INNER_90: 260}
"""Even numbers, so that a crop is centred."""

QUALITY_MIN = 50
"""Below it a hash's bits are chance: it is neither taken into a bank nor looked up."""


def crops(picture: Picture) -> dict[Crop, Picture]:
    """The grey crops of a picture (height x width x 3, blue-green-red)."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return {crop: _middle(small, side_px) for crop, side_px in CROP_PX.items()}


def crop_hashes(picture: Picture) -> list[str]:
    """The hashes of a picture's crops as hex, without those of too little to see."""
    found = [pdq.compute(crop) for crop in crops(picture).values()]
    return [each.bits.hex() for each in found if each.quality >= QUALITY_MIN]


def _middle(picture: Picture, side_px: int) -> Picture:
    start = (SIDE_PX - side_px) // 2
    return picture[start : start + side_px, start : start + side_px]
