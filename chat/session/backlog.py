"""Withheld packets in the order they came, cut into windows of at most 200 ms (I1).

Pure. Sound waits with the picture next to it. A window lies within one segment.
"""

from collections import deque

from moderation.packets import KEY, Packet

WINDOW_MAX_MS = 200
WINDOW_MAX_FRAMES = 12
"""As many as 60 frames per second put into 200 ms."""

BACKLOG_MAX_MS = 1000


class Backlog:
    """What waits to be judged before it may pass."""

    def __init__(self) -> None:
        self._packets: deque[Packet] = deque()
        self._frames = 0

    @property
    def is_overfull(self) -> bool:
        """Whether more than a second waits: judging can't keep up."""
        if not self._packets:
            return False
        return self._packets[-1].arrived_ms - self._packets[0].arrived_ms > BACKLOG_MAX_MS

    @property
    def has_video(self) -> bool:
        return self._frames > 0

    def add(self, packet: Packet) -> None:
        """Put `packet` last; sound alone is kept for a second at most."""
        self._packets.append(packet)
        if packet.is_video:
            self._frames += 1
        elif not self._frames:
            while self.is_overfull:
                self._packets.popleft()

    def take_window(self) -> tuple[Packet, ...]:
        """Remove and yield the next window, sound and picture; () when no frame waits."""
        if not self._frames:
            return ()
        window: list[Packet] = []
        first: Packet | None = None
        frames = 0
        while self._packets:
            packet = self._packets[0]
            if first is not None and not _fits(packet, first, frames):
                break
            if packet.is_video:
                first = first or packet
                frames += 1
            window.append(self._packets.popleft())
        self._frames -= frames
        return tuple(window)

    def take_all(self) -> tuple[Packet, ...]:
        """Remove and yield everything."""
        packets = tuple(self._packets)
        self.clear()
        return packets

    def clear(self) -> None:
        self._packets.clear()
        self._frames = 0


def _fits(packet: Packet, first: Packet, frames: int) -> bool:
    """Whether `packet` still belongs to the window that the frame `first` opened."""
    if packet.kind is KEY or (packet.is_video and frames == WINDOW_MAX_FRAMES):
        return False
    return (
        packet.arrived_ms - first.arrived_ms <= WINDOW_MAX_MS
        and packet.timestamp_us - first.timestamp_us <= WINDOW_MAX_MS * 1000
    )
