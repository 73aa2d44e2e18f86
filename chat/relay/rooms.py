"""A conversation in the relay: two seats, and the effects of one side's picture on both.

Nothing here waits: packets go into lanes, slow errands to whoever `ask` is.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from chat.relay.counters import packets as counted
from chat.relay.lane import Lane
from chat.sampler import Limits
from chat.session.direction import Direction
from chat.session.effects import (
    AskKeyFrame,
    CloseSender,
    Effect,
    EndConversation,
    Forward,
    MediaClose,
    Picture,
    ReadVerdictStore,
    SendPicture,
    SetRate,
    Submit,
)
from chat.session.envelope import Meter
from chat.session.flow import Flow
from moderation.packets import Packet, PacketError, parse_packet
from moderation.samples import Sample, Side
from moderation.verdicts import Reason, Verdict
from reports.ids import ConversationId

_log = logging.getLogger(__name__)

KEPT_AFTER_END_MS = 120_000
"""How long the last seconds stay in memory for a report after the end."""

MESSAGES_OVER_MS = 2000
MESSAGES_MAX = 400
"""More than one acknowledgement for each packet that a partner can send: no flood of the
partner's closes a socket that answers it."""

Errand = Submit | ReadVerdictStore | EndConversation
Ask = Callable[[Side, Errand], None]

REASONS_FOR_PARTNER = frozenset(
    {Reason.NO_VERDICT, Reason.NO_PICTURE, Reason.UNDECODABLE, Reason.CLASSIFIER_FAILED}
)
"""Technical ones; what a judge thinks of a person is told to nobody but that person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One side, for statistics: its picture, and what its socket was sent and has not got yet."""

    state: Picture
    reason: Reason | None
    in_flight_bytes: int


class Seat:
    """One side: the direction of its picture, its socket, and what it can take."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.lane: Lane | None = None
        self.attachment = 0
        self.flow = Flow()
        self.messages = Meter(MESSAGES_OVER_MS)
        self.has_control = True

    def tell(self, message: Mapping[str, str | int | None]) -> None:
        """Send a message, unless nothing may be sent to this side."""
        if self.lane is not None and self.has_control:
            self.lane.put_message(message)


class Room:
    """Two seats. Times are Unix ms."""

    def __init__(
        self, conversation: ConversationId, directions: Mapping[Side, Direction], ask: Ask
    ) -> None:
        self.conversation = conversation
        self.ended_ms: int | None = None
        self._seats = {side: Seat(directions[side]) for side in Side}
        self._ask = ask

    @property
    def is_over(self) -> bool:
        return self.ended_ms is not None

    def direction(self, side: Side) -> Direction:
        """The way of that side's picture."""
        return self._seats[side].direction

    def observe(self) -> list[Observed]:
        """How both sides stand."""
        return [
            Observed(
                state=seat.direction.state,
                reason=seat.direction.reason,
                in_flight_bytes=seat.flow.in_flight_bytes,
            )
            for seat in self._seats.values()
        ]

    @property
    def kept_bytes(self) -> int:
        """What the last seconds of both sides take."""
        return sum(seat.direction.footage.size_bytes for seat in self._seats.values())

    # Sockets

    def attach(
        self, side: Side, attachment: int, lane: Lane, now_ms: int, limits: Limits | None = None
    ) -> None:
        """A new socket for `side`; the newest attachment stays, any other is closed with 4409.

        Its picture is judged by `limits` from now on, if given.
        """
        seat = self._seats[side]
        if self.is_over:
            lane.close(MediaClose.NOT_FOUND)
            return
        if attachment <= seat.attachment:
            lane.close(MediaClose.ATTACHED_ELSEWHERE)
            return
        seat.attachment = attachment
        if seat.lane is not None:
            self._drop_socket(side, MediaClose.ATTACHED_ELSEWHERE, now_ms)
        seat.lane = lane
        seat.messages = Meter(MESSAGES_OVER_MS)
        seat.flow.begin()
        self._seats[side.other].flow.begin()
        self._perform(side, seat.direction.attached(now_ms, limits), now_ms)
        self._tell_picture(seat, side.other)

    def detach(self, side: Side, lane: Lane, now_ms: int) -> None:
        """The socket of `lane` is gone; nothing when another has taken its place."""
        if self._seats[side].lane is lane:
            self._drop_socket(side, MediaClose.ENDED, now_ms)

    def data(self, side: Side, lane: Lane, data: bytes, now_ms: int) -> None:
        """A binary message came on `lane`."""
        seat = self._seats[side]
        if seat.lane is not lane:
            return
        try:
            packet = parse_packet(data, now_ms)
        except PacketError as error:
            _log.info("%s.%s closed: %s", self.conversation, side, error.detail)
            self._drop_socket(side, MediaClose(error.code), now_ms)
            return
        self._perform(side, seat.direction.packet(packet, now_ms), now_ms)

    def acknowledge(self, side: Side, lane: Lane, seq: int, now_ms: int) -> None:
        """`side` has received its partner's packets up to `seq`."""
        seat = self._seats[side]
        if seat.lane is not lane:
            return
        if seat.messages.add(1, now_ms) > MESSAGES_MAX:
            self._drop_socket(side, MediaClose.TOO_MANY, now_ms)
            return
        seat.flow.acknowledge(seq, now_ms)

    def refuse(self, side: Side, lane: Lane, code: MediaClose, now_ms: int) -> None:
        """What came on `lane` breaks the protocol: close it."""
        if self._seats[side].lane is lane:
            self._drop_socket(side, code, now_ms)

    # Judges, clock and the control part

    def verdict(self, side: Side, verdict: Verdict, now_ms: int) -> None:
        """A verdict about the picture of `side` came."""
        self._perform(side, self.direction(side).verdict(verdict, now_ms), now_ms)

    def stored(self, side: Side, verdict: Verdict | None, now_ms: int) -> None:
        """The newest stored verdict about `side` was read."""
        self._perform(side, self.direction(side).stored(verdict, now_ms), now_ms)

    def unjudged(self, side: Side, sample: Sample, now_ms: int) -> None:
        """A submission of `side`, or the one it replaced, will not be judged."""
        self._perform(side, self.direction(side).unjudged(sample, now_ms), now_ms)

    def tick(self, now_ms: int, strain: float = 0.0) -> None:
        """Time has passed; `strain` is how far screening falls behind, 0.0-1.0."""
        for side, seat in self._seats.items():
            if self.is_over:
                return
            if seat.flow.lags(now_ms):
                taken_kbps = seat.flow.delivered_kbps(now_ms)
                self.direction(side.other).partner_lags(now_ms, taken_kbps)
            self._perform(side, seat.direction.tick(now_ms, strain), now_ms)
            if seat.lane is not None and seat.flow.is_stalled(now_ms):
                self._drop_socket(side, MediaClose.TOO_SLOW, now_ms)
                spared = frozenset({side.other})
                effect = EndConversation(offender=None, reason=None, search_on=spared)
                self._end(side, effect, now_ms)

    def reported(self, side: Side, now_ms: int) -> None:
        """`side` was reported: screened again, and nobody is told why."""
        self._perform(side, self.direction(side).reported(now_ms), now_ms)

    def set_control(self, side: Side, *, is_here: bool, now_ms: int) -> None:
        """What the store says about the control socket of `side`; news only."""
        if is_here is self._seats[side].has_control:
            return
        if is_here:
            self.control_back(side, now_ms)
        else:
            self.control_gone(side, now_ms)

    def control_gone(self, side: Side, now_ms: int) -> None:
        """`side` has no control socket: who can't report isn't shown anything."""
        seat = self._seats[side]
        seat.has_control = False
        self._void(seat)
        self._perform(side.other, self.direction(side.other).partner_left(now_ms), now_ms)

    def control_back(self, side: Side, now_ms: int) -> None:
        """`side` has resumed: its own picture is checked again, the partner's goes on."""
        seat = self._seats[side]
        seat.has_control = True
        seat.flow.begin()
        self._perform(side, seat.direction.recheck(now_ms), now_ms)
        for whose in Side:
            self._tell_picture(seat, whose)
        asked = self.direction(side.other).partner_needs_key(now_ms)
        self._perform(side.other, asked, now_ms)

    def stop(self, now_ms: int) -> None:
        """The conversation is over: nothing passes any more, the last seconds are judged."""
        if self.is_over:
            return
        self.ended_ms = now_ms
        for side, seat in self._seats.items():
            self._void(seat)
            self._perform(side, seat.direction.over(now_ms), now_ms)

    def close(self, offender: Side | None) -> None:
        """Close both sockets, that of an offender with 4403."""
        for side, seat in self._seats.items():
            if seat.lane is not None:
                seat.lane.close(MediaClose.BARRED if side is offender else MediaClose.ENDED)
                seat.lane = None

    def send_away(self, now_ms: int) -> None:
        """This process restarts: both come back later, and what they showed last is judged."""
        for side, seat in self._seats.items():
            if seat.lane is not None:
                self._drop_socket(side, MediaClose.RESTARTING, now_ms)

    def abandon(self, code: MediaClose) -> None:
        """Close both sockets because this process can't go on with the room."""
        for seat in self._seats.values():
            if seat.lane is not None:
                seat.lane.close(code)
                seat.lane = None

    # Effects

    def _perform(self, side: Side, effects: Iterable[Effect], now_ms: int) -> None:
        for effect in effects:
            match effect:
                case Forward():
                    self._forward(side, effect.packets, now_ms)
                case SendPicture():
                    self._picture_changed(side, effect)
                case AskKeyFrame():
                    self._seats[side].tell({"type": "key_frame"})
                case SetRate():
                    self._seats[side].tell({"type": "rate", **effect._asdict()})
                case CloseSender():
                    _log.info("%s.%s closed: %s", self.conversation, side, effect.detail)
                    self._drop_socket(side, effect.code, now_ms)
                case EndConversation():
                    self._end(side, effect, now_ms)
                case Submit() | ReadVerdictStore():
                    self._ask(side, effect)
                case _:
                    assert_never(effect)

    def _forward(self, side: Side, packets: Iterable[Packet], now_ms: int) -> None:
        partner = self._seats[side.other]
        if partner.lane is None or not partner.has_control:
            partner.flow.needs_key = True
            return
        lacks_key = False
        for packet in packets:
            if partner.flow.offer(packet, now_ms):
                partner.lane.put_packet(packet.data)
                counted.passed += 1
                continue
            counted.dropped += 1
            lacks_key = lacks_key or packet.is_video
        # Not while it can't keep up: key frames are large.
        if lacks_key and not partner.flow.is_congested(now_ms):
            self._perform(side, self.direction(side).partner_needs_key(now_ms), now_ms)

    def _picture_changed(self, side: Side, picture: SendPicture) -> None:
        if picture.state is not Picture.SHOWN:
            self._void(self._seats[side.other])
        for seat in self._seats.values():
            self._tell_picture(seat, side)

    def _tell_picture(self, seat: Seat, whose: Side) -> None:
        direction = self.direction(whose)
        is_own = seat.direction is direction
        reason = direction.reason
        if not is_own and reason not in REASONS_FOR_PARTNER:
            reason = None
        seat.tell(
            {
                "type": "picture",
                "whose": "you" if is_own else "partner",
                "state": direction.state,
                "reason": reason,
                "epoch": direction.epoch,
            }
        )

    def _void(self, seat: Seat) -> None:
        """Take back what waits to go out to `seat`: it must not be seen any more."""
        if seat.lane is not None:
            seat.flow.take_back(seat.lane.drop_packets())

    def _drop_socket(self, side: Side, code: MediaClose, now_ms: int) -> None:
        seat, partner = self._seats[side], self._seats[side.other]
        if seat.lane is not None:
            seat.lane.close(code)
        seat.lane = None
        seat.flow.begin()
        self._perform(side, seat.direction.detached(now_ms), now_ms)
        self._perform(side.other, partner.direction.partner_left(now_ms), now_ms)

    def _end(self, side: Side, effect: EndConversation, now_ms: int) -> None:
        if not self.is_over:
            self._ask(side, effect)
            self.stop(now_ms)
