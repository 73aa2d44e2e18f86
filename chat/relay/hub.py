"""A relay node: the rooms of this process, its lease, its ear on the node's channel, its clock.

One per process. Daphne has no lifespan, so the first socket starts it (`ensure_running`). While
the channel can't be heard the lease is not renewed: no new conversation comes here.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable
from functools import partial
from typing import assert_never
from uuid import UUID

from django.conf import settings
from redis.exceptions import RedisError

from chat import trust, video_gate
from chat.clock import now_ms
from chat.consumers.background import Tasks
from chat.events import (
    ControlBack,
    ControlGone,
    ConversationOver,
    EvidenceWanted,
    RelayEvent,
    RelayEventError,
    Reported,
    decode,
)
from chat.relay.booth import Booth
from chat.relay.ear import Ear
from chat.relay.errands import Errands
from chat.relay.lane import Lane
from chat.relay.lobby import Lobby
from chat.relay.rooms import KEPT_AFTER_END_MS, Room
from chat.sampler import Limits
from chat.session.direction import Direction
from chat.session.effects import MediaClose
from chat.stores import conversations, limits, nodes, seats, tokens
from chat.stores.conversations import Conversation
from chat.stores.tokens import MediaGrant, Purpose
from moderation.dispatch import shared_dispatcher
from moderation.events import VERDICT, EventError, decode_verdict
from moderation.intake import Screening
from moderation.samples import Side
from moderation.stores.client import connect_async
from moderation.verdicts import Verdict
from reports.ids import ConversationId

_log = logging.getLogger(__name__)

TICK_S = 0.05
RENEW_S = 1.0
STRAIN_EVERY_S = 0.5
TICKS_PER_TIDYING = 20
HEAR_OUT_S = 0.3
FINISH_S = 2.0
"""Of the 3.5 s in which the supervisor wants a process to end."""
KEPT_MAX_BYTES = 256 * 1024 * 1024
"""What ended conversations may take; people who skip fast leave ten seconds each behind."""


class Hub:
    """Everything one relay node knows, on one event loop.

    `strain` is how far screening falls behind, 0.0-1.0.
    """

    def __init__(self, node: str) -> None:
        self.node = node
        self.loop = asyncio.get_running_loop()
        self._client = connect_async()
        self._screening = Screening(connect_async())
        self._rooms: dict[ConversationId, Room] = {}
        self._errands: dict[ConversationId, tuple[Errands, asyncio.Task[None]]] = {}
        self._tasks = Tasks()
        self._has_rooms = asyncio.Event()
        self._lobby = Lobby(self._client, self._screening, self._tasks)
        self.strain = 0.0
        self._ear = Ear(node, self._hear, self._catch_up)
        # The CSPRNG that I2 asks for.
        self._rng = random.SystemRandom()
        self._limits = Limits(
            screened_ms=int(settings.SCREENED_S * 1000),
            verdict_max_age_ms=int(settings.VERDICT_MAX_AGE_S * 1000),
        )

    def start(self) -> None:
        """Start the clock, the ear and the lease."""
        self._tasks.spawn(self._keep_time(), "relay-clock")
        self._tasks.spawn(self._watch_screening(), "relay-strain")
        self._tasks.spawn(self._lobby.keep_time(), "lobby-clock")
        self._tasks.spawn(self._ear.run(), "relay-ear")
        self._tasks.spawn(self._hold_lease(), "relay-lease")

    async def stop(self) -> None:
        """Tell every socket to come back later, do what was asked for before, and stop."""
        self.send_away()
        try:
            await asyncio.wait_for(self._finish_errands(), FINISH_S)
        except TimeoutError:
            _log.error("stopped with errands undone: Redis or the broker is away")
        await self._tasks.cancel_all()
        try:
            await nodes.release(self._client, self.node)
        except RedisError:
            _log.warning("the lease of %s runs out by itself", self.node)
        await self._screening.close()
        await self._client.aclose()

    def send_away(self) -> None:
        """Close every media socket with 4012: this process restarts."""
        for room in list(self._rooms.values()):
            self._guarded(room, partial(room.send_away, now_ms()))
        self._lobby.abandon(MediaClose.RESTARTING)

    async def _finish_errands(self) -> None:
        """Hand in what was shown last, and attach evidence, also to reports just accepted."""
        # What was published before we were told to stop may still be on its way to the ear.
        await asyncio.sleep(HEAR_OUT_S)
        await asyncio.gather(*(errands.done() for errands, _ in self._errands.values()))
        while not shared_dispatcher().is_idle:  # noqa: ASYNC110  a thread works it off
            await asyncio.sleep(TICK_S)

    @property
    def room_count(self) -> int:
        """Conversations this node knows, ended ones included while they are kept."""
        return len(self._rooms)

    def live_rooms(self) -> list[Room]:
        """The conversations that go on here."""
        return [room for room in self._rooms.values() if not room.is_over]

    @property
    def kept_bytes(self) -> int:
        """What ended conversations take."""
        return sum(room.kept_bytes for room in self._rooms.values() if room.is_over)

    def knows(self, conversation: ConversationId) -> bool:
        """Whether the conversation is here, live or kept."""
        return conversation in self._rooms

    async def retry_after_s(self, prefix: str) -> float:
        """Take one attachment of the address prefix: 0.0, or the seconds until there is one again.
        Raises `RedisError`."""
        claims = limits.claims("attachments", prefix=prefix)
        return await limits.take_all(self._client, claims, now_ms())

    async def attach(self, token: str, lane: Lane) -> tuple[Room | Booth, MediaGrant] | MediaClose:
        """Use `token` up and seat its side in its room, or in a booth of the lobby, whichever it is
        for; a close code when that can't be.

        Raises `RedisError` and `ScreeningUnavailable`; a new token is needed for a retry.
        """
        grant = await tokens.claim(self._client, token)
        if grant is None or grant.node != self.node:
            return MediaClose.TOKEN_REFUSED
        if grant.purpose is Purpose.CHECK:
            booth = await self._lobby.attach(grant, lane)
            return booth if isinstance(booth, MediaClose) else (booth, grant)
        subject = grant.subject
        conversation = await self._live_conversation(subject.conversation)
        if conversation is None:
            return MediaClose.NOT_FOUND
        room = await self._room(conversation)
        await self._look_for_controls(room)
        # Once more: an end that came before the room was there has been told to nobody.
        if await self._live_conversation(conversation.id) is None:
            self._finish(room, None)
        await conversations.mark_attached(self._client, conversation.id, subject.side)
        own_limits = trust.limits_for(grant.scrutiny, self._limits)
        room.attach(subject.side, grant.attachment, lane, now_ms(), own_limits)
        return room, grant

    async def _live_conversation(self, conversation_id: ConversationId) -> Conversation | None:
        found = await conversations.load(self._client, conversation_id)
        return None if found is None or found.ending is not None else found

    async def _room(self, conversation: Conversation) -> Room:
        stored = {
            side: await self._screening.latest_verdict(conversation.subject(side).stream)
            for side in Side
        }
        # Both sides may have come here at once; the first one's room is everybody's.
        known = self._rooms.get(conversation.id)
        return self._open_room(conversation, stored) if known is None else known

    async def _look_for_controls(self, room: Room) -> None:
        """A side may have lost its control socket before this process listened for it."""
        absent = await seats.absent(self._client, room.conversation)
        for side in Side:
            room.set_control(side, is_here=side not in absent, now_ms=now_ms())

    def _open_room(self, conversation: Conversation, stored: dict[Side, Verdict | None]) -> Room:
        errands = Errands(self._client, self._screening)
        directions = {
            side: Direction(
                subject=conversation.subject(side),
                node=self.node,
                limits=self._limits,
                rng=self._rng,
                latest=stored[side],
                now_ms=now_ms(),
            )
            for side in Side
        }
        room = Room(conversation.id, directions, errands.ask)
        task = self._tasks.spawn(errands.run(room), f"errands-{conversation.id}")
        self._rooms[conversation.id] = room
        self._errands[conversation.id] = (errands, task)
        self._has_rooms.set()
        return room

    # The clock

    async def _keep_time(self) -> None:
        ticks = 0
        while True:
            await self._has_rooms.wait()
            await asyncio.sleep(TICK_S)
            for room in list(self._rooms.values()):
                self._guarded(room, partial(self._tick, room, now_ms()))
            ticks += 1
            if ticks % TICKS_PER_TIDYING == 0:
                self._forget_the_oldest()

    async def _watch_screening(self) -> None:
        """Know how far screening falls behind, while there are rooms whose samples could wait."""
        while True:
            await self._has_rooms.wait()
            try:
                self.strain = (await video_gate.look(self._client, now_ms())).strain
            except RedisError as error:
                _log.warning("load of screening unread: %s", type(error).__name__)
            await asyncio.sleep(STRAIN_EVERY_S)

    def _tick(self, room: Room, at_ms: int) -> None:
        if room.ended_ms is None:
            room.tick(at_ms, self.strain)
        elif at_ms - room.ended_ms > KEPT_AFTER_END_MS:
            self._forget(room)

    def _forget_the_oldest(self) -> None:
        """Let go of ended conversations, the oldest first, when they take too much memory."""
        ended = [room for room in self._rooms.values() if room.is_over]
        ended.sort(key=lambda room: room.ended_ms or 0)
        surplus = self.kept_bytes - KEPT_MAX_BYTES
        for room in ended:
            if surplus <= 0:
                return
            surplus -= room.kept_bytes
            self._forget(room)

    def _forget(self, room: Room) -> None:
        del self._rooms[room.conversation]
        _, task = self._errands.pop(room.conversation)
        task.cancel()
        if not self._rooms:
            self._has_rooms.clear()

    def _guarded(self, room: Room, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001  the outermost edge: others go on, this room is closed
            _log.exception("room %s broke and is closed", room.conversation)
            room.ended_ms = room.ended_ms or now_ms()
            room.abandon(MediaClose.UNAVAILABLE)

    # The lease

    async def _hold_lease(self) -> None:
        while True:
            if self._ear.is_listening:
                try:
                    await nodes.renew(self._client, self.node)
                except RedisError as error:
                    _log.warning("lease of %s not renewed: %s", self.node, type(error).__name__)
            await asyncio.sleep(RENEW_S if self._ear.is_listening else TICK_S)

    # What is heard

    async def _catch_up(self) -> None:
        """Read up what was missed while the channel was not heard."""
        for room in list(self._rooms.values()):
            if room.is_over:
                continue
            conversation = await conversations.load(self._client, room.conversation)
            if conversation is None or conversation.ending is not None:
                ending = None if conversation is None else conversation.ending
                self._finish(room, None if ending is None else ending.offender)
                continue
            await self._look_for_controls(room)
            for side in Side:
                stream = conversation.subject(side).stream
                verdict = await self._screening.latest_verdict(stream)
                room.stored(side, verdict, now_ms())

    def _hear(self, data: bytes) -> None:
        try:
            fields = json.loads(data)
            if fields["type"] == VERDICT:
                self._judged(decode_verdict(data))
            else:
                self._told(decode(fields))
        except (ValueError, KeyError, TypeError, EventError, RelayEventError) as error:
            _log.error("not understood on the channel of %s: %s", self.node, error)

    def _judged(self, verdict: Verdict) -> None:
        conversation, _, side = verdict.stream.rpartition(".")
        room = self._rooms.get(ConversationId(UUID(conversation)))
        if room is not None:
            self._guarded(room, partial(room.verdict, Side(side), verdict, now_ms()))
        else:
            self._lobby.judged(verdict)

    def _told(self, event: RelayEvent) -> None:
        room = self._rooms.get(event.conversation)
        if room is not None:
            self._guarded(room, partial(self._obey, room, event, now_ms()))

    def _obey(self, room: Room, event: RelayEvent, at_ms: int) -> None:
        match event:
            case ConversationOver():
                self._finish(room, event.offender)
            case EvidenceWanted():
                self._errands[room.conversation][0].attach_evidence(event.side, event.report)
            case ControlGone():
                room.control_gone(event.side, at_ms)
            case ControlBack():
                room.control_back(event.side, at_ms)
            case Reported():
                room.reported(event.side, at_ms)
            case _:
                assert_never(event)

    def _finish(self, room: Room, offender: Side | None) -> None:
        room.stop(now_ms())
        room.close(offender)


_hub: Hub | None = None


async def ensure_running() -> Hub | None:
    """This process's hub, started if it was not; None when the process is no relay node."""
    global _hub
    if not settings.RELAY_NODE:
        return None
    if _hub is None or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub(settings.RELAY_NODE)
        _hub.start()
    return _hub


async def shut_down() -> None:
    """Stop this process's hub, if it runs on this loop."""
    global _hub
    hub, _hub = _hub, None
    if hub is not None and hub.loop is asyncio.get_running_loop():
        await hub.stop()


def running() -> Hub | None:
    """This process's hub, if it has been started."""
    return _hub


def send_away() -> None:
    """Have every client of this process come back later; to be called on the hub's loop."""
    if _hub is not None:
        _hub.send_away()
