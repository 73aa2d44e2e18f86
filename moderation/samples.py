"""What is handed in for judging: a window before it is shown, or a sample of what is shown.

Pure values; `moderation.intake` takes them in, `moderation.stores.mailbox` keeps them for seconds.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from moderation.packets import Packet
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

StreamId = NewType("StreamId", str)
"""One sender's picture in one conversation or camera check: `<its uuid>.<side>`."""


class Side(StrEnum):
    """The two seats of a conversation; `A` was waiting, `B` found them."""

    A = "a"
    B = "b"

    @property
    def other(self) -> "Side":
        return _OTHERS[self]


_OTHERS = {Side.A: Side.B, Side.B: Side.A}


class Purpose(StrEnum):
    """Why a picture is judged."""

    WINDOW = "window"  # withheld packets: every shown frame in them is judged or covered
    SAMPLE = (
        "sample"  # the picture on screen at an instant, and the newest: its two ends are judged
    )
    FAREWELL = "farewell"  # the last two seconds of a stream that ended, or is under suspicion
    CHECK = "check"  # a camera check: pictures spread over a second and a half, shown to nobody


UNSEEN = frozenset({Purpose.WINDOW, Purpose.CHECK})
"""What nobody has been shown: given up when its verdict would come too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose picture it is, and who was meant to see it: `partner` is None in a camera check, whose
    own id stands as `conversation` then."""

    conversation: ConversationId
    side: Side
    participant: ParticipantId
    device: DeviceId
    partner: Person | None
    mode: str
    pool: str
    started_ms: int

    @property
    def stream(self) -> StreamId:
        return StreamId(f"{self.conversation}.{self.side}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Video packets from a segment's key frame on, and which of them are to be judged.

    `packets` starts with a key frame; at most 64 packets and 3 s (I1). The judged ones are those
    with `first_seq <= seq <= last_seq`. `number` counts the stream's submissions. `captured_ms`
    is the arrival of the last packet and `deadline_ms` the instant after which the relay has
    given up (both Unix time, server's clock). `node` names the relay that waits. `spans_ms` is
    the time on screen that this submission stands for: since the newest packet of the one before
    it; 0 where nothing of it is shown.
    """

    subject: Subject
    node: str
    epoch: int
    number: int
    purpose: Purpose
    packets: tuple[Packet, ...]
    first_seq: int
    last_seq: int
    captured_ms: int
    deadline_ms: int
    spans_ms: int = 0

    @property
    def stream(self) -> StreamId:
        return self.subject.stream

    @property
    def sha256(self) -> str:
        """Hex digest over the judged packets as they came, in order (I3)."""
        return judged_digest(
            packet for packet in self.packets if self.first_seq <= packet.seq <= self.last_seq
        )


def judged_digest(packets: Iterable[Packet]) -> str:
    """Hex SHA-256 over the packets' whole messages, in order."""
    digest = hashlib.sha256()
    for packet in packets:
        digest.update(packet.data)
    return digest.hexdigest()
