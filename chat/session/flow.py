"""What one receiver can take: what is on its way is bounded, by its acknowledgements.

Pure. Neither server holds a sender back for a slow receiver (Daphne buffers without limit), so
this does: first deltas are dropped up to the next key frame, then all video, sound longest.

How far a receiver *lags* is how much longer its oldest packet has been on its way than a packet
takes at best: a long way alone is no congestion, a queue is.
"""

from collections import deque

from chat.session.envelope import Meter
from moderation.packets import AUDIO, DELTA, KEY, Kind, Packet

DELTAS_STOP_BYTES = 192 * 1024
VIDEO_STOPS_BYTES = 384 * 1024
SOUND_STOPS_BYTES = 512 * 1024

LAGS_MS = 600
"""Acknowledgements come every 200 ms: the rest is a queue."""
DELTAS_STOP_MS = 1200
VIDEO_STOPS_MS = 3000
STALLED_MS = 5000

BEST_OVER_MS = 10_000
"""How long the shortest way counts, at least; ways change."""
DELIVERED_OVER_MS = 2000


class Flow:
    """Packets on their way to one receiver."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """The sender's numbers begin anew, or the receiver starts with nothing."""
        self._in_flight: deque[tuple[int, int, int]] = deque()  # number, bytes, when it was sent
        self._bytes = 0
        self._highest_seq = -1
        self._progress_ms = 0
        self._delivered = Meter(DELIVERED_OVER_MS)
        self._best_ms = 0
        # Of this span of time and of the one before.
        self._bests_ms: tuple[int | None, int | None] = (None, None)
        self._bests_since_ms = 0
        self.needs_key = True

    @property
    def in_flight_bytes(self) -> int:
        return self._bytes

    def offer(self, packet: Packet, now_ms: int) -> bool:
        """Whether to send `packet` now; if so it is in flight from now on."""
        if not self._in_flight:
            self._progress_ms = now_ms
        kind = packet.kind
        if not self._may_pass(kind, now_ms):
            self.needs_key = self.needs_key or kind is not AUDIO
            return False
        if kind is KEY:
            self.needs_key = False
        size = len(packet.data)
        self._in_flight.append((packet.seq, size, now_ms))
        self._bytes += size
        self._highest_seq = packet.seq
        return True

    def acknowledge(self, seq: int, now_ms: int) -> None:
        """The receiver has everything up to `seq`; a number that was never sent is ignored.

        Such numbers are no breach: an acknowledgement may cross a sender's new attachment.
        """
        if seq > self._highest_seq:
            return
        delivered, sent_ms = 0, None
        while self._in_flight and self._in_flight[0][0] <= seq:
            _, size, sent_ms = self._in_flight.popleft()
            delivered += size
        if sent_ms is not None:
            self._bytes -= delivered
            self._progress_ms = now_ms
            self._delivered.add(delivered, now_ms)
            self._note_way(now_ms - sent_ms, now_ms)

    def take_back(self, count: int) -> None:
        """The last `count` packets never left the queue: they are not in flight after all."""
        for _ in range(min(count, len(self._in_flight))):
            self._bytes -= self._in_flight.pop()[1]
        self.needs_key = True

    def lag_ms(self, now_ms: int) -> int:
        """How much longer the oldest packet has been on its way than one takes at best."""
        if not self._in_flight:
            return 0
        return now_ms - self._in_flight[0][2] - self._best_ms

    def lags(self, now_ms: int) -> bool:
        """Whether packets queue up on their way to the receiver."""
        return self.lag_ms(now_ms) >= LAGS_MS

    def is_congested(self, now_ms: int) -> bool:
        """Whether deltas are dropped because the receiver can't keep up."""
        return self._bytes >= DELTAS_STOP_BYTES or self.lag_ms(now_ms) >= DELTAS_STOP_MS

    def is_stalled(self, now_ms: int) -> bool:
        """Whether nothing was acknowledged for 5 s although something is in flight."""
        return self._waited_ms(now_ms) >= STALLED_MS

    def delivered_kbps(self, now_ms: int) -> int:
        """What the receiver took of late."""
        return self._delivered.add(0, now_ms) * 8 // DELIVERED_OVER_MS

    def _waited_ms(self, now_ms: int) -> int:
        return now_ms - self._progress_ms if self._in_flight else 0

    def _note_way(self, way_ms: int, now_ms: int) -> None:
        newer, older = self._bests_ms
        if now_ms - self._bests_since_ms >= BEST_OVER_MS:
            self._bests_since_ms = now_ms
            newer, older = None, newer
        newer = way_ms if newer is None else min(newer, way_ms)
        self._bests_ms = newer, older
        self._best_ms = newer if older is None else min(newer, older)

    def _may_pass(self, kind: Kind, now_ms: int) -> bool:
        if kind is DELTA:
            return not (self.needs_key or self.is_congested(now_ms))
        if kind is AUDIO:
            return self._bytes < SOUND_STOPS_BYTES
        is_waiting = self._waited_ms(now_ms) >= VIDEO_STOPS_MS
        return self._bytes < VIDEO_STOPS_BYTES and not is_waiting
