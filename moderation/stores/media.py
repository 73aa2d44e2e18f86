"""The last packets of a reported side, for the minutes until they are sealed as evidence."""

from collections.abc import Sequence

import redis
import redis.asyncio

from moderation.packets import Packet
from moderation.stores import keys
from moderation.stores.packing import pack_packets, unpack_packets
from reports.ids import ReportId


async def save(client: redis.asyncio.Redis, report: ReportId, packets: Sequence[Packet]) -> None:
    """Keep `packets` for 24 hours at most. Raises `RedisError`."""
    await client.set(keys.media(report), pack_packets(packets), ex=keys.MEDIA_TTL_S)


def load(client: redis.Redis, report: ReportId) -> tuple[Packet, ...] | None:
    """The packets, None when they were sealed already or their time is over."""
    packed = client.get(keys.media(report))
    return None if packed is None else unpack_packets(packed)


def discard(client: redis.Redis, report: ReportId) -> None:
    """Forget packets that are sealed."""
    client.delete(keys.media(report))
