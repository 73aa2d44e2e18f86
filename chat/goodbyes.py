"""Service: what a conversation that ended well gives to each side.

Runs beside everything else, some seconds after the end, one database call at a time and a bounded
number waiting: no message waits for it, and a loss is harmless.
"""

import asyncio
import logging
from weakref import WeakKeyDictionary

import redis.asyncio
from redis.exceptions import RedisError

from chat import clock, database, encounters
from chat.database import DatabaseUnavailable
from chat.encounters import Talked
from chat.stores import goodbyes, marks, sessions
from chat.stores.conversations import Conversation
from moderation.samples import Side

COUNTS_FROM_MS = 60_000
"""A shorter conversation is none: neither for trust nor against it."""

GOODBYE_MS = 5_000
"""Both left on their own within this: it was over for both."""

WAITING_MAX = 2_000
"""Ends that are waiting to be written down in this process; more are let go."""

_AFTER_S = GOODBYE_MS / 1000 + 1.0

_log = logging.getLogger(__name__)
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
_waiting: set[object] = set()


def gives(conversation: Conversation, side: Side, ended_ms: int) -> bool:
    """Whether `conversation`, which has ended, can give anything to `side`."""
    ending = conversation.ending
    is_offender = ending is not None and ending.offender is side
    return counts(conversation, ended_ms) and not is_offender


async def remember(
    client: redis.asyncio.Redis, conversation: Conversation, side: Side, ended_ms: int
) -> None:
    """Write it down, once it is known whether both said goodbye. Never raises."""
    if len(_waiting) >= WAITING_MAX:
        return
    turn = object()
    _waiting.add(turn)
    try:
        await asyncio.sleep(_AFTER_S)
        await write_down(client, conversation, side, ended_ms)
    except (RedisError, DatabaseUnavailable) as error:
        _log.debug("a conversation was not counted: %s", type(error).__name__)
    finally:
        _waiting.discard(turn)


def counts(conversation: Conversation, ended_ms: int) -> bool:
    """Whether it was long enough to give anything."""
    return ended_ms - conversation.started_ms >= COUNTS_FROM_MS


async def say(client: redis.asyncio.Redis, conversation: Conversation, side: Side) -> None:
    """`side` leaves on its own. Never raises: nobody has to wait to be allowed to go."""
    now_ms = clock.now_ms()
    if not counts(conversation, now_ms):
        return
    try:
        await goodbyes.note(client, conversation.id, side, now_ms)
    except RedisError as error:
        _log.debug("a goodbye was lost: %s", type(error).__name__)


async def note_skip(client: redis.asyncio.Redis, conversation: Conversation, side: Side) -> None:
    """`side` has ended it on its own; whoever does so again and again within seconds is looked at
    more closely. Never raises."""
    if clock.now_ms() - conversation.started_ms >= marks.SKIP_MS:
        return
    try:
        await marks.note_skip(client, conversation.person(side).device)
    except RedisError as error:
        _log.debug("a skip was lost: %s", type(error).__name__)


async def write_down(
    client: redis.asyncio.Redis, conversation: Conversation, side: Side, ended_ms: int
) -> None:
    """Write it down now. Raises `RedisError` and `DatabaseUnavailable`."""
    own, partner = conversation.person(side), conversation.person(side.other)
    left = await goodbyes.find(client, conversation.id)
    talked = Talked(
        person=own,
        partner=partner.device,
        partner_address=await sessions.find_address(client, partner.participant),
        minutes=(ended_ms - conversation.started_ms) // 60_000,
        is_goodbye=len(left) == 2 and abs(left[Side.A] - left[Side.B]) <= GOODBYE_MS,
    )
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await database.run(encounters.note, talked, clock.now())
