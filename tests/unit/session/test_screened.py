"""Screened: nothing is shown that was not judged first."""

from dataclasses import replace

import pytest

from chat.session.backlog import WINDOW_MAX_MS
from chat.session.effects import Picture
from chat.session.footage import SEGMENT_MAX_PACKETS
from moderation.packets import Kind
from moderation.samples import Purpose
from moderation.verdicts import Decision, Reason
from tests.packets import ZERO_MS, key_payload
from tests.rehearsal import Rehearsal, verdict_on


def test_it_forwards_nothing_before_a_verdict(ada: Rehearsal) -> None:
    ada.attach()
    for kind in (Kind.KEY, Kind.DELTA, Kind.AUDIO):
        ada.send(kind)
    assert ada.forwarded == []
    assert ada.is_(Picture.CHECKING)


def test_it_drops_video_before_the_first_key_frame_and_sound_with_it(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.DELTA)
    ada.send(Kind.AUDIO)
    first = ada.send(Kind.KEY)
    ada.judge()
    assert ada.forwarded == [first]
    assert not ada.closings()


def test_it_submits_the_first_packet_at_once_and_releases_exactly_that(ada: Rehearsal) -> None:
    ada.attach()
    first = ada.send(Kind.KEY)
    assert ada.waiting.purpose is Purpose.WINDOW
    ada.at_ms = 100
    ada.send(Kind.DELTA)
    ada.judge(sample=ada.submitted[0])
    assert ada.forwarded == [first]
    assert ada.is_(Picture.SHOWN)


def test_it_has_one_window_outstanding_whatever_arrives(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    for _ in range(5):
        ada.at_ms += 50
        ada.send(Kind.DELTA)
    assert len(ada.submitted) == 1


def test_it_makes_windows_of_at_most_200_ms_from_what_waited(ada: Rehearsal) -> None:
    ada.attach()
    sent = [ada.send(Kind.KEY)]
    for _ in range(8):
        ada.at_ms += 60
        sent.append(ada.send(Kind.DELTA))
    while ada.forwarded != sent:
        window = ada.waiting
        spans_ms = [p.arrived_ms for p in window.packets if window.first_seq <= p.seq]
        assert spans_ms[-1] - spans_ms[0] <= WINDOW_MAX_MS
        assert window.packets[0] is sent[0]
        ada.judge()


def test_it_never_puts_two_segments_into_one_window(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.at_ms = 40
    ada.send(Kind.DELTA)
    ada.at_ms = 80
    second_key = ada.send(Kind.KEY)
    ada.judge()
    assert ada.waiting.last_seq == 1
    ada.judge()
    assert ada.waiting.packets == (second_key,)


def test_sound_waits_with_its_window(ada: Rehearsal) -> None:
    ada.show()
    ada.at_ms = 50
    sound = ada.send(Kind.AUDIO)
    assert sound not in ada.forwarded
    ada.at_ms = 100
    frame = ada.send(Kind.DELTA)
    ada.judge()
    assert ada.forwarded[-2:] == [sound, frame]
    assert all(packet.is_video for packet in ada.waiting.packets)


@pytest.mark.parametrize("change", ["epoch", "first_seq", "last_seq", "sha256", "sample"])
def test_a_clear_that_names_something_else_releases_nothing(ada: Rehearsal, change: str) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    right = verdict_on(ada.waiting, 1)
    wrong = replace(right, **{change: "0" * 64 if change == "sha256" else 99})  # type: ignore[arg-type]
    ada.hear(wrong)
    assert ada.forwarded == []


def test_it_holds_when_no_verdict_comes_by_the_deadline(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    epoch, asked = ada.direction.epoch, ada.key_frames_asked()
    ada.wait(1950)
    assert ada.is_(Picture.CHECKING)
    ada.wait(100)
    assert ada.is_(Picture.HELD)
    assert ada.pictures()[-1].reason is Reason.NO_VERDICT
    assert ada.direction.epoch == epoch + 1
    assert ada.key_frames_asked() > asked
    ada.judge(sample=ada.submitted[0])
    assert ada.forwarded == []


def test_a_clear_after_the_deadline_is_too_late_even_before_the_next_tick(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.at_ms = 2001
    ada.judge()
    assert ada.forwarded == []
    assert ada.is_(Picture.HELD)


def test_a_hold_drops_the_window_and_says_why(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.judge(Decision.HOLD, reason=Reason.UNDECODABLE)
    assert ada.is_(Picture.HELD)
    assert ada.pictures()[-1].reason is Reason.UNDECODABLE
    assert ada.forwarded == []


def test_a_backlog_of_a_second_skips_to_the_next_key_frame_and_slows_the_sender(
    ada: Rehearsal,
) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    for _ in range(15):
        ada.at_ms += 100
        ada.send(Kind.DELTA)
    ada.at_ms += 50
    asked = ada.key_frames_asked()
    assert asked >= 2
    key = ada.send(Kind.KEY)
    ada.judge(sample=ada.submitted[0])
    assert ada.waiting.packets == (key,)
    ada.wait(50)
    assert ada.rates()[-1].fps < 10


def test_it_stays_at_ten_frames_while_screened_and_allows_more_afterwards(ada: Rehearsal) -> None:
    ada.attach()
    assert ada.rates()[-1].fps <= 10
    ada = Rehearsal().sampled()
    ada.wait(50)
    assert 15 <= ada.rates()[-1].fps <= 24


def test_another_picture_size_means_checking_again(ada: Rehearsal) -> None:
    ada.sampled()
    epoch = ada.direction.epoch
    before = len(ada.forwarded)
    ada.send(Kind.KEY, payload=key_payload(480, 640))
    assert ada.is_(Picture.CHECKING)
    assert ada.direction.epoch > epoch
    assert len(ada.forwarded) == before


def test_a_segment_takes_no_more_than_64_packets(ada: Rehearsal) -> None:
    ada.sampled()
    before = len(ada.forwarded)
    for _ in range(80):
        ada.at_ms += 30
        ada.send(Kind.DELTA)
    assert len(ada.forwarded) - before == SEGMENT_MAX_PACKETS - 1


def test_a_segment_lasts_no_longer_than_3_s(ada: Rehearsal) -> None:
    ada.sampled()
    began_ms = ada.at_ms
    for _ in range(12):
        ada.at_ms += 290
        ada.send(Kind.DELTA)
    assert ada.forwarded[-1].arrived_ms - ZERO_MS - began_ms <= 3000
