"""What control consumers tell each other: nudges, never the truth.

A nudge may get lost; whoever gets one reads the store, and whoever got none reads it at the next
heartbeat. Sending never raises: the caller's own work is done already.

Who sits in this very process is told directly; the channel layer, which costs ten times as much, is
for those on other nodes and for what concerns several sockets.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from reports.events import participant_group
from reports.ids import ConversationId, ParticipantId

PAIRED = "pairing.changed"
TALK_CHANGED = "talk.changed"
TALK_TYPING = "talk.typing"
CHECK_CHANGED = "check.changed"
SESSION_OPENED = "session.opened"
ADMISSION_REVOKED = "people.revoked"

Nudge = dict[str, Any]
Hear = Callable[[Nudge], bool]
"""Takes a nudge; False when its socket is closed already."""

_log = logging.getLogger(__name__)
_present: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[ParticipantId, Hear]] = (
    WeakKeyDictionary()
)


def listen(participant: ParticipantId, hear: Hear) -> None:
    """Have what concerns `participant` told to `hear`, their newest socket in this process."""
    _here()[participant] = hear


def ignore(participant: ParticipantId, hear: Hear) -> None:
    """No longer, unless a newer socket listens."""
    if _here().get(participant) == hear:
        del _here()[participant]


async def pairing_changed(participant: ParticipantId) -> None:
    """The search of `participant` found somebody, or lost them again."""
    await _tell(participant, {"type": PAIRED})


async def talk_changed(participant: ParticipantId, conversation: ConversationId) -> None:
    """Lines wait, somebody came or went, or the conversation is over."""
    await _tell(participant, {"type": TALK_CHANGED, "conversation": str(conversation)})


async def talk_typing(
    participant: ParticipantId, conversation: ConversationId, *, on: bool
) -> None:
    """The partner of `participant` began or stopped typing."""
    nudge = {"type": TALK_TYPING, "conversation": str(conversation), "on": on}
    await _tell(participant, nudge)


async def check_changed(participant: ParticipantId) -> None:
    """The camera check of `participant` has gone on, or is over."""
    await _tell(participant, {"type": CHECK_CHANGED})


async def session_opened(participant: ParticipantId) -> None:
    """Another socket is now the only live control socket of `participant`."""
    await _send(participant_group(participant), {"type": SESSION_OPENED})


async def admission_revoked(group: str) -> None:
    """Nobody of this group may be here any more (they left, or are under age)."""
    await _send(group, {"type": ADMISSION_REVOKED})


def _here() -> dict[ParticipantId, Hear]:
    return _present.setdefault(asyncio.get_running_loop(), {})


async def _tell(participant: ParticipantId, nudge: Nudge) -> None:
    hear = _here().get(participant)
    if hear is None or not hear(nudge):
        await _send(participant_group(participant), nudge)


async def _send(group: str, message: Nudge) -> None:
    layer = get_channel_layer()
    if layer is None:
        _log.error("no channel layer is configured")
        return
    try:
        await layer.group_send(group, message)
    except (RedisError, OSError) as error:
        _log.warning("nudge %s was not sent: %s", message["type"], type(error).__name__)
