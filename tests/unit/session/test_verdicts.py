"""Verdicts that come twice, too late, with gaps, or for good."""

from chat.session.effects import EndConversation, Picture
from moderation.packets import Kind
from moderation.samples import Purpose, Side
from moderation.verdicts import Decision, Reason
from tests.rehearsal import Rehearsal, verdict_on


def test_a_repeated_hold_does_not_hold_what_was_cleared_since(ada: Rehearsal) -> None:
    ada.held()
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
