"""Held: nothing passes, and there is one way back."""

from chat.session.effects import Picture
from chat.session.patience import HELD_MAX_MS
from moderation.packets import Kind
from moderation.verdicts import Decision
from tests.rehearsal import Rehearsal


def test_nothing_passes_while_held(ada: Rehearsal) -> None:
    ada.held()
    ada.film(3000, is_judged=False)
    ada.send(Kind.AUDIO)
    assert ada.forwarded == []


def test_one_sample_a_second_is_taken_while_held(ada: Rehearsal) -> None:
    ada.held()
    began = len(ada.submitted)
    for _ in range(5):
        ada.film(1000, is_judged=False)
        if len(ada.submitted) > began:
            ada.judge(Decision.HOLD)
    assert 4 <= len(ada.submitted) - began <= 5


def test_a_sample_is_taken_sooner_when_the_judge_asks_for_it(ada: Rehearsal) -> None:
    ada.held(again_in_ms=200)
    ada.film(100, is_judged=False)
    assert len(ada.submitted) == 1
    ada.film(200, is_judged=False)
    assert len(ada.submitted) == 2


def test_a_clear_sample_leads_to_checking_and_only_a_window_shows_the_picture(
    ada: Rehearsal,
) -> None:
    ada.held()
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
    ada.held()
    ada.wait(HELD_MAX_MS - 100)
    assert ada.endings() == []
    ada.wait(200)
    assert ada.endings()[0].offender is None


def test_the_thirty_seconds_are_not_stretched_by_checking_in_between(ada: Rehearsal) -> None:
    ada.held()
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
    ada.held()
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
