"""The picture of one side, rule by rule: what is not judged in time is not shown."""

from dataclasses import replace
from itertools import pairwise

import pytest

from chat.session.backlog import WINDOW_MAX_MS
from chat.session.direction import HELD_MAX_MS
from chat.session.effects import EndConversation, Picture
from chat.session.footage import SEGMENT_MAX_PACKETS
from moderation.packets import Kind
from moderation.samples import Purpose, Side
from moderation.verdicts import Decision, Reason
from tests.packets import ZERO_MS, key_payload
from tests.rehearsal import SCREENED_MS, Rehearsal, verdict_on


@pytest.fixture
def ada() -> Rehearsal:
    return Rehearsal()


# Screened


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


# Sampled


def test_packets_wait_throughout_the_screened_period_and_pass_after_it(ada: Rehearsal) -> None:
    ada.show()
    ada.film(SCREENED_MS - 300)
    assert not ada.passes()
    ada.judge()
    ada.film(600)
    assert ada.passes()


def test_sound_passes_with_a_sampled_picture(ada: Rehearsal) -> None:
    ada.sampled()
    sound = ada.send(Kind.AUDIO)
    assert ada.forwarded[-1] is sound


def test_a_stream_that_is_kept_screened_never_passes_unjudged(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.judge(keep_screened=True)
    ada.film(3 * SCREENED_MS)
    assert not ada.passes()


def test_a_sample_in_doubt_brings_screening_back(ada: Rehearsal) -> None:
    ada.sampled()
    while not ada.samples():
        ada.film(100, is_judged=False)
    ada.judge(keep_screened=True)
    assert ada.is_(Picture.SHOWN)
    assert not ada.passes()


def test_samples_come_2_to_6_s_apart_at_instants_that_differ(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film(60_000)
    captured = [sample.captured_ms for sample in ada.samples()]
    gaps = [after - before for before, after in pairwise(captured)]
    assert all(1900 <= gap <= 6150 for gap in gaps)
    assert len(set(gaps)) > len(gaps) // 2


def test_a_sample_is_the_picture_on_screen_with_its_segment(ada: Rehearsal) -> None:
    ada.sampled()
    while not ada.samples():
        ada.film(100, is_judged=False)
    sample = ada.samples()[0]
    assert sample.packets[-1] is ada.forwarded[-1]
    assert sample.packets[0].kind is Kind.KEY
    assert sample.first_seq == sample.last_seq == ada.forwarded[-1].seq


def test_a_sample_unanswered_for_2_s_holds_the_picture(ada: Rehearsal) -> None:
    ada.sampled()
    while not ada.samples():
        ada.film(100, is_judged=False)
    ada.film(1800, is_judged=False)
    assert ada.is_(Picture.SHOWN)
    ada.film(400, is_judged=False)
    assert ada.is_(Picture.HELD)


def test_a_replaced_sample_holds_the_picture(ada: Rehearsal) -> None:
    ada.sampled()
    while not ada.samples():
        ada.film(100, is_judged=False)
    ada.note(ada.direction.unjudged(ada.waiting, ada.now_ms))
    assert ada.is_(Picture.HELD)


def test_a_stream_silent_for_500_ms_has_its_last_frame_judged(ada: Rehearsal) -> None:
    ada.sampled()
    last = ada.forwarded[-1]
    ada.wait(450)
    already = len(ada.samples())
    ada.wait(100)
    assert len(ada.samples()) == already + 1
    assert ada.samples()[-1].packets[-1] is last
    ada.judge()
    ada.wait(2000)
    assert len(ada.samples()) == already + 1


def test_a_stream_silent_for_3_s_is_held(ada: Rehearsal) -> None:
    ada.show()
    ada.wait(2950)
    assert ada.is_(Picture.SHOWN)
    ada.wait(100)
    assert ada.is_(Picture.HELD)
    assert ada.pictures()[-1].reason is Reason.NO_PICTURE


def test_it_holds_when_the_last_clear_capture_is_too_old(ada: Rehearsal) -> None:
    ada.sampled()
    # Judged again and again, but always an old picture.
    clear_ms = ada.at_ms
    while ada.state is Picture.SHOWN and ada.at_ms < clear_ms + 15_000:
        before = len(ada.samples())
        ada.film(100, is_judged=False)
        for sample in ada.samples()[before:]:
            ada.n += 1
            ada.hear(replace(verdict_on(sample, ada.n), judged_captured_ms=ZERO_MS + clear_ms))
    assert 9_000 <= ada.at_ms - clear_ms <= 11_000


def test_decoy_key_frames_are_asked_for_while_sampled(ada: Rehearsal) -> None:
    ada.sampled()
    asked = ada.key_frames_asked()
    ada.film(30_000)
    assert ada.key_frames_asked() >= asked + 3


# Held


def held(ada: Rehearsal, again_in_ms: int | None = None) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.judge(Decision.HOLD, again_in_ms=again_in_ms)


def test_nothing_passes_while_held(ada: Rehearsal) -> None:
    held(ada)
    ada.film(3000, is_judged=False)
    ada.send(Kind.AUDIO)
    assert ada.forwarded == []


def test_one_sample_a_second_is_taken_while_held(ada: Rehearsal) -> None:
    held(ada)
    began = len(ada.submitted)
    for _ in range(5):
        ada.film(1000, is_judged=False)
        if len(ada.submitted) > began:
            ada.judge(Decision.HOLD)
    assert 4 <= len(ada.submitted) - began <= 5


def test_a_sample_is_taken_sooner_when_the_judge_asks_for_it(ada: Rehearsal) -> None:
    held(ada, again_in_ms=200)
    ada.film(100, is_judged=False)
    assert len(ada.submitted) == 1
    ada.film(200, is_judged=False)
    assert len(ada.submitted) == 2


def test_a_clear_sample_leads_to_checking_and_only_a_window_shows_the_picture(
    ada: Rehearsal,
) -> None:
    held(ada)
    ada.film(1100, is_judged=False)
    epoch = ada.direction.epoch
    ada.judge()
    assert ada.is_(Picture.CHECKING)
    assert ada.direction.epoch > epoch
    ada.send(Kind.DELTA)
    assert ada.forwarded == []
    key = ada.send(Kind.KEY)
    ada.judge()
    assert ada.forwarded == [key]
    assert ada.is_(Picture.SHOWN)


def test_held_for_30_s_ends_the_conversation_as_lost(ada: Rehearsal) -> None:
    held(ada)
    ada.wait(HELD_MAX_MS - 100)
    assert ada.endings() == []
    ada.wait(200)
    assert ada.endings()[0].offender is None


def test_the_thirty_seconds_are_not_stretched_by_checking_in_between(ada: Rehearsal) -> None:
    held(ada)
    while not ada.endings() and ada.at_ms < 60_000:
        ada.film(1100, is_judged=False)
        ada.judge()
        if ada.state is Picture.CHECKING:
            ada.send(Kind.KEY)
            ada.judge(Decision.HOLD)
    assert ada.endings()
    assert ada.at_ms <= HELD_MAX_MS + 2500


def test_a_picture_that_comes_back_is_checked_at_once_and_shown_only_when_clear(
    ada: Rehearsal,
) -> None:
    ada.attach()
    ada.wait(4000)
    assert ada.is_(Picture.HELD)
    ada.send(Kind.DELTA)
    assert ada.is_(Picture.HELD)
    key = ada.send(Kind.KEY)
    assert ada.is_(Picture.CHECKING)
    assert ada.forwarded == []
    ada.judge()
    assert ada.forwarded == [key]


def test_silence_does_not_wash_a_held_picture_clean(ada: Rehearsal) -> None:
    held(ada)
    ada.wait(5000)
    ada.send(Kind.KEY)
    assert ada.is_(Picture.HELD)


def test_it_recovers_from_a_window_that_was_never_answered(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.film(2500, is_judged=False)
    assert ada.is_(Picture.HELD)
    ada.film(1100, is_judged=False)
    ada.judge()
    ada.send(Kind.KEY)
    ada.judge()
    assert ada.is_(Picture.SHOWN)


# Verdicts out of order


def test_a_repeated_hold_does_not_hold_what_was_cleared_since(ada: Rehearsal) -> None:
    held(ada)
    old = verdict_on(ada.submitted[0], ada.n, Decision.HOLD)
    ada.film(1100, is_judged=False)
    ada.judge()
    ada.send(Kind.KEY)
    ada.judge()
    ada.hear(old)
    assert ada.is_(Picture.SHOWN)


def test_a_gap_in_the_numbers_holds_the_picture_and_reads_the_store(ada: Rehearsal) -> None:
    ada.show()
    ada.at_ms += 100
    ada.send(Kind.DELTA)
    shown = len(ada.forwarded)
    ada.judge(n=3)
    assert ada.is_(Picture.HELD)
    assert ada.store_reads() == 1
    assert len(ada.forwarded) == shown


def test_nothing_clears_until_the_store_was_read(ada: Rehearsal) -> None:
    ada.show()
    ada.judge(n=3)
    ada.film(1100, is_judged=False)
    ada.judge()
    assert ada.is_(Picture.HELD)
    ada.note(ada.direction.stored(verdict_on(ada.waiting, ada.n), ada.now_ms))
    ada.film(1200, is_judged=False)
    ada.judge()
    assert ada.is_(Picture.CHECKING)


def test_the_store_is_read_again_until_it_answers(ada: Rehearsal) -> None:
    ada.show()
    ada.judge(n=3)
    ada.wait(3100)
    assert ada.store_reads() >= 3


def test_what_was_seen_before_a_suspicion_is_judged_at_once(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film(3000)
    shown = ada.forwarded[-1]
    ada.judge(Decision.HOLD, again_in_ms=250)

    assert ada.is_(Picture.HELD)
    assert ada.waiting.purpose is Purpose.FAREWELL
    assert ada.waiting.packets[-1] is shown
    assert shown.arrived_ms - ada.waiting.packets[0].arrived_ms >= 2000

    handed_in = len(ada.submitted)
    ada.judge(Decision.HOLD, again_in_ms=250)
    assert len(ada.submitted) == handed_in
    ada.judge(Decision.CUT, sample=ada.waiting)
    assert ada.is_(Picture.CUT)


def test_a_cut_found_in_the_store_counts(ada: Rehearsal) -> None:
    ada.show()
    ada.judge(n=3)
    cut = verdict_on(ada.submitted[0], 2, Decision.CUT)
    ada.note(ada.direction.stored(cut, ada.now_ms))
    assert ada.is_(Picture.CUT)
    assert ada.endings()[0].offender is not None


def test_a_repeated_verdict_does_nothing(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    verdict = ada.judge()
    ada.hear(verdict)
    assert len(ada.forwarded) == 1
    assert ada.is_(Picture.SHOWN)


def test_a_clear_of_an_old_epoch_never_clears(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    old = ada.waiting
    ada.note(ada.direction.recheck(ada.now_ms))
    ada.judge(sample=old)
    assert ada.forwarded == []
    assert ada.is_(Picture.CHECKING)


def test_a_cut_is_for_good(ada: Rehearsal) -> None:
    ada.sampled()
    passed = len(ada.forwarded)
    ada.judge(Decision.CUT)
    assert ada.pictures()[-1].state is Picture.CUT
    assert ada.endings()[0].reason is Reason.NUDITY
    ada.send(Kind.KEY)
    ada.judge()
    ada.wait(1000)
    assert len(ada.forwarded) == passed
    ada.note(ada.direction.attached(ada.now_ms))
    assert ada.closings() == [4403]


def test_a_cut_of_an_old_epoch_counts_all_the_same(ada: Rehearsal) -> None:
    ada.show()
    old = ada.waiting
    ada.note(ada.direction.recheck(ada.now_ms))
    ada.judge(Decision.CUT, sample=old)
    assert ada.is_(Picture.CUT)


def test_a_stream_cut_before_this_process_knew_it_stays_cut() -> None:
    first = Rehearsal().attach()
    first.send(Kind.KEY)
    cut = verdict_on(first.waiting, 7, Decision.CUT)
    again = Rehearsal(latest=cut)
    again.note(again.direction.attached(again.now_ms))
    assert again.closings() == [4403]
    assert EndConversation(offender=Side.A, reason=Reason.NUDITY) in again.effects


def test_numbers_and_epochs_go_on_after_a_restart() -> None:
    first = Rehearsal().attach()
    first.send(Kind.KEY)
    clear = verdict_on(first.waiting, 7)
    again = Rehearsal(latest=clear, n=7).attach()
    again.send(Kind.KEY)
    assert again.waiting.number > clear.sample
    assert again.waiting.epoch > clear.epoch
    again.judge()
    assert again.state is Picture.SHOWN


# Attachments, reports, the end


def test_a_new_attachment_starts_at_zero_and_is_checked_again(ada: Rehearsal) -> None:
    ada.sampled()
    ada.note(ada.direction.detached(ada.now_ms))
    assert ada.is_(Picture.HELD)
    ada.attach()
    assert ada.is_(Picture.CHECKING)
    shown = len(ada.forwarded)
    ada.send(Kind.KEY)
    assert len(ada.forwarded) == shown
    assert not ada.closings()


def test_a_reported_picture_is_screened_again_and_nobody_is_told_why(ada: Rehearsal) -> None:
    ada.sampled()
    epoch = ada.direction.epoch
    ada.note(ada.direction.recheck(ada.now_ms))
    assert ada.direction.epoch > epoch
    assert ada.pictures()[-1].reason is None
    assert not ada.passes()


def test_a_held_picture_stays_held_when_it_is_reported(ada: Rehearsal) -> None:
    held(ada)
    epoch = ada.direction.epoch
    ada.note(ada.direction.recheck(ada.now_ms))
    assert ada.is_(Picture.HELD)
    assert ada.direction.epoch > epoch


@pytest.mark.parametrize("how", ["detached", "over"])
def test_the_last_two_seconds_are_judged_at_the_end(ada: Rehearsal, how: str) -> None:
    ada.sampled()
    ada.film(1500)
    ada.note(getattr(ada.direction, how)(ada.now_ms))
    (farewell,) = ada.farewells()
    assert farewell.packets[0].kind is Kind.KEY
    assert farewell.last_seq == ada.forwarded[-1].seq
    judged = [p for p in farewell.packets if farewell.first_seq <= p.seq <= farewell.last_seq]
    assert judged[-1].arrived_ms - judged[0].arrived_ms >= 1400


def test_nothing_passes_after_the_end(ada: Rehearsal) -> None:
    ada.sampled()
    passed = len(ada.forwarded)
    ada.note(ada.direction.over(ada.now_ms))
    ada.send(Kind.KEY)
    ada.judge()
    ada.wait(5000)
    assert len(ada.forwarded) == passed


def test_the_picture_on_screen_is_judged_when_the_partner_leaves(ada: Rehearsal) -> None:
    ada.sampled()
    before = len(ada.samples())
    ada.note(ada.direction.judge_now(ada.now_ms))
    assert len(ada.samples()) == before + 1


# What a sender must not do


def test_a_gap_in_the_sequence_closes_with_4400(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    ada.seq += 1
    ada.send(Kind.DELTA)
    assert ada.closings() == [4400]


def test_a_flood_closes_with_4429(ada: Rehearsal) -> None:
    ada.attach()
    ada.send(Kind.KEY)
    for _ in range(1000):
        ada.at_ms += 1
        ada.send(Kind.DELTA)
        if ada.closings():
            break
    assert ada.closings() == [4429]
