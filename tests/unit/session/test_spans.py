"""Each second on screen belongs to one submission: what the draw for prevalence rests on."""

from moderation.samples import Purpose
from tests.rehearsal import Rehearsal


def test_submissions_stand_for_all_the_time_on_screen_once(ada: Rehearsal) -> None:
    ada.show()
    ada.film(40_000)
    purposes = {sample.purpose for sample in ada.submitted}
    assert purposes == {Purpose.WINDOW, Purpose.SAMPLE}
    first, last = ada.submitted[0], ada.submitted[-1]
    spans_ms = sum(sample.spans_ms for sample in ada.submitted)
    assert spans_ms == last.captured_ms - first.captured_ms + first.spans_ms


def test_what_is_held_stands_for_no_time(ada: Rehearsal) -> None:
    ada.held()
    began = len(ada.submitted)
    ada.film(3000, is_judged=False)
    assert ada.submitted[began:]
    assert {sample.spans_ms for sample in ada.submitted[began:]} == {0}


def test_the_last_seconds_before_somebody_leaves_count(ada: Rehearsal) -> None:
    ada.sampled()
    before = ada.film_to_a_sample()
    ada.judge()
    ada.film(1500)
    ada.note(ada.direction.over(ada.now_ms))
    farewell = ada.waiting
    assert farewell.purpose is Purpose.FAREWELL
    assert farewell.spans_ms == farewell.captured_ms - before.captured_ms > 1000


def test_who_leaves_while_nothing_passes_unjudged_has_shown_nothing_more(ada: Rehearsal) -> None:
    ada.show()
    ada.note(ada.direction.over(ada.now_ms))
    assert ada.waiting.purpose is Purpose.FAREWELL
    assert ada.waiting.spans_ms == 0
