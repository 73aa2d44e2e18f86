import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.evidence_room.ivf import FRAMES_MAX, IvfError, IvfFrame, read, write
from tests.report_cases import ivf

FRAMES = [IvfFrame(at_ms=number * 66, payload=bytes([number]) * 9) for number in range(4)]


def test_what_was_written_is_read() -> None:
    assert list(read(write(FRAMES, width=640, height=480))) == FRAMES


def test_it_reads_what_another_program_wrote() -> None:
    assert len(read(ivf(frames=3))) == 3


@pytest.mark.parametrize("claimed", [0, 1, 2**32 - 1])
def test_the_count_in_the_header_is_not_believed(claimed: int) -> None:
    data = bytearray(write(FRAMES, width=640, height=480))
    struct.pack_into("<I", data, 24, claimed)
    assert len(read(bytes(data))) == 4


def test_no_more_than_so_many_frames_are_read() -> None:
    many = [FRAMES[0]] * (FRAMES_MAX + 5)
    assert len(read(write(many, width=640, height=480))) == FRAMES_MAX


@pytest.mark.parametrize("cut", [1, 8, 12, 20])
def test_a_file_that_ends_in_the_middle_is_refused(cut: int) -> None:
    with pytest.raises(IvfError):
        read(write(FRAMES, width=640, height=480)[:-cut])


@pytest.mark.parametrize("header_length", [0, 4, 31, 65_535])
def test_a_header_that_lies_about_its_length_is_refused(header_length: int) -> None:
    data = bytearray(write(FRAMES, width=640, height=480))
    struct.pack_into("<H", data, 6, header_length)
    with pytest.raises(IvfError, match="length"):
        read(bytes(data))


@given(st.binary(max_size=400))
def test_whatever_it_is_given_it_reads_or_refuses(data: bytes) -> None:
    for candidate in (data, b"DKIF" + data):
        try:
            frames = read(candidate)
        except IvfError:
            continue
        assert all(frame.payload for frame in frames)
