"""The pairing script on a real Redis, with callers who race."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import redis.asyncio

from chat.interests import Interest
from chat.messages import Mode
from chat.stores import keys, pairing
from chat.stores.keys import CLAIM_MS
from chat.stores.pairing import Patience, Release, Search, Sought, Standing
from chat.trust import Level
from moderation.stores.client import connect_async
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

NOW_MS = 1_800_000_000_000
PATIENCE = Patience(common_ms=2000, language_ms=4000)
RARE = Interest(name="kintsugi", weight=1000)
HOME = DeviceId(uuid4())


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with connect_async() as client:
        yield client


def somebody(*, since_ms: int = NOW_MS, languages: tuple[str, ...] = ()) -> Search:
    person = Person(participant=ParticipantId(uuid4()), device=DeviceId(uuid4()))
    return Search(
        person=person,
        pool="adult",
        mode=Mode.TEXT,
        epoch=1,
        since_ms=since_ms,
        languages=languages,
    )


async def seek(
    client: redis.asyncio.Redis, search: Search, now_ms: int = NOW_MS
) -> tuple[ConversationId, Sought]:
    conversation = ConversationId(uuid4())
    return conversation, await pairing.seek(client, search, conversation, now_ms, PATIENCE)


async def standing(client: redis.asyncio.Redis, search: Search, now_ms: int = NOW_MS) -> Standing:
    _, sought = await seek(client, search, now_ms)
    return sought.standing


async def give_back(
    client: redis.asyncio.Redis, search: Search, conversation: ConversationId, outcome: Release
) -> None:
    await pairing.release(
        client, search.tag, search.person.participant, conversation, outcome, now_ms=NOW_MS
    )


async def is_first(client: redis.asyncio.Redis, search: Search) -> bool:
    """Whether the next who comes claims this one, and nobody of those who came since."""
    _, sought = await seek(client, somebody(since_ms=NOW_MS + 1), NOW_MS + CLAIM_MS)
    return sought.partner == search.person


async def test_nobody_is_paired_with_themselves_nor_with_their_own_device(
    client: redis.asyncio.Redis,
) -> None:
    ada = somebody()
    other_tab = replace(somebody(), person=replace(ada.person, participant=ParticipantId(uuid4())))
    assert await standing(client, ada) is Standing.WAITING
    assert await standing(client, ada) is Standing.WAITING
    assert await standing(client, other_tab) is Standing.WAITING


@pytest.mark.parametrize("blocker", ["waiting", "seeking"])
async def test_a_blocked_pair_never_meets_whoever_of_them_wanted_it_so(
    client: redis.asyncio.Redis, blocker: str
) -> None:
    ada, bo = somebody(since_ms=NOW_MS - 1), somebody()
    await standing(client, ada)
    one, other = (ada, bo) if blocker == "waiting" else (bo, ada)
    await pairing.avoid(client, "adult", one.person.device, [other.person.device])
    assert await standing(client, bo) is Standing.WAITING
    cy = somebody()
    _, sought = await seek(client, cy)
    assert sought.partner == ada.person


async def test_who_is_gone_is_not_claimed_and_leaves_no_trace(
    client: redis.asyncio.Redis,
) -> None:
    ada, bo = somebody(), somebody()
    await standing(client, ada)
    await client.delete(keys.seeker(ada.tag, ada.person.participant))  # as the lease would
    assert await standing(client, bo) is Standing.WAITING
    for _ in range(2):  # what is dead is dropped as others come and go
        newcomer = somebody()
        await pairing.avoid(client, "adult", newcomer.person.device, [bo.person.device])
        await standing(client, newcomer)
    queued: list[Any] = [
        entry
        for part in ("front", "back")
        for entry in await client.lrange(keys.queue(ada.tag, "all", part), 0, -1)
    ]
    assert not any(entry.startswith(ada.person.participant.bytes) for entry in queued)


async def test_a_waiting_search_holds_a_lease_of_fifteen_seconds(
    client: redis.asyncio.Redis,
) -> None:
    ada = somebody()
    await standing(client, ada)
    assert 14 <= await client.ttl(keys.seeker(ada.tag, ada.person.participant)) <= 15


async def test_first_come_is_first_served(client: redis.asyncio.Redis) -> None:
    late, early = somebody(since_ms=NOW_MS - 1000), somebody(since_ms=NOW_MS - 9000)
    for one in (late, early):
        await pairing.avoid(client, "adult", late.person.device, [early.person.device])
        assert await standing(client, one) is Standing.WAITING
    _, sought = await seek(client, somebody())
    assert sought.partner == early.person


async def test_who_met_lately_meets_again_only_when_nobody_else_is_there(
    client: redis.asyncio.Redis,
) -> None:
    ada, bo, cy = somebody(), somebody(since_ms=NOW_MS + 1), somebody(since_ms=NOW_MS + 2)
    await pairing.note_meeting(
        client, ada.tag, ada.person.device, bo.person.device, NOW_MS - 60_000
    )
    await standing(client, ada)
    await pairing.avoid(client, "adult", cy.person.device, [ada.person.device])
    await standing(client, cy)
    _, sought = await seek(client, bo)
    assert sought.partner == cy.person
    await pairing.leave(client, cy)
    await pairing.leave(client, bo)
    _, alone = await seek(client, replace(bo, epoch=2))
    assert alone.partner == ada.person


async def test_two_who_seek_at_once_never_both_claim_the_same_third(
    client: redis.asyncio.Redis,
) -> None:
    for _ in range(50):
        waiting, *callers = (somebody() for _ in range(3))
        for one in callers:
            await pairing.avoid(
                client, "adult", one.person.device, [c.person.device for c in callers]
            )
        await standing(client, waiting)
        answers = await asyncio.gather(*(standing(client, one) for one in callers))
        assert sorted(answers) == [Standing.CLAIMED, Standing.WAITING]
        for one in (waiting, *callers):
            await pairing.leave(client, one)


async def test_a_crowd_that_comes_at_once_is_paired_without_anybody_in_two_pairs(
    client: redis.asyncio.Redis,
) -> None:
    crowd = [somebody() for _ in range(200)]
    answers = await asyncio.gather(*(seek(client, one) for one in crowd))
    claims = [(one, found) for one, (_, found) in zip(crowd, answers, strict=True) if found.partner]
    paired = [p for one, found in claims for p in (one.person, found.partner)]
    assert len(claims) == 100
    assert len(set(paired)) == 200


async def test_a_claim_that_is_no_pair_within_two_seconds_lapses_and_keeps_the_place(
    client: redis.asyncio.Redis,
) -> None:
    ada, bo = somebody(since_ms=NOW_MS - 30_000), somebody()
    await standing(client, ada)
    conversation, _ = await seek(client, bo)
    assert await standing(client, ada, NOW_MS + CLAIM_MS - 1) is Standing.HELD
    assert await standing(client, ada, NOW_MS + CLAIM_MS) is Standing.WAITING
    assert await is_first(client, ada)
    assert not await pairing.confirm(client, bo, ada.person, conversation, NOW_MS + CLAIM_MS)


async def test_whoever_was_given_back_keeps_the_place(client: redis.asyncio.Redis) -> None:
    ada, bo = somebody(since_ms=NOW_MS - 30_000), somebody()
    await standing(client, ada)
    conversation, _ = await seek(client, bo)
    await pairing.release(
        client, ada.tag, ada.person.participant, conversation, Release.WAITING, now_ms=NOW_MS
    )
    assert await is_first(client, ada)


async def test_who_was_found_barred_learns_it_and_is_claimed_by_nobody(
    client: redis.asyncio.Redis,
) -> None:
    mallory, bo = somebody(), somebody()
    await standing(client, mallory)
    conversation, _ = await seek(client, bo)
    for search, outcome in ((mallory, Release.REFUSED), (bo, Release.WAITING)):
        await pairing.release(
            client, search.tag, search.person.participant, conversation, outcome, now_ms=NOW_MS
        )
    assert await standing(client, mallory) is Standing.REFUSED
    assert await standing(client, somebody()) is Standing.CLAIMED  # bo, and not mallory
    assert await standing(client, somebody()) is Standing.WAITING


async def test_leaving_and_pairing_race_and_exactly_one_wins(
    client: redis.asyncio.Redis,
) -> None:
    outcomes = set()
    for _ in range(100):
        ada, bo = somebody(), somebody()
        await standing(client, ada)
        conversation, _ = await seek(client, bo)
        confirmed, left_into = await asyncio.gather(
            pairing.confirm(client, bo, ada.person, conversation, NOW_MS),
            pairing.leave(client, ada),
        )
        assert left_into == (conversation if confirmed else None)
        outcomes.add(confirmed)
        await pairing.leave(client, bo)
    assert True in outcomes


async def test_leaving_twice_is_leaving_once_and_spares_a_newer_search(
    client: redis.asyncio.Redis,
) -> None:
    ada = somebody()
    await standing(client, ada)
    newer = replace(ada, epoch=2)
    await standing(client, newer)
    for _ in range(2):
        assert await pairing.leave(client, ada) is None
    assert await standing(client, ada) is Standing.STALE
    assert (await seek(client, somebody()))[1].partner == ada.person


async def test_a_search_that_was_left_stays_left_though_a_late_seek_of_it_arrives(
    client: redis.asyncio.Redis,
) -> None:
    ada = somebody()
    for late_from_the_start in (True, False):
        if not late_from_the_start:
            await standing(client, ada)
        await pairing.leave(client, ada)
        assert await standing(client, ada) is Standing.STALE
        assert await standing(client, somebody()) is Standing.WAITING  # ada is not to be had
        await client.delete(keys.queue(ada.tag, "all", "back"))
        ada = replace(ada, epoch=ada.epoch + 1)
    assert 14 <= await client.ttl(keys.seeker(ada.tag, ada.person.participant)) <= 15


async def test_both_learn_of_the_same_conversation(client: redis.asyncio.Redis) -> None:
    ada, bo = somebody(languages=("en", "es")), somebody(languages=("es",))
    await standing(client, ada)
    conversation, sought = await seek(client, bo)
    assert sought.languages == ("en", "es")
    assert await pairing.confirm(client, bo, ada.person, conversation, NOW_MS)
    for one in (ada, bo):
        _, found = await seek(client, one)
        assert (found.standing, found.conversation) == (Standing.PAIRED, conversation)


async def test_pools_and_modes_never_mix(client: redis.asyncio.Redis) -> None:
    await standing(client, somebody())
    assert await standing(client, replace(somebody(), mode=Mode.VIDEO)) is Standing.WAITING
    assert await standing(client, replace(somebody(), pool="teen")) is Standing.WAITING


async def test_a_queue_that_nobody_looks_through_holds_few_of_those_who_have_gone(
    client: redis.asyncio.Redis,
) -> None:
    for _ in range(3):
        await standing(client, replace(somebody(), only_common=True, interests=(RARE,)))
    for _ in range(400):
        passing = replace(somebody(), only_common=True, interests=(RARE,))
        passing = replace(passing, person=replace(passing.person, device=HOME))
        await standing(client, passing)
        await pairing.leave(client, passing)
    places = 0
    for part in ("front", "back"):
        places += await client.llen(keys.queue("adult:text", "all", part))
    assert places <= 40


async def test_who_did_not_get_to_the_end_of_those_being_paired_is_told_so(
    client: redis.asyncio.Redis,
) -> None:
    for _ in range(2 * 64):
        await seek(client, somebody())
    _, late = await seek(client, somebody())
    assert late.standing is Standing.WAITING
    assert late.is_crowded
    _, later = await seek(client, somebody(), NOW_MS + CLAIM_MS)
    assert later.standing is Standing.CLAIMED


async def test_the_doubtful_are_preferred_by_their_like_and_met_by_others_when_nobody_else_is_there(
    client: redis.asyncio.Redis,
) -> None:
    doubtful = replace(somebody(since_ms=NOW_MS - 9_000), level=Level.DOUBTFUL)
    other = somebody(since_ms=NOW_MS - 5_000)
    doubtful = replace(doubtful, person=replace(doubtful.person, device=HOME))
    other = replace(other, person=replace(other.person, device=HOME))
    for search in (doubtful, other):
        assert await standing(client, search) is Standing.WAITING
    _, first = await seek(client, somebody())
    assert first.partner == other.person
    _, second = await seek(client, somebody())
    assert second.partner == doubtful.person


async def test_whom_the_doubtful_prefer_is_their_like(client: redis.asyncio.Redis) -> None:
    other = somebody(since_ms=NOW_MS - 9_000)
    doubtful = replace(somebody(since_ms=NOW_MS - 5_000), level=Level.DOUBTFUL)
    other = replace(other, person=replace(other.person, device=HOME))
    doubtful = replace(doubtful, person=replace(doubtful.person, device=HOME))
    for search in (other, doubtful):
        assert await standing(client, search) is Standing.WAITING
    _, found = await seek(client, replace(somebody(), level=Level.DOUBTFUL))
    assert found.partner == doubtful.person


async def test_a_crowd_is_no_reason_to_meet_somebody_again(client: redis.asyncio.Redis) -> None:
    stranger, familiar, ada = somebody(), somebody(), somebody()
    for _ in range(2 * 64):
        await seek(client, somebody())
    await standing(client, stranger)
    conversation, _ = await seek(client, somebody())
    for _ in range(2 * 90):
        await seek(client, somebody())
    await standing(client, familiar)
    await pairing.note_meeting(
        client, ada.tag, ada.person.device, familiar.person.device, NOW_MS - 1000
    )
    await give_back(client, stranger, conversation, Release.WAITING)
    _, found = await seek(client, ada)
    assert found.partner != familiar.person
