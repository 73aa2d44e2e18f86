"""One side's picture on its way to the partner: CHECKING, SHOWN, HELD, CUT.

Pure: packets, verdicts and the clock go in, effects come out. This is one of the two places that
fail closed (the other is `moderation.policy`): what was not judged in time is not shown.

- *Screened* (the first seconds of a picture, and longer on doubt): packets wait in windows, one
  outstanding; a CLEAR that names exactly these packets releases exactly these packets.
- *Sampled*: packets pass, and at random instants the picture then on screen is judged.
- HELD: packets are dropped, one sample a second is judged; a CLEAR leads back to CHECKING, and
  so does a key frame when all that was wrong was that no picture came.
- CUT: for good.

The epoch rises whenever earlier verdicts must not clear any more: at attach, resume, HELD and
report, and when the picture's size changes.
"""

import random

from chat.sampler import Limits
from chat.session.backlog import Backlog
from chat.session.effects import (
    CloseSender,
    Effect,
    EndConversation,
    Forward,
    MediaClose,
    Picture,
    SendPicture,
    Submit,
)
from chat.session.footage import Footage
from chat.session.patience import Patience
from chat.session.risk import Signal
from chat.session.sender import Sender
from chat.session.submissions import Submissions
from chat.session.verdict_log import VerdictLog
from chat.session.vigilance import Vigilance
from moderation.packets import AUDIO, KEY, Packet, PacketError
from moderation.samples import Purpose, Sample, Subject
from moderation.verdicts import Decision, Reason, Verdict

CHECKING, SHOWN = Picture.CHECKING, Picture.SHOWN
HELD, CUT = Picture.HELD, Picture.CUT
"""By themselves: what is asked for every packet is not to be read off the enumeration (see
`moderation.packets`)."""


class Direction:
    """The way from one side to its partner. Times are Unix ms and never go back.

    `latest` is the stream's newest stored verdict, from before this process knew the stream.
    """

    def __init__(
        self,
        *,
        subject: Subject,
        node: str,
        limits: Limits,
        rng: random.Random,
        latest: Verdict | None,
        now_ms: int,
    ) -> None:
        self.subject = subject
        self.state = CHECKING
        self.reason: Reason | None = None
        self.epoch = 0 if latest is None else latest.epoch
        self.footage = Footage()
        self._vigilance = Vigilance(limits, rng)
        self._sender = Sender()
        self._backlog = Backlog()
        self._submissions = Submissions(subject, node, 0 if latest is None else latest.sample)
        self._log = VerdictLog(latest)
        self._is_attached = False
        self._is_over = False
        self._was_shown = False
        self._patience = Patience(now_ms)
        if latest is not None and latest.decision is Decision.CUT:
            self._cut(latest)

    def attached(self, now_ms: int, limits: Limits | None = None) -> list[Effect]:
        """A new media socket: sequence 0, CHECKING; judged by `limits` from now on, if given."""
        self._vigilance.begin(limits)
        if self.state is CUT:
            # The process that heard the CUT may have died before it ended the conversation.
            end = EndConversation(offender=self.subject.side, reason=self.reason)
            return [CloseSender(code=MediaClose.BARRED, detail="the picture was cut"), end]
        self._is_attached = True
        self._sender.begin()
        self.footage.begin()
        self._patience.saw_video(now_ms)
        return self._check_again(now_ms)

    def detached(self, now_ms: int) -> list[Effect]:
        """The media socket is gone: its last seconds are judged, nothing of it is shown."""
        if self._is_stopped or not self._is_attached:
            return []
        self._is_attached = False
        return self._farewell(now_ms) + self._hold(Reason.NO_PICTURE, now_ms)

    def over(self, now_ms: int) -> list[Effect]:
        """The conversation has ended: the last seconds are judged, nothing passes any more."""
        if self._is_stopped:
            return []
        farewell = self._farewell(now_ms) if self._is_attached else []
        self._is_over = True
        self._drop_waiting()
        return farewell

    def recheck(self, now_ms: int) -> list[Effect]:
        """A resume or another picture size: older verdicts clear nothing any more.

        A picture that is held stays held. Of one that passed unjudged the last seconds are judged:
        a sender can bring this about, and must not get away from the next sample by it.
        """
        if self._is_stopped or not self._is_attached:
            return []
        if self.state is not HELD:
            farewell = self._farewell(now_ms) if self._passes_unjudged else []
            return farewell + self._check_again(now_ms)
        self.epoch += 1
        self._drop_waiting()
        return [self._picture()]

    def reported(self, now_ms: int) -> list[Effect]:
        """The sender was reported: checked anew, and watched more closely for a while."""
        self._vigilance.doubt(Signal.REPORTED, now_ms)
        return self.recheck(now_ms)

    def partner_left(self, now_ms: int) -> list[Effect]:
        """Nobody sees the picture any more: what the partner saw last is judged."""
        return self._farewell(now_ms) if self._passes_unjudged else []

    def partner_needs_key(self, now_ms: int) -> list[Effect]:
        """The partner can only go on with a key frame."""
        return self._sender.ask_key_frame(now_ms)

    def partner_lags(self, now_ms: int, taken_kbps: int) -> None:
        """Packets queue up on their way to the partner, who took `taken_kbps` of late."""
        self._sender.slow_down(now_ms, taken_kbps)

    def packet(self, packet: Packet, now_ms: int) -> list[Effect]:
        """A packet came from the sender."""
        if self._is_stopped or not self._is_attached:
            return []
        try:
            self._sender.check(packet)
        except PacketError as error:
            return [CloseSender(code=MediaClose(error.code), detail=error.detail)]
        effects = self._expire(now_ms)
        if packet.kind is AUDIO:
            return effects + self._sound(packet)
        return effects + self._video(packet, now_ms)

    def verdict(self, verdict: Verdict, now_ms: int) -> list[Effect]:
        """A verdict came; duplicates and those of other epochs clear nothing."""
        if verdict.stream != self.subject.stream or self.state is CUT:
            return []
        if verdict.decision is Decision.CUT:
            return self._cut(verdict)
        if self._is_over or self._log.is_old(verdict):
            return []
        effects = self._expire(now_ms)
        if self._log.has_gap(verdict):
            effects += self._hold(Reason.NO_VERDICT, now_ms) + self._log.ask_store(now_ms)
        self._note(verdict, now_ms)
        if verdict.decision is Decision.HOLD:
            return effects + self._hold_by(verdict, now_ms)
        return effects + self._clear(verdict, now_ms)

    def stored(self, verdict: Verdict | None, now_ms: int) -> list[Effect]:
        """The verdict store was read: a CUT in it counts, a CLEAR clears nothing."""
        self._log.awaits_store = False
        if verdict is None or self.state is CUT:
            return []
        if verdict.decision is Decision.CUT:
            return self._cut(verdict)
        if self._is_over or self._log.is_old(verdict):
            return []
        self._note(verdict, now_ms)
        return self._hold(Reason.NO_VERDICT, now_ms)

    def unjudged(self, sample: Sample, now_ms: int) -> list[Effect]:
        """`sample`, or the one that it replaced, will not be judged: the picture is held (I7)."""
        if self._is_stopped or sample.epoch != self.epoch or sample.purpose is Purpose.FAREWELL:
            return []
        return [] if self.state is HELD else self._hold(Reason.NO_VERDICT, now_ms)

    def tick(self, now_ms: int, strain: float = 0.0) -> list[Effect]:
        """Time has passed; call it at least every 50 ms. `strain`: see `Vigilance`."""
        if self._is_stopped:
            return []
        self._vigilance.strain = strain
        effects = self._expire(now_ms)
        effects += self._log.ask_store_again(now_ms)
        if self.state is HELD:
            effects += self._tick_held(now_ms)
        else:
            effects += self._start_sampling(now_ms)
        if self._passes_unjudged:
            effects += self._tick_sampled(now_ms)
        return effects + self._tick_sender(now_ms)

    @property
    def _is_stopped(self) -> bool:
        return self._is_over or self.state is CUT

    @property
    def _passes_unjudged(self) -> bool:
        return self.state is SHOWN and self._vigilance.is_sampling and not self._is_over

    # What the sender sends

    def _video(self, packet: Packet, now_ms: int) -> list[Effect]:
        effects = self._key_frame(packet, now_ms) if packet.kind is KEY else []
        if not self.footage.add(packet):
            return effects + self._sender.ask_key_frame(now_ms)
        self._patience.saw_video(now_ms)
        self._vigilance.packet(packet, now_ms)
        if self._passes_unjudged:
            return [*effects, Forward((packet,))]
        if self.state is HELD:
            return effects
        self._backlog.add(packet)
        if self._backlog.is_overfull:
            self.footage.break_off()
            self._sender.slow_down(now_ms)
            effects += self._sender.ask_key_frame(now_ms)
        return effects + self._submit_window(now_ms)

    def _key_frame(self, packet: Packet, now_ms: int) -> list[Effect]:
        """What has to change before a key frame is taken."""
        effects = self.recheck(now_ms) if self._sender.has_new_size(packet) else []
        if self.state is HELD and self.reason is Reason.NO_PICTURE:
            # Nothing was found wrong, and checking shows nothing unjudged either.
            effects += self._check_again(now_ms)
        if self._backlog.is_overfull:
            self._backlog.clear()
        return effects

    def _sound(self, packet: Packet) -> list[Effect]:
        if self._passes_unjudged:
            return [Forward((packet,))]
        has_picture = self._backlog.has_video or not self.footage.needs_key
        if self.state is not HELD and has_picture:
            self._backlog.add(packet)
        return []

    def _tick_sender(self, now_ms: int) -> list[Effect]:
        if not self._is_attached:
            return []
        effects: list[Effect] = []
        if self.footage.needs_key or self.footage.is_ageing(now_ms):
            effects += self._sender.ask_key_frame(now_ms)
        return effects + self._sender.set_rate(now_ms, is_screened=not self._passes_unjudged)

    # What is handed in for judging

    def _submit_window(self, now_ms: int) -> list[Effect]:
        if self._submissions.has_window or not (window := self._backlog.take_window()):
            return []
        chain = self.footage.upto([packet for packet in window if packet.is_video][-1])
        return [self._submit(self._submissions.window(chain, window, self.epoch, now_ms))]

    def _sample_if_new(self, now_ms: int) -> list[Effect]:
        newest, extract = self.footage.newest, self.footage.on_screen(now_ms)
        if extract is None or newest is self._submissions.newest:
            return []
        seen = self._passes_unjudged
        return [self._submit(self._submissions.picture(extract, self.epoch, now_ms, is_shown=seen))]

    def _farewell(self, now_ms: int) -> list[Effect]:
        extract = self.footage.farewell()
        if extract is None:
            return []
        seen = self._passes_unjudged
        return [
            self._submit(self._submissions.farewell(extract, self.epoch, now_ms, is_shown=seen))
        ]

    def _submit(self, sample: Sample) -> Submit:
        return Submit(sample=sample, is_opening=not self._was_shown)

    def _start_sampling(self, now_ms: int) -> list[Effect]:
        """Let packets pass from now on, once the screened period is over and judged."""
        if self.state is not SHOWN or self._vigilance.is_sampling:
            return []
        is_kept = self._log.keeps_screened or self._submissions.has_window
        if is_kept or not self._vigilance.may_sample(now_ms):
            return []
        self._vigilance.sample(now_ms)
        waiting = self._backlog.take_all()
        return [Forward(waiting)] if waiting else []

    def _tick_sampled(self, now_ms: int) -> list[Effect]:
        effects: list[Effect] = []
        # One at a time: a newer one would take the place of the older, unjudged (I7).
        is_due = self._submissions.is_empty and (
            self._vigilance.should_sample(now_ms) or self._patience.is_quiet(now_ms)
        )
        if is_due:
            effects += self._sample_if_new(now_ms)
        if self._vigilance.should_decoy(now_ms):
            effects += self._sender.ask_key_frame(now_ms)
        return effects

    def _tick_held(self, now_ms: int) -> list[Effect]:
        if self._patience.is_over(now_ms):
            return [EndConversation(offender=None, reason=None)]
        is_due = self._patience.is_sample_due(now_ms) and self._submissions.is_empty
        if not (is_due and self._is_attached):
            return []
        self._patience.judge_again(now_ms)
        return self._sample_if_new(now_ms)

    # What was judged

    def _note(self, verdict: Verdict, now_ms: int) -> None:
        self._log.note(verdict)
        self._vigilance.note(verdict, now_ms)
        if self._log.keeps_screened:
            self._vigilance.stop()

    def _clear(self, verdict: Verdict, now_ms: int) -> list[Effect]:
        pending = self._submissions.take(verdict)
        if pending is None or pending.sample.epoch != self.epoch or self._log.awaits_store:
            return []
        if self.state is HELD:
            return self._check_again(now_ms)
        self._patience.saw_clear(min(verdict.judged_captured_ms, pending.sample.captured_ms))
        if verdict.again_in_ms is not None:
            self._vigilance.hurry(now_ms + verdict.again_in_ms)
        if not pending.window:
            return []
        effects = [*self._show(now_ms), Forward(pending.window)]
        return effects + self._start_sampling(now_ms) + self._submit_window(now_ms)

    def _show(self, now_ms: int) -> list[Effect]:
        if self.state is SHOWN:
            return []
        self.state = SHOWN
        self.reason = None
        self._was_shown = True
        self._vigilance.show(now_ms)
        self._patience.shown()
        return [self._picture()]

    def _hold_by(self, verdict: Verdict, now_ms: int) -> list[Effect]:
        self._submissions.take(verdict)
        reason = verdict.reasons[0] if verdict.reasons else Reason.NO_VERDICT
        was_seen, again = self._passes_unjudged, verdict.again_in_ms
        effects = self._hold(reason, now_ms)
        if was_seen and again is not None:
            # Whoever stops at the word `held` has been seen before it: that confirms, too.
            effects += self._farewell(now_ms)
        self._patience.judge_again(now_ms, again)
        return effects

    def _hold(self, reason: Reason, now_ms: int) -> list[Effect]:
        if self.state is HELD:
            if reason is self.reason:
                return []
            self.reason = reason
            return [self._picture()]
        self.state = HELD
        self.reason = reason
        self.epoch += 1
        self._vigilance.stop()
        self._patience.held(now_ms)
        self._drop_waiting()
        return [self._picture(), *self._sender.ask_key_frame_at_once(now_ms)]

    def _check_again(self, now_ms: int) -> list[Effect]:
        self.state = CHECKING
        self.reason = None
        self.epoch += 1
        self._vigilance.stop()
        self._drop_waiting()
        self.footage.break_off()
        asked = self._sender.ask_key_frame_at_once(now_ms)
        return [self._picture(), *asked, *self._sender.set_rate(now_ms, is_screened=True)]

    def _cut(self, verdict: Verdict) -> list[Effect]:
        was_over = self._is_over
        self.state = CUT
        self.reason = verdict.reasons[0] if verdict.reasons else None
        self.epoch += 1
        self._drop_waiting()
        if was_over:
            return []
        end = EndConversation(offender=self.subject.side, reason=self.reason)
        return [self._picture(), end]

    def _expire(self, now_ms: int) -> list[Effect]:
        """Hold what has waited too long for a verdict or for a picture."""
        is_overdue = self._submissions.is_overdue(now_ms)
        if self.state is HELD:
            if is_overdue:
                self._submissions.drop()
            return []
        age_ms = self._patience.clear_age_ms(now_ms)
        is_stale = self.state is SHOWN and age_ms > self._vigilance.verdict_max_age_ms
        if is_overdue or is_stale:
            return self._hold(Reason.NO_VERDICT, now_ms)
        if self._patience.lacks_picture(now_ms):
            return self._hold(Reason.NO_PICTURE, now_ms)
        return []

    def _drop_waiting(self) -> None:
        self._backlog.clear()
        self._submissions.drop()

    def _picture(self) -> SendPicture:
        return SendPicture(state=self.state, reason=self.reason, epoch=self.epoch)
