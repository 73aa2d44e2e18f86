"""What one side is told, and when: nothing before `paired`, nothing after `ended`."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import redis.asyncio
from pytest_django.fixtures import Settings

from chat import clock, conversations
from chat.consumers.background import Tasks
from chat.consumers.outbox import Outbox
from chat.consumers.talk import Talk
from chat.messages import Mode, Say
from chat.stores import conversations as records
from chat.stores import seats
from chat.stores.conversations import Conversation, EndedBy
from chat.stores.seats import Seat
from moderation.samples import Side
from moderation.stores.client import connect_async
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

BLANK = Say(id="1", text="\N{RIGHT-TO-LEFT OVERRIDE}")


class Table:
    """One side of a conversation in the test's own loop, and what its browser is sent."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client
        self.tasks = Tasks()
        self.sent: list[str] = []
        self.conversation = Conversation(
            id=ConversationId(uuid4()),
            mode=Mode.TEXT,
            pool="adult",
            started_ms=clock.now_ms(),
            node="",
            a=_person(),
            b=_person(),
            languages=(),
        )
        self._seat = Seat(conversation=self.conversation.id, side=Side.A, socket="socket")
        self.searches_again = 0
        self.talk = Talk(
            client,
            Outbox(self._send),
            self.tasks,
            self.conversation,
            self._seat,
            search_again=self._search_again,
        )

    async def sit_down(self) -> str:
        """Take the seat; the resume key."""
        await records.create(self.client, self.conversation)
        joined = await seats.join(self.client, self._seat, clock.now_ms())
        assert joined is not None
        return joined.key

    def _search_again(self) -> None:
        self.searches_again += 1

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(json.loads(message["text"])["type"])


@pytest.fixture
async def table(redis_url: str, settings: Settings) -> AsyncIterator[Table]:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    async with connect_async() as client:
        table = Table(client)
        yield table
        await table.tasks.cancel_all()


async def test_typing_is_heard_between_paired_and_ended_only(table: Table) -> None:
    key = await table.sit_down()
    await table.talk.hear_typing(on=True)
    assert table.sent == []
    await table.talk.begin(key)
    await table.talk.hear_typing(on=True)
    await table.talk.end(EndedBy.SIDE_A)
    await table.talk.hear_typing(on=False)
    assert table.sent == ["paired", "typing", "ended"]


async def test_a_line_that_is_judged_while_it_ends_is_answered_no_more(table: Table) -> None:
    await table.talk.begin(await table.sit_down())
    await conversations.end(table.client, table.conversation.id, by=EndedBy.SIDE_B)
    await table.talk.changed()
    await table.talk.say(BLANK)
    assert table.sent == ["paired", "ended"]


def _person() -> Person:
    return Person(participant=ParticipantId(uuid4()), device=DeviceId(uuid4()))


@pytest.mark.parametrize(("spared", "searches"), [("", 0), ("b", 0), ("a", 1), ("ab", 1)])
async def test_whoever_is_not_to_blame_for_a_lost_conversation_searches_on(
    table: Table, spared: str, searches: int
) -> None:
    await table.talk.begin(await table.sit_down())
    await conversations.end(
        table.client, table.conversation.id, by=EndedBy.LOST, search_on=frozenset(map(Side, spared))
    )
    await table.talk.changed()
    assert table.sent[-1] == "ended"
    assert table.searches_again == searches


async def test_an_end_that_somebody_wanted_starts_no_search(table: Table) -> None:
    await table.talk.begin(await table.sit_down())
    await conversations.end(table.client, table.conversation.id, by=EndedBy.SIDE_B)
    await table.talk.changed()
    assert table.searches_again == 0
