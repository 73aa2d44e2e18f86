"""Service: from a search to a pair. Claim, look into the sanctions, then confirm.

Between claim and pair nobody knows of each other. If this process dies in between, the claim
lapses after 2 s and both search on, with the waiting time they had.

Errors: `PairingUnavailable` when the sanctions could not be read, `VideoClosed` when no new video
conversation may begin. The partner goes back to where they stood; a retry may help.
"""

from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from importlib import resources
from uuid import uuid4

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from chat import clock, interests, nudges, reputation, sanctions, trust, video_gate
from chat.database import DatabaseUnavailable
from chat.interests import Vocabulary
from chat.messages import Mode, Seek
from chat.stores import conversations, pairing, sessions
from chat.stores import interests as interest_counts
from chat.stores.conversations import Conversation
from chat.stores.pairing import Patience, Release, Search, Sought, Stage, Standing
from reports.ids import ConversationId
from reports.snapshots import Person

CLAIMS_MAX = 8
"""Claims in one go; after that many barred or vanished partners the search waits its turn."""


@cache
def _vocabulary() -> Vocabulary:
    source = resources.files("chat") / "interests.toml"
    return interests.read_vocabulary(source.read_text(encoding="utf-8"))


class PairingUnavailable(Exception):  # noqa: N818
    """Nobody can be paired now: who is barred is not known."""


class VideoClosed(Exception):  # noqa: N818
    """No new video conversation may begin now."""


class NotFound(Enum):
    """Why there is no pair, and won't be by this search."""

    REFUSED = "refused"  # the searcher is barred
    STALE = "stale"  # the search was left, or a newer one of the same participant is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """A conversation may begin; `record` is set when this very call made the pair."""

    conversation: ConversationId
    record: Conversation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nobody yet. `stage` is whom the search is content with by now, None while somebody who
    claimed it looks whether both may meet; `is_crowded` while so many are being paired that not
    everybody was looked at."""

    stage: Stage | None
    is_crowded: bool = False


async def open_search(
    client: redis.asyncio.Redis, person: Person, admitted: str, wanted: Seek, now_ms: int
) -> Search:
    """A search for what is `wanted`, by somebody admitted to the pool `admitted`; what is personal
    is in their pool then.

    How far they are trusted is noted in the session, and goes with every media token until the
    next search.

    Raises `DatabaseUnavailable` and `RedisError`; a retry may help.
    """
    known = await reputation.find(person.device)
    pool = trust.pool(admitted, known.level)
    await pairing.avoid(client, pool, person.device, known.blocked)
    names = interests.compared(wanted.interests, _vocabulary())
    devices_today = await interest_counts.note(client, names, person.device, now_ms)
    return Search(
        person=person,
        pool=pool,
        mode=wanted.mode,
        epoch=await sessions.begin_search(client, person.participant, known.level),
        since_ms=now_ms,
        level=known.level,
        languages=tuple(dict.fromkeys(tag.partition("-")[0].lower() for tag in wanted.languages)),
        interests=interests.weighed(devices_today, settings.INTEREST_DEVICES_MIN),
        only_common=wanted.only_common and bool(names),
    )


async def reopen(client: redis.asyncio.Redis, search: Search) -> Search:
    """The same search with its waiting time, after its pair came to nothing."""
    await pairing.leave(client, search)
    epoch = await sessions.next_epoch(client, search.person.participant)
    return replace(search, epoch=epoch)


def patience() -> Patience:
    """How long somebody is looked for who fits better."""
    common_ms = int(settings.PAIRING_COMMON_S * 1000)
    return Patience(
        common_ms=common_ms, language_ms=common_ms + int(settings.PAIRING_LANGUAGE_S * 1000)
    )


async def check_gate(client: redis.asyncio.Redis, search: Search, now_ms: int) -> None:
    """Raise `VideoClosed` when the searcher may not begin a conversation of this mode now.

    Raises `RedisError`, too.
    """
    is_video = search.mode is Mode.VIDEO
    if is_video and not await video_gate.is_open(client, search.level, now_ms):
        raise VideoClosed


async def look(
    client: redis.asyncio.Redis, search: Search, now_ms: int
) -> Paired | Waiting | NotFound:
    """Look for a partner once; it keeps the search alive, too.

    Raises `PairingUnavailable`, `VideoClosed` and `RedisError`.
    """
    await check_gate(client, search, now_ms)
    for _ in range(CLAIMS_MAX):
        conversation_id = ConversationId(uuid4())
        sought = await pairing.seek(client, search, conversation_id, now_ms, patience())
        match sought.standing:
            case Standing.PAIRED:
                assert sought.conversation is not None
                return Paired(conversation=sought.conversation)
            case Standing.REFUSED:
                return NotFound.REFUSED
            case Standing.STALE:
                return NotFound.STALE
            case Standing.WAITING | Standing.HELD:
                return Waiting(stage=sought.stage, is_crowded=sought.is_crowded)
            case Standing.CLAIMED:
                found = await _take_up(client, search, sought, conversation_id, now_ms)
                if found is not None:
                    return found
    return Waiting(stage=None)


async def _take_up(
    client: redis.asyncio.Redis,
    search: Search,
    sought: Sought,
    conversation_id: ConversationId,
    now_ms: int,
) -> Paired | NotFound | None:
    """Make the claim a pair; None to look for somebody else."""
    partner = sought.partner
    assert partner is not None
    try:
        barred = await sanctions.find_barred(client, (search.person, partner))
        node = await _node_for(client, search, partner, conversation_id, now_ms)
    except (DatabaseUnavailable, RedisError, VideoClosed) as error:
        await _give_back(client, search, partner, conversation_id, barred=set())
        if isinstance(error, VideoClosed):
            raise
        raise PairingUnavailable from error
    if barred:
        await _give_back(client, search, partner, conversation_id, barred=barred)
        return NotFound.REFUSED if search.person in barred else None
    conversation = Conversation(
        id=conversation_id,
        mode=search.mode,
        pool=search.pool,
        started_ms=now_ms,
        node=node,
        a=partner,
        b=search.person,
        languages=tuple(tag for tag in search.languages if tag in sought.languages),
        common=sought.common,
    )
    await conversations.create(client, conversation)
    if not await pairing.confirm(client, search, partner, conversation_id, now_ms):
        await conversations.discard(client, conversation_id)
        await _give_back(client, search, partner, conversation_id, barred=set())
        return None
    await _after_pairing(client, search, partner, now_ms)
    return Paired(conversation=conversation_id, record=conversation)


async def _node_for(
    client: redis.asyncio.Redis,
    search: Search,
    partner: Person,
    conversation_id: ConversationId,
    now_ms: int,
) -> str:
    if search.mode is Mode.TEXT:
        return ""
    # Who waits may have begun to wait before the valve closed for them.
    levels = (search.level, await sessions.find_level(client, partner.participant))
    node = await video_gate.choose_node(client, conversation_id, levels, now_ms)
    if node is None:
        raise VideoClosed
    return node


async def _give_back(
    client: redis.asyncio.Redis,
    search: Search,
    partner: Person,
    conversation_id: ConversationId,
    *,
    barred: set[Person],
) -> None:
    for person in (partner, search.person):
        outcome = Release.REFUSED if person in barred else Release.WAITING
        await pairing.release(
            client,
            search.tag,
            person.participant,
            conversation_id,
            outcome,
            now_ms=clock.now_ms(),
        )
        if person == partner:
            await nudges.pairing_changed(person.participant)


async def _after_pairing(
    client: redis.asyncio.Redis, search: Search, partner: Person, now_ms: int
) -> None:
    await nudges.pairing_changed(partner.participant)
    for mode in Mode:
        tag = f"{search.pool}:{mode}"
        if tag != search.tag:
            await pairing.note_meeting(client, tag, search.person.device, partner.device, now_ms)
