"""A media token is good once, for the newest attachment; a node without a lease gets nobody."""

import asyncio
import uuid
from dataclasses import replace

import redis.asyncio
from redis import Redis

from chat.stores import keys, nodes, tokens
from chat.trust import Level, Scrutiny
from moderation.samples import Side, Subject
from reports.ids import ConversationId
from tests.streams import SUBJECT


def somebody(side: Side = Side.A) -> Subject:
    return replace(SUBJECT, conversation=ConversationId(uuid.uuid4()), side=side)


async def test_of_two_who_use_a_token_at_once_one_gets_in(store: redis.asyncio.Redis) -> None:
    for _ in range(20):
        token = await tokens.issue(store, somebody(), "relay-1")
        claims = await asyncio.gather(*(tokens.claim(store, token) for _ in range(2)))
        assert sum(claim is not None for claim in claims) == 1


async def test_it_is_bound_to_who_it_was_given_to(store: redis.asyncio.Redis) -> None:
    subject = somebody(Side.B)
    token = await tokens.issue(store, subject, "relay-7", Scrutiny(level=Level.DOUBTFUL, risk=0.3))
    grant = await tokens.claim(store, token)
    assert grant is not None
    assert grant.scrutiny == Scrutiny(level=Level.DOUBTFUL, risk=0.3)
    assert (grant.subject, grant.node, grant.attachment) == (subject, "relay-7", 1)


async def test_it_lasts_a_minute_and_is_not_stored_itself(
    store: redis.asyncio.Redis, redis_client: Redis
) -> None:
    token = await tokens.issue(store, somebody(), "relay-1")
    names = [name.decode() for name in redis_client.scan_iter("parley:chat:media_token:*")]
    assert len(names) == 1
    assert token not in names[0]
    assert 0 < redis_client.ttl(names[0]) <= 60
    assert token.encode() not in (redis_client.get(names[0]) or b"")


async def test_each_side_has_attachments_of_its_own(store: redis.asyncio.Redis) -> None:
    subject = somebody(Side.A)
    first = await tokens.issue(store, subject, "relay-1")
    await tokens.issue(store, replace(subject, side=Side.B), "relay-1")
    assert await tokens.claim(store, first) is not None


async def test_a_node_whose_lease_ran_out_is_not_alive(
    store: redis.asyncio.Redis, redis_client: Redis
) -> None:
    assert await nodes.live(store, ["one", "two"]) == []
    await nodes.renew(store, "one")
    await nodes.renew(store, "two")
    assert 0 < redis_client.pttl(keys.node_lease("one")) <= keys.NODE_LEASE_MS
    await nodes.release(store, "one")
    assert await nodes.live(store, ["one", "two"]) == ["two"]


def test_everybody_picks_the_same_node_and_only_its_own_conversations_move() -> None:
    ids = [ConversationId(uuid.uuid4()) for _ in range(300)]
    picked = {each: nodes.pick(each, ["one", "two", "three"]) for each in ids}
    assert set(picked.values()) == {"one", "two", "three"}
    for each, node in picked.items():
        assert nodes.pick(each, ["three", "one", "two"]) == node
        if node != "two":
            assert nodes.pick(each, ["one", "three"]) == node
    assert nodes.pick(ids[0], []) is None
