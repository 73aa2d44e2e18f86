"""Pictures for the detector: photographs that packages ship, altered ones, and generated ellipses.

All are blue-green-red, height x width x 3.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from moderation.classifiers.base import Image

FACE_API = Path(__file__).parents[1] / "node_modules" / "@vladmandic" / "face-api"
SAMPLES = 6
OF_SKIMAGE = ("astronaut", "coffee", "chelsea", "rocket", "colorwheel", "retina")

SUSPECTED = (401, 134, 1534, 231, 641, 695, 1040, 1340, 1252, 504, 1530, 1138, 1518, 195, 1575)
"""Seeds of ellipses that NudeNet is sure are a bared or a dressed body: all that were found but
breasts, of which there are nine times as many."""
ALMOST = (1103, 1123, 3301, 3594)
"""Seeds that it almost takes for what it hardly ever sees in ellipses; when altered, it does."""


def photographs() -> dict[str, Image]:
    """Six photographs of groups, the astronaut, scenery, a colour wheel."""
    found = {}
    for path in sorted((FACE_API / "demo").glob("sample*.jpg")):
        picture = cv2.imread(str(path))
        assert picture is not None
        found[path.name] = _bytes(picture)
    assert len(found) == SAMPLES
    return found | {name: photograph(name) for name in OF_SKIMAGE}


def photograph(name: str) -> Image:
    """One of scikit-image's."""
    found: Image = getattr(data, name)()
    return _bytes(found[..., 2::-1])


def altered(picture: Image, rng: np.random.Generator) -> Iterator[tuple[str, Image]]:
    """The picture in 29 ways: sizes, crops, turns, noise, dark, bright, blurred, grey, ..."""
    height, width = picture.shape[:2]
    for size in ((640, 480), (480, 360), (360, 640), (320, 240), (1280, 720)):
        yield f"{size[0]}x{size[1]}", _bytes(cv2.resize(picture, size))
    yield "mirrored", _bytes(picture[:, ::-1])
    yield "upside down", _bytes(picture[::-1])
    yield "on its side", _bytes(np.rot90(picture))
    for degrees in (15, -25, 45):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
        yield f"turned by {degrees}", _bytes(turned)
    for left, top, share in (
        (0.0, 0.0, 0.7),
        (0.3, 0.3, 0.7),
        (0.2, 0.1, 0.6),
        (0.05, 0.2, 0.5),
        (0.45, 0.15, 0.5),
        (0.3, 0.05, 0.4),
    ):
        rows = slice(int(height * top), int(height * (top + share)))
        columns = slice(int(width * left), int(width * (left + share)))
        yield f"{share} from {left}, {top}", _bytes(picture[rows, columns])
    for sigma in (10, 25):
        yield f"noise {sigma}", _bytes(picture + rng.normal(0, sigma, picture.shape))
    for gain in (0.25, 0.5, 1.6):
        yield f"light x {gain}", _bytes(picture * gain)
    for softness in (1.5, 3.0):
        blurred = cv2.GaussianBlur(picture, (0, 0), softness * width / 640)
        yield f"blur {softness}", _bytes(blurred)
    for quality in (15, 40):
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert decoded is not None
        yield f"jpeg {quality}", _bytes(decoded)
    yield "grey", _bytes(picture.mean(axis=2, keepdims=True).repeat(3, axis=2))
    yield "blue", _bytes(picture * np.array([1.3, 0.9, 0.7]))
    small = np.zeros_like(picture)
    size = (width * 2 // 3, height * 2 // 3)
    small[: size[1], : size[0]] = cv2.resize(picture, size)
    yield "in a corner", small


def ellipses(seed: int) -> Image:
    """A few soft ellipses of one colour before another, 320 x 240: nothing at all, but a detector
    of bodies takes one in twelve for something."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:320].astype(np.float32)
    picture = rng.uniform(0, 255, 3) + np.zeros((240, 320, 3), np.float32)
    picture += (x / 320)[..., None] * rng.normal(0, 40, 3)
    picture += (y / 240)[..., None] * rng.normal(0, 40, 3)
    tone = rng.uniform((60, 90, 140), (170, 190, 255))
    for _ in range(rng.integers(2, 9)):
        left, top = x - rng.uniform(0, 320), y - rng.uniform(0, 240)
        length, breadth = rng.uniform(8, 110, 2)
        cosine, sine = np.cos(angle := rng.uniform(0, np.pi)), np.sin(angle)
        along, across = left * cosine + top * sine, top * cosine - left * sine
        away = ((along / length) ** 2 + (across / breadth) ** 2)[..., None]
        edge = np.clip((away - 1) * rng.uniform(3, 25), -30, 30)
        inside = 1 / (1 + np.exp(edge))
        colour = np.clip(tone * rng.uniform(0.5, 1.25) + rng.normal(0, 14, 3), 0, 255)
        shade = 1 - rng.uniform(0, 0.5) * np.clip(away, 0, 1.5)
        picture = picture * (1 - inside) + colour * shade * inside
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 2.5))
    return _bytes(blurred + rng.normal(0, 3, picture.shape))


def _bytes(picture: np.ndarray) -> Image:
    return np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
