"""What one stream has handed in and not heard of yet: at most one window, and its samples.

Pure. A verdict belongs to a submission only when it names it in full (invariant I3).
"""

from dataclasses import dataclass

from chat.session.footage import Extract
from moderation.packets import Packet
from moderation.samples import Purpose, Sample, Subject
from moderation.verdicts import Verdict

UNANSWERED_MAX_MS = 2000
WINDOW_LATE_MS = 500
"""So long a window may have waited for the one before it, and still be waited for in full: what is
judged is never much older than two seconds and a half, however full screening is."""
FAREWELL_DEADLINE_MS = 10_000
LOOK_DEADLINE_MS = 8000
"""A camera check waits behind everybody who talks, and nothing is on air meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A submission without a verdict; `window` is what its CLEAR releases, () for a sample."""

    sample: Sample
    sha256: str
    window: tuple[Packet, ...]

    def is_named_by(self, verdict: Verdict) -> bool:
        """Whether `verdict` is about exactly these packets."""
        sample = self.sample
        return (
            verdict.stream == sample.stream
            and verdict.epoch == sample.epoch
            and verdict.sample == sample.number
            and verdict.first_seq == sample.first_seq
            and verdict.last_seq == sample.last_seq
            and verdict.sha256 == self.sha256
        )


class Submissions:
    """Makes a stream's submissions and remembers those without a verdict.

    `number` is that of the stream's last submission before this process knew it; `newest` is the
    newest packet handed in by this one.
    """

    def __init__(self, subject: Subject, node: str, number: int) -> None:
        self._subject = subject
        self._node = node
        self._number = number
        self.newest: Packet | None = None
        self._pending: dict[int, Pending] = {}

    @property
    def has_window(self) -> bool:
        """Whether a window is outstanding."""
        return any(pending.window for pending in self._pending.values())

    @property
    def is_empty(self) -> bool:
        return not self._pending

    def window(
        self, chain: tuple[Packet, ...], window: tuple[Packet, ...], epoch: int, now_ms: int
    ) -> Sample:
        """Hand in `window`, whose last frame ends `chain`."""
        first = next(packet for packet in window if packet.is_video)
        given_ms = min(now_ms, chain[-1].arrived_ms + WINDOW_LATE_MS)
        sample = self._make(
            Purpose.WINDOW,
            chain,
            first.seq,
            epoch,
            deadline_ms=given_ms + UNANSWERED_MAX_MS,
            spans_ms=self._since_newest_ms(chain[-1], first),
        )
        self._remember(sample, window)
        return sample

    def picture(self, extract: Extract, epoch: int, now_ms: int, *, is_shown: bool) -> Sample:
        """Hand in the picture on screen, and the newest when the page doesn't show that yet; one
        that `is_shown` to nobody stands for no time."""
        deadline_ms = now_ms + UNANSWERED_MAX_MS
        sample = self._made_of(extract, Purpose.SAMPLE, epoch, deadline_ms, is_shown=is_shown)
        self._remember(sample, ())
        return sample

    def look(self, extract: Extract, epoch: int, now_ms: int) -> Sample:
        """Hand in the pictures of a camera check."""
        sample = self._made_of(extract, Purpose.CHECK, epoch, now_ms + LOOK_DEADLINE_MS)
        self._remember(sample, ())
        return sample

    def farewell(self, extract: Extract, epoch: int, now_ms: int, *, is_shown: bool) -> Sample:
        """Hand in the last two seconds; nothing waits for the verdict."""
        deadline_ms = now_ms + FAREWELL_DEADLINE_MS
        return self._made_of(extract, Purpose.FAREWELL, epoch, deadline_ms, is_shown=is_shown)

    def take(self, verdict: Verdict) -> Pending | None:
        """Remove and yield what `verdict` names, None when nothing of that name is pending."""
        pending = self._pending.get(verdict.sample)
        if pending is None or not pending.is_named_by(verdict):
            return None
        return self._pending.pop(verdict.sample)

    def is_overdue(self, now_ms: int) -> bool:
        """Whether something has waited for longer than a verdict may take."""
        # Asked for every packet, and mostly there is nothing.
        return bool(self._pending) and any(
            now_ms > pending.sample.deadline_ms for pending in self._pending.values()
        )

    def drop(self) -> None:
        """Forget everything: no verdict on it clears anything any more."""
        self._pending.clear()

    def _made_of(
        self,
        extract: Extract,
        purpose: Purpose,
        epoch: int,
        deadline_ms: int,
        *,
        is_shown: bool = False,
    ) -> Sample:
        packets, first_seq = extract.packets, extract.first_seq
        spans_ms = 0
        if is_shown:
            first = next(packet for packet in packets if packet.seq >= first_seq)
            spans_ms = self._since_newest_ms(packets[-1], first)
        return self._make(
            purpose, packets, first_seq, epoch, deadline_ms=deadline_ms, spans_ms=spans_ms
        )

    def _since_newest_ms(self, last: Packet, first: Packet) -> int:
        """The time from the newest packet handed in before to `last`; from `first` where nothing
        was."""
        return last.arrived_ms - (self.newest or first).arrived_ms

    def _make(
        self,
        purpose: Purpose,
        packets: tuple[Packet, ...],
        first_seq: int,
        epoch: int,
        *,
        deadline_ms: int,
        spans_ms: int,
    ) -> Sample:
        self._number += 1
        self.newest = packets[-1]
        return Sample(
            subject=self._subject,
            node=self._node,
            epoch=epoch,
            number=self._number,
            purpose=purpose,
            packets=packets,
            first_seq=first_seq,
            last_seq=packets[-1].seq,
            captured_ms=packets[-1].arrived_ms,
            deadline_ms=deadline_ms,
            spans_ms=spans_ms,
        )

    def _remember(self, sample: Sample, window: tuple[Packet, ...]) -> None:
        self._pending[sample.number] = Pending(sample=sample, sha256=sample.sha256, window=window)
