"""What classifiers see and what they answer. They answer, they never act. Pure.

Errors: `ClassifierError`: the answer is missing or no number; a retry may help, the picture is
held meanwhile.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""Height x width x 3, blue-green-red, 0-255."""


class ClassifierError(Exception):
    """A classifier failed or answered something that is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in pixels of the judged picture."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Something found: its class, score (0.0-1.0) and place."""

    label: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceAge:
    """An estimated age. `is_usable` says whether the face is large, sharp and whole enough."""

    years: float
    is_usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What was seen in one frame: as a whole, and `besides` in other views of it (I6)."""

    detections: tuple[Detection, ...]
    faces: tuple[FaceAge, ...]
    besides: tuple[Detection, ...] = ()

    @property
    def everything(self) -> tuple[Detection, ...]:
        """Detections of the whole and of its views: what counts against the rules."""
        return self.detections + self.besides


class Classifier(Protocol):
    """Anything that scores a picture."""

    @property
    def version(self) -> str:
        """Names models and preprocessing; verdicts store it."""
        ...

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """What is found in `image`, without ages. Raises `ClassifierError`."""
        ...

    def classify(self, image: Image) -> Scores:
        """The scores of `image`. Raises `ClassifierError`."""
        ...
