"""Which delta frames are as large as another scene takes. Pure.

A picture that turns into another one between two key frames costs a large delta. Such a delta is
no proof (a quick turn costs as much), so it only brings the next sample forward.
"""

from collections import deque

from moderation.packets import HEADER, KEY, Packet

REMEMBERED = 16
ENOUGH = 8
TIMES_THE_MEAN = 3.0
"""Measured on libvpx at 10 and 24 frames a second with a steady, a panning and a shaken camera: a
change of scene took 3.7 to 11 times the mean of the deltas before it. So did the largest delta
within one scene now and then (2.1 to 3.8): that costs a sample."""
SHARE_OF_KEY = 1 / 12
"""And no less than that of the last key frame: the least was an eighth."""


class Sizes:
    """The sizes of one sender's frames."""

    def __init__(self) -> None:
        self._key_bytes = 0
        self._deltas: deque[int] = deque()
        self._deltas_bytes = 0

    def is_jump(self, packet: Packet) -> bool:
        """Remember a video packet, and say whether it is such a delta."""
        size = len(packet.data) - HEADER.size
        if packet.kind is KEY:
            self._key_bytes = size
            return False
        known = self._deltas
        is_jump = (
            len(known) >= ENOUGH
            and size * len(known) >= TIMES_THE_MEAN * self._deltas_bytes
            and size >= SHARE_OF_KEY * self._key_bytes
        )
        known.append(size)
        self._deltas_bytes += size
        if len(known) > REMEMBERED:
            self._deltas_bytes -= known.popleft()
        return is_jump
