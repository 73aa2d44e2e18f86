"""Story (h), first half: one dirty frame at every index of a window, and none passes.

Strangers on the wire: a browser would not put a single frame at a chosen place.
"""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.cameras import Picture, likeness, picture
from tests.e2e.configurations import SCREENED_THROUGHOUT
from tests.e2e.film import decode, encode
from tests.e2e.platform import Platform
from tests.e2e.projector import Projector, play
from tests.e2e.waiting import wait_for
from tests.e2e.wire import HEADER, Media, Stranger, pair_up

CONFIGURATION = SCREENED_THROUGHOUT

# A window holds at most 200 ms, four or five frames at this rate; ten places cover every index
# of two windows in a row and more, whatever the phase at which the relay closes them.
FRAMES_PER_S = 20
PLACES = 10
AFTER_FRAMES = 6

# Two dirty frames within 2 s are a CUT; these are to be single ones.
APART_S = 2.2


@pytest.fixture
def watched(platform: Platform) -> Iterator[tuple[Media, Media]]:
    """A sender's and a receiver's media socket of one conversation."""
    with Stranger(platform.url) as sender, Stranger(platform.url) as receiver:
        mine, theirs = pair_up(sender.enter(), receiver.enter(), "video")
        sending, receiving = sender.attach(mine["relay"]), receiver.attach(theirs["relay"])
        with Projector(receiving, encode(_clean(40))):
            yield sending, receiving


def test_not_one_of_them_reaches_the_partner(watched: tuple[Media, Media]) -> None:
    sending, receiving = watched
    play(sending, encode(_clean(10)))
    receiving.expect_picture("partner", "shown")
    dirty_seqs = []
    for place in range(PLACES):
        film = [*_clean(place), picture("astronaut"), *_clean(AFTER_FRAMES)]
        times_held = receiving.times_held("partner")
        first_seq = play(sending, encode(film), frames_per_s=FRAMES_PER_S)
        dirty_seqs.append(first_seq + place)
        wait_for(
            lambda times=times_held: receiving.times_held("partner") > times,  # type: ignore[misc]
            timeout_s=3.0,
            what=f"held for the dirty frame at place {place}",
        )
        _play_until_shown(sending, receiving)

    arrived = [HEADER.unpack_from(packet)[1] for packet in receiving.packets]
    assert set(dirty_seqs).isdisjoint(arrived)
    shown = decode(receiving.packets)
    assert len(shown) >= PLACES
    assert max(likeness(item, picture("astronaut")) for item in shown) < 0.5
    assert sending.close_code is None


def _clean(frames: int) -> list[Picture]:
    return [picture("coffee", index / 40) for index in range(frames)]


def _play_until_shown(sending: Media, receiving: Media) -> None:
    film = encode(_clean(5))
    end = time.monotonic() + APART_S
    while time.monotonic() < end or receiving.picture("partner") != "shown":
        play(sending, film)
        assert time.monotonic() < end + 10, "the picture never came back"
