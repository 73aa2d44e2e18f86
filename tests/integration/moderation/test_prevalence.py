"""Frames in which the machine found nothing: kept with consent alone, sealed, never on a disk."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

import pytest
import redis
import redis.asyncio as redis_async
from django.conf import settings

from moderation.packets import Packet
from moderation.prevalence import SPANS_MAX_MS, Draw
from moderation.samples import Purpose
from moderation.stores import keys, mailbox, prevalence
from moderation.thresholds import AgeRules, Limits
from moderation.verdicts import Decision
from reports.evidence_room.envelopes import SealError
from reports.ids import DeviceId, ParticipantId
from reports.keys import evidence_keyring, evidence_public_key
from reports.prevalence import sealing
from tests.integration.moderation.judged_room import Room, dirty, now
from tests.moderation_cases import astronaut, coffee, film, sample
from tests.races import at_once
from tests.report_cases import MALLORY, snapshot

ALWAYS = 3600 * 1000 / SPANS_MAX_MS
"""As many frames an hour as have every submission drawn."""


@pytest.fixture
def drawing(room: Room) -> Room:
    draw = Draw(
        client=room.sync,
        public_key=evidence_public_key(settings.EVIDENCE_PUBLIC_KEY),
        per_hour=ALWAYS,
        day_max=3,
    )
    room.judge = replace(room.judge, draw=draw)
    return room


async def show(room: Room, chain: list[Packet], spans_ms: int = SPANS_MAX_MS) -> Decision:
    """The verdict on a submission that stands for so long on screen."""
    submission = replace(sample(now(chain), subject=room.subject), spans_ms=spans_ms)
    await mailbox.save(room.client, submission, submission.captured_ms)
    verdict = room.judge.judge_next(submission.stream)
    assert verdict is not None
    return verdict.decision


async def agree(room: Room) -> None:
    await prevalence.agree(room.client, room.subject.participant)


async def test_nothing_is_kept_of_who_has_not_agreed(drawing: Room) -> None:
    await prevalence.agree(drawing.client, ParticipantId(uuid4()))
    assert await show(drawing, film([coffee()])) is Decision.CLEAR
    assert prevalence.find_new(drawing.sync) == []


async def test_nothing_is_kept_where_the_operator_wants_nothing(room: Room) -> None:
    await agree(room)
    assert await show(room, film([coffee()])) is Decision.CLEAR
    assert prevalence.find_new(room.sync) == []


async def test_what_nobody_was_shown_is_not_kept(drawing: Room) -> None:
    await agree(drawing)
    await show(drawing, film([coffee()]), spans_ms=0)
    await drawing.ask(film([coffee()]), Purpose.CHECK)
    assert prevalence.find_new(drawing.sync) == []


async def test_what_the_machine_acts_on_is_not_kept(drawing: Room) -> None:
    await agree(drawing)
    assert await show(drawing, dirty(1)) is Decision.HOLD
    assert prevalence.find_new(drawing.sync) == []


@pytest.mark.parametrize(
    "age",
    [
        AgeRules(suspend_years=0, doubt_years=99, minimum_faces=1),
        AgeRules(suspend_years=0, doubt_years=1, minimum_faces=9),
    ],
    ids=["age in doubt", "no age seen yet"],
)
async def test_no_picture_is_kept_of_who_might_be_a_child(drawing: Room, age: AgeRules) -> None:
    drawing.under(age, BUTTOCKS_EXPOSED=Limits(hold=0.9, cut=0.95))
    await agree(drawing)
    await show(drawing, film([astronaut()]))
    assert prevalence.find_new(drawing.sync) == []


async def test_a_picture_of_who_was_seen_to_be_of_age_is_kept(drawing: Room) -> None:
    seen = AgeRules(suspend_years=0, doubt_years=1, minimum_faces=1)
    drawing.under(seen, BUTTOCKS_EXPOSED=Limits(hold=0.9, cut=0.95))
    await agree(drawing)
    await show(drawing, film([astronaut()]))
    (frame,) = prevalence.find_new(drawing.sync)
    kept = prevalence.load(drawing.sync, frame)
    assert kept is not None
    assert "age" not in {score.label for score in kept.scores}


async def test_what_is_kept_is_sealed_and_says_nothing_of_the_partner(drawing: Room) -> None:
    await agree(drawing)
    assert await show(drawing, film([coffee()])) is Decision.CLEAR
    (frame,) = prevalence.find_new(drawing.sync)
    kept = prevalence.load(drawing.sync, frame)
    assert kept is not None
    assert b"\xff\xd8\xff" not in prevalence.pack(kept)
    named = str(drawing.subject.participant).encode()
    assert named not in prevalence.pack(kept)
    assert drawing.subject.participant.bytes not in prevalence.pack(kept)
    opened = sealing.unseal(kept, evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, ()))
    assert opened.picture.startswith(b"\xff\xd8\xff")
    assert opened.snapshot.subject.participant == drawing.subject.participant
    assert (opened.snapshot.partner, opened.snapshot.lines) == (None, ())
    with pytest.raises(SealError):
        sealing.unseal(
            replace(kept, id=uuid4()), evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, ())
        )


async def test_without_the_memory_pictures_are_judged_all_the_same(drawing: Room) -> None:
    draw = drawing.judge.draw
    assert draw is not None
    away = redis.Redis(unix_socket_path="/nonexistent")
    drawing.judge = replace(drawing.judge, draw=replace(draw, client=away))
    await agree(drawing)
    assert await show(drawing, film([coffee()])) is Decision.CLEAR
    assert prevalence.find_new(drawing.sync) == []


async def test_a_day_has_no_more_than_its_most(drawing: Room) -> None:
    await agree(drawing)
    for _ in range(5):
        await show(drawing, film([coffee()]))
    assert len(prevalence.find_new(drawing.sync)) == 3


async def test_taking_it_back_forgets_what_is_kept_and_keeps_no_more(drawing: Room) -> None:
    await agree(drawing)
    await show(drawing, film([coffee()]))
    device, own = drawing.subject.device, drawing.subject.participant
    assert await prevalence.count(drawing.client, device) == 1
    await prevalence.withdraw(drawing.client, DeviceId(uuid4()), [ParticipantId(uuid4())])
    assert await prevalence.count(drawing.client, device) == 1

    (frame,) = prevalence.find_new(drawing.sync)
    assert await prevalence.withdraw(drawing.client, device, [own]) == {frame}

    assert prevalence.load(drawing.sync, frame) is None
    assert await prevalence.count(drawing.client, device) == 0
    await show(drawing, film([coffee()]))
    assert prevalence.find_new(drawing.sync) == []


def _sealed() -> sealing.KeptFrame:
    context = snapshot(lines=(), taken_at=datetime.now(UTC))
    key = evidence_public_key(settings.EVIDENCE_PUBLIC_KEY)
    return sealing.seal(b"picture", context, public_key=key)


def test_of_many_processes_at_once_no_more_are_kept_than_a_day_may_have(
    redis_client: redis.Redis,
) -> None:
    redis_client.set(keys.prevalence_consent(MALLORY.participant), 1)
    kept = at_once(
        *(partial(prevalence.save, redis_client, _sealed(), MALLORY, day_max=3) for _ in range(8))
    )
    assert sorted(kept) == [False] * 5 + [True] * 3


def test_nothing_is_left_of_a_frame_that_came_while_it_was_taken_back(
    redis_client: redis.Redis, redis_url: str
) -> None:
    async def take_back() -> set[UUID]:
        async with redis_async.Redis.from_url(redis_url) as client:
            return await prevalence.withdraw(client, MALLORY.device, [MALLORY.participant])

    for _ in range(10):
        redis_client.set(keys.prevalence_consent(MALLORY.participant), 1)
        at_once(
            *(
                partial(prevalence.save, redis_client, _sealed(), MALLORY, day_max=1000)
                for _ in range(4)
            ),
            lambda: asyncio.run(take_back()),
        )
        assert redis_client.keys("*prevalence}:frame:*") == []
        assert prevalence.find_new(redis_client) == []
