"""Ages of faces: face-api's age network on a session of our own. A signal, never proof.

Its errors are in docs/models.md; `policy` takes medians and two thresholds.
"""

import cv2
import numpy as np
import numpy.typing as npt

from moderation.classifiers.base import Box, FaceAge, Image
from moderation.classifiers.sessions import Session

SIDE_PX = 112
INPUT_SHAPE = (1, 3, SIDE_PX, SIDE_PX)

FACE_SCALE = 1.2
"""NudeNet's face box made square (its longer side) times this. Of 0.8 to 1.5, tried on 402 labelled
faces in 640 x 480 frames, it gave the smallest error (docs/models.md)."""

FACE_MIN_PX = 60
"""Longer side of a usable face box: half of what the network looks at."""
INSIDE_MIN = 0.9
"""Share of the square that must lie inside the picture."""
SHARPNESS_MIN = 40.0
"""Variance of the Laplacian of the 112-pixel face in grey (0-255); docs/models.md has figures."""


class AgeEstimator:
    """Estimates ages. Not to be shared between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def estimate(self, image: Image, box: Box) -> FaceAge:
        """The age of the face in `box`. Raises `ClassifierError`."""
        face, inside = crop_face(image, box)
        years = self.years(face)
        sharpness = float(cv2.Laplacian(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
        is_usable = (
            max(box.width, box.height) >= FACE_MIN_PX
            and inside >= INSIDE_MIN
            and sharpness >= SHARPNESS_MIN
        )
        return FaceAge(years=years, is_usable=is_usable)

    def years(self, face: npt.NDArray[np.uint8]) -> float:
        """The age of a face, 112 x 112 x 3, red-green-blue. Raises `ClassifierError`."""
        batch = np.ascontiguousarray(face.transpose(2, 0, 1)[None], dtype=np.float32)
        return float(self._session.run(batch)[0])


def crop_face(image: Image, box: Box) -> tuple[npt.NDArray[np.uint8], float]:
    """The face in red-green-blue, 112 x 112, and which share of its square the picture holds.

    What lies outside the picture is black.
    """
    side = max(2, round(max(box.width, box.height) * FACE_SCALE))
    left = round(box.left + box.width / 2 - side / 2)
    top = round(box.top + box.height / 2 - side / 2)
    height, width = image.shape[:2]
    x_from, x_to = np.clip((left, left + side), 0, width).tolist()
    y_from, y_to = np.clip((top, top + side), 0, height).tolist()
    square = np.zeros((side, side, 3), np.uint8)
    square[y_from - top : y_to - top, x_from - left : x_to - left] = image[
        y_from:y_to, x_from:x_to, ::-1
    ]
    inside = (x_to - x_from) * (y_to - y_from) / (side * side)
    shrinks = side > SIDE_PX
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    face = cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=method)
    return face.astype(np.uint8, copy=False), inside
