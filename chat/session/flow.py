"""What one receiver can take: bytes in flight are bounded by its acknowledgements.

Pure. Neither server holds a sender back for a slow receiver (Daphne buffers without limit), so
this does: first deltas are dropped up to the next key frame, then all video, sound longest.
"""

from collections import deque
from dataclasses import dataclass

from moderation.packets import Kind, Packet

DELTAS_STOP_BYTES = 192 * 1024
VIDEO_STOPS_BYTES = 384 * 1024
SOUND_STOPS_BYTES = 512 * 1024

DELTAS_STOP_MS = 1500
VIDEO_STOPS_MS = 3000
STALLED_MS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    seq: int
    size: int


class Flow:
    """Packets on their way to one receiver."""

    def __init__(self) -> None:
        self._in_flight: deque[_Sent] = deque()
        self._bytes = 0
        self._highest_seq = -1
        self._progress_ms = 0
        self.needs_key = True

    @property
    def in_flight_bytes(self) -> int:
        return self._bytes

    def begin(self) -> None:
        """The sender's numbers begin anew, or the receiver starts with nothing."""
        self._in_flight.clear()
        self._bytes = 0
        self._highest_seq = -1
        self.needs_key = True

    def offer(self, packet: Packet, now_ms: int) -> bool:
        """Whether to send `packet` now; if so it is in flight from now on."""
        if not self._in_flight:
            self._progress_ms = now_ms
        if not self._may_pass(packet, now_ms):
            self.needs_key = self.needs_key or packet.is_video
            return False
        if packet.kind is Kind.KEY:
            self.needs_key = False
        self._in_flight.append(_Sent(seq=packet.seq, size=len(packet.data)))
        self._bytes += len(packet.data)
        self._highest_seq = packet.seq
        return True

    def acknowledge(self, seq: int, now_ms: int) -> None:
        """The receiver has everything up to `seq`; a number that was never sent is ignored.

        Such numbers are no breach: an acknowledgement may cross a sender's new attachment.
        """
        if seq > self._highest_seq:
            return
        while self._in_flight and self._in_flight[0].seq <= seq:
            self._bytes -= self._in_flight.popleft().size
            self._progress_ms = now_ms

    def take_back(self, count: int) -> None:
        """The last `count` packets never left the queue: they are not in flight after all."""
        for _ in range(min(count, len(self._in_flight))):
            self._bytes -= self._in_flight.pop().size
        self.needs_key = True

    def is_congested(self, now_ms: int) -> bool:
        """Whether deltas are dropped because the receiver can't keep up."""
        return self._bytes >= DELTAS_STOP_BYTES or self._waited_ms(now_ms) >= DELTAS_STOP_MS

    def is_stalled(self, now_ms: int) -> bool:
        """Whether nothing was acknowledged for 5 s although something is in flight."""
        return self._waited_ms(now_ms) >= STALLED_MS

    def _waited_ms(self, now_ms: int) -> int:
        return now_ms - self._progress_ms if self._in_flight else 0

    def _may_pass(self, packet: Packet, now_ms: int) -> bool:
        waited_ms = self._waited_ms(now_ms)
        match packet.kind:
            case Kind.AUDIO:
                return self._bytes < SOUND_STOPS_BYTES
            case Kind.KEY:
                return self._bytes < VIDEO_STOPS_BYTES and waited_ms < VIDEO_STOPS_MS
            case Kind.DELTA:
                return not (self.needs_key or self.is_congested(now_ms))
