"""What is asked of a sender: packets that keep the rules, a rate, a key frame now.

Pure. The rate depends on what becomes of its picture and on who can't keep up.
"""

from chat.session.effects import AskKeyFrame, Effect, SetRate
from chat.session.envelope import Envelope
from chat.session.rates import Rates
from moderation.packets import Packet, Size, key_frame_size

SCREENED = SetRate(kbps=600, fps=10, height=480)
SAMPLED = SetRate(kbps=1200, fps=24, height=480)

LATE_MS = 400.0
"""Packets queue up on their way here; after a second the socket would have to be closed (I2)."""
KEY_FRAME_AGAIN_MS = 1000


class Sender:
    """One side's sender. A new attachment starts its numbers, its clock and its size anew."""

    def __init__(self) -> None:
        self._envelope = Envelope()
        self._size: Size | None = None
        self._rate: SetRate | None = None
        self._rates = Rates(SCREENED)
        self._key_asked_ms = 0

    def begin(self) -> None:
        """A new socket: it has sent nothing and been told nothing."""
        self._envelope = Envelope()
        self._size = None
        self._rate = None

    def check(self, packet: Packet) -> None:
        """Let `packet` pass or raise `PacketError` with the close code."""
        self._envelope.check(packet)

    def has_new_size(self, packet: Packet) -> bool:
        """Whether the size of a key frame differs from that of the one before."""
        before, self._size = self._size, key_frame_size(packet.payload)
        return before not in (None, self._size)

    def slow_down(self, now_ms: int, taken_kbps: int | None = None) -> None:
        """The judges can't keep up, or the partner, who took `taken_kbps` of late."""
        self._rates.slow_down(now_ms, taken_kbps)

    def ask_key_frame(self, now_ms: int) -> list[Effect]:
        """Ask for a key frame, unless that was done within the last second."""
        is_asked = now_ms - self._key_asked_ms < KEY_FRAME_AGAIN_MS
        return [] if is_asked else self.ask_key_frame_at_once(now_ms)

    def ask_key_frame_at_once(self, now_ms: int) -> list[Effect]:
        """Ask for a key frame, whatever was asked before."""
        self._key_asked_ms = now_ms
        return [AskKeyFrame()]

    def set_rate(self, now_ms: int, *, is_screened: bool) -> list[Effect]:
        """Tell the rate to stay under, unless the sender knows it."""
        if self._envelope.late_ms >= LATE_MS:
            self._rates.slow_down(now_ms)
        rate = self._rates.rate(now_ms, SCREENED if is_screened else SAMPLED)
        if rate == self._rate:
            return []
        self._rate = rate
        return [rate]
