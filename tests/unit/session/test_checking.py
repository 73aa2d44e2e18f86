"""The rules of a camera check, without sockets: what is handed in, what passes, when it is over."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chat.session.checking import (
    GIVE_UP_MS,
    LOOK_EVERY_MS,
    LOOK_MS,
    CheckEffect,
    Checking,
    CheckState,
    TellCheck,
)
from chat.session.effects import AskKeyFrame, CloseSender, Forward, SetRate, Submit
from chat.session.submissions import LOOK_DEADLINE_MS
from moderation.packets import Kind
from moderation.samples import Purpose, Sample
from moderation.verdicts import Decision, Missing, Reason, Verdict
from tests.packets import ZERO_MS, key_payload, packet
from tests.rehearsal import verdict_on
from tests.streams import SUBJECT

ALONE = replace(SUBJECT, partner=None, mode="check")
FRAME_MS = 100


class Booth:
    """Somebody in front of a check. Times are ms since ZERO_MS."""

    def __init__(self) -> None:
        self.at_ms = 0
        self.seq = 0
        self.n = 0
        self.effects: list[CheckEffect] = []
        self.checking = Checking(ALONE, "relay-1", ZERO_MS)
        self.note(self.checking.attached(ZERO_MS))

    def note(self, effects: Iterable[CheckEffect]) -> None:
        self.effects.extend(effects)

    def send(self, kind: Kind, payload: bytes | None = None) -> None:
        sent = packet(kind, self.seq, self.at_ms, payload=payload)
        self.seq += 1
        self.note(self.checking.packet(sent, ZERO_MS + self.at_ms))

    def film(self, span_ms: int) -> None:
        """A picture for so long, a key frame every two seconds."""
        until_ms = self.at_ms + span_ms
        while self.at_ms < until_ms:
            self.send(Kind.KEY if self.seq == 0 or self.at_ms % 2000 == 0 else Kind.DELTA)
            self.wait(FRAME_MS)

    def wait(self, span_ms: int) -> None:
        until_ms = self.at_ms + span_ms
        while self.at_ms < until_ms:
            self.at_ms += 50
            self.note(self.checking.tick(ZERO_MS + self.at_ms))

    def look(self) -> Sample:
        """Film until something is handed in."""
        before = len(self.submitted)
        while len(self.submitted) == before:
            self.film(FRAME_MS)
        return self.submitted[-1]

    def judge(self, of: Sample | None = None, **changes: Any) -> None:
        self.n += 1
        verdict = verdict_on(of or self.submitted[-1], self.n)
        self.hear(replace(verdict, **changes))

    def hear(self, verdict: Verdict) -> None:
        self.note(self.checking.verdict(verdict, ZERO_MS + self.at_ms))

    @property
    def submitted(self) -> list[Sample]:
        return [effect.sample for effect in self.effects if isinstance(effect, Submit)]

    @property
    def told(self) -> list[TellCheck]:
        return [effect for effect in self.effects if isinstance(effect, TellCheck)]

    @property
    def closings(self) -> list[int]:
        return [int(effect.code) for effect in self.effects if isinstance(effect, CloseSender)]


@pytest.fixture
def booth() -> Booth:
    return Booth()


def test_nobody_passes_without_a_verdict(booth: Booth) -> None:
    booth.film(GIVE_UP_MS + LOOK_DEADLINE_MS)
    assert booth.checking.state is CheckState.FAILED
    assert booth.told[-1].missing == (Missing.SCREENING,)
    assert booth.closings == [1000]


@pytest.mark.parametrize(
    "changes",
    [{"sha256": "0" * 64}, {"last_seq": 3}, {"first_seq": 1}, {"epoch": 2}, {"sample": 7}],
)
def test_nobody_passes_by_a_verdict_on_something_else(
    booth: Booth, changes: dict[str, Any]
) -> None:
    booth.look()
    booth.judge(**changes)
    assert booth.checking.state is CheckState.LOOKING


def test_nobody_passes_by_a_verdict_on_another_stream(booth: Booth) -> None:
    sample = booth.look()
    other = replace(sample, subject=replace(sample.subject, side=sample.subject.side.other))
    booth.judge(other)
    assert booth.checking.state is CheckState.LOOKING


@pytest.mark.parametrize("missing", [(Missing.FACE,), (Missing.LIGHT, Missing.FACE)])
def test_what_is_missing_is_told_and_the_looking_goes_on(
    booth: Booth, missing: tuple[Missing, ...]
) -> None:
    booth.look()
    booth.judge(missing=missing)
    assert booth.told == [TellCheck(state=CheckState.LOOKING, missing=missing)]
    booth.look()
    booth.judge()
    assert booth.checking.state is CheckState.PASSED


def test_a_piece_of_a_second_and_a_half_passes_within_two(booth: Booth) -> None:
    sample = booth.look()
    assert LOOK_MS <= booth.at_ms <= 2000
    assert sample.purpose is Purpose.CHECK
    assert sample.packets[0].kind is Kind.KEY
    assert sample.last_seq - sample.first_seq >= LOOK_MS // FRAME_MS - 1
    booth.judge()
    assert booth.told == [TellCheck(state=CheckState.PASSED, missing=())]
    assert booth.closings == [1000]


def test_a_doubt_about_the_age_goes_with_the_pass(booth: Booth) -> None:
    booth.look()
    booth.judge(keep_screened=True)
    assert booth.told[-1].is_age_in_doubt


def test_nothing_is_ever_forwarded(booth: Booth) -> None:
    booth.look()
    booth.judge(missing=(Missing.FACE,))
    booth.look()
    booth.send(Kind.AUDIO)
    booth.judge()
    assert not any(isinstance(effect, Forward) for effect in booth.effects)


def test_a_cut_ends_it_with_4403(booth: Booth) -> None:
    booth.look()
    booth.judge(decision=Decision.CUT, reasons=(Reason.NUDITY,))
    assert booth.told[-1] == TellCheck(state=CheckState.FAILED, missing=(Missing.LAWFUL_PICTURE,))
    assert booth.closings == [4403]
    assert booth.checking.is_over


def test_a_hold_is_told_and_looked_at_again(booth: Booth) -> None:
    booth.look()
    booth.judge(decision=Decision.HOLD, reasons=(Reason.NUDITY,), missing=(Missing.FACE,))
    assert booth.told[-1].missing == (Missing.LAWFUL_PICTURE, Missing.FACE)
    assert booth.checking.state is CheckState.LOOKING


def test_a_broken_classifier_is_nobodys_failure(booth: Booth) -> None:
    booth.look()
    booth.judge(decision=Decision.HOLD, reasons=(Reason.CLASSIFIER_FAILED,))
    assert booth.told[-1].missing == (Missing.SCREENING,)


def test_an_answer_that_does_not_come_ends_it(booth: Booth) -> None:
    booth.look()
    booth.film(LOOK_DEADLINE_MS + 100)
    assert booth.told[-1] == TellCheck(state=CheckState.FAILED, missing=(Missing.SCREENING,))


def test_a_late_verdict_changes_nothing_any_more(booth: Booth) -> None:
    sample = booth.look()
    booth.film(LOOK_DEADLINE_MS + 100)
    booth.judge(sample)
    assert booth.checking.state is CheckState.FAILED


def test_one_piece_at_a_time_and_not_more_often_than_allowed(booth: Booth) -> None:
    booth.look()
    booth.film(1000)
    assert len(booth.submitted) == 1
    booth.judge(missing=(Missing.FACE,))
    first_ms = booth.submitted[0].captured_ms
    booth.look()
    assert booth.submitted[1].captured_ms - first_ms >= LOOK_EVERY_MS


def test_time_is_over_for_want_of_what_the_last_look_lacked(booth: Booth) -> None:
    while not booth.checking.is_over:
        booth.film(FRAME_MS)
        if booth.submitted and not booth.checking.is_over:
            booth.judge(missing=(Missing.MOVING_PICTURE,))
    assert booth.told[-1] == TellCheck(state=CheckState.FAILED, missing=(Missing.MOVING_PICTURE,))
    assert GIVE_UP_MS <= booth.at_ms <= GIVE_UP_MS + 100
    assert len(booth.submitted) <= GIVE_UP_MS // LOOK_EVERY_MS


def test_slow_judges_prolong_it_by_one_answer_at_most(booth: Booth) -> None:
    slow_ms = LOOK_EVERY_MS + 1000
    judged = 0
    while not booth.checking.is_over:
        booth.film(FRAME_MS)
        waiting = booth.submitted[judged:]
        captured_ms = waiting[0].captured_ms - ZERO_MS if waiting else booth.at_ms
        if booth.at_ms - captured_ms >= slow_ms:
            judged += 1
            booth.judge(waiting[0], missing=(Missing.FACE,))
    assert booth.told[-1] == TellCheck(state=CheckState.FAILED, missing=(Missing.FACE,))
    assert booth.at_ms <= GIVE_UP_MS + slow_ms + FRAME_MS


def test_a_camera_that_sends_nothing_lacks_a_moving_picture(booth: Booth) -> None:
    booth.wait(GIVE_UP_MS)
    assert booth.told == [TellCheck(state=CheckState.FAILED, missing=(Missing.MOVING_PICTURE,))]


def test_a_picture_of_another_size_is_looked_at_from_its_beginning(booth: Booth) -> None:
    booth.film(1000)
    booth.send(Kind.KEY, key_payload(320, 240))
    changed_seq = booth.seq - 1
    booth.wait(FRAME_MS)
    for _ in range(LOOK_MS // FRAME_MS):
        booth.send(Kind.DELTA)
        booth.wait(FRAME_MS)
    assert [sample.packets[0].seq for sample in booth.submitted] == [changed_seq]


def test_a_packet_that_breaks_the_grammar_ends_it(booth: Booth) -> None:
    booth.send(Kind.KEY)
    booth.seq += 1
    booth.send(Kind.DELTA)
    assert booth.closings == [4400]
    assert booth.told[-1].missing == (Missing.SCREENING,)


def test_a_socket_that_goes_ends_it_once(booth: Booth) -> None:
    booth.look()
    booth.note(booth.checking.detached())
    booth.note(booth.checking.detached())
    assert [told.state for told in booth.told] == [CheckState.FAILED]


def test_a_key_frame_and_a_rate_are_asked_for_first(booth: Booth) -> None:
    assert [type(effect) for effect in booth.effects] == [AskKeyFrame, SetRate]
