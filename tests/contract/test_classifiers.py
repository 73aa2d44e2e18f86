"""Our sessions against the packages the models come from, on pictures that packages ship."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from django.conf import settings
from skimage import data

from moderation.classifiers.age import AgeEstimator, crop_face
from moderation.classifiers.base import Box, ClassifierError, Detection, Image
from moderation.classifiers.nudity import NudityDetector
from moderation.classifiers.sessions import Floats, Inputs, OnnxSession
from moderation.labels import FACE_LABELS
from tests.nudenet import NudeDetector

FACE_API = Path(settings.BASE_DIR) / "node_modules" / "@vladmandic" / "face-api"
AGES_SCRIPT = Path(__file__).parent / "face_api_ages.mjs"


def photographs() -> dict[str, Image]:
    """Six photographs of groups, the astronaut, scenery: blue-green-red."""
    found = {}
    for path in sorted((FACE_API / "demo").glob("sample*.jpg")):
        picture = cv2.imread(str(path))
        assert picture is not None
        found[path.name] = picture.astype(np.uint8)
    assert len(found) == 6
    for name in ("astronaut", "coffee", "chelsea", "rocket", "colorwheel", "retina"):
        found[name] = _photograph(name)
    return found


def pictures() -> dict[str, Image]:
    """The photographs in several shapes and sizes, and generated pictures."""
    every = photographs()
    for name, picture in list(every.items()):
        every[f"{name} 640x480"] = cv2.resize(picture, (640, 480)).astype(np.uint8)
        every[f"{name} 360x640"] = cv2.resize(picture, (360, 640)).astype(np.uint8)
        every[f"{name} 333x251"] = cv2.resize(picture, (333, 251)).astype(np.uint8)
    rng = np.random.default_rng(2)
    every["noise"] = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    every["black"] = np.zeros((480, 640, 3), np.uint8)
    every["gradient"] = np.tile(np.arange(320, dtype=np.uint8)[None, :, None], (180, 1, 3))
    return every


def whole(box: Box) -> list[int]:
    return [int(side) for side in (box.left, box.top, box.width, box.height)]


def test_nudity_detections_are_those_of_nudenet(nudity: NudityDetector) -> None:
    reference = NudeDetector()
    compared = 0
    for name, picture in pictures().items():
        ours = sorted(nudity.detect(picture), key=_order)
        theirs = [
            Detection(label=found["class"], score=found["score"], box=Box(**_sides(found["box"])))
            for found in reference.detect(picture)
        ]
        theirs.sort(key=_order)

        assert [item.label for item in ours] == [item.label for item in theirs], name
        for our, their in zip(ours, theirs, strict=True):
            assert our.score == pytest.approx(their.score, abs=0.02), name
            assert whole(our.box) == pytest.approx(whole(their.box), abs=2), name
        compared += len(ours)
    assert compared > 100


def test_ages_are_those_of_face_api(
    nudity: NudityDetector, age: AgeEstimator, tmp_path: Path
) -> None:
    faces: list[npt.NDArray[np.uint8]] = []
    for picture in photographs().values():
        for found in nudity.detect(picture):
            if found.label in FACE_LABELS:
                faces.append(crop_face(picture, found.box)[0])
    assert len(faces) >= 20
    (tmp_path / "faces").write_bytes(b"".join(face.tobytes() for face in faces))

    answer = subprocess.run(
        ["node", str(AGES_SCRIPT), str(FACE_API), str(tmp_path / "faces")],
        capture_output=True,
        check=True,
        timeout=100,
    )

    assert [age.years(face) for face in faces] == pytest.approx(json.loads(answer.stdout), abs=0.01)


class Answering:
    """A session that answers the same whatever it is asked."""

    def __init__(self, answer: Floats) -> None:
        self.answer = answer

    def run(self, _inputs: Inputs) -> Floats:
        return self.answer


def test_a_small_blurred_or_cut_off_face_is_not_usable(age: AgeEstimator) -> None:
    sharp = cv2.resize(_photograph("astronaut"), (640, 480)).astype(np.uint8)
    blurred = cv2.GaussianBlur(sharp, (17, 17), 0).astype(np.uint8)
    face = Box(left=215, top=74, width=130, height=99)

    assert age.estimate(sharp, face).is_usable
    assert not age.estimate(blurred, face).is_usable
    assert not age.estimate(sharp, Box(left=-70, top=74, width=130, height=99)).is_usable
    assert not age.estimate(sharp, Box(left=250, top=100, width=40, height=40)).is_usable


def test_a_face_box_is_made_square_and_enlarged() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[190:290, 270:370] = (255, 0, 0)

    face, inside = crop_face(picture, Box(left=270, top=215, width=100, height=50))

    assert inside == 1.0
    assert face.shape == (112, 112, 3)
    coloured = np.flatnonzero(face[56, :, 2] > 127)
    assert len(coloured) == pytest.approx(112 / 1.2, abs=2)
    assert face[56, 56].tolist() == [0, 0, 255]


@pytest.mark.parametrize("box", [(-500, -500, 10, 10), (639, 479, 1, 1), (0, 0, 0, 0)])
def test_a_box_at_the_edge_or_beyond_gives_a_face_all_the_same(box: tuple[int, ...]) -> None:
    picture = np.full((480, 640, 3), 90, np.uint8)

    face, inside = crop_face(picture, Box(**_sides(list(box))))

    assert face.shape == (112, 112, 3)
    assert 0.0 <= inside <= 1.0


def test_overlapping_candidates_are_one_detection() -> None:
    candidates = np.zeros((1, 22, 2100), np.float32)
    candidates[0, :4, :3] = np.array([[160, 120, 50, 50]], np.float32).T
    candidates[0, 4 + 6, :3] = (0.9, 0.8, 0.24)

    (found,) = NudityDetector(Answering(candidates)).detect(np.zeros((480, 640, 3), np.uint8))

    assert found.label == "ANUS_EXPOSED"
    assert found.score == pytest.approx(0.9)
    assert whole(found.box) == [270, 190, 100, 100]


def test_bytes_that_are_no_model_are_a_classifier_error() -> None:
    with pytest.raises(ClassifierError):
        OnnxSession(b"no model", (1,))


def _photograph(name: str) -> Image:
    """One of scikit-image's, blue-green-red."""
    photograph: Image = getattr(data, name)()
    return cv2.cvtColor(photograph, cv2.COLOR_RGB2BGR).astype(np.uint8)


def _order(found: Detection) -> tuple[str, float]:
    return found.label, found.score


def _sides(box: list[int]) -> dict[str, float]:
    return dict(zip(("left", "top", "width", "height"), box, strict=True))
