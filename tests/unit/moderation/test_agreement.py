"""How judged frames agree: one noisy frame neither cuts nor clears, and a still is one frame."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.agreement import Agreed, JudgedFrame, NudityRecord, agree
from moderation.thresholds import Agreement
from tests.judged_frames import frame, rules


def seen(frames: Sequence[JudgedFrame], agreement: Agreement | None = None) -> list[Agreed]:
    """What came of each frame, judged one after another."""
    record, came = NudityRecord(), []
    for one in frames:
        agreed = agree([one], rules(agreement=agreement), record)
        record = agreed.record
        came.append(agreed)
    return came


@pytest.mark.parametrize(
    ("gap_ms", "is_cut"), [(0, False), (199, False), (200, True), (2000, True), (2001, False)]
)
def test_it_cuts_only_when_the_second_frame_is_neither_too_near_nor_too_far(
    gap_ms: int, is_cut: bool
) -> None:
    assert seen([frame(0, 0.7), frame(gap_ms, 0.7)])[-1].is_cut is is_cut


@pytest.mark.parametrize(
    ("earlier_ms", "is_cut"), [(199, False), (200, True), (2000, True), (2001, False)]
)
def test_a_frame_from_before_the_suspicion_confirms_it_too(earlier_ms: int, is_cut: bool) -> None:
    assert seen([frame(0, 0.7), frame(-earlier_ms, 0.7)])[-1].is_cut is is_cut


def test_a_frame_over_hold_confirms_no_cut() -> None:
    assert not seen([frame(0, 0.7), frame(500, 0.5)])[-1].is_cut


def test_clean_frames_between_do_not_wash_a_suspicion_off() -> None:
    assert seen([frame(0, 0.7), frame(250), frame(500), frame(750), frame(1000, 0.7)])[-1].is_cut


def test_three_frames_must_agree_where_the_file_says_so() -> None:
    three = Agreement(cut_frames=3)
    came = seen([frame(0, 0.7), frame(300, 0.7), frame(600, 0.7)], three)

    assert [agreed.is_cut for agreed in came] == [False, False, True]


def test_a_still_is_held_for_good_and_a_person_is_asked_once() -> None:
    came = seen([frame(at_ms, 0.9, is_still=True) for at_ms in range(0, 30_000, 250)])

    assert all(agreed.is_held for agreed in came)
    assert not any(agreed.is_cut for agreed in came)
    assert [index for index, agreed in enumerate(came) if agreed.needs_person] == [1]


def test_a_still_that_moves_at_last_is_cut() -> None:
    came = seen([frame(at_ms, 0.9, is_still=at_ms < 2000) for at_ms in range(0, 2001, 500)])

    assert [agreed.is_cut for agreed in came] == [False] * 4 + [True]


@pytest.mark.parametrize("beside", ["FACE_MALE", "BELLY_EXPOSED"])
def test_a_still_of_a_person_is_cut(beside: str) -> None:
    came = seen([frame(at_ms, 0.9, is_still=True, beside=beside) for at_ms in (0, 300)])

    assert came[-1].is_cut


def test_a_held_picture_clears_when_three_of_the_last_four_frames_are_clear() -> None:
    came = seen([frame(0, 0.5), frame(500), frame(1000, 0.32), frame(1500), frame(2000)])

    assert [agreed.is_held for agreed in came] == [True, True, True, True, False]


def test_a_score_at_the_edge_does_not_clear_what_is_held_and_holds_nothing_by_itself() -> None:
    held = seen([frame(0, 0.36), *(frame(at_ms, 0.32) for at_ms in range(500, 9000, 500))])
    shown = seen([frame(at_ms, 0.32) for at_ms in range(0, 9000, 500)])

    assert all(agreed.is_held for agreed in held)
    assert not any(agreed.is_held for agreed in shown)


def test_clear_frames_closer_together_than_200_ms_are_one() -> None:
    came = seen([frame(0, 0.5), *(frame(at_ms) for at_ms in range(200, 560, 50))])

    assert all(agreed.is_held for agreed in came)
    assert not seen([frame(0, 0.5), *(frame(at_ms) for at_ms in (200, 400, 600))])[-1].is_held


def test_held_again_and_again_without_a_cut_is_for_a_person_once() -> None:
    frames = []
    for start_ms in range(0, 50_000, 5000):
        frames += [frame(start_ms, 0.45), *(frame(start_ms + gap) for gap in (500, 1000, 1500))]
    came = seen(frames)

    asked = [index for index, agreed in enumerate(came) if agreed.needs_person]
    assert asked == [16]
    assert not any(agreed.is_cut for agreed in came)


def test_frames_over_hold_within_a_second_count_once() -> None:
    came = seen([frame(at_ms, 0.5) for at_ms in range(0, 900, 50)])

    assert not any(agreed.needs_person for agreed in came)
    assert came[-1].record.unsure == 1


GAPS = st.lists(st.integers(30, 2500), min_size=1, max_size=12)


@given(gaps=GAPS, at=st.integers(0, 11), score=st.floats(0.6, 1.0))
def test_one_noisy_frame_at_any_place_among_clean_ones_never_cuts_nor_asks_a_person(
    gaps: list[int], at: int, score: float
) -> None:
    frames = _train(gaps, [score if index == at % len(gaps) else 0.0 for index in range(len(gaps))])

    assert not any(agreed.is_cut or agreed.needs_person for agreed in seen(frames))


@given(gaps=GAPS, at=st.integers(0, 11), score=st.floats(0.3, 0.59))
def test_one_clean_frame_at_any_place_among_dirty_ones_never_clears(
    gaps: list[int], at: int, score: float
) -> None:
    scores = [0.0 if index == at % len(gaps) else score for index in range(len(gaps))]
    frames = [frame(-5000, 0.5), *_train(gaps, scores)]

    assert all(agreed.is_held for agreed in seen(frames))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=12
    )
)
def test_nothing_over_hold_is_ever_shown_and_no_cut_comes_without_two_frames_that_differ(
    steps: list[tuple[int, float, bool]],
) -> None:
    at_ms, frames = 0, []
    for gap_ms, score, is_still in steps:
        at_ms += gap_ms
        frames.append(frame(at_ms, score, is_still=is_still))
    over_cut = living = 0
    for agreed, (_, score, is_still) in zip(seen(frames), steps, strict=True):
        over_cut += score >= 0.6
        living += score >= 0.6 and not is_still
        assert agreed.is_held or score < 0.35
        assert not agreed.is_cut or (over_cut >= 2 and living)


def _train(gaps: Sequence[int], scores: Sequence[float]) -> list[JudgedFrame]:
    at_ms, frames = 0, []
    for gap_ms, score in zip(gaps, scores, strict=True):
        at_ms += gap_ms
        frames.append(frame(at_ms, score))
    return frames
