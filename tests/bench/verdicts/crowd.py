"""The people of `make bench-verdict`: pairs on media sockets, that show a film made beforehand.

Each sends frames at a mean pace and uneven instants, so that their windows come as those of
strangers do. Whoever loses a conversation, because its picture was held for too long, begins
another: the load stays what it is meant to be.
"""

import asyncio
import random
import uuid
from collections.abc import Sequence
from contextlib import suppress

import redis.asyncio
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat import clock
from chat.messages import Mode
from chat.stores import conversations, tokens
from chat.stores.conversations import Conversation
from moderation.packets import HEADER, Kind
from moderation.samples import Side
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.clients import MediaClient, dial
from tests.e2e.film import Frame

NODE = "relay-1"
AGAIN_S = 0.5


class Camera(MediaClient):
    """A media client that shows a film round and round."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__(socket)
        self._position, self._answered = 0, 0

    async def show_next(self, film: Sequence[Frame]) -> None:
        """The next frame of `film`, from its key frame again whenever one is asked for."""
        asked = self.asked("key_frame")
        if asked > self._answered or self._position == len(film):
            self._position = 0
        self._answered = asked
        frame = film[self._position]
        self._position += 1
        await self.send(Kind(frame.kind), frame.payload)

    def heard(self) -> list[int]:
        """Sequence numbers of the partner's packets that came since the last call."""
        came, self.packets = self.packets, []
        return [HEADER.unpack_from(data)[1] for data in came]


class Crowd:
    """So many pairs at once, each side at `per_s` frames a second."""

    def __init__(
        self, url: str, client: redis.asyncio.Redis, film: Sequence[Frame], per_s: float
    ) -> None:
        self._url = url
        self._client = client
        self._film = film
        self._per_s = per_s
        self._rng = random.Random(1)
        self._pairs: list[asyncio.Task[None]] = []

    async def grow_to(self, pairs: int) -> None:
        """Have so many pairs, from now on; those who are too many leave."""
        while len(self._pairs) > pairs:
            self._pairs.pop().cancel()
        while len(self._pairs) < pairs:
            self._pairs.append(asyncio.create_task(self._keep_a_pair()))
            await asyncio.sleep(0.01)

    async def _keep_a_pair(self) -> None:
        while True:
            with suppress(InvalidStatus, ConnectionClosed, OSError):
                sides = await attach_pair(self._url, self._client)
                try:
                    await asyncio.gather(*(self._show(side) for side in sides))
                finally:
                    for side in sides:
                        await side.close()
            await asyncio.sleep(AGAIN_S)

    async def _show(self, camera: Camera) -> None:
        while camera.close_code is None:
            await camera.show_next(self._film)
            camera.heard()
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) / self._per_s)


async def attach_pair(url: str, client: redis.asyncio.Redis) -> tuple[Camera, Camera]:
    """Both sides of a new conversation, attached."""
    conversation = Conversation(
        id=ConversationId(uuid.uuid4()),
        mode=Mode.VIDEO,
        pool="adult",
        started_ms=clock.now_ms(),
        node=NODE,
        a=_person(),
        b=_person(),
        languages=("en",),
    )
    await conversations.create(client, conversation)
    a, b = [await tokens.issue(client, conversation.subject(side), NODE) for side in Side]
    return (
        Camera(await dial(f"{url}/ws/media/?token={a}")),
        Camera(await dial(f"{url}/ws/media/?token={b}")),
    )


def _person() -> Person:
    return Person(participant=ParticipantId(uuid.uuid4()), device=DeviceId(uuid.uuid4()))
