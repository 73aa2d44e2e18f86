"""A sender's video of the last seconds, whole segments: for judging, for farewells, as evidence.

Pure. A *segment* is a key frame and its deltas. Kept in memory only, for ten seconds; sound is
not kept.
"""

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

from chat.session.pace import Pace
from moderation.packets import KEY, Packet

KEPT_MS = 10_000
SEGMENT_MAX_PACKETS = 64
SEGMENT_MAX_MS = 3000
SEGMENT_AGEING_PACKETS = 50
SEGMENT_AGEING_MS = 2400
"""From here on a key frame is asked for, before the limit makes the picture stand still."""

FAREWELL_MS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Packets from a key frame on; those from `first_seq` on are meant."""

    packets: tuple[Packet, ...]
    first_seq: int


class Footage:
    """What a sender sent, as far as it can be decoded: every packet follows from a key frame."""

    def __init__(self) -> None:
        self._packets: deque[Packet] = deque()
        self._earlier: tuple[Packet, ...] = ()
        self._segment_packets = 0
        self._segment_began_ms = 0
        self._pace = Pace()
        self.needs_key = True

    @property
    def newest(self) -> Packet | None:
        """The last packet that was added."""
        return self._packets[-1] if self._packets else None

    def begin(self) -> None:
        """A new attachment: numbers start anew; what came before is evidence only."""
        self._earlier = self._evidence_of_attachment()
        self._packets.clear()
        self._pace = Pace()
        self.needs_key = True

    def add(self, packet: Packet) -> bool:
        """Add a video packet; False when it can't be decoded or its segment is full (I1).

        After a False, only a key frame is taken.
        """
        if packet.kind is KEY:
            self.needs_key = False
            self._segment_packets = 0
            self._segment_began_ms = packet.arrived_ms
        elif (
            self.needs_key
            or self._segment_packets >= SEGMENT_MAX_PACKETS
            or packet.arrived_ms - self._segment_began_ms > SEGMENT_MAX_MS
        ):
            self.needs_key = True
            return False
        self._segment_packets += 1
        self._packets.append(packet)
        self._pace.add(packet)
        kept_since_ms = packet.arrived_ms - KEPT_MS
        while self._packets[0].arrived_ms < kept_since_ms:
            self._packets.popleft()
        return True

    def break_off(self) -> None:
        """Take nothing but a key frame from now on."""
        self.needs_key = True

    def is_ageing(self, now_ms: int) -> bool:
        """Whether the segment is about to be full, so that a new key frame should come."""
        return (
            self._segment_packets >= SEGMENT_AGEING_PACKETS
            or now_ms - self._segment_began_ms >= SEGMENT_AGEING_MS
        )

    @property
    def size_bytes(self) -> int:
        """What is kept, in bytes."""
        return sum(len(packet.data) for packet in (*self._earlier, *self._packets))

    def on_screen(self, now_ms: int) -> Extract | None:
        """What the page shows at `now_ms` and what came since, to be judged at its two ends; None
        before the first frame. Only one of them when both are more than one submission."""
        shown, newest = self._pace.on_screen(now_ms), self.newest
        if shown is None or newest is None:
            return None
        chain = self.upto(shown)
        if not chain:
            return Extract(packets=self.upto(newest), first_seq=newest.seq)
        since = [*takewhile(lambda packet: packet is not shown, reversed(self._packets))]
        spans_ms = newest.arrived_ms - chain[0].arrived_ms
        if len(chain) + len(since) <= SEGMENT_MAX_PACKETS and spans_ms <= SEGMENT_MAX_MS:
            chain += tuple(reversed(since))
        return Extract(packets=chain, first_seq=shown.seq)

    def upto(self, last: Packet) -> tuple[Packet, ...]:
        """The packets from the segment's key frame to `last`, which must have been added."""
        found: list[Packet] = []
        for packet in reversed(self._packets):
            if packet is last or found:
                found.append(packet)
                if packet.kind is KEY:
                    break
        return tuple(reversed(found))

    def farewell(self) -> Extract | None:
        """The last two seconds, with what is needed to decode them; None without a picture."""
        return self.last(FAREWELL_MS)

    def last(self, span_ms: int) -> Extract | None:
        """The last `span_ms`, with what is needed to decode them; None without a picture.

        When that would be more than one submission may hold, it begins at a later key frame.
        """
        newest = self.newest
        if newest is None:
            return None
        packets = list(self._packets)
        keys = [index for index, packet in enumerate(packets) if packet.kind is KEY]
        since_ms = newest.arrived_ms - span_ms
        # The newest key frame at or before the start, or the first after it that fits.
        before = [index for index in keys if packets[index].arrived_ms <= since_ms]
        after = [index for index in keys if packets[index].arrived_ms > since_ms]
        for index in before[-1:] + after:
            extract = tuple(packets[index:])
            spans_ms = newest.arrived_ms - extract[0].arrived_ms
            if len(extract) <= SEGMENT_MAX_PACKETS and spans_ms <= SEGMENT_MAX_MS:
                first = next(packet for packet in extract if packet.arrived_ms >= since_ms)
                return Extract(packets=extract, first_seq=first.seq)
        return None

    def evidence(self) -> tuple[Packet, ...]:
        """The last ten seconds, also of the attachment before, from a key frame on."""
        newest = self.newest
        if newest is None:
            return self._earlier
        since_ms = newest.arrived_ms - KEPT_MS
        has_recent = self._earlier and self._earlier[-1].arrived_ms >= since_ms
        return (self._earlier if has_recent else ()) + self._evidence_of_attachment()

    def _evidence_of_attachment(self) -> tuple[Packet, ...]:
        packets = tuple(self._packets)
        for index, packet in enumerate(packets):
            if packet.kind is KEY:
                return packets[index:]
        return ()
