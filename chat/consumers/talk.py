"""One side of a live conversation: lines out and in, who is there, and how it ends.

The truth is in the stores; a nudge makes `changed` read it, and so does every heartbeat. Nothing
is sent about a conversation after its `ended`. Raises `RedisError`; the caller answers for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import assert_never

import redis.asyncio
from django.conf import settings

from chat import advice, clock, conversations, events, goodbyes, nudges, scrutiny
from chat.consumers.background import Tasks, detached
from chat.consumers.node_watch import shared_watch
from chat.consumers.outbox import Outbox
from chat.messages import ErrorCode, Mode, Say
from chat.sanctions import HELP_URL
from chat.stores import conversations as records
from chat.stores import inbox, limits, nodes, seats, sessions, tokens
from chat.stores.conversations import Conversation, EndedBy, Ending
from chat.stores.inbox import SaidLine
from chat.stores.seats import Elsewhere, Live, Over, Seat, Unknown
from moderation import intake
from moderation.intake import LineJudgement, ScreeningUnavailable
from moderation.lines.rulebook import LineOutcome
from moderation.samples import Side
from reports.rules import CHILD_SAFETY_RULES, Rule

ATTACH_WITHIN_S = 10.0
"""Both media sockets have come by then, or the conversation is lost."""

NOBODY: frozenset[Side] = frozenset()

_SLACK_S = 0.05


class Talk:
    """One side, on one socket. `is_offender` once moderation ended it because of this side;
    `search_again` is called when it was lost through no doing of this side."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        outbox: Outbox,
        tasks: Tasks,
        conversation: Conversation,
        seat: Seat,
        *,
        search_again: Callable[[], None],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._tasks = tasks
        self._seat = seat
        self._search_again = search_again
        self._key = ""
        self._reading = asyncio.Lock()
        self._is_announced = False
        self._is_partner_here = True
        self.conversation = conversation
        self.side = seat.side
        self.is_over = False
        self.is_offender = False
        self._partner = conversation.person(seat.side.other).participant

    @property
    def is_known(self) -> bool:
        """Whether the browser knows it: nothing is sent before `paired` or after `ended`."""
        return self._is_announced and not self.is_over

    async def begin(self, key: str) -> None:
        """Tell the browser whom it has met, and see to it that both pictures come."""
        await self._announce(key)
        self._tasks.spawn(self._await_media(), "await media")

    async def go_on(self, key: str) -> None:
        """The same after `resume`; then what waited meanwhile."""
        await self._announce(key)
        await self._tell_relay(
            events.ControlBack(conversation=self.conversation.id, side=self.side)
        )
        await nudges.talk_changed(self._partner, self.conversation.id)
        self._tasks.spawn(self._await_media(), "await media")
        await self.changed()

    async def say(self, message: Say) -> None:
        """Judge a line and pass it on; a finding ends the conversation."""
        now_ms = clock.now_ms()
        subject = self.conversation.subject(self.side)
        try:
            judgement = await intake.judge_line(
                self._client, subject=subject, text=message.text, now_ms=now_ms
            )
        except ScreeningUnavailable:
            if not self.is_over:
                detail = "your line was not passed on"
                await self._outbox.error(ErrorCode.UNAVAILABLE, detail, id=message.id)
            return
        at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
        line = SaidLine(id=message.id, text=judgement.text, at=at, caution=judgement.caution)
        match judgement.outcome:
            case LineOutcome.FINDING:
                await self.end(EndedBy.MODERATION, rule=judgement.rule)
            case LineOutcome.WITHHOLD:
                await self._withhold(line, judgement)
            case LineOutcome.PASS | LineOutcome.CAUTION:
                await self._pass_on(line)
                if judgement.help_in is not None and not self.is_over:
                    await self._outbox.send("notice", **advice.help_lines(judgement.help_in))
            case _:
                assert_never(judgement.outcome)

    async def typing(self, *, on: bool) -> None:
        """Let the partner know; best effort."""
        await nudges.talk_typing(self._partner, self.conversation.id, on=on)

    async def hear_typing(self, *, on: bool) -> None:
        """The partner types, or stopped."""
        if self.is_known:
            await self._outbox.send("typing", on=on)

    async def send_relay(self) -> None:
        """A fresh media token, for a video conversation."""
        if self.conversation.mode is Mode.TEXT:
            await self._outbox.error(ErrorCode.NOT_PAIRED, "this conversation has no pictures")
            return
        person = self.conversation.person(self.side)
        claims = limits.claims("relays", person.participant, person.device)
        if retry_after_s := await limits.take_all(self._client, claims, clock.now_ms()):
            await self._outbox.error(
                ErrorCode.SLOW_DOWN, "too many media sockets", retry_after_s=retry_after_s
            )
            return
        relay = await self._relay()
        if not self.is_over:
            await self._outbox.send("relay", **(relay or {}))

    async def changed(self) -> None:
        """Read the stores: lines that wait, whether the partner is there, whether it is over."""
        async with self._reading:
            if self.is_over:
                return
            conversation_id = self.conversation.id
            for line in await inbox.take(self._client, conversation_id, self.side):
                if line.text:
                    await self._outbox.send("said", id=line.id, text=line.text, at=line.at)
                if line.caution is not None:
                    await self._outbox.send("caution", **advice.cautioning(line.caution))
            match await seats.renew(self._client, self._seat, clock.now_ms()):
                case Over():
                    await self._tell_end()
                case Unknown():
                    await self._restore()
                case Elsewhere():
                    self._leave_behind()
                case Live() as live:
                    await self._note_presence(live)

    async def end(
        self, by: EndedBy, *, rule: Rule | None = None, search_on: frozenset[Side] = NOBODY
    ) -> None:
        """End the conversation, or learn that somebody else just did; `ended` is sent."""
        await conversations.end(
            self._client,
            self.conversation.id,
            by=by,
            offender=self.side if by is EndedBy.MODERATION else None,
            rule=rule,
            search_on=search_on,
        )
        async with self._reading:
            await self._tell_end()

    async def say_goodbye(self) -> None:
        """Leave on one's own: by ending it, or soon after the partner has."""
        await goodbyes.say(self._client, self.conversation, self.side)

    async def part(self) -> None:
        """The socket has gone: the partner waits for the grace period, the relay shows nothing."""
        if self.is_over:
            return
        self._leave_behind()
        if await seats.leave(self._client, self._seat, clock.now_ms()):
            await self._tell_relay(
                events.ControlGone(conversation=self.conversation.id, side=self.side)
            )
            await nudges.talk_changed(self._partner, self.conversation.id)

    async def _restore(self) -> None:
        """Redis was emptied, and this process still knows who talks with whom."""
        await records.create(self._client, self.conversation)
        await seats.join(self._client, self._seat, clock.now_ms(), key=self._key)
        await sessions.note_conversation(
            self._client,
            self.conversation.person(self.side).participant,
            self.conversation.id,
        )

    def _leave_behind(self) -> None:
        self.is_over = True
        shared_watch().remove(self)

    async def _lose_node(self) -> None:
        await self.end(EndedBy.LOST, search_on=frozenset(Side))

    async def _announce(self, key: str) -> None:
        if self.conversation.node:
            shared_watch().add(self, self.conversation.node, self._lose_node)
        self._key = key
        # The lock: nothing is said, and nothing ends, before `paired`.
        async with self._reading:
            relay = await self._relay()
            self._is_announced = True
            await self._outbox.send(
                "paired",
                conversation=self.conversation.id,
                mode=self.conversation.mode,
                common=self.conversation.common,
                languages=self.conversation.languages,
                key=key,
                relay=relay,
            )

    async def _relay(self) -> dict[str, str] | None:
        if self.conversation.mode is Mode.TEXT:
            return None
        node = self.conversation.node
        subject = self.conversation.subject(self.side)
        known = await scrutiny.find(self._client, subject, clock.now_ms())
        token = await tokens.issue(self._client, subject, node, known)
        return {"url": nodes.urls()[node], "token": token}

    async def _withhold(self, line: SaidLine, judgement: LineJudgement) -> None:
        if line.caution is not None:
            await inbox.put(
                self._client, self.conversation.id, self.side.other, replace(line, text="")
            )
            await nudges.talk_changed(self._partner, self.conversation.id)
        if not self.is_over:  # Nothing about a conversation follows its end.
            await self._outbox.send(
                "withheld",
                id=line.id,
                rule=judgement.rule,
                about=judgement.about,
                detail=judgement.told,
            )

    async def _pass_on(self, line: SaidLine) -> None:
        receiver = self.side.other
        if not await inbox.put(self._client, self.conversation.id, receiver, line):
            # It is over, or Redis has lost it and it goes on.
            await self.changed()
            if self.is_over or not await inbox.put(
                self._client, self.conversation.id, receiver, line
            ):
                return
        await nudges.talk_changed(self._partner, self.conversation.id)
        if not self.is_over:
            await self._outbox.send("accepted", id=line.id)

    async def _note_presence(self, live: Live) -> None:
        if live.gone_since_ms is None:
            if not self._is_partner_here:
                self._is_partner_here = True
                await self._outbox.send("partner", state="here")
            return
        gone_ms = clock.now_ms() - live.gone_since_ms
        grace_s = settings.RESUME_GRACE_S
        if gone_ms >= grace_s * 1000:
            await conversations.end(self._client, self.conversation.id, by=EndedBy.LOST)
            await self._tell_end()
        elif self._is_partner_here:
            self._is_partner_here = False
            # The partner's process may have died before it could say so itself.
            await self._tell_relay(
                events.ControlGone(conversation=self.conversation.id, side=self.side.other)
            )
            await self._outbox.send("partner", state="reconnecting")
            self._tasks.spawn(self._look_again(grace_s - gone_ms / 1000), "await return")

    async def _await_media(self) -> None:
        if self.conversation.mode is Mode.TEXT:
            return
        await asyncio.sleep(ATTACH_WITHIN_S)
        if self.is_over:
            return
        record = await records.load(self._client, self.conversation.id)
        if not self.is_over and record is not None and len(record.attached) < 2:
            await self.end(EndedBy.LOST)

    async def _look_again(self, after_s: float) -> None:
        await asyncio.sleep(after_s + _SLACK_S)
        await self.changed()

    async def _tell_end(self) -> None:
        if self.is_over:
            return
        record = await records.load(self._client, self.conversation.id)
        self._leave_behind()
        if not self._is_announced:
            return
        lost = Ending(by=EndedBy.LOST, offender=None, rule=None)
        ending = (record.ending if record else None) or lost
        self.is_offender = ending.offender is self.side
        fields: dict[str, object] = {"by": self._by(ending)}
        if self.is_offender and ending.rule is not None:
            fields["rule"] = ending.rule
            if ending.rule in CHILD_SAFETY_RULES:
                fields["help_url"] = HELP_URL
        await self._outbox.send("ended", conversation=self.conversation.id, **fields)
        if self.side in ending.search_on:
            self._search_again()
        if record is not None:
            self.conversation = record
            if ending.by is EndedBy.side(self.side):
                await self.say_goodbye()
                await goodbyes.note_skip(self._client, self.conversation, self.side)
            self._remember(clock.now_ms())

    def _remember(self, ended_ms: int) -> None:
        if goodbyes.gives(self.conversation, self.side, ended_ms):
            work = goodbyes.remember(self._client, self.conversation, self.side, ended_ms)
            detached.spawn(work, "encounter")

    def _by(self, ending: Ending) -> str:
        if ending.by is EndedBy.side(self.side):
            return "you"
        if ending.by is EndedBy.side(self.side.other):
            return "partner"
        return ending.by.value

    async def _tell_relay(self, event: events.ControlGone | events.ControlBack) -> None:
        if self.conversation.node:
            await events.publish(self._client, self.conversation.node, event)
