"""May anybody be shown a picture now? Only while somebody judges and somebody carries."""

import redis.asyncio
from django.conf import settings

from chat.stores import nodes
from moderation.stores import heartbeat
from reports.ids import ConversationId


async def is_open(client: redis.asyncio.Redis, now_ms: int) -> bool:
    """Whether new video conversations may begin: the operator's switch, screening, a relay.

    Raises `RedisError`.
    """
    if not settings.VIDEO_OPEN or not await heartbeat.is_alive(client, now_ms):
        return False
    return bool(await nodes.live(client, nodes.urls()))


async def choose_node(
    client: redis.asyncio.Redis, conversation: ConversationId, now_ms: int
) -> str | None:
    """The relay node for a new video conversation, None when video is closed."""
    if not await is_open(client, now_ms):
        return None
    return nodes.pick(conversation, await nodes.live(client, nodes.urls()))
