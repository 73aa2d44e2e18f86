"""A camera check: one person's picture is looked at until it passes, or time is over.

Pure: packets, verdicts and the clock go in, effects come out. Nothing is ever forwarded. It fails
closed like `chat.session.direction`: without a verdict that names what was handed in, nobody
passes.
"""

from dataclasses import dataclass
from enum import StrEnum

from chat.session.effects import CloseSender, Effect, MediaClose, Submit
from chat.session.footage import Footage
from chat.session.sender import Sender
from chat.session.submissions import Submissions
from moderation.packets import Kind, Packet, PacketError
from moderation.samples import Subject
from moderation.verdicts import Decision, Missing, Reason, Verdict

LOOK_MS = 1500
"""So long a piece is looked at: long enough for anybody to move, and for three ages."""
LOOK_EVERY_MS = 1500
"""Each look costs a screening process several pictures."""
GIVE_UP_MS = 15_000
"""Long enough to read what is missing and to do something about it. What was handed in by then is
waited for."""

EPOCH = 1
"""A check is one attachment: nothing of it is ever judged afresh."""


class CheckState(StrEnum):
    """How a check stands; the names are the protocol's."""

    LOOKING = "looking"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self is not CheckState.LOOKING


@dataclass(frozen=True, slots=True, kw_only=True)
class TellCheck:
    """The check stands like this now, and lacks that. `is_age_in_doubt` goes with PASSED."""

    state: CheckState
    missing: tuple[Missing, ...]
    is_age_in_doubt: bool = False


CheckEffect = Effect | TellCheck


class Checking:
    """The check of one `subject`, from the attachment of its media socket on. Times are Unix ms."""

    def __init__(self, subject: Subject, node: str, now_ms: int) -> None:
        self.subject = subject
        self.state = CheckState.LOOKING
        self._sender = Sender()
        self._footage = Footage()
        self._submissions = Submissions(subject, node, 0)
        self._missing: tuple[Missing, ...] = ()
        self._began_ms = now_ms
        self._look_at_ms: int | None = None

    @property
    def is_over(self) -> bool:
        return self.state.is_over

    def attached(self, now_ms: int) -> list[CheckEffect]:
        """The media socket is there."""
        return [
            *self._sender.ask_key_frame(now_ms),
            *self._sender.set_rate(now_ms, is_screened=True),
        ]

    def packet(self, packet: Packet, now_ms: int) -> list[CheckEffect]:
        """A packet came; sound is dropped."""
        if self.is_over:
            return []
        try:
            self._sender.check(packet)
        except PacketError as error:
            return self._fail(Missing.SCREENING, code=MediaClose(error.code), detail=error.detail)
        if not packet.is_video:
            return []
        if packet.kind is Kind.KEY and self._sender.has_new_size(packet):
            self._look_at_ms = None
            self._footage.begin()
        if not self._footage.add(packet):
            return [*self._sender.ask_key_frame(now_ms)]
        if self._look_at_ms is None:
            self._look_at_ms = now_ms + LOOK_MS
        return self._look(now_ms)

    def verdict(self, verdict: Verdict, now_ms: int) -> list[CheckEffect]:
        """A verdict came; what names nothing that waits changes nothing, except a CUT."""
        if self.is_over or verdict.stream != self.subject.stream:
            return []
        if verdict.decision is Decision.CUT:
            return self._fail(
                Missing.LAWFUL_PICTURE, code=MediaClose.BARRED, detail="the picture was cut"
            )
        if self._submissions.take(verdict) is None:
            return []
        match verdict.decision, verdict.missing:
            case Decision.CLEAR, ():
                return self._pass(is_age_in_doubt=verdict.keep_screened)
            case Decision.HOLD, _ if Reason.CLASSIFIER_FAILED in verdict.reasons:
                return self._fail(Missing.SCREENING)
        self._missing = _lacks(verdict)
        return [TellCheck(state=self.state, missing=self._missing), *self._look(now_ms)]

    def unjudged(self) -> list[CheckEffect]:
        """What was handed in can't be judged now."""
        return [] if self.is_over else self._fail(Missing.SCREENING)

    def detached(self) -> list[CheckEffect]:
        """The media socket is gone."""
        return self.unjudged()

    def tick(self, now_ms: int) -> list[CheckEffect]:
        """Time has passed; call it at least every 50 ms."""
        if self.is_over:
            return []
        if self._submissions.is_overdue(now_ms):
            return self.unjudged()
        if now_ms - self._began_ms >= GIVE_UP_MS and self._submissions.is_empty:
            return self._give_up()
        if self._footage.needs_key or self._footage.is_ageing(now_ms):
            return [*self._sender.ask_key_frame(now_ms)]
        return []

    def _look(self, now_ms: int) -> list[CheckEffect]:
        is_due = self._look_at_ms is not None and now_ms >= self._look_at_ms
        is_late = now_ms - self._began_ms >= GIVE_UP_MS
        if is_late or not (is_due and self._submissions.is_empty):
            return []
        extract = self._footage.last(LOOK_MS)
        if extract is None:
            return []
        self._look_at_ms = now_ms + LOOK_EVERY_MS
        return [Submit(sample=self._submissions.look(extract, EPOCH, now_ms), is_opening=True)]

    def _give_up(self) -> list[CheckEffect]:
        """Time is over: for want of what the last look lacked, of a picture, or of an answer."""
        has_picture = self._footage.newest is not None
        nothing_known = Missing.SCREENING if has_picture else Missing.MOVING_PICTURE
        return self._fail(*(self._missing or (nothing_known,)))

    def _pass(self, *, is_age_in_doubt: bool) -> list[CheckEffect]:
        self.state = CheckState.PASSED
        return [
            TellCheck(state=self.state, missing=(), is_age_in_doubt=is_age_in_doubt),
            CloseSender(code=MediaClose.ENDED, detail="the check has passed"),
        ]

    def _fail(
        self,
        *missing: Missing,
        code: MediaClose = MediaClose.ENDED,
        detail: str = "the check has failed",
    ) -> list[CheckEffect]:
        self.state = CheckState.FAILED
        told = TellCheck(state=self.state, missing=missing)
        return [told, CloseSender(code=code, detail=detail)]


def _lacks(verdict: Verdict) -> tuple[Missing, ...]:
    """What the person is told after a look that was not good enough."""
    if Reason.NUDITY in verdict.reasons:
        return (Missing.LAWFUL_PICTURE, *verdict.missing)
    # Undecodable, or too few faces for an age although this look had some.
    return verdict.missing or (Missing.CLEAR_FACE,)
