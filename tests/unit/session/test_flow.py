"""A receiver that doesn't keep up gets less, sound longest, and is given up after 5 s."""

from chat.session.flow import (
    DELTAS_STOP_BYTES,
    SOUND_STOPS_BYTES,
    STALLED_MS,
    VIDEO_STOPS_BYTES,
    Flow,
)
from moderation.packets import Kind
from tests.packets import delta_payload, key_payload, packet

BIG = 64 * 1024


class Receiver:
    def __init__(self) -> None:
        self.flow = Flow()
        self.seq = -1
        self.at_ms = 0

    def offer(self, kind: Kind, size: int = 100) -> bool:
        self.seq += 1
        payload = None
        if kind is not Kind.AUDIO:
            payload = (key_payload if kind is Kind.KEY else delta_payload)(size=size)
        return self.flow.offer(packet(kind, self.seq, 0, payload=payload), self.at_ms)


def test_a_delta_without_its_key_frame_is_not_sent() -> None:
    bo = Receiver()
    assert not bo.offer(Kind.DELTA)
    assert bo.offer(Kind.KEY)
    assert bo.offer(Kind.DELTA)


def test_deltas_stop_first_and_start_again_with_a_key_frame() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    while bo.offer(Kind.DELTA, BIG):
        pass
    assert DELTAS_STOP_BYTES <= bo.flow.in_flight_bytes < VIDEO_STOPS_BYTES
    assert bo.offer(Kind.AUDIO)
    bo.flow.acknowledge(bo.seq, bo.at_ms)
    assert bo.flow.in_flight_bytes == 0
    assert not bo.offer(Kind.DELTA)
    assert bo.offer(Kind.KEY)
    assert bo.offer(Kind.DELTA)


def test_then_all_video_stops_and_sound_last() -> None:
    bo = Receiver()
    while bo.offer(Kind.KEY, BIG):
        pass
    assert bo.flow.in_flight_bytes >= VIDEO_STOPS_BYTES
    while bo.offer(Kind.AUDIO):
        pass
    assert SOUND_STOPS_BYTES <= bo.flow.in_flight_bytes <= SOUND_STOPS_BYTES + 1600


def test_a_slow_answer_stops_deltas_too() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    bo.at_ms = 1600
    assert not bo.offer(Kind.DELTA)
    bo.at_ms = 3100
    assert not bo.offer(Kind.KEY)
    assert bo.offer(Kind.AUDIO)


def test_it_is_stalled_after_5_s_without_an_acknowledgement_in_flight() -> None:
    bo = Receiver()
    assert not bo.flow.is_stalled(10**6)
    bo.offer(Kind.KEY)
    assert not bo.flow.is_stalled(STALLED_MS - 1)
    assert bo.flow.is_stalled(STALLED_MS)


def test_an_acknowledgement_that_gets_on_prolongs_the_patience() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    bo.offer(Kind.DELTA)
    bo.flow.acknowledge(0, 4000)
    assert not bo.flow.is_stalled(8000)
    bo.flow.acknowledge(0, 8000)
    assert bo.flow.is_stalled(9000)


def test_a_number_that_was_never_sent_acknowledges_nothing() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    bo.flow.acknowledge(10**6, 0)
    assert bo.flow.in_flight_bytes > 0


def test_what_was_taken_back_is_not_waited_for() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    bo.offer(Kind.DELTA)
    bo.flow.take_back(2)
    assert bo.flow.in_flight_bytes == 0
    assert not bo.flow.is_stalled(10**6)
    assert not bo.offer(Kind.DELTA)
