"""Which frame the partner's page shows at an instant, by the frames' timestamps. Pure.

The page gives frames back the pace at which they were taken, and lets one wait for that: a frame
that comes together with its successor is on screen for as long as its timestamps say, although it
is never the newest. So what is on screen is reckoned here as `pace.js` and `player.js` reckon it,
but for the sound, which may make all frames wait longer, each for its own time still.
"""

import math
from collections import deque

from moderation.packets import Packet

WAIT_MAX_MS = 250
RELAX_MS = 4
QUICKEST_OF = 500
"""As in the page: how long a frame waits at most after the quickest would have come, by how much
less the next one waits, and after how many arrivals the quickest is forgotten."""


class Pace:
    """The frames that a page shows or is about to show. Times are Unix ms."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, Packet]] = deque()  # when due, the one on screen first
        self._offset_ms = -math.inf
        self._quickest_ms = math.inf
        self._quickest_next_ms = math.inf
        self._arrivals = 0

    def add(self, packet: Packet) -> None:
        """A frame came, the newest by its timestamp."""
        taken_ms = packet.timestamp_us / 1000
        late_ms = packet.arrived_ms - taken_ms
        self._note(late_ms)
        wanted_ms = max(self._offset_ms - RELAX_MS, late_ms)
        self._offset_ms = min(wanted_ms, self._quickest_ms + WAIT_MAX_MS)
        self._frames.append((taken_ms + self._offset_ms, packet))
        self.on_screen(packet.arrived_ms)

    def on_screen(self, now_ms: int) -> Packet | None:
        """The frame that is shown at `now_ms`, which never goes back; None before the first."""
        while len(self._frames) > 1 and self._frames[1][0] <= now_ms:
            self._frames.popleft()
        return self._frames[0][1] if self._frames else None

    def _note(self, late_ms: float) -> None:
        self._arrivals += 1
        if self._arrivals % QUICKEST_OF == 0:
            self._quickest_ms, self._quickest_next_ms = self._quickest_next_ms, math.inf
        self._quickest_ms = min(self._quickest_ms, late_ms)
        self._quickest_next_ms = min(self._quickest_next_ms, late_ms)
