"""Known pictures as judges look them up, and a frame that was near one. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Orientation(StrEnum):
    """How a frame is turned or mirrored, in the order of `reports.hashing.pdq.orientations`."""

    UPRIGHT = "upright"
    LEFT_90 = "turned left by 90°"
    HALF = "turned by 180°"
    RIGHT_90 = "turned right by 90°"
    UPSIDE_DOWN = "mirrored top to bottom"
    MIRRORED = "mirrored left to right"
    DIAGONAL = "mirrored along the diagonal"
    OTHER_DIAGONAL = "mirrored along the other diagonal"


class Crop(StrEnum):
    """What of a picture is hashed, by the part of each side that is kept."""

    WHOLE = "100 %"
    INNER_95 = "95 %"
    INNER_90 = "90 %"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMatch:
    """A judged frame is `distance` bits (0-31) from bank entry `entry`.

    `orientation` and `crop` say how the frame was turned and what of it was compared.
    """

    entry: int
    distance: int
    orientation: Orientation
    crop: Crop


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPicture:
    """What judges look up: the hashes (hex) of an entry, and whether it is in force."""

    entry: int
    is_active: bool
    hashes: tuple[str, ...]
