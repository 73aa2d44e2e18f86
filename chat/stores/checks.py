"""Camera checks: how each stands, and which devices have passed or failed one lately.

Raises `RedisError`; a retry may help.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis.asyncio

from chat.session.checking import CheckState
from chat.stores import keys
from moderation.samples import Side, Subject
from moderation.verdicts import Missing
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

MODE = "check"
"""What stands as the mode of somebody's picture that nobody else sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check on the relay node `node`; its `id` stands where a conversation's does."""

    id: ConversationId
    person: Person
    pool: str
    node: str
    started_ms: int
    state: CheckState = CheckState.LOOKING
    missing: tuple[Missing, ...] = ()

    @property
    def subject(self) -> Subject:
        """The one who is checked, as moderation names people; nobody sits opposite."""
        return Subject(
            conversation=self.id,
            side=Side.A,
            participant=self.person.participant,
            device=self.person.device,
            partner=None,
            mode=MODE,
            pool=self.pool,
            started_ms=self.started_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a device has passed, until `until_ms`."""

    until_ms: int
    is_age_in_doubt: bool


async def begin(client: redis.asyncio.Redis, check: Check) -> None:
    """Write a new check down."""
    fields: dict[Any, Any] = {
        "participant": str(check.person.participant),
        "device": str(check.person.device),
        "pool": check.pool,
        "node": check.node,
        "started_ms": check.started_ms,
        **_standing(check.state, check.missing),
    }
    async with client.pipeline(transaction=True) as pipe:
        pipe.hset(keys.camera_check(check.id), mapping=fields)
        pipe.expire(keys.camera_check(check.id), keys.CAMERA_CHECK_TTL_S)
        await pipe.execute()


async def load(client: redis.asyncio.Redis, check_id: ConversationId) -> Check | None:
    """The check, None when there is none (any more)."""
    fields: Any = await client.hgetall(keys.camera_check(check_id))
    if b"node" not in fields:
        return None
    named = {name.decode(): value.decode() for name, value in fields.items()}
    return Check(
        id=check_id,
        person=Person(
            participant=ParticipantId(UUID(named["participant"])),
            device=DeviceId(UUID(named["device"])),
        ),
        pool=named["pool"],
        node=named["node"],
        started_ms=int(named["started_ms"]),
        state=CheckState(named["state"]),
        missing=tuple(map(Missing, json.loads(named["missing"]))),
    )


async def note(
    client: redis.asyncio.Redis,
    check_id: ConversationId,
    state: CheckState,
    missing: tuple[Missing, ...],
) -> None:
    """The check stands like this now."""
    async with client.pipeline(transaction=True) as pipe:
        pipe.hset(keys.camera_check(check_id), mapping=_standing(state, missing))
        pipe.expire(keys.camera_check(check_id), keys.CAMERA_CHECK_TTL_S)
        await pipe.execute()


async def let_pass(
    client: redis.asyncio.Redis, device: DeviceId, now_ms: int, *, is_age_in_doubt: bool
) -> None:
    """`device` has passed; its failures are forgotten."""
    until_ms = now_ms + keys.CAMERA_PASS_TTL_S * 1000
    fields = {"until_ms": until_ms, "is_age_in_doubt": is_age_in_doubt}
    await client.set(keys.camera_pass(device), json.dumps(fields), ex=keys.CAMERA_PASS_TTL_S)
    await client.delete(keys.camera_failures(device))


async def find_pass(client: redis.asyncio.Redis, device: DeviceId, now_ms: int) -> Pass | None:
    """What `device` has passed and what still counts at `now_ms`."""
    stored = await client.get(keys.camera_pass(device))
    if stored is None:
        return None
    fields = json.loads(stored)
    passed = Pass(until_ms=fields["until_ms"], is_age_in_doubt=fields["is_age_in_doubt"])
    return passed if now_ms < passed.until_ms else None


async def note_failure(client: redis.asyncio.Redis, device: DeviceId) -> None:
    """`device` has failed once more."""
    async with client.pipeline(transaction=True) as pipe:
        pipe.incr(keys.camera_failures(device))
        pipe.expire(keys.camera_failures(device), keys.CAMERA_FAILURES_TTL_S)
        await pipe.execute()


async def count_failures(client: redis.asyncio.Redis, device: DeviceId) -> int:
    """How often `device` has failed since it passed, within an hour of the last time."""
    return int(await client.get(keys.camera_failures(device)) or 0)


def _standing(state: CheckState, missing: tuple[Missing, ...]) -> dict[Any, Any]:
    return {"state": state.value, "missing": json.dumps(missing)}
