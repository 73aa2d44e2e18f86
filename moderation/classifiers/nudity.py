"""NudeNet's 320n detector on a session of our own.

Pre- and postprocessing are those of `nudenet.NudeDetector` 3.4, with the loop over the candidates
as NumPy and without most of the black that it pads with; the picture is blue-green-red, as NudeNet
feeds it. The network computes in bytes: how far its scores are off is in docs/models.md, and a test
holds what must not be missed.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from moderation.classifiers.base import Box, Detection, Image
from moderation.classifiers.sessions import Session
from moderation.labels import NUDITY_LABELS

SIDE_PX = 320
INPUT_SHAPES: tuple[tuple[int, ...], ...] = (
    (1, 256, SIDE_PX, 3),  # 4 : 3 and wider
    (1, SIDE_PX, 256, 3),  # 3 : 4 and narrower
    (1, SIDE_PX, SIDE_PX, 3),  # any other
)
"""A picture goes into the first that holds it: black rows cost as much as others. The network
shrinks by 32, so that a side is a multiple of it."""
MARGIN_PX = 16
"""So much black is left beside a picture: without any, feet at the edge were missed."""
CANDIDATE_SCORE = 0.2
SCORE_MIN = 0.25
OVERLAP_MAX = 0.45


class NudityDetector:
    """Finds faces, covered and exposed body parts. Not to be shared between threads.

    `open_session` makes the network's session for inputs of a shape. The first one is opened at
    once, so that a file that is no model is noticed at the start; the others take half a second
    and 27 MiB each, and are opened when a picture needs them.
    """

    def __init__(self, open_session: Callable[[tuple[int, ...]], Session]) -> None:
        self._open_session = open_session
        self._inputs: dict[tuple[int, ...], tuple[npt.NDArray[np.uint8], Session]] = {}
        self._input(INPUT_SHAPES[0])

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """Detections from 0.25 on, best first. Raises `ClassifierError`."""
        height, width = image.shape[:2]
        shape = next(shape for shape in INPUT_SHAPES if _holds(shape[1:3], height, width))
        canvas, session = self._input(shape)
        fit(image, canvas[0])
        return _detections(session.run(canvas)[0], width, height)

    def _input(self, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.uint8], Session]:
        if shape not in self._inputs:
            self._inputs[shape] = np.zeros(shape, np.uint8), self._open_session(shape)
        return self._inputs[shape]


def fit(image: Image, canvas: Image) -> None:
    """Shrink `image` into `canvas`, its longer side to 320 pixels; black below or to the right."""
    height, width = image.shape[:2]
    longer = max(height, width)
    if width * SIDE_PX % longer or height * SIDE_PX % longer:
        # The edge would fall inside a pixel: padded first, as NudeNet does it.
        square = cv2.resize(_padded(image, longer), (SIDE_PX, SIDE_PX))
        canvas[:] = square[: canvas.shape[0], : canvas.shape[1]]
        return
    size = (width * SIDE_PX // longer, height * SIDE_PX // longer)
    canvas[size[1] :, :] = 0
    canvas[:, size[0] :] = 0
    cv2.resize(image, size, dst=canvas[: size[1], : size[0]], interpolation=cv2.INTER_LINEAR)


def _holds(room: tuple[int, ...], height: int, width: int) -> bool:
    """Whether a picture fits into `room`, with MARGIN_PX to spare below or to the right."""
    longer = max(height, width)
    return all(
        space == SIDE_PX or side * SIDE_PX <= (space - MARGIN_PX) * longer
        for side, space in zip((height, width), room, strict=True)
    )


def _padded(image: Image, side: int) -> Image:
    square = np.zeros((side, side, 3), np.uint8)
    square[: image.shape[0], : image.shape[1]] = image
    return square


def _detections(output: npt.NDArray[np.float32], width: int, height: int) -> tuple[Detection, ...]:
    """Boxes and classes from the network's answer, 22 x candidates, in pixels of the picture."""
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
