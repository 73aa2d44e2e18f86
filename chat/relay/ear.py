"""A relay node's ear: its one pub/sub channel, heard for as long as the process lives."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from moderation.events import node_channel
from moderation.intake import ScreeningUnavailable
from moderation.stores.client import connect_async

_log = logging.getLogger(__name__)

PING_S = 2.0
SILENT_MAX_S = 6.0
"""A channel that doesn't even answer pings for this long is subscribed to anew."""
AGAIN_S = 0.5


class Ear:
    """Hands every message of the node's channel to `hear`.

    `catch_up` is awaited after each subscription: what was said before it is not heard.
    """

    def __init__(
        self, node: str, hear: Callable[[bytes], None], catch_up: Callable[[], Awaitable[None]]
    ) -> None:
        self._node = node
        self._hear = hear
        self._catch_up = catch_up
        self.is_listening = False

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is made anew."""
        while True:
            client = connect_async()
            try:
                async with client.pubsub() as channel:
                    await channel.subscribe(node_channel(self._node))
                    await self._listen(channel)
                _log.warning("channel of %s fell silent", self._node)
            except (RedisError, ScreeningUnavailable, OSError) as error:
                _log.warning("channel of %s lost: %s", self._node, type(error).__name__)
            finally:
                self.is_listening = False
                await client.aclose()
            await asyncio.sleep(AGAIN_S)

    async def _listen(self, channel: PubSub) -> None:
        heard_s = pinged_s = time.monotonic()
        while time.monotonic() - heard_s < SILENT_MAX_S:
            message = await channel.get_message(timeout=PING_S)
            now_s = time.monotonic()
            if now_s - pinged_s >= PING_S:
                pinged_s = now_s
                await channel.ping()
            if message is None:
                continue
            heard_s = now_s
            if message["type"] == "subscribe":
                self.is_listening = True
                await self._catch_up()
            elif message["type"] == "message":
                self._hear(message["data"])
