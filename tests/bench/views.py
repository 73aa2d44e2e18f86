"""What other ways to look at a frame find, what they cost, and what they mistake.

`python -m tests.bench.views [--faces N]` prints

- `recall_<disguise>`: in which share of frames, encoded as VP8, the detector reaches the `hold`
  threshold for the stand-in, with all views; baseline: in the whole frame alone. `by` says how
  often each view does alone, `asked` how often the frame asks for one itself;
- `false_holds_<of>`: pictures without anything against the shipped thresholds that are held all the
  same, with all views; baseline: by the whole frame alone;
- `view_<name>_ms`: making a view, median; baseline: one run of the detector on the whole.

A face stands in for what breaks the rules. Models from MODELS_DIR; about eight minutes.
"""

import argparse
import os
import random
import statistics
import sys
from collections.abc import Mapping, Sequence
from functools import partial

import cv2
import django
import numpy as np
import skimage.data

from moderation.classifiers.base import Detection, Image
from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.classifiers.screening import ScreeningClassifier
from moderation.decoding import decode
from moderation.labels import FACE_LABELS
from moderation.views import DRAWN, Look, View, asked_for, seen, without_border
from tests.bench.figures import publish, time_in_turns
from tests.disguises import (
    BACKDROPS,
    DISGUISES,
    HEIGHT_PX,
    WIDTH_PX,
    Disguise,
    Picture,
    faces,
    squeezed,
)
from tests.moderation_cases import film

FACES = 12
HOLD = 0.35
RUNS = 30
SCENERY = (
    *("camera", "coffee", "chelsea", "rocket", "retina", "moon", "coins", "brick", "grass"),
    *("gravel", "page", "text", "hubble_deep_field", "immunohistochemistry", "clock", "horse"),
    *("cell", "logo", "colorwheel"),
)
STAND_IN = dict.fromkeys(FACE_LABELS, HOLD)


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser(description="What other views of a frame find.")
    parser.add_argument("--faces", type=int, default=FACES, help="per disguise, at most")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    cv2.setNumThreads(1)
    classifier = load_classifier()
    portraits = faces(classifier.detect)
    some = portraits[:: max(1, len(portraits) // options.faces)][: options.faces]
    for disguise in DISGUISES:
        _recall(classifier, disguise, some)
    _false_holds(classifier, "people", portraits)
    _false_holds(classifier, "scenery", scenery())
    _cost(classifier, portraits[0])
    return 0


def _recall(classifier: ScreeningClassifier, disguise: Disguise, some: Sequence[Picture]) -> None:
    found: dict[str, int] = {}
    whole = both = asked = 0
    for number, face in enumerate(some):
        dressed = disguise.dress(face, BACKDROPS[number % 2](), random.Random(number))
        image = as_sent(dressed)
        is_seen = _reaches(classifier.detect(image), STAND_IN)
        names = _seen_by(classifier, image, STAND_IN)
        asked += any(asked_for(image)) or without_border(image) is not None
        whole += is_seen
        both += is_seen or bool(names)
        for name in names:
            found[name] = found.get(name, 0) + 1
    publish(
        f"recall_{disguise.name}",
        both / len(some),
        "share of frames",
        baseline="the whole frame alone",
        baseline_value=whole / len(some),
        by={name: round(count / len(some), 2) for name, count in sorted(found.items())},
        asked=round(asked / len(some), 2),
        samples=len(some),
    )


def _false_holds(classifier: ScreeningClassifier, of: str, pictures: Sequence[Picture]) -> None:
    """Each picture as it is, cut in half, dark, and with noise."""
    limits = {label: each.hold for label, each in load_thresholds().nudity.items()}
    rng = np.random.default_rng(3)
    innocent = [as_sent(variant) for picture in pictures for variant in _variants(picture, rng)]
    whole = [_reaches(classifier.detect(image), limits) for image in innocent]
    by: dict[str, int] = {}
    held = list(whole)
    asked = 0
    for index, image in enumerate(innocent):
        names = _seen_by(classifier, image, limits)
        held[index] = held[index] or bool(names)
        asked += any(asked_for(image)) or without_border(image) is not None
        for name in names:
            by[name] = by.get(name, 0) + 1
    publish(
        f"false_holds_{of}",
        sum(held) / len(held),
        "share of pictures",
        baseline="the whole frame alone",
        baseline_value=sum(whole) / len(whole),
        by=by,
        asked=round(asked / len(held), 2),
        samples=len(held),
    )


def _seen_by(
    classifier: ScreeningClassifier, image: Image, limits: Mapping[str, float]
) -> set[str]:
    """The views in which the detector finds something."""
    return {
        name
        for name, view in named_views(image).items()
        if _reaches(
            classifier.detect(np.ascontiguousarray(view.image)),
            {label: max(score, view.counts_from) for label, score in limits.items()},
        )
    }


def _cost(classifier: ScreeningClassifier, face: Picture) -> None:
    image = as_sent(face)
    detect = partial(classifier.detect, image)
    for look in Look:
        step = partial(seen, look, image, image)
        floor_ms, step_ms = time_in_turns((detect, step), RUNS)
        publish(
            f"view_{look.name.lower()}_ms",
            statistics.median(step_ms),
            "ms",
            baseline="the detector on the whole frame, median",
            baseline_value=statistics.median(floor_ms),
            samples=RUNS,
        )


def named_views(image: Image) -> dict[str, View]:
    """Every view that a frame that stands still may get."""
    every = {"BORDER": without_border(image)}
    looks = {*DRAWN, *asked_for(image)} - {Look.MEAN}
    every |= {look.name: seen(look, image, image) for look in looks}
    return {name: view for name, view in every.items() if view is not None}


def as_sent(picture: Picture) -> Image:
    """What comes out of a decoder, blue-green-red."""
    return decode(film([picture]), {0})[0].render()


def scenery() -> list[Picture]:
    """Pictures without people: photographs that scikit-image ships, and generated ones."""
    found = [_frame(getattr(skimage.data, name)()) for name in SCENERY]
    rng = np.random.default_rng(4)
    for skin in ((224, 172, 138), (141, 85, 54), (255, 219, 194)):
        patch = np.full((HEIGHT_PX, WIDTH_PX, 3), skin, np.uint8)
        found.append(patch)
        for radius in (60, 120, 200):
            ball = np.full_like(patch, rng.integers(30, 220))
            found.append(cv2.circle(ball, (320, 240), radius, skin, -1).astype(np.uint8))
    return found


def _frame(picture: Picture) -> Picture:
    if picture.ndim == 2:
        levels = picture * 255 if picture.dtype == np.bool_ else picture
        picture = np.repeat(levels.astype(np.uint8)[..., None], 3, axis=2)
    sized = cv2.resize(picture[..., :3], (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return sized.astype(np.uint8)


def _variants(picture: Picture, rng: np.random.Generator) -> list[Picture]:
    half = cv2.resize(picture[120:360, 160:480], (WIDTH_PX, HEIGHT_PX)).astype(np.uint8)
    noise = np.clip(picture + rng.normal(0, 20, picture.shape), 0, 255).astype(np.uint8)
    return [picture, half, squeezed(picture, 0, 90), noise]


def _reaches(detections: Sequence[Detection], limits: Mapping[str, float]) -> bool:
    return any(each.score >= limits.get(each.label, 2.0) for each in detections)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
