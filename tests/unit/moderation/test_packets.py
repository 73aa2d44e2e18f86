"""The grammar of packets: whatever the bytes, an answer or a `PacketError`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.packets import Kind, PacketError, parse_packet
from tests.packets import delta_payload, key_payload, message, sound_payload


def parse(kind: int, payload: bytes) -> Kind:
    return parse_packet(message(kind, 7, 5, payload), 1).kind


def with_tag(payload: bytes, *, clear: int = 0, put: int = 0) -> bytes:
    tag = int.from_bytes(payload[:3], "little") & ~clear | put
    return tag.to_bytes(3, "little") + payload[3:]


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        (1, b"", 4400),
        (0, key_payload(), 4400),
        (4, key_payload(), 4400),
        (1, delta_payload(), 4400),
        (2, key_payload(), 4400),
        (1, key_payload()[:2], 4400),
        (1, key_payload()[:9], 4400),
        (1, with_tag(key_payload(), put=1 << 1), 4400),
        (2, with_tag(delta_payload(), clear=1 << 4), 4400),
        (2, with_tag(delta_payload(), clear=0xFFFFE0), 4400),
        (2, with_tag(delta_payload(), put=0xFFFFE0), 4400),
        (1, key_payload().replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b"), 4400),
        (1, key_payload(16383, 16383), 4400),
        (1, key_payload(640 | 1 << 14, 480), 4400),
        (1, key_payload(320, 160), 4400),
        (1, key_payload(1282, 720), 4400),
        (1, key_payload(1280, 600), 4400),
        (1, key_payload(size=256 * 1024 + 1), 4413),
        (2, delta_payload(size=128 * 1024 + 1), 4413),
        (3, sound_payload(1537), 4413),
        (3, b"\x09" + bytes(3), 4400),
        (3, b"\x0a", 4400),
        (3, b"\x0b\x00", 4400),
        (3, b"\x0b\x31", 4400),
        (3, b"\x1b\x03" + bytes(30), 4400),  # three frames of 60 ms
        (3, b"\x0b\x0d" + bytes(30), 4400),  # thirteen of 10 ms
    ],
)
def test_a_packet_that_breaks_the_grammar_is_refused(kind: int, payload: bytes, code: int) -> None:
    with pytest.raises(PacketError) as refusal:
        parse(kind, payload)

    assert refusal.value.code == code


def test_packets_that_keep_the_grammar_are_taken_as_they_are() -> None:
    for kind, payload in ((1, key_payload()), (2, delta_payload()), (3, sound_payload())):
        packet = parse_packet(message(kind, 7, 5, payload), 9)

        assert (packet.kind, packet.seq, packet.timestamp_us, packet.arrived_ms) == (kind, 7, 5, 9)
        assert bytes(packet.payload) == payload


@pytest.mark.parametrize(
    "payload",
    [
        b"\x18" + bytes(30),  # one frame of 60 ms
        b"\x19" + bytes(30),  # two of them
        b"\x1b\x02" + bytes(30),
        b"\x83\x30" + bytes(96),  # forty-eight of 2.5 ms
        b"\x7b\x06" + bytes(30),  # six of 20 ms
    ],
)
def test_sound_of_up_to_120_ms_is_one_packet(payload: bytes) -> None:
    assert parse(3, payload) is Kind.AUDIO


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    code = None
    try:
        assert parse_packet(data, 0).data == data
    except PacketError as error:
        code = error.code
    assert code in {None, 4400, 4413}
