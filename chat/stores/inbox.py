"""Lines on their way: they wait for a side until its socket takes them, through a reconnect too.

Raises `RedisError`; putting twice says a line twice.
"""

import json
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from django.conf import settings

from chat.stores import keys
from chat.stores.scripts import lua
from moderation.intake import Caution
from moderation.samples import Side
from moderation.stores.scripts import run
from reports.ids import ConversationId
from reports.rules import Rule

LINES_MAX = 100
"""More than a partner may say within the grace period."""

_SLACK_S = 40
"""Longer than it takes to notice a lost side; an ended conversation's inbox is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidLine:
    """A line as it is passed on; `at` in ISO 8601. Empty where one was withheld and only the
    `caution` goes to the receiver."""

    id: str
    text: str
    at: str
    caution: Caution | None = None


async def put(
    client: redis.asyncio.Redis, conversation: ConversationId, to: Side, line: SaidLine
) -> bool:
    """Lay `line` into the inbox of side `to`; False when the conversation is over."""
    stored: int = await run(
        client,
        lua("put_line"),
        keys=[keys.conversation(conversation), keys.inbox(conversation, to)],
        args=[
            _packed(line),
            LINES_MAX,
            int(settings.RESUME_GRACE_S) + _SLACK_S,
        ],
    )
    return bool(stored)


async def take(
    client: redis.asyncio.Redis, conversation: ConversationId, side: Side
) -> list[SaidLine]:
    """The waiting lines of `side`, oldest first; they are gone from the inbox."""
    packed: Any = await client.lpop(keys.inbox(conversation, side), LINES_MAX)
    if not packed:
        return []
    return [_unpacked(*json.loads(item)) for item in packed]


def _packed(line: SaidLine) -> str:
    caution = line.caution
    cautioned = None if caution is None else [caution.about, caution.rule, caution.advice]
    return json.dumps([line.id, line.text, line.at, cautioned])


def _unpacked(line_id: str, text: str, at: str, cautioned: list[str] | None = None) -> SaidLine:
    caution = None
    if cautioned is not None:
        about, rule, advice = cautioned
        caution = Caution(about=about, rule=Rule(rule), advice=advice)
    return SaidLine(id=line_id, text=text, at=at, caution=caution)
