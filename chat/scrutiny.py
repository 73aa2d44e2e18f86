"""Service: what is known of a sender before their picture comes, and asks for a closer look at it.

Read when a media token is issued, so that the relay asks nobody. Raises `RedisError`.
"""

import redis.asyncio

from chat import camera_checks
from chat.stores import marks, sessions
from chat.trust import Scrutiny
from moderation.samples import Subject
from moderation.stores import attempts, doubts

SKIPPING_RISK = 0.3
REPORTED_RISK = 0.3
LINES_RISK = 0.3
LINES_FROM = 3
"""Who lures, presses or threatens in so many conversations of a day is watched more closely."""


async def find(client: redis.asyncio.Redis, subject: Subject, now_ms: int) -> Scrutiny:
    """What is known of the sender at `now_ms` (Unix)."""
    device = subject.device
    known = await marks.find(client, device)
    is_age_in_doubt = await camera_checks.is_age_in_doubt(client, device, now_ms)
    return Scrutiny(
        level=await sessions.find_level(client, subject.participant),
        risk=SKIPPING_RISK * known.is_skipping
        + REPORTED_RISK * known.is_reported
        + LINES_RISK * (await attempts.count(client, device) >= LINES_FROM),
        is_throughout=is_age_in_doubt or await doubts.has(client, device),
    )
