"""The decoder on real films and on thousands of broken ones: a picture each, or undecodable."""

import random
from collections.abc import Iterator

import av
import numpy as np
import pytest

from moderation.decoding import decode
from moderation.packets import HEADER, Kind, Packet, PacketError, parse_packet
from moderation.pipeline import Picture, UndecodableError, largest_difference
from tests.moderation_cases import AT_MS, astronaut, chelsea, coffee, encode, film, kind_of, packets

MUTATIONS = 2000


def everything(chain: list[Packet]) -> list[Picture]:
    return decode(chain, {packet.seq for packet in chain})


def raw(kind: Kind, seq: int, payload: bytes) -> Packet:
    """A packet that no relay would have let in."""
    return Packet(
        kind=kind,
        seq=seq,
        timestamp_us=0,
        arrived_ms=AT_MS,
        data=HEADER.pack(kind, seq, 0) + payload,
    )


def test_a_delta_without_its_key_frame_is_undecodable() -> None:
    with pytest.raises(UndecodableError):
        everything(film([coffee()] * 3)[1:])


@pytest.mark.parametrize("payload", [b"", b"\x11", bytes(40), b"\x11\xff\xff" + bytes(20)])
def test_an_empty_or_meaningless_packet_is_undecodable(payload: bytes) -> None:
    chain = film([coffee()] * 2)

    with pytest.raises(UndecodableError):
        everything([*chain, raw(Kind.DELTA, 2, payload)])


def test_a_hidden_frame_is_undecodable() -> None:
    key, delta = encode([coffee()] * 2)
    hidden = bytes([delta[0] & ~0x10]) + delta[1:]

    with pytest.raises(UndecodableError):
        everything([raw(Kind.KEY, 0, key), raw(Kind.DELTA, 1, hidden)])


def test_a_key_frame_that_calls_itself_a_delta_is_undecodable() -> None:
    (key,) = encode([coffee()])

    with pytest.raises(UndecodableError):
        everything([raw(Kind.KEY, 0, key), raw(Kind.DELTA, 1, key)])


def test_a_header_of_16383_by_16383_is_refused_before_it_is_decoded() -> None:
    (key,) = encode([coffee()])
    huge = key[:6] + b"\xff\x3f\xff\x3f" + key[10:]

    with pytest.raises(UndecodableError, match="out of range"):
        everything([raw(Kind.KEY, 0, huge)])


def test_more_pixels_than_may_be_kept_are_refused() -> None:
    large = np.zeros((1280, 1280, 3), np.uint8)

    with pytest.raises(UndecodableError, match="too many pixels"):
        everything(film([large] * 20))


def test_decoding_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(UndecodableError, match="too long"):
        decode(film([coffee()]), {0}, max_s=0.0)


@pytest.mark.parametrize("size", [(640, 480), (322, 182), (181, 241), (1280, 720)])
def test_pictures_come_back_as_they_were_sent(size: tuple[int, int]) -> None:
    width, height = size
    sent = np.zeros((height, width, 3), np.uint8)
    sent[:, : width // 2] = (200, 40, 30)

    (picture,) = everything(film([sent]))
    shown = picture.render()

    assert shown.shape == (height, width, 3)
    assert picture.thumbnail().shape == (240, 320, 3)
    assert shown[height // 2, width // 4].tolist() == pytest.approx([30, 40, 200], abs=12)


def test_only_what_is_wanted_is_kept_and_sound_is_passed_over() -> None:
    chain = film([coffee(), astronaut(), chelsea(), coffee()])
    sound = raw(Kind.AUDIO, 9, b"\x08\x00")

    pictures = decode([chain[0], sound, *chain[1:]], {2, 3})

    assert [picture.seq for picture in pictures] == [2, 3]
    assert [picture.captured_ms for picture in pictures] == [AT_MS + 200, AT_MS + 300]


def test_a_second_key_frame_of_another_size_starts_anew() -> None:
    small = np.zeros((240, 320, 3), np.uint8)
    chain = packets([*encode([coffee()] * 2), *encode([small] * 2)])

    shapes = [picture.render().shape[:2] for picture in everything(chain)]

    assert shapes == [(480, 640), (480, 640), (240, 320), (240, 320)]


def mutants(rng: random.Random) -> Iterator[list[Packet]]:
    small = [np.ascontiguousarray(each[::2, ::2]) for each in (coffee(), astronaut(), chelsea())]
    frames = encode([*small, small[0]])
    for _ in range(MUTATIONS):
        broken = [bytearray(frame) for frame in frames]
        victim = broken[rng.randrange(len(broken))]
        match rng.randrange(5):
            case 0:
                for _ in range(rng.randint(1, 8)):
                    victim[rng.randrange(len(victim))] ^= 1 << rng.randrange(8)
            case 1:
                del victim[rng.randrange(1, len(victim)) :]
            case 2:
                start = rng.randrange(len(victim))
                victim[start:] = rng.randbytes(len(victim) - start)
            case 3:
                victim[3 if kind_of(bytes(victim)) is Kind.DELTA else 10 :] = rng.randbytes(
                    rng.randrange(400)
                )
            case _:
                rng.shuffle(broken)
        yield [raw(kind_of(bytes(frame)), seq, bytes(frame)) for seq, frame in enumerate(broken)]


def test_the_decoder_survives_thousands_of_broken_packets() -> None:
    # The tag check lets about half of them through; those reach libvpx.
    outcomes = {"refused by the tag check": 0, "undecodable": 0, "pictures": 0}
    for chain in mutants(random.Random(20261120)):
        try:
            for packet in chain:
                parse_packet(packet.data, 0)
        except PacketError:
            outcomes["refused by the tag check"] += 1
        try:
            pictures = everything(chain)
        except UndecodableError:
            outcomes["undecodable"] += 1
            continue
        outcomes["pictures"] += 1
        assert [picture.render().shape for picture in pictures] == [(240, 320, 3)] * 4

    assert min(outcomes.values()) > MUTATIONS // 20, outcomes


def test_the_decoder_is_the_one_that_browsers_use() -> None:
    """Where FFmpeg's own decoder draws something else, ours must not follow it."""
    frames = encode([coffee(), astronaut()])
    broken = bytearray(frames[1])
    broken[len(broken) // 2 :] = random.Random(4).randbytes(len(broken) - len(broken) // 2)
    chain = [raw(Kind.KEY, 0, frames[0]), raw(Kind.DELTA, 1, bytes(broken))]
    other = av.CodecContext.create("vp8", "r")
    assert isinstance(other, av.VideoCodecContext)
    ours = everything(chain)[1].thumbnail()

    other.decode(av.Packet(frames[0]))
    (theirs,) = other.decode(av.Packet(bytes(broken)))

    drawn = theirs.reformat(320, 240, "bgr24").to_ndarray().astype(np.uint8)
    assert largest_difference(ours, drawn) > 20
