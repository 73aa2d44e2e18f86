import cv2
import numpy as np
import pytest

from moderation.segments import picture_at
from reports.evidence_room.ivf import read
from reports.evidence_room.renditions import (
    PerceptualHash,
    RenditionError,
    frame_count,
    mosaic,
    perceptual_hash,
    picture_of,
    watermarked,
)
from reports.hashing.pdq import Picture
from reports.snapshots import EvidenceKind
from tests.report_cases import NOW, ivf, png


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def still(data: bytes) -> Picture:
    return picture_of(EvidenceKind.FRAME, data, frame=0, decode_segment=picture_at)


def frame_of(data: bytes, frame: int) -> Picture:
    return picture_of(EvidenceKind.SEGMENT, data, frame=frame, decode_segment=picture_at)


@pytest.mark.parametrize("kind", list(EvidenceKind))
@pytest.mark.parametrize("data", [b"", b"not a picture", b"DKIF" + bytes(40), ivf()[:-1]])
def test_it_refuses_bytes_that_are_no_picture(kind: EvidenceKind, data: bytes) -> None:
    with pytest.raises(RenditionError):
        picture_of(kind, data, frame=0, decode_segment=picture_at)


@pytest.mark.parametrize("frame", [5, 32_767])
def test_it_refuses_a_frame_that_is_not_there(frame: int) -> None:
    with pytest.raises(RenditionError, match="no such frame"):
        frame_of(ivf(frames=5), frame)
    with pytest.raises(RenditionError, match="one frame"):
        picture_of(EvidenceKind.FRAME, png(), frame=frame, decode_segment=picture_at)


def test_each_frame_of_a_segment_is_shown_by_its_number() -> None:
    film = ivf(frames=5)
    shades = [int(frame_of(film, number).mean()) for number in range(5)]
    assert shades == pytest.approx([0, 40, 80, 120, 160], abs=6)


def test_what_is_damaged_later_hides_nothing_before_it() -> None:
    frames = [frame.payload for frame in read(ivf(frames=5))]
    damaged = [*frames[:-1], frames[-1][:2]]
    assert picture_at(damaged, 3).shape == (240, 320, 3)
    with pytest.raises(RenditionError, match="shorter than its tag"):
        picture_at(damaged, 4)


def test_the_frames_to_look_at_are_counted() -> None:
    assert frame_count(EvidenceKind.SEGMENT, ivf(frames=7)) == 7
    assert frame_count(EvidenceKind.SEGMENT, b"junk") == 0
    assert frame_count(EvidenceKind.FRAME, b"junk") == 1


@pytest.mark.parametrize(("width", "height"), [(640, 480), (180, 320), (1280, 720), (5, 3)])
def test_a_mosaic_is_grey_and_flat_within_every_tile(width: int, height: int) -> None:
    shown = pixels(mosaic(still(png(width=width, height=height))))
    assert shown.shape == (height, width)
    tiles_across = np.count_nonzero(np.diff(shown.astype(int), axis=1).any(axis=0)) + 1
    assert tiles_across <= 40
    assert tiles_across <= max(1, width // 16)


def test_an_original_carries_viewer_and_time() -> None:
    plain = png()
    mod = pixels(watermarked(still(plain), viewer="mod", at=NOW, in_colour=True))
    other = pixels(watermarked(still(plain), viewer="ada", at=NOW, in_colour=True))
    assert mod.shape == pixels(plain).shape
    assert (mod != pixels(plain)).any()
    assert (mod != other).any()


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_a_watermarks_outline_fits_its_letters(width: int) -> None:
    grey = np.full((width * 3 // 4, width, 3), 128, np.uint8)
    data = cv2.imencode(".png", grey)[1].tobytes()
    shown = pixels(watermarked(still(data), viewer="mod@localhost", at=NOW, in_colour=True))
    light = np.flatnonzero((shown > 200).all(axis=2).any(axis=0))
    dark = np.flatnonzero((shown < 60).all(axis=2).any(axis=0))
    assert light.size
    assert dark.size
    assert light[0] - 2 <= dark[0] <= light[0]
    assert light[-1] <= dark[-1] <= light[-1] + 2


def test_a_viewer_with_a_name_beyond_ascii_gets_a_watermark_too() -> None:
    assert watermarked(still(png()), viewer="आदा", at=NOW, in_colour=False)


def test_in_grey_it_is_marked_and_has_no_colours() -> None:
    shown = pixels(watermarked(still(png()), viewer="mod", at=NOW, in_colour=False))
    assert shown.shape == (480, 640)
    assert (shown == 255).any()


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
