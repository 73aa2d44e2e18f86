"""Token buckets that every process shares, as large as the settings say.

Raises `RedisError`; a retry takes another token.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import redis.asyncio
from django.conf import settings

from chat.stores import keys
from chat.stores.scripts import lua
from moderation.stores.scripts import run
from reports.ids import DeviceId, ParticipantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`burst` at once, then `per_s` more each second. `name` tells buckets apart; those that are
    taken from together share what stands before the dot in it."""

    name: str
    per_s: float
    burst: int


Claim = tuple[Allowance, str]
"""An allowance and whose: an id, or a keyed prefix."""


def allowance(act: str, whose: str, *, like: str = "") -> Allowance:
    """What `<ACT>_<WHOSE>_BURST` and `…_PER_MIN` allow, or those of the act `like`."""
    setting = f"{like or act}_{whose}".upper()
    burst, per_min = (getattr(settings, f"{setting}_{name}") for name in ("BURST", "PER_MIN"))
    return Allowance(name=f"{act}.{whose}", per_s=per_min / 60, burst=burst)


def claims(
    act: str, *people: DeviceId | ParticipantId | None, prefix: str = "", like: str = ""
) -> list[Claim]:
    """One token for `act` of each of `people`, and of the keyed `prefix`; who isn't known is left
    out. The settings are those of `allowance`, `device` and `prefix`."""
    found = [(allowance(act, "device", like=like), str(one)) for one in people if one is not None]
    if prefix:
        found.append((allowance(act, "prefix", like=like), prefix))
    return found


async def take_all(client: redis.asyncio.Redis, claims: Sequence[Claim], now_ms: int) -> float:
    """Take one token for each claim, or none; 0.0, or the seconds until all can be had."""
    arguments: list[float] = [now_ms]
    for allowed, _ in claims:
        arguments += [allowed.per_s, allowed.burst]
    wait_ms: int = await run(
        client,
        lua("take_tokens"),
        keys=[keys.bucket(allowed.name, who) for allowed, who in claims],
        args=arguments,
    )
    return wait_ms / 1000
