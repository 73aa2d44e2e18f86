"""Policy: when a picture is held or cut, and what becomes of ages."""

import pytest

from moderation.policy import AgeRecord, Memory, decide, refuse
from moderation.verdicts import Decision, Reason
from tests.judged_frames import AT_MS, frame, rules

NOTHING = Memory()


def record(*ages: float, since_ms: int = 0) -> Memory:
    known = AgeRecord(since_ms=AT_MS + since_ms, newest_ms=AT_MS - 5000, ages=ages)
    return Memory(ages=known)


def test_a_held_frame_says_nudity_and_its_score() -> None:
    judgement = decide([frame(0, 0.5)], rules(), NOTHING)

    assert judgement.decision is Decision.HOLD
    assert judgement.reasons == (Reason.NUDITY,)
    assert judgement.score == 0.5
    assert judgement.again_in_ms is None
    assert not judgement.needs_person


def test_a_first_frame_over_cut_is_held_and_another_is_asked_for() -> None:
    judgement = decide([frame(0, 0.6)], rules(), NOTHING)

    assert judgement.decision is Decision.HOLD
    assert judgement.again_in_ms == 250
    assert not judgement.is_nudity_confirmed


def test_frames_that_agree_cut() -> None:
    judgement = decide([frame(0, 0.7), frame(100), frame(200, 0.8)], rules(), NOTHING)

    assert judgement.decision is Decision.CUT
    assert judgement.is_nudity_confirmed
    assert judgement.offending == (0, 200)
    assert judgement.score == 0.8


def test_a_clear_frame_after_a_hold_is_held_without_being_blamed_and_asked_for_again() -> None:
    held = decide([frame(0, 0.5)], rules(), NOTHING)

    judgement = decide([frame(1000)], rules(), held.memory)

    assert judgement.decision is Decision.HOLD
    assert judgement.reasons == (Reason.NUDITY,)
    assert judgement.offending == ()
    assert judgement.again_in_ms == 250


def test_classes_without_thresholds_are_let_be() -> None:
    assert decide([frame(0)], rules(), NOTHING).decision is Decision.CLEAR


def test_too_few_faces_in_ten_seconds_are_held_and_stay_so() -> None:
    age_rules = rules(suspend=17, doubt=21)

    early = decide([frame(9_999, 0.0, 40.0)], age_rules, record(40.0, since_ms=0))
    late = decide([frame(10_000)], age_rules, record(40.0, 40.0, since_ms=0))
    later = decide([frame(60_000)], age_rules, late.memory)

    assert early.decision is Decision.CLEAR
    assert late.decision is later.decision is Decision.HOLD
    assert late.reasons == (Reason.AGE_UNSURE,)


def test_faces_that_are_not_usable_do_not_count() -> None:
    held = decide(
        [frame(10_000, 0.0, 40.0, is_usable=False)],
        rules(suspend=17, doubt=21),
        record(40.0, 40.0),
    )

    assert held.reasons == (Reason.AGE_UNSURE,)


def test_faces_found_at_last_clear_the_picture() -> None:
    judgement = decide([frame(20_000, 0.0, 40.0)], rules(suspend=17, doubt=21), record(40.0, 41.0))

    assert judgement.decision is Decision.CLEAR
    assert judgement.median_years == 40.0


def test_no_faces_are_needed_while_both_age_rules_are_off() -> None:
    assert decide([frame(60_000)], rules(), record()).decision is Decision.CLEAR


def test_a_median_under_the_limit_cuts_without_saying_nudity() -> None:
    judgement = decide([frame(0, 0.0, 16.0)], rules(suspend=17, doubt=21), record(30.0, 15.0))

    assert judgement.decision is Decision.CUT
    assert judgement.reasons == (Reason.UNDER_AGE,)
    assert not judgement.is_nudity_confirmed
    assert judgement.median_years == 16.0


def test_who_is_out_for_their_age_is_told_so_and_not_of_a_held_frame() -> None:
    judgement = decide([frame(0, 0.4, 15.0)], rules(suspend=17, doubt=21), record(15.0, 15.0))

    assert judgement.decision is Decision.CUT
    assert judgement.reasons == (Reason.UNDER_AGE, Reason.NUDITY)


def test_one_young_face_among_older_ones_changes_nothing() -> None:
    judgement = decide([frame(0, 0.0, 12.0)], rules(suspend=17, doubt=21), record(30.0, 31.0))

    assert judgement.decision is Decision.CLEAR
    assert not judgement.keep_screened


def test_a_median_in_doubt_is_screened_throughout() -> None:
    judgement = decide([frame(0, 0.0, 20.0)], rules(suspend=17, doubt=21), record(19.0, 25.0))

    assert judgement.decision is Decision.CLEAR
    assert judgement.keep_screened


def test_the_youngest_of_several_faces_counts() -> None:
    judgement = decide([frame(0, 0.0, 40.0, 13.0)], rules(suspend=17, doubt=21), record(13.0, 14.0))

    assert judgement.decision is Decision.CUT


def test_neighbouring_frames_are_one_measurement() -> None:
    frames = [frame(at, 0.0, 12.0) for at in (0, 100, 200, 300)]

    judgement = decide(frames, rules(suspend=17, doubt=21), NOTHING)

    assert judgement.memory.ages is not None
    assert judgement.memory.ages.ages == (12.0,)
    assert judgement.decision is Decision.CLEAR


@pytest.mark.parametrize("reason", [Reason.CLASSIFIER_FAILED, Reason.UNDECODABLE])
def test_what_cannot_be_judged_is_held_and_nothing_is_forgotten(reason: Reason) -> None:
    memory = decide([frame(0, 0.7)], rules(), NOTHING).memory

    judgement = refuse(reason, memory)

    assert judgement.decision is Decision.HOLD
    assert judgement.reasons == (reason,)
    assert judgement.memory == memory
