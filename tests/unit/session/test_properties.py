"""Whatever order verdicts come in, however many get lost or doubled: no frame gets out wrongly."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.sampler import Limits
from chat.session.effects import Forward, Picture, SendPicture
from moderation.packets import Kind
from moderation.samples import Purpose, Sample
from moderation.verdicts import Decision, Verdict
from tests.packets import delta_payload, key_payload, sound_payload
from tests.rehearsal import Rehearsal, verdict_on

PAYLOADS = {
    Kind.KEY: key_payload(),
    Kind.DELTA: delta_payload(),
    Kind.AUDIO: sound_payload(),
}
ALWAYS_SCREENED = Limits(screened_ms=10**9, verdict_max_age_ms=10_000)


class Screened(RuleBasedStateMachine):
    """One screened direction; a judge whose verdicts travel through a very bad network."""

    @initialize()
    def open(self) -> None:
        self.ada = Rehearsal(limits=ALWAYS_SCREENED).attach()
        self.judged_numbers: set[int] = set()
        self.under_way: list[Verdict] = []
        # What a window held, and the epoch in which it was handed in.
        self.clear: dict[bytes, int] = {}
        self.epoch = 0
        self.dirty: set[bytes] = set()
        self.n = 0
        self.sent = 0
        self.checked = 0
        self.is_shown = False
        self.passed: set[bytes] = set()
        self.has_heard_cut = False

    def waiting(self) -> list[Sample]:
        submitted = self.ada.submitted
        return [sample for sample in submitted if sample.number not in self.judged_numbers]

    @rule(kind=st.sampled_from([Kind.KEY, Kind.DELTA, Kind.DELTA, Kind.DELTA, Kind.AUDIO]))
    def send(self, kind: Kind) -> None:
        self.ada.at_ms += 45
        self.sent += 1
        # Bytes that no other packet of the run has, so that they name one packet.
        payload = PAYLOADS[kind] + self.sent.to_bytes(4, "big")
        self.ada.send(kind, payload=payload)

    @rule(span_ms=st.sampled_from([50, 200, 700, 2100, 3200]))
    def wait(self, span_ms: int) -> None:
        self.ada.wait(span_ms)

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), decision=st.sampled_from([*[Decision.CLEAR] * 8, *Decision]))
    def judge(self, data: st.DataObject, decision: Decision) -> None:
        sample = data.draw(st.sampled_from(self.waiting()))
        self.judged_numbers.add(sample.number)
        self.n += 1
        self.under_way.append(verdict_on(sample, self.n, decision))
        if sample.purpose is Purpose.WINDOW:
            judged = [p.data for p in sample.packets if sample.first_seq <= p.seq]
            if decision is Decision.CLEAR:
                self.clear.update(dict.fromkeys(judged, sample.epoch))
            else:
                self.dirty.update(judged)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), stays=st.booleans())
    def deliver(self, data: st.DataObject, stays: bool) -> None:
        index = data.draw(st.integers(0, len(self.under_way) - 1))
        verdict = self.under_way[index] if stays else self.under_way.pop(index)
        self.has_heard_cut = self.has_heard_cut or verdict.decision is Decision.CUT
        self.ada.hear(verdict)

    @precondition(lambda self: self.under_way)
    @rule()
    def deliver_in_order(self) -> None:
        verdict = self.under_way.pop(0)
        self.has_heard_cut = self.has_heard_cut or verdict.decision is Decision.CUT
        self.ada.hear(verdict)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))

    @rule()
    def report(self) -> None:
        self.ada.note(self.ada.direction.recheck(self.ada.now_ms))

    @rule()
    def attach_again(self) -> None:
        self.ada.note(self.ada.direction.detached(self.ada.now_ms))
        if not self.has_heard_cut:
            self.ada.at_ms += 1000
            self.ada.attach()

    @rule(data=st.data())
    def read_store(self, data: st.DataObject) -> None:
        if self.under_way:
            verdict = data.draw(st.sampled_from(self.under_way))
            self.has_heard_cut = self.has_heard_cut or verdict.decision is Decision.CUT
            self.ada.note(self.ada.direction.stored(verdict, self.ada.now_ms))

    @invariant()
    def only_what_was_cleared_gets_out_and_only_once(self) -> None:
        for effect in self.ada.effects[self.checked :]:
            if isinstance(effect, SendPicture):
                self.is_shown = effect.state is Picture.SHOWN
                self.epoch = effect.epoch
            if isinstance(effect, Forward):
                assert self.is_shown
                for packet in effect.packets:
                    assert not packet.is_video or self.clear.get(packet.data) == self.epoch
                    assert packet.data not in self.dirty
                    assert packet.data not in self.passed
                    self.passed.add(packet.data)
        self.checked = len(self.ada.effects)

    @invariant()
    def a_cut_that_was_heard_is_for_good(self) -> None:
        if self.has_heard_cut:
            assert self.ada.state is Picture.CUT


TestScreened = Screened.TestCase
TestScreened.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)
