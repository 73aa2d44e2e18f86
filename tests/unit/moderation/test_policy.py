"""Policy: when a picture is held or cut, and what becomes of ages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.classifiers.base import Box, Detection, FaceAge, Scores
from moderation.policy import (
    AgeRecord,
    JudgedFrame,
    Memory,
    Suspicion,
    decide,
    refuse,
)
from moderation.thresholds import AgeRules, Limits, Thresholds
from moderation.verdicts import Decision, Reason

AT_MS = 1_800_000_000_000
NOTHING = Memory(suspicion=None, ages=None)
BOX = Box(left=0, top=0, width=100, height=100)


def rules(*, suspend: float = 0.0, doubt: float = 0.0, faces: int = 3) -> Thresholds:
    return Thresholds(
        version="t",
        sha256="",
        nudity={"ANUS_EXPOSED": Limits(hold=0.35, cut=0.6)},
        age=AgeRules(suspend_years=suspend, doubt_years=doubt, minimum_faces=faces),
    )


def frame(at_ms: int, score: float = 0.0, *years: float, is_usable: bool = True) -> JudgedFrame:
    return JudgedFrame(
        seq=at_ms,
        captured_ms=AT_MS + at_ms,
        scores=Scores(
            detections=(
                Detection(label="ANUS_EXPOSED", score=score, box=BOX),
                Detection(label="BELLY_EXPOSED", score=0.99, box=BOX),
            ),
            faces=tuple(FaceAge(years=year, is_usable=is_usable) for year in years),
        ),
    )


def record(*ages: float, since_ms: int = 0) -> Memory:
    known = AgeRecord(since_ms=AT_MS + since_ms, newest_ms=AT_MS - 5000, ages=ages)
    return Memory(suspicion=None, ages=known)


@pytest.mark.parametrize("score", [0.35, 0.5, 0.599])
def test_it_holds_over_hold_and_suspects_nothing(score: float) -> None:
    judgement = decide([frame(0, score)], rules(), NOTHING)

    assert judgement.decision is Decision.HOLD
    assert judgement.reasons == (Reason.NUDITY,)
    assert judgement.score == score
    assert judgement.again_in_ms is None
    assert judgement.memory.suspicion is None


def test_it_holds_a_first_frame_over_cut_and_asks_for_another() -> None:
    judgement = decide([frame(0, 0.6)], rules(), NOTHING)

    assert judgement.decision is Decision.HOLD
    assert judgement.again_in_ms == 250
    assert judgement.memory.suspicion == Suspicion(captured_ms=AT_MS, score=0.6)
    assert not judgement.is_nudity_confirmed


@pytest.mark.parametrize(
    ("gap_ms", "decision"),
    [
        (0, Decision.HOLD),
        (199, Decision.HOLD),
        (200, Decision.CUT),
        (2000, Decision.CUT),
        (2001, Decision.HOLD),
    ],
)
def test_it_cuts_only_when_the_second_frame_is_neither_too_near_nor_too_far(
    gap_ms: int, decision: Decision
) -> None:
    first = decide([frame(0, 0.7)], rules(), NOTHING)

    second = decide([frame(gap_ms, 0.7)], rules(), first.memory)

    assert second.decision is decision
    assert second.is_nudity_confirmed is (decision is Decision.CUT)


@pytest.mark.parametrize(
    ("earlier_ms", "decision"),
    [
        (199, Decision.HOLD),
        (200, Decision.CUT),
        (2000, Decision.CUT),
        (2001, Decision.HOLD),
    ],
)
def test_a_frame_from_before_the_suspicion_confirms_it_too(
    earlier_ms: int, decision: Decision
) -> None:
    known = Memory(suspicion=Suspicion(captured_ms=AT_MS, score=0.9), ages=None)

    judgement = decide([frame(-earlier_ms, 0.8)], rules(), known)

    assert judgement.decision is decision
    assert judgement.memory.suspicion == known.suspicion


def test_a_window_with_two_such_frames_cuts_at_once() -> None:
    judgement = decide([frame(0, 0.7), frame(100), frame(200, 0.8)], rules(), NOTHING)

    assert judgement.decision is Decision.CUT
    assert judgement.offending == (0, 200)
    assert judgement.score == 0.8


def test_a_frame_over_hold_confirms_no_cut() -> None:
    first = decide([frame(0, 0.7)], rules(), NOTHING)

    assert decide([frame(500, 0.5)], rules(), first.memory).decision is Decision.HOLD


def test_a_clean_frame_between_does_not_wash_the_suspicion_off() -> None:
    first = decide([frame(0, 0.7)], rules(), NOTHING)
    between = decide([frame(250)], rules(), first.memory)

    assert between.decision is Decision.CLEAR
    assert decide([frame(500, 0.7)], rules(), between.memory).decision is Decision.CUT


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
    memory = Memory(suspicion=Suspicion(captured_ms=1, score=0.7), ages=None)

    judgement = refuse(reason, memory)

    assert judgement.decision is Decision.HOLD
    assert judgement.reasons == (reason,)
    assert judgement.memory == memory


@given(st.lists(st.tuples(st.integers(0, 400), st.floats(0.0, 1.0)), min_size=1, max_size=12))
def test_nothing_over_hold_is_ever_clear_and_no_single_frame_cuts(
    steps: list[tuple[int, float]],
) -> None:
    memory, at_ms, over_cut = NOTHING, 0, 0
    for gap_ms, score in steps:
        at_ms += gap_ms
        over_cut += score >= 0.6
        judgement = decide([frame(at_ms, score)], rules(), memory)
        memory = judgement.memory
        assert (judgement.decision is Decision.CLEAR) is (score < 0.35)
        assert judgement.decision is not Decision.CUT or over_cut >= 2
