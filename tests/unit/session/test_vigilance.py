"""What brings screening back, what brings samples closer together, and how often it may."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from chat.sampler import SAMPLE_AFTER_MAX_MS, longest_gap_ms
from chat.session.effects import Picture
from chat.session.risk import LASTS_MS, WEIGHTS, Risk, Signal
from chat.session.sizes import Sizes
from chat.session.vigilance import AGAIN_MS, REST_MS
from moderation.packets import Kind
from moderation.samples import Purpose
from moderation.verdicts import Decision
from tests.packets import delta_payload, key_payload, packet
from tests.rehearsal import LIMITS, Rehearsal


def gaps_ms(ada: Rehearsal) -> list[int]:
    """From sample to sample."""
    captured = [sample.captured_ms for sample in ada.samples()]
    return [after - before for before, after in pairwise(captured)]


def judge_all(ada: Rehearsal, since: int, *, has_face: bool) -> int:
    """Clear what was handed in since; yields how much there is now."""
    for sample in ada.submitted[since:]:
        ada.judge(sample=sample, has_face=has_face)
    return len(ada.submitted)


def film_faceless(ada: Rehearsal, span_ms: int) -> None:
    """Film without a face in view; everything is cleared."""
    known, until_ms = len(ada.submitted), ada.at_ms + span_ms
    while ada.at_ms < until_ms:
        ada.film(100, is_judged=False)
        known = judge_all(ada, known, has_face=False)


def test_a_face_lost_for_3_s_brings_screening_back(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film_to_a_sample()
    lost_ms = ada.at_ms
    ada.judge(has_face=False)
    assert ada.passes()
    film_faceless(ada, 3400)
    assert not ada.passes()
    assert ada.is_(Picture.SHOWN)
    assert ada.at_ms - lost_ms < 4000


def test_a_face_that_is_back_within_3_s_changes_nothing(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film_to_a_sample()
    ada.judge(has_face=False)
    known = len(ada.submitted)
    ada.film(20_000)
    assert ada.passes()
    assert {sample.purpose for sample in ada.submitted[known:]} == {Purpose.SAMPLE}


def test_a_face_that_was_never_there_is_not_lost(ada: Rehearsal) -> None:
    ada.attach()
    film_faceless(ada, 30_000)
    windows = [sample for sample in ada.submitted if sample.purpose is Purpose.WINDOW]
    assert windows[-1].captured_ms - windows[0].captured_ms < 11_000


def test_a_borderline_score_brings_screening_back_for_a_while(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film_to_a_sample()
    ada.judge(is_borderline=True)
    ada.film(AGAIN_MS - 300)
    assert not ada.passes()
    ada.judge()
    ada.film(700)
    assert ada.passes()


def test_screening_comes_back_no_more_than_a_seventh_of_the_time(ada: Rehearsal) -> None:
    ada.sampled()
    passed = sent = 0
    known, until_ms = len(ada.submitted), ada.at_ms + 10 * (AGAIN_MS + REST_MS)
    while ada.at_ms < until_ms:
        sent += 1
        passed += ada.passes()
        ada.wait(100)
        for sample in ada.submitted[known:]:
            ada.judge(sample=sample, is_borderline=True)
        known = len(ada.submitted)
    assert 1 / 8 < 1 - passed / sent < 1 / 6.5


def test_the_riskier_the_sooner_and_never_later_than_usual(ada: Rehearsal) -> None:
    risky = Rehearsal(limits=replace(LIMITS, risk=1.0)).sampled()
    risky.film(60_000)
    ada.sampled()
    ada.film(60_000)
    assert max(gaps_ms(risky)) <= 2650
    assert min(gaps_ms(risky)) >= 1900
    assert max(gaps_ms(ada)) <= SAMPLE_AFTER_MAX_MS + 150
    assert len(risky.samples()) > 1.5 * len(ada.samples())


def test_the_gap_leaves_time_to_judge_before_a_verdict_is_too_old() -> None:
    ada = Rehearsal(limits=replace(LIMITS, verdict_max_age_ms=4500)).sampled()
    ada.film(60_000)
    assert max(gaps_ms(ada)) <= 3150
    assert ada.is_(Picture.SHOWN)


def test_a_large_delta_is_sampled_at_once(ada: Rehearsal) -> None:
    ada.sampled()
    ada.film(1000)
    known = len(ada.samples())
    sent = ada.send(Kind.DELTA, payload=delta_payload(size=4000))
    ada.wait(50)
    assert [sample.packets[-1] for sample in ada.samples()[known:]] == [sent]


def test_large_deltas_are_sampled_no_more_than_every_2_s(ada: Rehearsal) -> None:
    ada.sampled()
    known, began_ms = len(ada.samples()), ada.at_ms
    for step in range(300):
        ada.send(Kind.DELTA if step % 20 else Kind.KEY, payload=None)
        if step % 9 == 8:
            ada.send(Kind.DELTA, payload=delta_payload(size=4000))
        ada.wait(50)
        for sample in ada.samples()[known:]:
            ada.judge(sample=sample)
        known = len(ada.samples())
    assert len(ada.samples()) <= (ada.at_ms - began_ms) / 1000 * 1.1


def test_after_a_report_the_whole_screened_start_comes_again() -> None:
    ada = Rehearsal(limits=replace(LIMITS, screened_ms=2000)).sampled()
    ada.note(ada.direction.reported(ada.now_ms))
    assert ada.is_(Picture.CHECKING)
    ada.film(9000)
    assert not ada.passes()
    ada.judge()
    ada.film(1500)
    assert ada.passes()


def test_after_a_hold_for_nudity_the_whole_screened_start_comes_again() -> None:
    ada = Rehearsal(limits=replace(LIMITS, screened_ms=2000)).sampled()
    ada.film_to_a_sample()
    ada.judge(Decision.HOLD)
    ada.film(9500)
    assert ada.is_(Picture.SHOWN)
    assert not ada.passes()
    ada.judge()
    ada.film(4000)
    assert ada.passes()


def test_signals_count_for_a_while_and_add_up_to_one() -> None:
    risk = Risk(0.2)
    for signal in Signal:
        risk.note(signal, 0)
    assert risk.score(0) == 1.0
    assert risk.score(max(LASTS_MS.values())) == 0.2
    one = Risk()
    one.note(Signal.HELD, 0)
    assert one.score(LASTS_MS[Signal.HELD] - 1) == WEIGHTS[Signal.HELD]
    assert one.score(LASTS_MS[Signal.HELD]) == 0.0


@pytest.mark.parametrize("strain", [0.0, 1.0])
@pytest.mark.parametrize("risk", [0.0, 0.3, 1.0])
def test_no_gap_reaches_ten_seconds(risk: float, strain: float) -> None:
    assert 2000 < longest_gap_ms(risk, strain) < 10_000


def test_strain_is_shed_where_the_risk_is_lowest() -> None:
    longer_ms = [longest_gap_ms(risk, 1.0) - longest_gap_ms(risk) for risk in (0.0, 0.5, 1.0)]
    assert longer_ms == [2500, 1250, 0]


def test_under_strain_a_calm_picture_is_judged_less_often_and_never_not_at_all() -> None:
    counts = {}
    for strain in (0.0, 1.0):
        ada = Rehearsal(strain=strain)
        ada.sampled()
        ada.film(300_000)
        assert ada.passes()
        assert max(gaps_ms(ada)) < 9000
        counts[strain] = len(ada.samples())
    assert 0.65 < counts[1.0] / counts[0.0] < 0.9


def test_a_delta_is_a_jump_only_beside_what_came_before() -> None:
    sizes, rng = Sizes(), random.Random(1)
    assert not sizes.is_jump(packet(Kind.KEY, 0, 0, payload=key_payload(size=60_000)))
    for seq in range(1, 20):
        calm = delta_payload(size=rng.randint(3000, 6000))
        assert not sizes.is_jump(packet(Kind.DELTA, seq, seq * 40, payload=calm))
    large = packet(Kind.DELTA, 20, 800, payload=delta_payload(size=18_000))
    assert sizes.is_jump(large)
