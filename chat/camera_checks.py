"""Service: the camera check before video, from the wish to the result that a device keeps.

Raises `RedisError`; a retry may help.
"""

from uuid import uuid4

import redis.asyncio
from django.conf import settings

from chat import nudges, video_gate
from chat.session.checking import CheckState, TellCheck
from chat.stores import checks, nodes, sessions, tokens
from chat.stores.checks import Check
from moderation.verdicts import Missing
from reports.ids import ConversationId, DeviceId
from reports.snapshots import Person


def is_required() -> bool:
    """Whether video needs a passed check at all."""
    return bool(settings.CAMERA_CHECK == "on")


async def standing(client: redis.asyncio.Redis, device: DeviceId, now_ms: int) -> str:
    """`off`, `passed` or `needed`, as `welcome` says it."""
    if not is_required():
        return "off"
    return "needed" if await checks.find_pass(client, device, now_ms) is None else "passed"


async def may_look_for_video(client: redis.asyncio.Redis, device: DeviceId, now_ms: int) -> bool:
    """Whether a search for video may begin on `device`."""
    return await standing(client, device, now_ms) != "needed"


async def is_age_in_doubt(client: redis.asyncio.Redis, device: DeviceId, now_ms: int) -> bool:
    """Whether the check that `device` has passed asks for screening throughout."""
    passed = await checks.find_pass(client, device, now_ms)
    return passed is not None and passed.is_age_in_doubt


async def open_check(
    client: redis.asyncio.Redis, person: Person, pool: str, now_ms: int
) -> tuple[Check, dict[str, str]] | None:
    """A new check and the relay to show one's picture to; None while video is closed."""
    check_id = ConversationId(uuid4())
    level = await sessions.find_level(client, person.participant)
    node = await video_gate.choose_node(client, check_id, (level,), now_ms)
    if node is None:
        return None
    check = Check(id=check_id, person=person, pool=pool, node=node, started_ms=now_ms)
    await checks.begin(client, check)
    token = await tokens.issue(client, check.subject, node, purpose=tokens.Purpose.CHECK)
    return check, {"url": nodes.urls()[node], "token": token}


async def note(client: redis.asyncio.Redis, check: Check, told: TellCheck, now_ms: int) -> None:
    """How `check` stands now: kept, and its participant's socket nudged."""
    device = check.person.device
    # The device's result first: whoever reads that the check is over finds it.
    match told.state:
        case CheckState.PASSED:
            await checks.let_pass(client, device, now_ms, is_age_in_doubt=told.is_age_in_doubt)
        case CheckState.FAILED if Missing.SCREENING not in told.missing:
            await checks.note_failure(client, device)
        case _:
            pass
    await checks.note(client, check.id, told.state, told.missing)
    await nudges.check_changed(check.person.participant)
