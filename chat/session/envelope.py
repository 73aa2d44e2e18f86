"""What must hold between the packets of one attachment: sequence, clock and rates (I2, I5).

Pure. Errors: `PacketError` with the close code that the protocol names; the attachment is over.
"""

from collections import deque

from moderation.packets import AUDIO, BAD_MESSAGE, Packet, PacketError

TOO_MANY = 4429

OFF_ARRIVAL_MAX_MS = 1000
CLOCK_DRIFT_MAX = 0.0002
"""Two honest quartz clocks differ by up to 200 ppm: a second in 83 minutes."""

VIDEO_MAX_PER_S = 60
AUDIO_MAX_PER_S = 25
COUNT_OVER_MS = 2000
"""Packets are counted over two seconds: a network that stalls for one delivers twice as fast."""

BYTES_OVER_MS = 5000
BYTES_MAX = 2_500_000 // 8 * 5


class Meter:
    """The sum of amounts that came within the last `over_ms`."""

    __slots__ = ("_entries", "_over_ms", "_sum")

    def __init__(self, over_ms: int) -> None:
        self._over_ms = over_ms
        self._entries: deque[tuple[int, int]] = deque()
        self._sum = 0

    def add(self, amount: int, now_ms: int) -> int:
        """Count `amount`; yields the sum with it."""
        entries = self._entries
        entries.append((now_ms, amount))
        self._sum += amount
        while entries[0][0] <= now_ms - self._over_ms:
            self._sum -= entries.popleft()[1]
        return self._sum


class _Track:
    """One kind of packets: their newest timestamp, and when the last so many came."""

    __slots__ = ("arrivals_ms", "newest_us")

    def __init__(self, max_per_s: int) -> None:
        self.newest_us = 0
        # Full when one more within the time would be too many: nothing has to be added up.
        self.arrivals_ms: deque[int] = deque(maxlen=max_per_s * COUNT_OVER_MS // 1000)


class Envelope:
    """Checks one attachment's packets as they come; the first one defines the clock's zero."""

    __slots__ = ("_audio", "_bytes", "_next_seq", "_video", "_zero_ms", "_zero_us", "late_ms")

    def __init__(self) -> None:
        self._next_seq = 0
        self._zero_us = 0
        self._zero_ms = 0
        self._video = _Track(VIDEO_MAX_PER_S)
        self._audio = _Track(AUDIO_MAX_PER_S)
        self._bytes = Meter(BYTES_OVER_MS)
        self.late_ms = 0.0
        """How much longer than the first packet the newest one was on its way."""

    def check(self, packet: Packet) -> None:
        """Let `packet` pass or raise `PacketError` (4400 or 4429)."""
        kind, seq, timestamp_us, arrived_ms, data = packet
        if seq != self._next_seq:
            raise PacketError(BAD_MESSAGE, f"packet {seq} instead of {self._next_seq}")
        if not seq:
            self._zero_us, self._zero_ms = timestamp_us, arrived_ms
        self._next_seq = seq + 1
        track = self._audio if kind is AUDIO else self._video
        if timestamp_us < track.newest_us:
            raise PacketError(BAD_MESSAGE, "timestamp goes back")
        track.newest_us = timestamp_us
        elapsed_ms = arrived_ms - self._zero_ms
        self.late_ms = elapsed_ms - (timestamp_us - self._zero_us) / 1000
        off_ms = abs(self.late_ms)
        if off_ms > OFF_ARRIVAL_MAX_MS + CLOCK_DRIFT_MAX * elapsed_ms:
            raise PacketError(BAD_MESSAGE, f"timestamp is {off_ms:.0f} ms off its arrival")
        arrivals_ms = track.arrivals_ms
        is_full = len(arrivals_ms) == arrivals_ms.maxlen
        if is_full and arrivals_ms[0] > arrived_ms - COUNT_OVER_MS:
            raise PacketError(TOO_MANY, "too many packets")
        arrivals_ms.append(arrived_ms)
        if self._bytes.add(len(data), arrived_ms) > BYTES_MAX:
            raise PacketError(TOO_MANY, "too many bytes")
