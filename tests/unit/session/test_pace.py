"""What is on the partner's screen follows from timestamps, and that is what gets judged."""

from pathlib import Path

import pytest
from django.conf import settings

from chat.session.footage import Footage
from chat.session.pace import QUICKEST_OF, RELAX_MS, WAIT_MAX_MS, Pace
from moderation.packets import Kind, Packet, parse_packet
from moderation.samples import Purpose
from tests.packets import ZERO_MS, message, packet, some_payload
from tests.rehearsal import Rehearsal

PAGE = Path(settings.BASE_DIR) / "chat" / "static" / "chat"


def frame(kind: Kind, seq: int, *, taken_ms: int, arrived_ms: int) -> Packet:
    data = message(kind, seq, taken_ms * 1000, some_payload(kind, seq))
    return parse_packet(data, ZERO_MS + arrived_ms)


@pytest.mark.parametrize(
    ("script", "name", "value"),
    [
        ("player.js", "WAIT_MAX_MS", WAIT_MAX_MS),
        ("pace.js", "RELAX_MS", RELAX_MS),
        ("pace.js", "QUICKEST_OF", QUICKEST_OF),
    ],
)
def test_it_is_reckoned_here_as_the_page_reckons_it(script: str, name: str, value: int) -> None:
    assert f"const {name} = {value};" in (PAGE / script).read_text()


def test_there_is_nothing_on_screen_before_the_first_frame() -> None:
    assert Pace().on_screen(ZERO_MS) is None


def test_of_frames_that_come_in_time_the_newest_is_on_screen() -> None:
    pace = Pace()
    for seq in range(20):
        newest = packet(Kind.DELTA, seq, seq * 100)
        pace.add(newest)
        assert pace.on_screen(newest.arrived_ms) is newest


def test_a_frame_that_comes_with_its_successor_is_on_screen_as_long_as_they_say() -> None:
    pace = Pace()
    one = frame(Kind.KEY, 0, taken_ms=0, arrived_ms=100)
    other = frame(Kind.DELTA, 1, taken_ms=100, arrived_ms=100)
    pace.add(one)
    pace.add(other)

    assert pace.on_screen(ZERO_MS + 190) is one
    assert pace.on_screen(ZERO_MS + 200) is other


def test_a_way_that_grew_longer_is_the_quickest_after_a_while() -> None:
    pace = Pace()
    pace.add(frame(Kind.KEY, 0, taken_ms=0, arrived_ms=0))
    for seq in range(1, 2 * QUICKEST_OF):
        pace.add(frame(Kind.DELTA, seq, taken_ms=50 * seq, arrived_ms=50 * seq + 400))
    newest = frame(Kind.DELTA, 9999, taken_ms=60_000, arrived_ms=60_400)
    pace.add(newest)

    assert pace.on_screen(ZERO_MS + 60_400) is newest


def test_no_frame_waits_longer_than_the_page_lets_it() -> None:
    pace = Pace()
    pace.add(frame(Kind.KEY, 0, taken_ms=0, arrived_ms=900))
    later = frame(Kind.DELTA, 1, taken_ms=900, arrived_ms=900)
    pace.add(later)

    assert pace.on_screen(ZERO_MS + 900 + WAIT_MAX_MS - 1) is not later
    assert pace.on_screen(ZERO_MS + 900 + WAIT_MAX_MS) is later


def test_what_is_on_screen_is_handed_in_with_what_came_since() -> None:
    footage = Footage()
    chain = [packet(Kind.KEY, 0, 0), packet(Kind.DELTA, 1, 100)]
    chain.append(frame(Kind.DELTA, 2, taken_ms=200, arrived_ms=300))
    chain.append(frame(Kind.KEY, 3, taken_ms=300, arrived_ms=300))
    for each in chain:
        footage.add(each)

    extract = footage.on_screen(ZERO_MS + 310)

    assert extract is not None
    assert extract.packets == tuple(chain)
    assert extract.first_seq == 2


def test_a_clean_frame_at_the_heels_of_a_dirty_one_does_not_keep_it_from_being_judged(
    ada: Rehearsal,
) -> None:
    ada.sampled()
    dirty: set[int] = set()
    for _ in range(200):
        held_back = packet(Kind.DELTA if ada.seq % 12 else Kind.KEY, ada.seq, ada.at_ms)
        dirty.add(ada.seq)
        ada.wait(200)
        for data in (held_back.data, packet(Kind.DELTA, ada.seq + 1, ada.at_ms).data):
            ada.seq += 1
            ada.note(ada.direction.packet(parse_packet(data, ada.now_ms), ada.now_ms))
        ada.wait(10)
        if ada.waiting.purpose is Purpose.SAMPLE:
            ada.judge()

    judged = [sample for sample in ada.samples() if sample.first_seq in dirty]
    assert len(judged) > len(ada.samples()) // 2 > 1
    assert all(sample.last_seq == sample.first_seq + 1 for sample in judged)
