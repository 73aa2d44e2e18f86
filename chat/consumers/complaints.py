"""Reports and blocks as one socket makes them: whom they are about, and what is answered.

The conversation ends and the pair is kept apart before anything can refuse the filing, which may
be tried again; filing goes on when the socket has gone. Raises `RedisError`; the consumer answers
for it.
"""

from typing import Literal

import redis.asyncio

from chat import advice, clock, conversations, reporting
from chat.consumers.background import detached
from chat.consumers.outbox import Outbox
from chat.consumers.talk import Talk
from chat.database import DatabaseUnavailable
from chat.messages import Block, ErrorCode, Report
from chat.stores import conversations as records
from chat.stores.conversations import Conversation, EndedBy
from moderation.intake import ScreeningUnavailable
from moderation.samples import Side
from reports.ids import ConversationId
from reports.snapshots import Person, UserReport

Complaint = Literal["report", "block"]
LATE_MS = 24 * 3600 * 1000
"""For how long after it began a conversation can be reported."""


class Complaints:
    """What one participant has against those they met."""

    def __init__(self, client: redis.asyncio.Redis, outbox: Outbox, person: Person) -> None:
        self._client = client
        self._outbox = outbox
        self._person = person

    async def report(self, message: Report, talk: Talk | None) -> None:
        """Report the partner; answered with `reported`, or `error unavailable`."""
        target = await self._target(message.conversation, talk)
        if target is None:
            return
        conversation, side = target
        await self._part(conversation, side, talk)
        if not await self._may_complain("report"):
            return
        try:
            report = await reporting.write_report(self._client, conversation, side, message)
        except ScreeningUnavailable:
            await self._unavailable("report")
            return
        detached.spawn(self._file_report(conversation, side, report), "file report")

    async def block(self, message: Block, talk: Talk | None) -> None:
        """Never meet the partner again; only a failure is answered."""
        target = await self._target(message.conversation, talk)
        if target is None:
            return
        conversation, side = target
        await self._part(conversation, side, talk)
        if await self._may_complain("block"):
            detached.spawn(self._file_block(conversation, side), "file block")

    async def _target(
        self, wanted: ConversationId | None, talk: Talk | None
    ) -> tuple[Conversation, Side] | None:
        """Which conversation is meant, and one's own side in it; refusals are answered here."""
        if wanted is None:
            if talk is not None and not talk.is_over:
                return talk.conversation, talk.side
            await self._outbox.error(ErrorCode.NOT_PAIRED, "there is nobody to report")
            return None
        found = await self._own(wanted)
        if found is None:
            await self._outbox.error(
                ErrorCode.NO_SUCH_CONVERSATION, "none of yours of the last 24 hours"
            )
        return found

    async def _own(self, wanted: ConversationId) -> tuple[Conversation, Side] | None:
        record = await records.load(self._client, wanted)
        if record is None or clock.now_ms() - record.started_ms > LATE_MS:
            return None
        side = record.side_of(self._person.participant)
        return None if side is None else (record, side)

    async def _may_complain(self, of: Complaint) -> bool:
        retry_after_s = await reporting.retry_after_s(self._client, self._person, clock.now_ms())
        if retry_after_s:
            await self._outbox.error(
                ErrorCode.SLOW_DOWN,
                "you will not meet again today; file this a little later",
                retry_after_s=retry_after_s,
                of=of,
            )
        return not retry_after_s

    async def _part(self, conversation: Conversation, side: Side, talk: Talk | None) -> None:
        await reporting.keep_apart(self._client, conversation)
        by = EndedBy.side(side)
        if talk is not None and talk.conversation.id == conversation.id:
            await talk.end(by)
        else:
            await conversations.end(self._client, conversation.id, by=by)

    async def _file_report(
        self, conversation: Conversation, side: Side, report: UserReport
    ) -> None:
        try:
            receipt = await reporting.file_report(self._client, conversation, side, report)
        except DatabaseUnavailable:
            await self._unavailable("report")
        else:
            await self._outbox.send("reported", receipt=receipt.receipt)
            if receipt.warning is not None:
                told = advice.false_reports(report.rule, receipt.warning)
                await self._outbox.send("notice", **told)

    async def _file_block(self, conversation: Conversation, side: Side) -> None:
        try:
            await reporting.file_block(conversation, side)
        except DatabaseUnavailable:
            await self._unavailable("block")

    async def _unavailable(self, of: Complaint) -> None:
        detail = "you will not meet again today, but nothing was filed: try again"
        await self._outbox.error(ErrorCode.UNAVAILABLE, detail, of=of)
