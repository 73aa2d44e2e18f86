"""A room's slow errands, done one after another beside its packets.

Whatever fails here fails closed by the room's deadlines; the end of a conversation is retried.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import assert_never

import redis.asyncio
from redis.exceptions import RedisError

from chat import conversations
from chat.clock import now_ms
from chat.relay.rooms import Errand, Room
from chat.session.effects import EndConversation, MediaClose, ReadVerdictStore, Submit
from chat.stores.conversations import EndedBy
from moderation.intake import Screening, ScreeningUnavailable, Submitted, attach_media
from moderation.samples import Side
from moderation.verdicts import Reason
from reports.ids import ReportId
from reports.rules import Rule

_log = logging.getLogger(__name__)

RETRY_S = 0.5
RETRIES = 240
"""Two minutes: as long as a room keeps what a report may need."""


class Errands:
    """What one room has asked for; `run` does it until cancelled."""

    def __init__(self, client: redis.asyncio.Redis, screening: Screening) -> None:
        self._client = client
        self._screening = screening
        self._waiting: asyncio.Queue[tuple[Side, Errand | ReportId]] = asyncio.Queue()

    def ask(self, side: Side, errand: Errand) -> None:
        """Have `errand` done for `side`."""
        self._waiting.put_nowait((side, errand))

    def attach_evidence(self, side: Side, report: ReportId) -> None:
        """Have the last seconds of `side` attached to `report`."""
        self._waiting.put_nowait((side, report))

    async def done(self) -> None:
        """Wait until everything asked for so far has been done."""
        await self._waiting.join()

    async def run(self, room: Room) -> None:
        """Do what was asked, in order."""
        while True:
            side, errand = await self._waiting.get()
            try:
                await self._do(room, side, errand)
            except Exception:  # noqa: BLE001  the outermost edge: the room holds, then ends
                _log.exception("an errand of %s failed", room.conversation)
                room.abandon(MediaClose.UNAVAILABLE)
            finally:
                self._waiting.task_done()

    async def _do(self, room: Room, side: Side, errand: Errand | ReportId) -> None:
        match errand:
            case Submit():
                await self._submit(room, side, errand)
            case ReadVerdictStore():
                await self._read_verdict(room, side)
            case EndConversation():
                await self._end(room, errand)
            case _:
                await self._attach(room, side, errand)

    async def _submit(self, room: Room, side: Side, effect: Submit) -> None:
        sample = effect.sample
        if now_ms() > sample.deadline_ms:
            return
        try:
            submitted = await self._screening.submit(sample, is_opening=effect.is_opening)
        except (ScreeningUnavailable, RedisError) as error:
            _log.warning("nothing judged of %s: %s", sample.stream, error)
            room.unjudged(side, sample, now_ms())
            return
        match submitted:
            case Submitted.QUEUED:
                pass
            case Submitted.REPLACED:
                room.unjudged(side, sample, now_ms())
            case _:
                assert_never(submitted)

    async def _read_verdict(self, room: Room, side: Side) -> None:
        # Unanswered, the room asks again; until then it holds the picture.
        try:
            verdict = await self._screening.latest_verdict(room.direction(side).subject.stream)
        except ScreeningUnavailable as error:
            _log.warning("verdicts of %s unread: %s", room.conversation, error)
            return
        room.stored(side, verdict, now_ms())

    async def _end(self, room: Room, effect: EndConversation) -> None:
        by = EndedBy.LOST if effect.offender is None else EndedBy.MODERATION

        async def end() -> None:
            await conversations.end(
                self._client,
                room.conversation,
                by=by,
                offender=effect.offender,
                rule=rule_of(effect.reason),
                search_on=effect.search_on,
            )

        await _persist(end, what=f"end of {room.conversation}")
        room.close(effect.offender)

    async def _attach(self, room: Room, side: Side, report: ReportId) -> None:
        packets = room.direction(side).footage.evidence()

        async def attach() -> None:
            await attach_media(self._client, report, packets)

        await _persist(attach, what=f"evidence for {report}")


def rule_of(reason: Reason | None) -> Rule | None:
    """The rule that a cut for `reason` stands on, None when nobody broke one."""
    match reason:
        case Reason.NUDITY | Reason.KNOWN_PICTURE:
            return Rule.NUDITY
        case Reason.UNDER_AGE:
            return Rule.MINOR
        case None:
            return None
        case _:
            return Rule.OTHER


async def _persist(work: Callable[[], Awaitable[None]], what: str) -> None:
    """Do `work`, again and again while Redis is away."""
    for _ in range(RETRIES):
        try:
            await work()
        except (RedisError, ScreeningUnavailable) as error:
            _log.warning("%s must wait: %s", what, type(error).__name__)
            await asyncio.sleep(RETRY_S)
        else:
            return
    _log.error("%s was given up", what)
