"""Single pictures of a sealed segment, by the decoder that judges."""

import numpy as np
import pytest

from moderation.segments import picture_at
from reports.evidence_room.ivf import read
from reports.evidence_room.renditions import RenditionError
from tests.report_cases import ivf


def payloads(frames: int) -> list[bytes]:
    return [frame.payload for frame in read(ivf(frames))]


def test_a_picture_is_decoded_from_the_key_frame_before_it_and_nothing_else() -> None:
    first, second = payloads(4), payloads(3)
    damaged = [first[0], b"\xff" * 40, b"\xff" * 40, first[3]]
    shown = picture_at([*damaged, *second], 5)
    assert np.array_equal(shown, picture_at(second, 1))
    with pytest.raises(RenditionError):
        picture_at([*damaged, *second], 3)


def test_what_comes_later_hides_nothing() -> None:
    film = payloads(4)
    assert np.array_equal(picture_at([*film[:2], b"junk"], 1), picture_at(film, 1))


@pytest.mark.parametrize("number", [-1, 4])
def test_there_is_no_frame_beside_the_film(number: int) -> None:
    with pytest.raises(RenditionError, match="no such frame"):
        picture_at(payloads(4), number)


def test_without_a_key_frame_there_is_no_picture() -> None:
    with pytest.raises(RenditionError, match="key frame"):
        picture_at(payloads(3)[1:], 0)
    with pytest.raises(RenditionError):
        picture_at([b""], 0)
