"""How often somebody may knock at a page: a token of each who is known, or an error that says when.

    SlowDownError    too often; `retry_after_s` says when it may be tried again

Raises `RedisError`, too: without Redis nobody's pace is known, and nothing is done.
"""

import redis.asyncio

from chat import clock
from chat.stores import limits
from chat.visitors import Visitor


class SlowDownError(Exception):
    """Too often."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


async def spend(client: redis.asyncio.Redis, act: str, who: Visitor, *, like: str = "") -> None:
    """Take a token for `act` of participant, device and prefix, or of none of them; as many as
    the settings of the act `like` allow, if it is named. Raises `SlowDownError`."""
    device = None if who.device is None else who.device.device
    claims = limits.claims(act, who.participant, device, prefix=who.prefix, like=like)
    retry_after_s = await limits.take_all(client, claims, clock.now_ms())
    if retry_after_s:
        raise SlowDownError(retry_after_s)
