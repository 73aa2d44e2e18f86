"""A sender whose packets queue up on their way here is slowed before they come too late."""

import re
from pathlib import Path

import chat
from chat.session.effects import SetRate
from chat.session.rates import LADDER
from chat.session.sender import LATE_MS, SAMPLED, SCREENED, Sender
from moderation.packets import Kind
from tests.packets import ZERO_MS, packet


def told(late_ms: int) -> SetRate:
    """The rate after two seconds of packets, the last of which were so late."""
    sender = Sender()
    last = SAMPLED
    for seq in range(40):
        at_ms = seq * 50
        sent = packet(Kind.KEY, seq, at_ms)
        arrived_ms = sent.arrived_ms + (late_ms if seq > 10 else 0)
        sender.check(sent._replace(arrived_ms=arrived_ms))
        for effect in sender.set_rate(arrived_ms, is_screened=False):
            assert isinstance(effect, SetRate)
            last = effect
    assert last.kbps <= SAMPLED.kbps
    return last


def test_a_queue_on_the_way_here_slows_it_down() -> None:
    assert told(int(LATE_MS)).kbps < SAMPLED.kbps


def test_a_little_unevenness_does_not() -> None:
    assert told(int(LATE_MS) - 50) == SAMPLED


def test_a_new_attachment_begins_with_the_whole_rate_told() -> None:
    sender = Sender()
    sender.check(packet(Kind.KEY, 0, 0))
    assert sender.set_rate(ZERO_MS, is_screened=False) == [SAMPLED]
    assert sender.set_rate(ZERO_MS, is_screened=False) == []
    sender.begin()
    assert sender.set_rate(ZERO_MS, is_screened=False) == [SAMPLED]


def test_the_page_calls_a_connection_weak_below_what_a_screened_sender_may_send() -> None:
    quality = Path(chat.__file__).parent / "static/chat/quality.js"
    (reduced_below_kbps,) = re.findall(r"REDUCED_BELOW_KBPS = (\d+)", quality.read_text())
    step_down_kbps = SCREENED.kbps * LADDER[1].kbps_share
    assert step_down_kbps < int(reduced_below_kbps) <= SCREENED.kbps
