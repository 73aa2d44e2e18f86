"""One participant on one control socket: looks for somebody, talks, comes back, leaves.

Whatever needs PostgreSQL runs as a task beside it, so that no answer waits for a stalled database.
Raises `RedisError`; the consumer answers for it.
"""

import asyncio
from contextlib import suppress
from typing import assert_never

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from chat import camera_checks, clock, conversations, interests, nudges, video_gate
from chat.consumers.background import Tasks
from chat.consumers.camera_checks import CameraChecks
from chat.consumers.complaints import Complaints
from chat.consumers.outbox import Outbox
from chat.consumers.searching import Searching
from chat.consumers.talk import Talk
from chat.consumers.video_news import VideoNews
from chat.consumers.watch import Watch
from chat.matchmaking import Paired
from chat.messages import (
    Block,
    Check,
    ClientMessage,
    CloseCode,
    ErrorCode,
    Leave,
    Mode,
    Next,
    Ping,
    Relay,
    Report,
    Resume,
    Say,
    Seek,
    Typing,
)
from chat.stores import conversations as records
from chat.stores import limits, seats, sessions
from chat.stores.conversations import Conversation, EndedBy
from chat.stores.seats import Elsewhere, Live, Over, Seat, Unknown
from chat.trust import Level
from moderation.stores import bars
from reports.ids import ConversationId, ParticipantId
from reports.rules import Rule
from reports.snapshots import Person

TAKE_UP_S = 2.0
"""A pair is a proposal: who has sat down alone for this long searches on."""


class Visit:
    """From `welcome` to the end of the socket."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        outbox: Outbox,
        *,
        person: Person,
        pool: str,
        socket: str,
        prefix: str,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._tasks = Tasks()
        self._person = person
        self._pool = pool
        self._socket = socket
        self._prefix = prefix
        self._complaints = Complaints(client, outbox, person)
        self._video_news = VideoNews(client, outbox, person.participant)
        self._watch = Watch(client, outbox, person, socket, turn_out=self.turn_out)
        self._camera_checks = CameraChecks(
            client,
            outbox,
            self._tasks,
            person=person,
            pool=pool,
            prefix=prefix,
            expect_sanction=self._watch.expect_sanction,
            refuse_video=self._video_news.refuse,
        )
        self._wanted: Seek | None = None
        self._searching: Searching | None = None
        self._talk: Talk | None = None
        self._newest: ConversationId | None = None
        self._partner_moved = asyncio.Event()
        self._moving = asyncio.Lock()

    @property
    def participant(self) -> ParticipantId:
        """Whose visit it is."""
        return self._person.participant

    async def open(self, *, has_untold: bool) -> None:
        """Welcome, show the warnings that wait, and stay in touch."""
        now_ms = clock.now_ms()
        await self._outbox.send(
            "welcome",
            participant=self._person.participant,
            online=await sessions.count_online(self._client, now_ms),
            video_open=await self._video_news.begin(),
            camera_check=await camera_checks.standing(self._client, self._person.device, now_ms),
            restrictions=[],
        )
        if has_untold:
            self._watch.tell_warnings()
        self._tasks.spawn(self._watch.keep(self._look_around), "heartbeat")

    async def handle(self, message: ClientMessage) -> None:
        """Do what the browser asks for."""
        match message:
            case Ping():
                await self._outbox.send("pong")
            case Check():
                await self._camera_checks.begin()
            case Seek() | Next() | Leave() | Resume():
                async with self._moving:
                    await self._move(message)
            case Say() | Typing() | Relay():
                await self._converse(message)
            case Report():
                await self._complaints.report(message, self._talk)
            case Block():
                await self._complaints.block(message, self._talk)
            case _:
                assert_never(message)

    def pairing_changed(self) -> None:
        """Somebody claimed this participant, or let go."""
        if self._searching is not None:
            self._searching.wake()

    async def check_changed(self) -> None:
        """The camera check has gone on, or is over."""
        await self._camera_checks.changed()

    async def talk_changed(self) -> None:
        """Something happened in the conversation, or in the one that is about to begin."""
        self._partner_moved.set()
        talk = self._talk
        if talk is not None:
            await talk.changed()
            self._note_finding(talk)

    async def typing(self, conversation: str, *, on: bool) -> None:
        """The partner types, or stopped."""
        if self._talk is not None and str(self._talk.conversation.id) == conversation:
            await self._talk.hear_typing(on=on)

    async def session_opened(self) -> None:
        """A control socket of this participant was opened: the newest is the only one."""
        # The store says which that is: of several at once the word of an older one comes last, too.
        if not await sessions.is_live(self._client, self._person.participant, self._socket):
            await self._outbox.close(CloseCode.OPENED_ELSEWHERE)

    def review(self) -> None:
        """Whether this participant may stay has changed, perhaps: read it again."""
        self._tasks.spawn(self._watch.review(), "review")

    async def turn_out(self, rule: Rule | None) -> None:
        """Out of every queue and conversation; `rule` is the one that was broken, if any."""
        await self._stop_search()
        talk = self._talk
        if talk is not None and not talk.is_over:
            by = EndedBy.side(talk.side) if rule is None else EndedBy.MODERATION
            await talk.end(by, rule=rule)

    async def close(self) -> None:
        """The socket has gone: stop looking; a conversation waits for the grace period."""
        try:
            for step in (self._stop_search, self._part, self._close_session):
                with suppress(RedisError):
                    await step()
        finally:
            await self._tasks.cancel_all()

    async def _look_around(self) -> None:
        """At every heartbeat: what nobody may have told."""
        await self.talk_changed()
        await self._camera_checks.changed()
        await self._video_news.tell()

    async def _move(self, message: Seek | Next | Leave | Resume) -> None:
        """From one conversation towards another; one step at a time."""
        match message:
            case Seek():
                await self._seek(message)
            case Next():
                await self._next()
            case Leave():
                await self._leave()
            case Resume():
                await self._resume(message)

    async def _converse(self, message: Say | Typing | Relay) -> None:
        talk = self._talk
        if talk is None or not talk.is_known:
            await self._outbox.error(ErrorCode.NOT_PAIRED, "there is nobody to talk to")
            return
        match message:
            case Say():
                await talk.say(message)
                self._note_finding(talk)
            case Typing():
                await talk.typing(on=message.on)
            case Relay():
                await talk.send_relay()

    def _note_finding(self, talk: Talk) -> None:
        if talk.is_offender:
            talk.is_offender = False
            self._watch.expect_sanction()

    async def _seek(self, wanted: Seek) -> None:
        await self._leave()
        self._wanted = wanted
        claims = limits.claims("searches", self._person.device, prefix=self._prefix)
        if retry_after_s := await limits.take_all(self._client, claims, clock.now_ms()):
            await self._outbox.error(
                ErrorCode.SLOW_DOWN, "too many searches at once", retry_after_s=retry_after_s
            )
            return
        if wanted.mode is Mode.VIDEO and not await self._may_look_for_video():
            return
        if await bars.has(self._client, self._person.participant, self._person.device):
            await self._outbox.error(ErrorCode.RESTRICTED, "a decision is being written down")
            self._watch.expect_sanction()
            return
        if interests.states_age_under_18(wanted.interests):
            await self._outbox.send(
                "notice", level="warning", rule=Rule.MINOR, detail="Parley is for adults"
            )
            await self._outbox.error(ErrorCode.RESTRICTED, "an interest states an age under 18")
            return
        searching = self._searching = Searching(
            self._client,
            self._outbox,
            self._person,
            self._pool,
            wanted,
            begin=self._begin,
            review=self.review,
            refuse_video=self._video_news.refuse,
        )
        searching.start(lambda: self._tasks.spawn(searching.run(), "search"))

    async def _may_look_for_video(self) -> bool:
        now_ms = clock.now_ms()
        # For whom exactly it is open, the search itself asks.
        if not await video_gate.is_open(self._client, Level.TRUSTED, now_ms):
            await self._video_news.refuse("no video conversations now")
            return False
        if not await camera_checks.may_look_for_video(self._client, self._person.device, now_ms):
            await self._outbox.error(ErrorCode.CAMERA_CHECK, "a camera check comes first")
            return False
        return True

    async def _next(self) -> None:
        if self._wanted is None:
            await self._outbox.error(ErrorCode.NOT_PAIRED, "seek first")
        elif self._searching is None or not self._searching.is_running:
            await self._seek(self._wanted)

    async def _leave(self) -> None:
        await self._stop_search()
        talk = self._talk
        if talk is not None:
            if not talk.is_over:
                await talk.end(EndedBy.side(talk.side))
            else:
                await talk.say_goodbye()
            self._talk = None
            return
        # An older socket's conversation, which was not resumed.
        newest = await sessions.newest_conversation(self._client, self._person.participant)
        if newest is not None and newest != self._newest:
            await self._end_unseen(newest)

    async def _end_unseen(self, conversation: ConversationId) -> None:
        record = await records.load(self._client, conversation)
        side = record.side_of(self._person.participant) if record else None
        if record is not None and side is not None and record.ending is None:
            await conversations.end(self._client, conversation, by=EndedBy.side(side))

    async def _stop_search(self) -> None:
        searching, self._searching = self._searching, None
        unseen = await searching.stop() if searching is not None else None
        if unseen is not None:
            await self._end_unseen(unseen)

    async def _part(self) -> None:
        if self._talk is not None:
            await self._talk.part()

    async def _close_session(self) -> None:
        await sessions.close_session(self._client, self._person.participant, self._socket)

    async def _begin(self, paired: Paired) -> bool:
        """Take a new conversation up; False when it is over already."""
        conversation_id = paired.conversation
        record = paired.record or await records.load(self._client, conversation_id)
        side = record.side_of(self._person.participant) if record else None
        if record is None or side is None:
            return False
        seat = Seat(conversation=conversation_id, side=side, socket=self._socket)
        self._partner_moved.clear()
        joined = await seats.join(self._client, seat, clock.now_ms())
        if joined is None:
            return False
        if joined.is_partner_here:
            await nudges.talk_changed(record.person(side.other).participant, conversation_id)
        elif not await self._partner_comes(seat):
            return False
        await sessions.note_conversation(self._client, self._person.participant, conversation_id)
        self._newest = conversation_id
        talk = self._talk = self._talk_in(record, seat)
        # From here on whoever leaves ends the talk; the search has done its work.
        self._searching = None
        await talk.begin(joined.key)
        return True

    def _talk_in(self, record: Conversation, seat: Seat) -> Talk:
        return Talk(
            self._client,
            self._outbox,
            self._tasks,
            record,
            seat,
            search_again=self._spawn_search_again,
        )

    def _spawn_search_again(self) -> None:
        self._tasks.spawn(self._search_again(), "search again")

    async def _search_again(self) -> None:
        """What was wanted before, since the conversation got lost and nobody asked for its end."""
        async with self._moving:
            if self._wanted is not None and self._talk is not None and self._talk.is_over:
                await self._seek(self._wanted)

    async def _partner_comes(self, seat: Seat) -> bool:
        """Whether the partner's live socket takes the proposal up as well; nothing is said of it
        to the browser before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TAKE_UP_S):
                while True:
                    await self._partner_moved.wait()
                    self._partner_moved.clear()
                    match await seats.renew(self._client, seat, clock.now_ms()):
                        case Live() as live if live.has_come:
                            return True
                        case Over() | Unknown() | Elsewhere():
                            return False
        return not await seats.withdraw(self._client, seat)

    async def _resume(self, message: Resume) -> None:
        await self._stop_search()
        if self._talk is not None and not self._talk.is_over:
            await self._outbox.error(ErrorCode.NO_SUCH_CONVERSATION, "you are in a conversation")
            return
        resumed = await seats.resume(
            self._client,
            message.conversation,
            participant=self._person.participant,
            key=message.key,
            socket=self._socket,
            now_ms=clock.now_ms(),
            grace_ms=int(settings.RESUME_GRACE_S * 1000),
        )
        record = await records.load(self._client, message.conversation)
        if resumed is None or record is None:
            await self._outbox.error(ErrorCode.NO_SUCH_CONVERSATION, "it is over")
            return
        seat, key = resumed
        self._wanted = self._wanted or Seek(mode=record.mode, languages=record.languages)
        talk = self._talk = self._talk_in(record, seat)
        await talk.go_on(key)
