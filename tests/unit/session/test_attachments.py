"""A sender who comes, is reported, breaks the rules of the wire, or leaves."""

import pytest

from chat.session.effects import Picture
from moderation.packets import Kind
from moderation.verdicts import Decision
from tests.rehearsal import Rehearsal


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
    ada.held()
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


def test_the_last_two_seconds_that_the_partner_saw_are_judged_when_they_leave(
    ada: Rehearsal,
) -> None:
    ada.sampled()
    ada.film(1500)
    ada.note(ada.direction.partner_left(ada.now_ms))
    (farewell,) = ada.farewells()
    assert farewell.last_seq == ada.forwarded[-1].seq
    judged = [p for p in farewell.packets if farewell.first_seq <= p.seq]
    assert judged[-1].arrived_ms - judged[0].arrived_ms >= 1400


def test_a_cut_after_the_partner_left_still_ends_it(ada: Rehearsal) -> None:
    ada.sampled()
    ada.note(ada.direction.partner_left(ada.now_ms))
    ada.judge(Decision.CUT, sample=ada.farewells()[-1])
    assert ada.is_(Picture.CUT)
    assert ada.endings()


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
