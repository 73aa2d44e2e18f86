"""In how many rooms the same line was said within the hour. No line is kept: only keyed hashes."""

import hashlib
import hmac
from collections.abc import Sequence

import redis.asyncio
from django.conf import settings

from moderation.lines.repetition import Repeats
from moderation.stores import keys
from reports.ids import ConversationId, DeviceId


async def note(
    client: redis.asyncio.Redis,
    device: DeviceId,
    conversation: ConversationId,
    fingerprints: Sequence[str],
) -> Repeats:
    """Count a line by its fingerprints; of several, the one that was seen most decides."""
    async with client.pipeline(transaction=False) as pipe:
        for fingerprint in fingerprints:
            digest = _keyed(fingerprint)
            rooms, devices = keys.repeated_by(device, digest), keys.repeated(digest)
            pipe.sadd(rooms, str(conversation))
            pipe.scard(rooms)
            pipe.expire(rooms, keys.REPEATS_TTL_S)
            pipe.pfadd(devices, str(device))
            pipe.pfcount(devices)
            pipe.expire(devices, keys.REPEATS_TTL_S)
        answers = await pipe.execute()
    return Repeats(rooms=max(answers[1::6]), devices=max(answers[4::6]))


def _keyed(fingerprint: str) -> str:
    key = f"parley.line.{settings.SECRET_KEY}".encode()
    return hmac.new(key, fingerprint.encode(), hashlib.sha256).hexdigest()[:24]
