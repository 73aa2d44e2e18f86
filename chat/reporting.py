"""Service: what follows a report or a block. The two never meet again, whatever else fails.

Whoever is reported is screened again in the conversation that they are in by then.

Errors: `DatabaseUnavailable` when nothing could be written; nothing was confirmed then, and a
retry may help. Within Redis the pair is apart already.
"""

import logging
from dataclasses import replace
from ipaddress import ip_address

import redis.asyncio
from redis.exceptions import RedisError

from chat import clock, database, encounters, events
from chat.admission import people
from chat.messages import Report
from chat.stores import conversations as records
from chat.stores import limits, marks, pairing, sessions
from chat.stores.conversations import Conversation
from chat.visitors import keyed_prefix
from moderation import intake as screening
from moderation.samples import Side
from reports.incoming import intake
from reports.incoming.intake import Receipt
from reports.snapshots import Person, UserReport

_log = logging.getLogger(__name__)


async def retry_after_s(client: redis.asyncio.Redis, person: Person, now_ms: int) -> float:
    """Take one report or block of participant and device, or of none: 0.0, or the seconds until
    there is one again. Entering anew gives nobody more. Raises `RedisError`."""
    claims = limits.claims("reports", person.participant, person.device)
    return await limits.take_all(client, claims, now_ms)


async def keep_apart(client: redis.asyncio.Redis, conversation: Conversation) -> None:
    """Let both sides never be paired again, as far as Redis is asked. Raises `RedisError`."""
    one, other = conversation.a.device, conversation.b.device
    await pairing.avoid(client, conversation.pool, one, [other])
    await pairing.avoid(client, conversation.pool, other, [one])


async def write_report(
    client: redis.asyncio.Redis, conversation: Conversation, side: Side, message: Report
) -> UserReport:
    """What `side` reports about the other one, with the lines that were said.

    Raises `ScreeningUnavailable` when the lines cannot be read.
    """
    now = clock.now()
    snapshot = await screening.snapshot(client, conversation.subject(side.other), now)
    own = await _keyed_prefix(client, conversation.person(side))
    others = await _keyed_prefix(client, conversation.person(side.other))
    return UserReport(
        rule=message.reason,
        note=message.note,
        snapshot=snapshot,
        reported_at=now,
        reporter_prefix=own,
        subject_prefix=others,
    )


async def file_report(
    client: redis.asyncio.Redis, conversation: Conversation, side: Side, report: UserReport
) -> Receipt:
    """Hand the report in, keep the two apart for good, and ask the relay for the picture."""
    receipt = await database.run(_file, conversation, side, report)
    try:
        if conversation.node:
            wanted = events.EvidenceWanted(
                conversation=conversation.id, side=side.other, report=receipt.report
            )
            await events.publish(client, conversation.node, wanted)
        await marks.note_report(client, conversation.person(side.other).device)
        await _screen_again(client, conversation.person(side.other))
    except RedisError as error:
        # The report stands; it carries lines only.
        _log.warning("the relay was not told of %s: %s", receipt.report, type(error).__name__)
    return receipt


async def file_block(conversation: Conversation, side: Side) -> None:
    """Keep the two apart for good."""
    await database.run(_block, conversation, side)


async def _keyed_prefix(client: redis.asyncio.Redis, person: Person) -> str:
    address = await sessions.find_address(client, person.participant)
    return "" if address is None else keyed_prefix(ip_address(address))


async def _screen_again(client: redis.asyncio.Redis, reported: Person) -> None:
    newest = await sessions.newest_conversation(client, reported.participant)
    record = await records.load(client, newest) if newest is not None else None
    if record is None or record.ending is not None or not record.node:
        return
    side = record.side_of(reported.participant)
    if side is not None:
        await events.publish(
            client, record.node, events.Reported(conversation=record.id, side=side)
        )


def _file(conversation: Conversation, side: Side, report: UserReport) -> Receipt:
    _block(conversation, side)
    since = people.known_since(conversation.person(side).device)
    return intake.receive(replace(report, reporter_since=since))


def _block(conversation: Conversation, side: Side) -> None:
    own, other = conversation.person(side).device, conversation.person(side.other).device
    people.block(own, other, conversation.id)
    encounters.take_back(other, own)
