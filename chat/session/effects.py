"""What the media rules ask of the relay: the effects that a direction of a conversation returns.

Pure values. `chat.relay.rooms` performs them in the order in which they were returned. What is made
for each packet or at each tick is a tuple: a frozen dataclass takes three times as long.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from moderation.packets import Packet
from moderation.samples import Sample, Side
from moderation.verdicts import Reason


class MediaClose(IntEnum):
    """Why a media socket is closed; the numbers are the protocol's."""

    ENDED = 1000
    RESTARTING = 4012
    BAD_MESSAGE = 4400
    TOKEN_REFUSED = 4401
    BARRED = 4403
    NOT_FOUND = 4404
    TOO_SLOW = 4408
    ATTACHED_ELSEWHERE = 4409
    TOO_LARGE = 4413
    TOO_MANY = 4429
    UNAVAILABLE = 4503


class Picture(StrEnum):
    """What the partner sees of a side: nothing yet, the picture, a blank, or never again."""

    CHECKING = "checking"
    SHOWN = "shown"
    HELD = "held"
    CUT = "cut"


class Forward(NamedTuple):
    """Pass these packets on to the partner, in order."""

    packets: tuple[Packet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Hand `sample` in for judging. `is_opening`: this stream has never been shown yet."""

    sample: Sample
    is_opening: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPicture:
    """Tell both sides what has become of the picture; what waits for the partner is void."""

    state: Picture
    reason: Reason | None
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskKeyFrame:
    """Ask the sender for a key frame now."""


class SetRate(NamedTuple):
    """Tell the sender to stay under `kbps` and `fps`, with a picture `height` pixels tall."""

    kbps: int
    fps: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSender:
    """Close the sender's media socket; `detail` is for the log."""

    code: MediaClose
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConversation:
    """End it for both: by moderation because of `offender` and `reason`, or as lost without. The
    sides in `search_on` are looked on for."""

    offender: Side | None
    reason: Reason | None
    search_on: frozenset[Side] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVerdictStore:
    """Verdicts are missing: read the newest one from the store."""


Effect = (
    Forward
    | Submit
    | SendPicture
    | AskKeyFrame
    | SetRate
    | CloseSender
    | EndConversation
    | ReadVerdictStore
)
