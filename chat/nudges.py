"""What control consumers tell each other through the channel layer: nudges, never the truth.

A nudge may get lost; whoever gets one reads the store, and whoever got none reads it at the next
heartbeat. Sending never raises: the caller's own work is done already.
"""

import logging
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from reports.events import participant_group
from reports.ids import ConversationId, ParticipantId

PAIRED = "pairing.changed"
TALK_CHANGED = "talk.changed"
TALK_TYPING = "talk.typing"
SESSION_OPENED = "session.opened"
ADMISSION_REVOKED = "people.revoked"

_log = logging.getLogger(__name__)


async def pairing_changed(participant: ParticipantId) -> None:
    """The search of `participant` found somebody, or lost them again."""
    await _send(participant_group(participant), {"type": PAIRED})


async def talk_changed(participant: ParticipantId, conversation: ConversationId) -> None:
    """Lines wait, somebody came or went, or the conversation is over."""
    message = {"type": TALK_CHANGED, "conversation": str(conversation)}
    await _send(participant_group(participant), message)


async def talk_typing(
    participant: ParticipantId, conversation: ConversationId, *, on: bool
) -> None:
    """The partner of `participant` began or stopped typing."""
    message = {"type": TALK_TYPING, "conversation": str(conversation), "on": on}
    await _send(participant_group(participant), message)


async def session_opened(participant: ParticipantId) -> None:
    """Another socket is now the only live control socket of `participant`."""
    await _send(participant_group(participant), {"type": SESSION_OPENED})


async def admission_revoked(group: str) -> None:
    """Nobody of this group may be here any more (they left, or are under age)."""
    await _send(group, {"type": ADMISSION_REVOKED})


async def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is None:
        _log.error("no channel layer is configured")
        return
    try:
        await layer.group_send(group, message)
    except (RedisError, OSError) as error:
        _log.warning("nudge %s was not sent: %s", message["type"], type(error).__name__)
