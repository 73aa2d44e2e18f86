"""Nudity and age as one classifier: what every judged frame goes through."""

from moderation.classifiers.age import AgeEstimator
from moderation.classifiers.base import Detection, Image, Scores
from moderation.classifiers.nudity import NudityDetector
from moderation.labels import FACE_LABELS

FACES_MAX = 4
"""Only the largest faces get an age: the rest are too small to be usable in any case."""


class ScreeningClassifier:
    """Detections of a picture, and the ages of its faces."""

    def __init__(self, *, nudity: NudityDetector, age: AgeEstimator, version: str) -> None:
        self._nudity = nudity
        self._age = age
        self._version = version

    @property
    def version(self) -> str:
        return self._version

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """What is found in `image`, without ages. Raises `ClassifierError`."""
        return self._nudity.detect(image)

    def classify(self, image: Image) -> Scores:
        """The scores of `image`. Raises `ClassifierError`."""
        detections = self.detect(image)
        faces = [detection for detection in detections if detection.label in FACE_LABELS]
        largest = sorted(faces, key=_area, reverse=True)[:FACES_MAX]
        return Scores(
            detections=detections,
            faces=tuple(self._age.estimate(image, face.box) for face in largest),
        )


def _area(detection: Detection) -> float:
    return detection.box.width * detection.box.height
