"""What the control part tells the relay node of a conversation, as JSON on the node's channel.

The same channel carries verdicts (`moderation.events`). A message may get lost: the relay ends a
conversation of which a side stays away, and a report without media is still a report.

Errors: `RelayEventError` for a message that is none of these; a retry does not help.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis.asyncio

from chat.stores.conversations import EndedBy
from moderation.events import node_channel
from moderation.samples import Side
from reports.ids import ConversationId, ReportId


class RelayEventError(Exception):
    """A message does not have the shape that its type promises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOver:
    """The conversation has ended. `offender` is set when moderation ended it because of a side."""

    conversation: ConversationId
    by: EndedBy
    offender: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceWanted:
    """`side` was reported: what was seen of it in the last seconds belongs to `report`."""

    conversation: ConversationId
    side: Side
    report: ReportId


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlGone:
    """`side` has no control socket, so it can't report, so it is shown nothing."""

    conversation: ConversationId
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlBack:
    """`side` has resumed."""

    conversation: ConversationId
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """`side` was reported and the conversation goes on for now: screened again."""

    conversation: ConversationId
    side: Side


RelayEvent = ConversationOver | EvidenceWanted | ControlGone | ControlBack | Reported

_SIDED: dict[str, type[ControlGone | ControlBack | Reported]] = {
    "control_gone": ControlGone,
    "control_back": ControlBack,
    "reported": Reported,
}
_SIDED_NAMES = {kind: name for name, kind in _SIDED.items()}
_OVER = "conversation_over"
_EVIDENCE = "evidence_wanted"


async def publish(client: redis.asyncio.Redis, node: str, event: RelayEvent) -> None:
    """Tell the relay node `node`. Raises `RedisError`; a retry may help."""
    await client.publish(node_channel(node), encode(event))


def encode(event: RelayEvent) -> str:
    """The event as a JSON object with its `type`."""
    fields: dict[str, str | None] = {"conversation": str(event.conversation)}
    match event:
        case ConversationOver():
            fields |= {"type": _OVER, "by": event.by.value, "offender": event.offender}
        case EvidenceWanted():
            fields |= {"type": _EVIDENCE, "side": event.side, "report": str(event.report)}
        case ControlGone() | ControlBack() | Reported():
            fields |= {"type": _SIDED_NAMES[type(event)], "side": event.side}
    return json.dumps(fields, separators=(",", ":"))


def decode(fields: dict[str, Any]) -> RelayEvent:
    """The event in a JSON object that `encode` made. Raises `RelayEventError`."""
    try:
        kind = fields["type"]
        conversation = ConversationId(UUID(fields["conversation"]))
        if kind == _OVER:
            offender = fields["offender"]
            return ConversationOver(
                conversation=conversation,
                by=EndedBy(fields["by"]),
                offender=None if offender is None else Side(offender),
            )
        side = Side(fields["side"])
        if kind == _EVIDENCE:
            report = ReportId(UUID(fields["report"]))
            return EvidenceWanted(conversation=conversation, side=side, report=report)
        return _SIDED[kind](conversation=conversation, side=side)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RelayEventError(f"not a message for a relay: {error!r}") from error
