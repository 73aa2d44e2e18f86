"""What must hold between the packets of one attachment: sequence, clock and rates (I2, I5).

Pure. Errors: `PacketError` with the close code that the protocol names; the attachment is over.
"""

from collections import deque

from moderation.packets import BAD_MESSAGE, Packet, PacketError

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


class Envelope:
    """Checks one attachment's packets as they come; the first one defines the clock's zero."""

    def __init__(self) -> None:
        self._next_seq = 0
        self._zero: tuple[int, int] | None = None  # timestamp in µs, arrival in ms
        self._video_us = 0
        self._audio_us = 0
        self._video_count = Meter(COUNT_OVER_MS)
        self._audio_count = Meter(COUNT_OVER_MS)
        self._bytes = Meter(BYTES_OVER_MS)

    def check(self, packet: Packet) -> None:
        """Let `packet` pass or raise `PacketError` (4400 or 4429)."""
        if packet.seq != self._next_seq:
            raise PacketError(BAD_MESSAGE, f"packet {packet.seq} instead of {self._next_seq}")
        self._next_seq += 1
        self._check_clock(packet)
        self._check_rates(packet)

    def _check_clock(self, packet: Packet) -> None:
        if self._zero is None:
            self._zero = (packet.timestamp_us, packet.arrived_ms)
        before_us = self._video_us if packet.is_video else self._audio_us
        if packet.timestamp_us < before_us:
            raise PacketError(BAD_MESSAGE, "timestamp goes back")
        if packet.is_video:
            self._video_us = packet.timestamp_us
        else:
            self._audio_us = packet.timestamp_us
        zero_us, zero_ms = self._zero
        elapsed_ms = packet.arrived_ms - zero_ms
        off_ms = abs((packet.timestamp_us - zero_us) / 1000 - elapsed_ms)
        if off_ms > OFF_ARRIVAL_MAX_MS + CLOCK_DRIFT_MAX * elapsed_ms:
            raise PacketError(BAD_MESSAGE, f"timestamp is {off_ms:.0f} ms off its arrival")

    def _check_rates(self, packet: Packet) -> None:
        seconds = COUNT_OVER_MS // 1000
        if packet.is_video:
            has_room = self._video_count.add(1, packet.arrived_ms) <= VIDEO_MAX_PER_S * seconds
        else:
            has_room = self._audio_count.add(1, packet.arrived_ms) <= AUDIO_MAX_PER_S * seconds
        if not has_room:
            raise PacketError(TOO_MANY, "too many packets")
        if self._bytes.add(len(packet.data), packet.arrived_ms) > BYTES_MAX:
            raise PacketError(TOO_MANY, "too many bytes")
