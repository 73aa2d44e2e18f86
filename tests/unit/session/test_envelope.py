"""What holds between one sender's packets, and the close codes of what doesn't."""

import pytest

from chat.session.envelope import Envelope
from moderation.packets import Kind, Packet, PacketError, parse_packet
from tests.packets import ZERO_MS, key_payload, message, packet


def at(kind: Kind, seq: int, *, sent_ms: int, arrived_ms: int, size: int = 100) -> Packet:
    payload = packet(kind, seq, 0).payload if kind is not Kind.KEY else key_payload(size=size)
    return parse_packet(message(kind, seq, sent_ms * 1000, bytes(payload)), ZERO_MS + arrived_ms)


def code_of(packets: list[Packet]) -> int | None:
    """The close code at the last packet; every one before it must pass."""
    envelope = Envelope()
    for index, item in enumerate(packets):
        try:
            envelope.check(item)
        except PacketError as error:
            assert index == len(packets) - 1
            return error.code
    return None


@pytest.mark.parametrize("seqs", [[1], [0, 2], [0, 0], [0, 1, 0]])
def test_a_jump_in_the_sequence_is_4400(seqs: list[int]) -> None:
    assert code_of([packet(Kind.KEY, seq, index * 50) for index, seq in enumerate(seqs)]) == 4400


def test_a_timestamp_that_goes_back_within_its_kind_is_4400() -> None:
    frames = [
        at(Kind.KEY, 0, sent_ms=100, arrived_ms=100),
        at(Kind.DELTA, 1, sent_ms=99, arrived_ms=150),
    ]
    assert code_of(frames) == 4400


def test_sound_may_lag_behind_the_picture() -> None:
    packets = [
        at(Kind.KEY, 0, sent_ms=100, arrived_ms=100),
        at(Kind.AUDIO, 1, sent_ms=40, arrived_ms=110),
        at(Kind.DELTA, 2, sent_ms=140, arrived_ms=140),
    ]
    assert code_of(packets) is None


@pytest.mark.parametrize(("sent_ms", "arrived_ms"), [(2100, 1000), (1000, 2100)])
def test_a_timestamp_more_than_1_s_off_its_arrival_is_4400(sent_ms: int, arrived_ms: int) -> None:
    packets = [
        at(Kind.KEY, 0, sent_ms=0, arrived_ms=0),
        at(Kind.DELTA, 1, sent_ms=sent_ms, arrived_ms=arrived_ms),
    ]
    assert code_of(packets) == 4400


def test_a_clock_200_ppm_fast_may_talk_for_hours() -> None:
    hours_ms = 6 * 3600 * 1000
    packets = [
        at(Kind.KEY, 0, sent_ms=0, arrived_ms=0),
        at(Kind.DELTA, 1, sent_ms=int(hours_ms * 1.0002), arrived_ms=hours_ms),
    ]
    assert code_of(packets) is None


@pytest.mark.parametrize(
    ("kind", "per_s", "code"),
    [
        (Kind.DELTA, 100, 4429),
        (Kind.AUDIO, 40, 4429),
        (Kind.DELTA, 58, None),
        (Kind.AUDIO, 24, None),
    ],
)
def test_too_many_packets_are_4429(kind: Kind, per_s: int, code: int | None) -> None:
    envelope = Envelope()
    answer = None
    for seq in range(per_s * 6):
        try:
            envelope.check(packet(kind, seq, seq * 1000 // per_s))
        except PacketError as error:
            answer = error.code
            break
    assert answer == code


def test_a_second_of_stall_is_no_flood() -> None:
    packets = [packet(Kind.AUDIO, 0, 0)]
    packets += [
        at(Kind.AUDIO, seq, sent_ms=seq * 60, arrived_ms=max(seq * 60, 950)) for seq in range(1, 60)
    ]
    assert code_of(packets) is None


@pytest.mark.parametrize(("bytes_per_frame", "code"), [(40_000, 4429), (15_000, None)])
def test_more_than_2_5_mbit_per_s_over_5_s_is_4429(bytes_per_frame: int, code: int | None) -> None:
    envelope = Envelope()
    answer = None
    for seq in range(100):
        frame = at(Kind.KEY, seq, sent_ms=seq * 100, arrived_ms=seq * 100, size=bytes_per_frame)
        try:
            envelope.check(frame)
        except PacketError as error:
            answer = error.code
            break
    assert answer == code
