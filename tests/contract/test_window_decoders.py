"""Decoders that go on from window to window: the same pictures as from the key frame, for less."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import cv2
import numpy as np
import pytest

from moderation import window_decoders
from moderation.decoding import SegmentDecoder, decode
from moderation.packets import Kind, Packet
from moderation.pipeline import Picture, UndecodableError
from moderation.window_decoders import KEPT_MAX_PIXELS, KEPT_S, WindowDecoders
from tests.contract.test_decoding import mutants
from tests.moderation_cases import Picture as Pixels
from tests.moderation_cases import astronaut, chelsea, coffee, film
from tests.packets import packet

FRAMES = 12
BROKEN = 200


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many packets went into a decoder, decode by decode."""
    counts: list[int] = []

    class Counting(SegmentDecoder):
        def decode(
            self, packets: Sequence[Packet], wanted: AbstractSet[int], *, max_s: float = 1.5
        ) -> list[Picture]:
            counts.append(len(packets))
            return super().decode(packets, wanted, max_s=max_s)

    monkeypatch.setattr(window_decoders, "SegmentDecoder", Counting)
    return counts


def panned(picture: Pixels, frames: int = FRAMES) -> list[Packet]:
    """A segment in which everything moves."""
    small = np.ascontiguousarray(picture[::2, ::2])
    moves = (np.array([[1, 0, 3 * step], [0, 1, 2 * step]], float) for step in range(frames))
    return film(
        cv2.warpAffine(small, move, (320, 240), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)
        for move in moves
    )


def same(ours: Sequence[Picture], theirs: Sequence[Picture]) -> bool:
    return [(one.seq, one.captured_ms) for one in ours] == [
        (one.seq, one.captured_ms) for one in theirs
    ] and all(
        np.array_equal(one.render(), other.render())
        for one, other in zip(ours, theirs, strict=True)
    )


def outcome(
    way: Callable[[Sequence[Packet], AbstractSet[int]], list[Picture]],
    chain: Sequence[Packet],
    wanted: AbstractSet[int],
) -> list[Picture] | None:
    try:
        return way(chain, wanted)
    except UndecodableError:
        return None


@pytest.mark.parametrize("seed", range(2))
def test_windows_of_several_streams_in_any_order_are_what_they_are_from_the_key_frame(
    seed: int,
) -> None:
    rng = random.Random(seed)
    decoders = WindowDecoders()
    segments = [panned(picture) for picture in (astronaut(), chelsea(), coffee())]
    seen = [0, 0, 0]

    while any(count < FRAMES for count in seen):
        which = rng.choice([index for index, count in enumerate(seen) if count < FRAMES])
        until = min(seen[which] + rng.randint(1, 4), FRAMES)
        # With the frame before them, for what is shown in turns.
        wanted = frozenset(range(max(0, seen[which] - 1), until))
        seen[which] = until

        assert same(
            decoders.decode(segments[which][:until], wanted),
            decode(segments[which][:until], wanted),
        )


def test_broken_packets_come_to_the_same_as_from_the_key_frame() -> None:
    decoders = WindowDecoders()
    outcomes = Counter[str]()
    for chain in itertools.islice(mutants(random.Random(20261121)), BROKEN):
        for until in range(1, len(chain) + 1):
            ours, theirs = (
                outcome(way, chain[:until], {until - 1}) for way in (decoders.decode, decode)
            )
            if ours is None or theirs is None:
                outcomes["undecodable"] += 1
                assert ours is theirs
            else:
                outcomes["pictures"] += 1
                assert same(ours, theirs)

    assert min(outcomes.values()) > BROKEN // 4, outcomes


def test_what_was_decoded_for_one_window_is_not_decoded_for_the_next(fed: list[int]) -> None:
    chain = panned(astronaut())
    decoders = WindowDecoders()

    for until in range(2, FRAMES + 1, 2):
        decoders.decode(chain[:until], {until - 3, until - 2, until - 1})

    assert fed == [2] * (FRAMES // 2)


def test_a_segment_that_begins_alike_and_goes_on_otherwise_is_decoded_anew() -> None:
    one = film([astronaut(), astronaut(), chelsea(), chelsea()])
    other = film([astronaut(), coffee(), chelsea(), chelsea()])
    assert one[0] == other[0]
    decoders = WindowDecoders()
    decoders.decode(one[:3], {1, 2})

    assert same(decoders.decode(other, {2, 3}), decode(other, {2, 3}))


def test_frames_before_the_last_one_are_decoded_anew() -> None:
    chain = panned(astronaut())
    decoders = WindowDecoders()
    decoders.decode(chain[:10], {9})

    assert same(decoders.decode(chain[:12], {4, 11}), decode(chain[:12], {4, 11}))


def test_a_decoder_that_refused_a_packet_is_not_used_again(fed: list[int]) -> None:
    chain = panned(astronaut())
    broken = chain[4]._replace(data=chain[4].data[:11] + b"\x11" + chain[4].data[12:14])
    decoders = WindowDecoders()
    decoders.decode(chain[:4], {2, 3})

    with pytest.raises(UndecodableError):
        decoders.decode([*chain[:4], broken], {4})

    assert same(decoders.decode(chain[:6], {4, 5}), decode(chain[:6], {4, 5}))
    assert fed == [4, 1, 6]


def test_a_decoder_is_kept_no_longer_than_its_segment_can_last(fed: list[int]) -> None:
    clock = Clock()
    decoders = WindowDecoders(clock)
    chain = panned(astronaut())
    decoders.decode(chain[:2], {1})
    clock.now_s += KEPT_S + 0.1
    decoders.decode(panned(chelsea(), 2), {1})

    decoders.decode(chain[:4], {3})

    assert fed == [2, 2, 4]


def test_of_more_streams_than_there_is_room_for_the_oldest_begins_anew(fed: list[int]) -> None:
    decoders = WindowDecoders()
    room = KEPT_MAX_PIXELS // (640 * 480)
    streams = [film([np.full((480, 640, 3), 20 * step, np.uint8)] * 2) for step in range(room + 1)]
    for chain in streams:
        decoders.decode(chain[:1], {0})

    for chain in (streams[1], streams[0]):
        decoders.decode(chain, {1})

    assert fed[room + 1 :] == [1, 2]


def test_sound_in_between_changes_nothing(fed: list[int]) -> None:
    chain = panned(astronaut(), 4)
    sound = packet(Kind.AUDIO, 99, 0)
    decoders = WindowDecoders()

    decoders.decode([sound, *chain[:2]], {1})
    decoders.decode([*chain[:3], sound, chain[3]], {2, 3})

    assert fed == [2, 2]
