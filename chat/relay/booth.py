"""A camera check in the relay: one side, nobody opposite, and no way out for a packet."""

import asyncio
from collections.abc import Iterable

from chat.relay.lane import Lane
from chat.session.checking import CheckEffect, Checking, TellCheck
from chat.session.effects import AskKeyFrame, CloseSender, MediaClose, SetRate, Submit
from chat.session.envelope import Meter
from chat.stores.checks import Check
from moderation.packets import PacketError, parse_packet
from moderation.samples import Side
from moderation.verdicts import Verdict

MESSAGES_OVER_MS = 2000
MESSAGES_MAX = 40
"""Nothing is sent that could be acknowledged."""


class Booth:
    """One check. It has the methods of a room that a media socket calls, and a single side.

    What takes time lies in `orders`, in order, and ends with the `TellCheck` that ends the check.
    """

    def __init__(self, check: Check, lane: Lane, now_ms: int) -> None:
        self.check = check
        self.orders: asyncio.Queue[Submit | TellCheck] = asyncio.Queue()
        self._lane = lane
        self._messages = Meter(MESSAGES_OVER_MS)
        self._checking = Checking(check.subject, check.node, now_ms)
        self._perform(self._checking.attached(now_ms))

    @property
    def is_over(self) -> bool:
        return self._checking.is_over

    def data(self, side: Side, lane: Lane, data: bytes, now_ms: int) -> None:
        """A binary message came."""
        try:
            packet = parse_packet(data, now_ms)
        except PacketError as error:
            self.refuse(side, lane, MediaClose(error.code), now_ms)
            return
        self._perform(self._checking.packet(packet, now_ms))

    def acknowledge(self, side: Side, lane: Lane, _seq: int, now_ms: int) -> None:
        """Nothing was sent; a flood is refused."""
        if self._messages.add(1, now_ms) > MESSAGES_MAX:
            self.refuse(side, lane, MediaClose.TOO_MANY, now_ms)

    def refuse(self, _side: Side, lane: Lane, code: MediaClose, _now_ms: int) -> None:
        """What came breaks the protocol: the check is over."""
        lane.close(code)
        self._perform(self._checking.detached())

    def detach(self, _side: Side, _lane: Lane, _now_ms: int) -> None:
        """The socket is gone."""
        self._perform(self._checking.detached())

    def verdict(self, verdict: Verdict, now_ms: int) -> None:
        """A verdict about the check came."""
        self._perform(self._checking.verdict(verdict, now_ms))

    def unjudged(self) -> None:
        """What was handed in can't be judged now."""
        self._perform(self._checking.unjudged())

    def tick(self, now_ms: int) -> None:
        """Time has passed."""
        self._perform(self._checking.tick(now_ms))

    def abandon(self, code: MediaClose) -> None:
        """This process can't go on with the check."""
        self._lane.close(code)
        self.unjudged()

    def _perform(self, effects: Iterable[CheckEffect]) -> None:
        for effect in effects:
            match effect:
                case Submit() | TellCheck():
                    self.orders.put_nowait(effect)
                case AskKeyFrame():
                    self._lane.put_message({"type": "key_frame"})
                case SetRate():
                    self._lane.put_message({"type": "rate", **effect._asdict()})
                case CloseSender():
                    self._lane.close(effect.code)
                case _:
                    raise AssertionError(f"nothing of a check goes anywhere: {effect}")
