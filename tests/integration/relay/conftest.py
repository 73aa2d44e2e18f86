"""A relay node in the test's own event loop: uvicorn, the real Redis, real sockets."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
import redis.asyncio
import uvicorn
from pytest_django.fixtures import Settings

from chat import clock
from chat.messages import Mode
from chat.stores import conversations, keys, tokens
from chat.stores.conversations import Conversation
from chat.trust import Level, Scrutiny
from moderation.samples import Side
from moderation.stores.client import connect, connect_async
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.clients import MediaClient, dial, until
from tests.integration.relay.judge import TestJudge

NODE = "relay-1"


@dataclass
class Pair:
    """Two people in a conversation, and what it takes to attach them."""

    conversation: Conversation
    base_url: str
    redis: redis.asyncio.Redis

    async def token(self, side: Side, node: str = NODE, level: Level = Level.NEW) -> str:
        subject = self.conversation.subject(side)
        return await tokens.issue(self.redis, subject, node, Scrutiny(level=level))

    def url(self, token: str) -> str:
        return f"{self.base_url}/ws/media/?token={token}"

    async def attach(
        self, side: Side, *, acknowledges: bool = True, level: Level = Level.NEW
    ) -> MediaClient:
        socket = await dial(self.url(await self.token(side, level=level)))
        return MediaClient(socket, acknowledges=acknowledges)

    async def both(self) -> tuple[MediaClient, MediaClient]:
        return await self.attach(Side.A), await self.attach(Side.B)

    async def ending(self) -> conversations.Ending | None:
        loaded = await conversations.load(self.redis, self.conversation.id)
        assert loaded is not None
        return loaded.ending


def new_person() -> Person:
    return Person(participant=ParticipantId(uuid.uuid4()), device=DeviceId(uuid.uuid4()))


async def new_pair(base_url: str, store: redis.asyncio.Redis, judge: TestJudge) -> Pair:
    """A conversation of two people, judged by `judge`."""
    conversation = Conversation(
        id=ConversationId(uuid.uuid4()),
        mode=Mode.VIDEO,
        pool="adult",
        started_ms=clock.now_ms(),
        node=NODE,
        a=new_person(),
        b=new_person(),
        languages=("en",),
    )
    await conversations.create(store, conversation)
    judge.serve(*(conversation.subject(side).stream for side in Side))
    return Pair(conversation=conversation, base_url=base_url, redis=store)


MakePair = Callable[[], Awaitable[Pair]]


@pytest.fixture
def judge(redis_url: str) -> Iterator[TestJudge]:
    with TestJudge() as judge:
        yield judge


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    client = connect_async()
    yield client
    await client.aclose()


@pytest.fixture
async def relay_url(redis_url: str, settings: Settings) -> AsyncIterator[str]:
    """A running relay node that holds its lease; its base URL."""
    settings.SCREENED_S = 0.5
    config = uvicorn.Config(
        "config.asgi:application",
        host="127.0.0.1",
        port=0,
        log_config=None,
        ws="websockets-sansio",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started, "uvicorn serves")
    with connect() as client:
        await until(lambda: client.exists(keys.node_lease(NODE)), "the node holds its lease")
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
def make_pair(relay_url: str, store: redis.asyncio.Redis, judge: TestJudge) -> MakePair:
    """Makes conversations that this relay carries and this judge judges."""

    async def make() -> Pair:
        return await new_pair(relay_url, store, judge)

    return make


@pytest.fixture
async def pair(make_pair: MakePair) -> Pair:
    return await make_pair()
