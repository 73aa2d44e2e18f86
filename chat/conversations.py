"""Service: how a conversation ends, for both people and the relay alike.

`end` is the only way; whoever calls it first decides what both are told.
"""

import logging

import redis.asyncio
from redis.exceptions import RedisError

from chat import events, nudges
from chat.stores import conversations as store
from chat.stores.conversations import Conversation, EndedBy, Ending
from moderation.samples import Side
from reports.ids import ConversationId
from reports.rules import Rule

_log = logging.getLogger(__name__)


async def end(
    client: redis.asyncio.Redis,
    conversation_id: ConversationId,
    *,
    by: EndedBy,
    offender: Side | None = None,
    rule: Rule | None = None,
    search_on: frozenset[Side] = frozenset(),
) -> bool:
    """End the conversation; True for the first caller, False when it was over or is unknown.

    The sides in `search_on` are looked on for. Both consumers are nudged and the relay node is
    told. Raises `RedisError` only when the ending itself could not be written; a retry is safe.
    """
    ending = Ending(by=by, offender=offender, rule=rule, search_on=search_on)
    if not await store.end(client, conversation_id, ending):
        return False
    await _announce(client, conversation_id, ending)
    return True


async def _announce(
    client: redis.asyncio.Redis, conversation_id: ConversationId, ending: Ending
) -> None:
    try:
        conversation = await store.load(client, conversation_id)
        if conversation is None:
            return
        # The relay first: it stops forwarding before anybody is told why.
        if conversation.node:
            await _tell_relay(client, conversation, ending)
    except RedisError as error:
        _log.warning("the end of %s was not announced: %s", conversation_id, type(error).__name__)
        return
    for side in Side:
        await nudges.talk_changed(conversation.person(side).participant, conversation_id)


async def _tell_relay(
    client: redis.asyncio.Redis, conversation: Conversation, ending: Ending
) -> None:
    over = events.ConversationOver(
        conversation=conversation.id, by=ending.by, offender=ending.offender
    )
    await events.publish(client, conversation.node, over)
