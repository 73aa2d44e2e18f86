import cv2
import numpy as np
import pytest

from reports.renditions import PerceptualHash, RenditionError, mosaic, perceptual_hash, watermarked
from reports.snapshots import EvidenceKind
from tests.report_cases import NOW, ivf, png


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


@pytest.mark.parametrize("kind", list(EvidenceKind))
@pytest.mark.parametrize("data", [b"", b"not a picture", b"DKIF" + bytes(40)])
def test_it_refuses_bytes_that_are_no_picture(kind: EvidenceKind, data: bytes) -> None:
    with pytest.raises(RenditionError):
        mosaic(kind, data)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (180, 320), (1280, 720), (5, 3)])
def test_a_mosaic_is_grey_and_flat_within_every_tile(width: int, height: int) -> None:
    shown = pixels(mosaic(EvidenceKind.FRAME, png(width=width, height=height)))
    assert shown.shape == (height, width)
    tiles_across = np.count_nonzero(np.diff(shown.astype(int), axis=1).any(axis=0)) + 1
    assert tiles_across <= 40
    assert tiles_across <= max(1, width // 16)


def test_a_segment_becomes_one_sheet_of_its_frames() -> None:
    sheet = pixels(watermarked(EvidenceKind.SEGMENT, ivf(frames=5), viewer="mod", at=NOW))
    assert sheet.shape == (2 * 240, 3 * 320, 3)


def test_an_original_carries_viewer_and_time() -> None:
    plain = png()
    mod = pixels(watermarked(EvidenceKind.FRAME, plain, viewer="mod", at=NOW))
    other = pixels(watermarked(EvidenceKind.FRAME, plain, viewer="ada", at=NOW))
    assert mod.shape == pixels(plain).shape
    assert (mod != pixels(plain)).any()
    assert (mod != other).any()


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_a_watermarks_outline_fits_its_letters(width: int) -> None:
    grey = np.full((width * 3 // 4, width, 3), 128, np.uint8)
    data = cv2.imencode(".png", grey)[1].tobytes()
    shown = pixels(watermarked(EvidenceKind.FRAME, data, viewer="mod@localhost", at=NOW))
    light = np.flatnonzero((shown > 200).all(axis=2).any(axis=0))
    dark = np.flatnonzero((shown < 60).all(axis=2).any(axis=0))
    assert light.size
    assert dark.size
    assert light[0] - 2 <= dark[0] <= light[0]
    assert light[-1] <= dark[-1] <= light[-1] + 2


def test_a_viewer_with_a_name_beyond_ascii_gets_a_watermark_too() -> None:
    assert watermarked(EvidenceKind.FRAME, png(), viewer="आदा", at=NOW)


def test_the_perceptual_hash_survives_scaling_and_is_empty_for_junk() -> None:
    grid = np.random.default_rng(3).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    large = cv2.resize(grid, (640, 480), interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(large, (320, 240), interpolation=cv2.INTER_AREA)
    first = perceptual_hash(cv2.imencode(".png", large)[1].tobytes())
    second = perceptual_hash(cv2.imencode(".png", small)[1].tobytes())
    assert len(first.pdq) == 64
    assert first.quality > 50
    assert (int(first.pdq, 16) ^ int(second.pdq, 16)).bit_count() <= 31
    assert perceptual_hash(b"junk") == PerceptualHash(pdq="", quality=0, crops=[])
