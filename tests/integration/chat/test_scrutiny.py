"""What somebody did lately goes with their next media token, and nobody is told."""

from dataclasses import replace
from uuid import UUID, uuid4

import redis
import redis.asyncio

from chat import clock, scrutiny
from chat.stores import keys, marks, sessions, tokens
from chat.trust import Level, Scrutiny
from moderation.samples import Subject
from moderation.stores import attempts, doubts
from moderation.stores.client import connect_async
from reports.ids import ConversationId, DeviceId
from tests.e2e.waiting import wait_for
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.meeting import meet, person
from tests.streams import SUBJECT


def somebody() -> Subject:
    return replace(SUBJECT, device=DeviceId(uuid4()))


async def known_of(client: redis.asyncio.Redis, subject: Subject) -> Scrutiny:
    """What the next token says."""
    found = await scrutiny.find(client, subject, clock.now_ms())
    token = await tokens.issue(client, subject, "relay-1", found)
    grant = await tokens.claim(client, token)
    assert grant is not None
    return grant.scrutiny


async def test_nothing_is_held_against_a_stranger(redis_client: redis.Redis) -> None:
    async with connect_async() as client:
        assert await known_of(client, somebody()) == Scrutiny()


async def test_a_burst_of_skips_is_a_risk_and_a_few_are_none(redis_client: redis.Redis) -> None:
    subject = somebody()
    async with connect_async() as client:
        for _ in range(marks.SKIPS_MANY - 1):
            await marks.note_skip(client, subject.device)
        assert (await known_of(client, subject)).risk == 0.0
        await marks.note_skip(client, subject.device)
        assert (await known_of(client, subject)).risk == scrutiny.SKIPPING_RISK
    assert 0 < redis_client.ttl(keys.skips(subject.device)) <= keys.SKIPS_TTL_S


async def test_who_lures_in_one_conversation_after_the_other_is_a_risk(
    redis_client: redis.Redis,
) -> None:
    subject = somebody()
    async with connect_async() as client:
        for number in range(scrutiny.LINES_FROM):
            assert (await known_of(client, subject)).risk == 0.0
            for rule in ("link", "contact_handle"):
                room = ConversationId(UUID(int=number))
                await attempts.note(client, subject.device, rule, room)
        assert (await known_of(client, subject)).risk == scrutiny.LINES_RISK


async def test_what_only_a_person_can_judge_is_screened_throughout_until_then(
    redis_client: redis.Redis,
) -> None:
    subject = somebody()
    doubts.note_now(redis_client, subject.device)
    async with connect_async() as client:
        known = await known_of(client, subject)
        assert known == Scrutiny(is_throughout=True)
        assert await known_of(client, somebody()) == Scrutiny()


async def test_the_level_of_the_session_comes_along(redis_client: redis.Redis) -> None:
    subject = somebody()
    async with connect_async() as client:
        await sessions.begin_search(client, subject.participant, Level.TRUSTED)
        assert (await known_of(client, subject)).level is Level.TRUSTED


def test_who_leaves_within_seconds_has_skipped_and_the_partner_has_not(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    meeting = meet(newcomer(), newcomer())
    ada, bo = (_device(meeting.ada.received), _device(meeting.bo.received))
    meeting.ada.send("next")
    meeting.ada.expect("searching")
    wait_for(
        lambda: redis_client.get(keys.skips(ada)) == b"1", timeout_s=5, what="the skip is noted"
    )
    assert not redis_client.exists(keys.skips(bo))


def test_who_was_reported_is_a_risk_for_an_hour(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    meeting = meet(newcomer(), newcomer())
    bo = _device(meeting.bo.received)
    meeting.ada.send("report", reason="nudity")
    meeting.ada.expect("reported")
    wait_for(lambda: redis_client.exists(keys.reported(bo)), timeout_s=5, what="it is marked")
    assert redis_client.ttl(keys.reported(bo)) <= 3600
    assert not redis_client.exists(keys.reported(_device(meeting.ada.received)))


def _device(received: list[dict[str, object]]) -> DeviceId:
    welcome = next(message for message in received if message["type"] == "welcome")
    return person(str(welcome["participant"])).device
