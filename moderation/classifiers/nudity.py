"""NudeNet's 320n detector on a session of our own.

Pre- and postprocessing are those of `nudenet.NudeDetector` 3.4, with the loop over 2,100 candidates
as NumPy; the picture is blue-green-red, as NudeNet feeds it. The network computes in bytes: how far
its scores are off is in docs/models.md, and a test holds what must not be missed.
"""

import cv2
import numpy as np
import numpy.typing as npt

from moderation.classifiers.base import Box, Detection, Image
from moderation.classifiers.sessions import Session
from moderation.labels import NUDITY_LABELS

SIDE_PX = 320
INPUT_SHAPE = (1, SIDE_PX, SIDE_PX, 3)
CANDIDATE_SCORE = 0.2
SCORE_MIN = 0.25
OVERLAP_MAX = 0.45


class NudityDetector:
    """Finds faces, covered and exposed body parts. Not to be shared between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._canvas = np.zeros(INPUT_SHAPE, np.uint8)

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """Detections from 0.25 on, best first. Raises `ClassifierError`."""
        height, width = image.shape[:2]
        fit(image, self._canvas[0])
        output = self._session.run(self._canvas)
        return _detections(output[0], width, height)


def fit(image: Image, canvas: Image) -> None:
    """Shrink `image` into the 320 x 320 `canvas`, black below or to the right."""
    height, width = image.shape[:2]
    longer = max(height, width)
    if width * SIDE_PX % longer or height * SIDE_PX % longer:
        # The edge would fall inside a pixel: padded first, as NudeNet does it.
        image = _padded(image, longer)
        height = width = longer
    size = (width * SIDE_PX // longer, height * SIDE_PX // longer)
    canvas[size[1] :, :] = 0
    canvas[:, size[0] :] = 0
    cv2.resize(image, size, dst=canvas[: size[1], : size[0]], interpolation=cv2.INTER_LINEAR)


def _padded(image: Image, side: int) -> Image:
    square = np.zeros((side, side, 3), np.uint8)
    square[: image.shape[0], : image.shape[1]] = image
    return square


def _detections(output: npt.NDArray[np.float32], width: int, height: int) -> tuple[Detection, ...]:
    """Boxes and classes from the network's 22 x 2,100 answer, in pixels of the picture."""
    classes = output[4:]
    best = classes.max(axis=0)
    kept = np.flatnonzero(best >= CANDIDATE_SCORE)
    if not kept.size:
        return ()
    scores = best[kept]
    labels = classes[:, kept].argmax(axis=0)
    centre_x, centre_y, box_width, box_height = output[:4, kept] * (max(width, height) / SIDE_PX)
    left = np.clip(centre_x - box_width / 2, 0, width)
    top = np.clip(centre_y - box_height / 2, 0, height)
    boxes = np.stack(
        [left, top, np.minimum(box_width, width - left), np.minimum(box_height, height - top)],
        axis=1,
    )
    chosen = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), SCORE_MIN, OVERLAP_MAX)
    return tuple(
        Detection(
            label=NUDITY_LABELS[int(labels[index])],
            score=float(scores[index]),
            box=Box(
                left=float(boxes[index, 0]),
                top=float(boxes[index, 1]),
                width=float(boxes[index, 2]),
                height=float(boxes[index, 3]),
            ),
        )
        for index in map(int, chosen)
    )
