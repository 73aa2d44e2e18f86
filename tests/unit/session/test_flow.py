"""A receiver that doesn't keep up gets less, sound longest, and is given up after 5 s."""

from chat.session.flow import (
    DELTAS_STOP_BYTES,
    DELTAS_STOP_MS,
    LAGS_MS,
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


def test_a_long_way_alone_is_no_lag() -> None:
    bo = Receiver()
    for _ in range(100):
        bo.offer(Kind.KEY)
        bo.at_ms += 200
        bo.flow.acknowledge(bo.seq - 4, bo.at_ms)  # 800 ms there and back
        assert not bo.flow.lags(bo.at_ms) or bo.seq < 8


def test_a_queue_is_a_lag_before_deltas_are_dropped() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    bo.flow.acknowledge(0, 50)
    bo.at_ms = 100
    bo.offer(Kind.DELTA)
    assert not bo.flow.lags(100 + LAGS_MS)
    assert bo.flow.lags(150 + LAGS_MS)
    assert not bo.flow.is_congested(150 + LAGS_MS)
    assert bo.flow.is_congested(150 + DELTAS_STOP_MS)


def test_a_way_that_became_longer_is_no_lag_for_ever() -> None:
    bo = Receiver()
    bo.offer(Kind.KEY)
    bo.flow.acknowledge(0, 10)
    lagged = []
    for _ in range(300):
        bo.at_ms += 100
        bo.offer(Kind.KEY)
        bo.flow.acknowledge(bo.seq - 8, bo.at_ms)
        lagged.append(bo.flow.lags(bo.at_ms))
    assert any(lagged)
    assert not any(lagged[-50:])


def test_it_knows_what_the_receiver_has_taken_of_late() -> None:
    bo = Receiver()
    for _ in range(40):
        bo.at_ms += 100
        bo.offer(Kind.KEY, 5000)
        bo.flow.acknowledge(bo.seq, bo.at_ms)
    assert 380 <= bo.flow.delivered_kbps(bo.at_ms) <= 420
    assert bo.flow.delivered_kbps(bo.at_ms + 2000) == 0
