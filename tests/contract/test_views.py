"""The real detector on real pictures in disguise: what the whole frame hides, a view shows.

A face stands in for what breaks the rules; `make bench-views` measures the same on more pictures.
"""

import random

import pytest

from moderation.classifiers.base import Image
from moderation.classifiers.nudity import NudityDetector
from moderation.decoding import decode
from moderation.labels import FACE_LABELS
from moderation.views import DRAWN, views
from tests.disguises import DISGUISES, Disguise, Picture, faces
from tests.moderation_cases import coffee, film

HOLD = 0.35
EVERY = 6
"""Of the faces, to save time: four are left."""


@pytest.fixture(scope="module")
def portraits(nudity: NudityDetector) -> list[Picture]:
    return faces(nudity.detect)[1::EVERY]


def as_sent(disguise: Disguise, face: Picture) -> Image:
    dressed = disguise.dress(face, coffee(), random.Random(1))
    return decode(film([dressed]), {0})[0].render()


def score(nudity: NudityDetector, image: Image) -> float:
    found = [each.score for each in nudity.detect(image) if each.label in FACE_LABELS]
    return max(found, default=0.0)


@pytest.mark.parametrize("name", ["inset_fifth", "strip_across", "strip_down", "coarse_8px"])
def test_a_view_shows_what_the_whole_frame_hides(
    nudity: NudityDetector, portraits: list[Picture], name: str
) -> None:
    (disguise,) = (each for each in DISGUISES if each.name == name)
    images = [as_sent(disguise, face) for face in portraits]

    in_the_whole = [score(nudity, image) >= HOLD for image in images]
    in_a_view = [
        any(
            score(nudity, view.image) >= max(HOLD, view.counts_from)
            for view in views(image, None, DRAWN)
        )
        for image in images
    ]

    assert sum(in_the_whole) <= 1
    assert sum(in_a_view) >= len(images) - 1 >= 3


@pytest.mark.parametrize(
    "disguise", [pytest.param(each, id=each.name) for each in DISGUISES if each.is_plain]
)
def test_what_is_plain_to_see_needs_no_view(
    nudity: NudityDetector, portraits: list[Picture], disguise: Disguise
) -> None:
    for face in portraits:
        assert score(nudity, as_sent(disguise, face)) >= HOLD
