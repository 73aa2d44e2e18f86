"""How closely one picture is watched: screened or sampled, how often, and what changes that. Pure.

Screened at first, and again on doubt:

- after a report, or a hold for nudity: for the whole screened start anew, ten seconds at least;
- once a face that was in view has been lost for three seconds, or at a borderline score: for
  `AGAIN_MS`, and not again within `REST_MS` after that. Judging windows costs about ten times as
  much as sampling; so this takes no more than a seventh of the time, and samples come sooner
  meanwhile.

Sampled otherwise: the riskier, the sooner the next sample (`risk`), and once more at once when a
delta frame is as large as another scene takes.
"""

import random

from chat.sampler import Limits, Sampler, longest_gap_ms
from chat.session.risk import Risk, Signal
from chat.session.sizes import Sizes
from moderation.packets import Packet
from moderation.verdicts import Decision, Reason, Verdict

AFTER_DOUBT_MS = 10_000
AGAIN_MS = 5000
REST_MS = 30_000

FACE_LOST_MS = 3000
JUMP_AGAIN_MS = 2000
"""Jumps bring no more samples than the highest risk does."""

JUDGING_MS = 1500
"""Kept free between the longest gap and the greatest age of a verdict."""


class Vigilance:
    """Of one direction. Times are Unix ms and never go back.

    `strain` is how far screening falls behind, 0.0-1.0: then samples of low risk come later.
    """

    def __init__(self, limits: Limits, rng: random.Random) -> None:
        self._limits = limits
        self._sampler = Sampler(rng)
        self._sizes = Sizes()
        self._risk = Risk(limits.risk)
        self.is_sampling = False
        self.strain = 0.0
        self._is_doubted = False
        self._screened_until_ms: int | None = 0
        self._rests_until_ms = 0
        self._saw_face = False
        self._faceless_ms: int | None = None
        self._jumped_ms = 0

    @property
    def verdict_max_age_ms(self) -> int:
        """Since its capture, the last clear verdict counts for so long."""
        return self._limits.verdict_max_age_ms

    def begin(self, limits: Limits | None) -> None:
        """A new attachment: watched by `limits` from now on, if given."""
        self._limits = limits or self._limits
        self._risk.base = self._limits.risk
        self._sizes = Sizes()

    def show(self, now_ms: int) -> None:
        """The picture is shown anew: its screened start begins."""
        span_ms = self._limits.screened_ms
        if span_ms is not None and self._is_doubted:
            span_ms = max(span_ms, AFTER_DOUBT_MS)
        self._screened_until_ms = None if span_ms is None else now_ms + span_ms

    def stop(self) -> None:
        """Nothing passes unjudged any more."""
        self.is_sampling = False

    def may_sample(self, now_ms: int) -> bool:
        """Whether the screened period is over."""
        return self._screened_until_ms is not None and now_ms >= self._screened_until_ms

    def sample(self, now_ms: int) -> None:
        """Packets pass from now on, and samples are drawn."""
        self.is_sampling = True
        self._is_doubted = False
        self._sampler.start(now_ms, self._gap_ms(now_ms))

    def doubt(self, signal: Signal, now_ms: int) -> None:
        """The picture is to be checked anew, and its next screened start is a long one."""
        self._is_doubted = True
        self._risk.note(signal, now_ms)

    def note(self, verdict: Verdict, now_ms: int) -> None:
        """Learn from a verdict."""
        if verdict.decision is Decision.HOLD and Reason.NUDITY in verdict.reasons:
            self.doubt(Signal.HELD, now_ms)
        elif verdict.is_borderline:
            self._screen_again(Signal.BORDERLINE, now_ms)
        if verdict.has_face:
            self._saw_face, self._faceless_ms = True, None
        elif self._saw_face:
            self._miss_face(verdict.judged_captured_ms, now_ms)

    def packet(self, packet: Packet, now_ms: int) -> None:
        """A video packet came."""
        if not self._sizes.is_jump(packet) or now_ms - self._jumped_ms < JUMP_AGAIN_MS:
            return
        self._jumped_ms = now_ms
        self._risk.note(Signal.JUMP, now_ms)
        self._sampler.add(now_ms)

    def hurry(self, at_ms: int) -> None:
        """Have the next sample no later than `at_ms`."""
        self._sampler.hurry(at_ms)

    def should_sample(self, now_ms: int) -> bool:
        """Whether a sample is due; if so, the next instant is drawn."""
        return self._sampler.should_sample(now_ms, self._gap_ms(now_ms))

    def should_decoy(self, now_ms: int) -> bool:
        """Whether a key frame is to be asked for; if so, the next instant is drawn."""
        return self._sampler.should_decoy(now_ms)

    def _gap_ms(self, now_ms: int) -> int:
        longest_ms = longest_gap_ms(self._risk.score(now_ms), self.strain)
        return min(longest_ms, self._limits.verdict_max_age_ms - JUDGING_MS)

    def _miss_face(self, captured_ms: int, now_ms: int) -> None:
        if self._faceless_ms is None:
            self._faceless_ms = captured_ms
        lost_at_ms = self._faceless_ms + FACE_LOST_MS
        if captured_ms >= lost_at_ms:
            self._screen_again(Signal.FACE_LOST, now_ms)
        else:
            self._sampler.hurry(lost_at_ms)

    def _screen_again(self, signal: Signal, now_ms: int) -> None:
        self._risk.note(signal, now_ms)
        if not self.is_sampling or now_ms < self._rests_until_ms:
            return
        self.is_sampling = False
        self._screened_until_ms = now_ms + AGAIN_MS
        self._rests_until_ms = now_ms + AGAIN_MS + REST_MS
