"""One of two web processes dies in the middle of two hundred conversations."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.crowd import SEEK, Guest, enter_all, open_all
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Stranger
from tests.integration.chat.house import House, open_houses
from tests.services import TestServices

CONVERSATIONS = 200
SEARCHING_WITHIN_S = 5.0
TRACES_GONE_WITHIN_S = 30.0
SETTINGS = {
    "RESUME_GRACE_S": "20",
    "SANCTION_LEASE_S": "30",
    "NEW_IDENTITIES_PER_HOUR": "5000",
    "TERMS_PREFIX_BURST": "5000",
}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def two_houses(services: TestServices, redis_url: str, tmp_path: Path) -> Iterator[list[House]]:
    with open_houses(services, tmp_path, 2, SETTINGS) as houses:
        yield houses


def test_its_people_go_on_elsewhere_and_nothing_of_it_stays(
    two_houses: list[House], redis_client: redis.Redis
) -> None:
    staying, doomed = two_houses
    strangers = [
        stranger for house in (staying, doomed) for stranger in enter_all(house.url, CONVERSATIONS)
    ]
    asyncio.run(_story(staying, doomed, strangers))
    wait_for(
        lambda: (
            not list(redis_client.scan_iter("*}:seeker:*"))
            and not list(redis_client.scan_iter("*}:queue:*"))
        ),
        timeout_s=TRACES_GONE_WITHIN_S,
        what="no seeker and no queue is left",
    )
    for house in two_houses:
        assert "Traceback" not in house.logged()


async def _story(staying: House, doomed: House, strangers: list[Stranger]) -> None:
    here = await open_all(strangers[:CONVERSATIONS])
    there = await open_all(strangers[CONVERSATIONS:])
    everybody = here + there
    await asyncio.gather(*(guest.ask(SEEK, "paired") for guest in everybody))
    sides = Counter(guest.paired["conversation"] for guest in everybody)
    assert set(sides.values()) == {2}

    doomed.die()
    await asyncio.gather(*(guest.gone() for guest in there))
    back = await open_all([guest.stranger for guest in there], at=staying.url)
    for guest, before in zip(back, there, strict=True):
        guest.paired = before.paired

    resuming, seeking = back[::2], back[1::2]
    await asyncio.gather(*map(_resume, resuming))
    began_s = time.monotonic()
    await asyncio.gather(*(guest.ask(SEEK, "searching") for guest in seeking[:1]))
    found = await asyncio.gather(*(_seek(guest) for guest in seeking[1:]))
    assert time.monotonic() - began_s <= SEARCHING_WITHIN_S
    assert set(found) <= {"searching", "paired"}

    by_conversation = _partners(resuming, here)
    await asyncio.gather(*(_talk_on(one, other) for one, other in by_conversation))
    await asyncio.gather(*(guest.close() for guest in [*here, *back]))


async def _resume(guest: Guest) -> None:
    conversation, key = guest.paired["conversation"], guest.paired["key"]
    await guest.say("resume", conversation=conversation, key=key)
    assert (await guest.hear("paired"))["conversation"] == conversation


async def _seek(guest: Guest) -> str:
    await guest.say("seek", mode="text", interests=[], languages=["en"], only_common=False)
    return str((await guest.hear("searching", "paired"))["type"])


def _partners(resuming: list[Guest], here: list[Guest]) -> list[tuple[Guest, Guest]]:
    """Those who came back to somebody who never left."""
    stayed = {guest.paired["conversation"]: guest for guest in here}
    return [
        (guest, stayed[guest.paired["conversation"]])
        for guest in resuming
        if guest.paired["conversation"] in stayed
    ]


async def _talk_on(one: Guest, other: Guest) -> None:
    await one.say("say", id="1", text="are you still there?")
    assert (await other.hear("said"))["text"] == "are you still there?"
