"""PDQ against its public reference: what pdqhash 0.2.8 said of these very pictures.

pdq_vectors.json has the eight hashes, in the order of `orientations`, and the quality of each
variant of each photograph, as the package's `compute_dihedral` gave them. Variants are made by
indexing and whole numbers alone, so that no library's next version changes them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage import data

from reports.hashing.pdq import Hash, Picture, compute, distance, orientations

PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "moon", "rocket")
BITS_OFF_MAX = 2
"""Another processor adds up in another order, and the two frequencies at the median may swap."""


def _resized(width_px: int, height_px: int) -> Callable[[Picture], Picture]:
    def resize(picture: Picture) -> Picture:
        rows = np.arange(height_px) * picture.shape[0] // height_px
        columns = np.arange(width_px) * picture.shape[1] // width_px
        return np.asarray(picture[rows[:, None], columns])

    return resize


def _noisy(picture: Picture) -> Picture:
    places = np.arange(picture.size).reshape(picture.shape)
    noise = places * 7919 % 104729 % 61 - 30
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


VARIANTS: dict[str, Callable[[Picture], Picture]] = {
    "as published": lambda picture: picture,
    "640x480": _resized(640, 480),
    "360x270": _resized(360, 270),
    "270x360": _resized(270, 360),
    "1280x720": _resized(1280, 720),
    "129x127": _resized(129, 127),
    "64x64": _resized(64, 64),
    "33x57": _resized(33, 57),
    "7x5": _resized(7, 5),
    "cropped": lambda picture: picture[31:-17, 11:-53],
    "noisy": _noisy,
    "dark": lambda picture: picture // 9,
}
VECTORS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("pdq_vectors.json").read_text(encoding="utf-8")
)


def picture_of(photograph: str, variant: str) -> Picture:
    """The picture that a vector is about, blue-green-red."""
    published = np.asarray(getattr(data, photograph)(), dtype=np.uint8)
    colour = published if published.ndim == 3 else np.dstack([published] * 3)
    return VARIANTS[variant](np.ascontiguousarray(colour[..., ::-1]))


def test_every_variant_of_every_photograph_has_a_vector() -> None:
    there = [(vector["photograph"], vector["variant"]) for vector in VECTORS]
    assert there == [(photograph, variant) for photograph in PHOTOGRAPHS for variant in VARIANTS]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['photograph']}-{v['variant']}")
def test_it_says_what_the_reference_says(vector: dict[str, Any]) -> None:
    picture = picture_of(vector["photograph"], vector["variant"])
    found = orientations(picture)
    wanted = [Hash(bits=bytes.fromhex(one), quality=vector["quality"]) for one in vector["hashes"]]

    off = [distance(ours, theirs) for ours, theirs in zip(found, wanted, strict=True)]
    assert max(off) <= BITS_OFF_MAX, off
    assert all(abs(one.quality - vector["quality"]) <= 1 for one in found)
    assert compute(picture) == found[0]


def test_nearly_all_hashes_are_the_references_to_the_bit() -> None:
    same = [
        one.bits.hex() == hexed
        for vector in VECTORS
        for one, hexed in zip(
            orientations(picture_of(vector["photograph"], vector["variant"])),
            vector["hashes"],
            strict=True,
        )
    ]
    assert len(same) == 8 * len(PHOTOGRAPHS) * len(VARIANTS)
    assert sum(same) >= 0.99 * len(same)
