"""Who speaks at the front door, and what it sent."""

import json
from base64 import b64decode
from dataclasses import replace
from uuid import UUID

import redis
import redis.asyncio

from moderation.samples import Side
from reports.snapshots import Person
from tests.streams import SUBJECT

assert SUBJECT.partner is not None
BO = replace(
    SUBJECT,
    side=Side.B,
    participant=SUBJECT.partner.participant,
    device=SUBJECT.partner.device,
    partner=Person(participant=SUBJECT.participant, device=SUBJECT.device),
)
NOWHERE = "redis://127.0.0.1:1/0"
FAR_MS = 2**44
"""A deadline that no test lives to see."""


def uuid(number: int) -> UUID:
    return UUID(int=1000 + number)


def sent(client: redis.Redis, queue: str) -> list[tuple[str, dict[str, object]]]:
    """Tasks in a queue, oldest first: name and keyword arguments."""
    tasks = []
    for raw in reversed(client.lrange(queue, 0, -1)):
        task = json.loads(raw)
        _args, kwargs, _embed = json.loads(b64decode(task["body"]))
        tasks.append((task["headers"]["task"], kwargs))
    return tasks
