"""Sampled: the picture passes, and one of it is judged every few seconds."""

import random
from dataclasses import replace
from itertools import pairwise

from chat.sampler import Sampler
from chat.session.effects import Picture
from chat.session.sender import SCREENED
from moderation.packets import Kind
from moderation.verdicts import Reason
from tests.packets import ZERO_MS, delta_payload, key_payload
from tests.rehearsal import LIMITS, SCREENED_MS, Rehearsal, verdict_on


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
    ada.film_to_a_sample()
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
    sample = ada.film_to_a_sample()
    assert sample.packets[-1] is ada.forwarded[-1]
    assert sample.packets[0].kind is Kind.KEY
    assert sample.first_seq == sample.last_seq == ada.forwarded[-1].seq


def test_a_sample_unanswered_for_2_s_holds_the_picture(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film_to_a_sample()
    ada.film(1800, is_judged=False)
    assert ada.is_(Picture.SHOWN)
    ada.film(400, is_judged=False)
    assert ada.is_(Picture.HELD)


def test_a_replaced_sample_holds_the_picture(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film_to_a_sample()
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


def test_who_is_screened_throughout_never_passes_unjudged(ada: Rehearsal) -> None:
    ada.attach(replace(LIMITS, screened_ms=None))
    ada.send(Kind.KEY)
    ada.judge()
    ada.film(3 * SCREENED_MS)
    assert not ada.passes()


def test_an_attachment_brings_limits_of_its_own(ada: Rehearsal) -> None:
    ada.attach(replace(LIMITS, screened_ms=SCREENED_MS // 4))
    ada.send(Kind.KEY)
    ada.judge()
    ada.film(SCREENED_MS // 2)
    assert ada.passes()


def test_the_next_sample_comes_within_the_gap_of_the_limits() -> None:
    for seed in range(20):
        sampler = Sampler(random.Random(seed))
        sampler.start(0, 2500)
        instants = [now_ms for now_ms in range(0, 9000, 10) if sampler.should_sample(now_ms, 2500)]
        assert instants[0] <= 2500
        assert all(2000 <= after - before <= 2510 for before, after in pairwise(instants))


def test_a_sample_comes_nearer_when_the_gap_shrinks() -> None:
    for seed in range(20):
        sampler = Sampler(random.Random(seed))
        sampler.start(0)
        sampler.should_sample(100, 2500)
        assert sampler.should_sample(2600, 2500)


def caught_in(ada: Rehearsal, span_ms: int) -> bool:
    """Film for so long, and say whether any of it is judged."""
    since_ms, known = ada.now_ms, len(ada.submitted)
    ada.film(span_ms)
    return any(sample.captured_ms >= since_ms for sample in ada.submitted[known:])


def test_no_sender_knows_of_a_time_without_samples_when_sampling_begins() -> None:
    caught = 0
    for seed in range(60):
        ada = Rehearsal(limits=replace(LIMITS, screened_ms=2000), seed=seed).show()
        while ada.rates()[-1].fps == SCREENED.fps:
            ada.film(50, frame_ms=50)
        caught += caught_in(ada, 1500)
    assert 5 <= caught <= 40


def test_no_sender_makes_a_time_without_samples_by_a_harmless_jump() -> None:
    caught = 0
    for seed in range(60):
        ada = Rehearsal(limits=replace(LIMITS, screened_ms=2000), seed=seed).sampled()
        ada.film(3000)
        ada.send(Kind.DELTA, payload=delta_payload(size=4000))
        ada.wait(50)
        ada.judge()
        caught += caught_in(ada, 1500)
    assert 10 <= caught <= 50


def test_who_changes_the_size_while_sampled_has_the_last_seconds_judged(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film(1000)
    last = ada.forwarded[-1]
    ada.send(Kind.KEY, payload=key_payload(width=480, height=640))
    assert ada.is_(Picture.CHECKING)
    (farewell,) = ada.farewells()
    assert farewell.packets[-1] is last


def test_a_sample_waits_for_the_verdict_on_the_one_before(ada: Rehearsal) -> None:
    ada.sampled()
    for _ in range(20):
        ada.film_to_a_sample()
        known = len(ada.samples())
        ada.film(200, is_judged=False)
        ada.send(Kind.DELTA, payload=delta_payload(size=4000))
        ada.film(200, is_judged=False)
        assert len(ada.samples()) == known
        ada.judge(sample=ada.samples()[-1])
        ada.film(1000)
    assert ada.is_(Picture.SHOWN)
