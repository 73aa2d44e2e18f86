"""Replays are noticed within their second conversation and screened, never more than that (I17)."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import redis
import redis.asyncio

from moderation import hashing, policy, replays
from moderation.agreement import NudityRecord
from moderation.classifiers.screening import ScreeningClassifier
from moderation.pipeline import Judged
from moderation.pipeline import Picture as Decoded
from moderation.policy import Memory
from moderation.samples import Subject
from moderation.stores import bars, findings, keys
from moderation.stores import loops as store
from moderation.verdicts import Decision, Reason
from reports.ids import ConversationId, DeviceId
from tests.integration.moderation.test_banks import Screen
from tests.moderation_cases import AT_MS, Picture, chelsea, coffee, film, sample
from tests.streams import SUBJECT
from tests.talking_heads import FPS, filmed, moves, somebody_else

MINUTE_MS = 60_000


@pytest.fixture
def clear() -> Judged:
    """What a judged frame without anything wrong comes to."""
    judgement = replace(
        policy.refuse(Reason.UNDECODABLE, Memory(nudity=NudityRecord(), ages=None)),
        decision=Decision.CLEAR,
        reasons=(),
    )
    return Judged(judgement=judgement, frames=(), offending=())


def somebody(start_ms: int = AT_MS, device: DeviceId | None = None) -> Subject:
    return replace(
        SUBJECT,
        conversation=ConversationId(uuid4()),
        device=device or DeviceId(uuid4()),
        started_ms=start_ms,
    )


def show(
    client: redis.Redis, subject: Subject, pictures: Iterable[Picture], clear: Judged
) -> int | None:
    """Show these pictures in a screened period; the ms after which they were noticed."""
    whole = sample(film([coffee()]), subject=subject)
    for number, picture in enumerate(pictures):
        at_ms = subject.started_ms + number * 1000 // FPS
        decoded = Decoded(
            seq=number,
            captured_ms=at_ms,
            thumbnail=lambda: np.zeros((240, 320, 3), np.uint8),
            render=partial(np.copy, picture),
        )
        frame = hashing.HashedFrame(picture=decoded, views=tuple(hashing.views(picture)))
        if replays.watch(whole, [frame], clear, client).is_loop:
            return at_ms - subject.started_ms
    return None


def test_the_same_person_in_two_conversations_is_not_flagged(
    redis_client: redis.Redis, clear: Judged
) -> None:
    device = DeviceId(uuid4())
    for seed in (1, 2):
        subject = somebody(AT_MS + seed * MINUTE_MS, device)
        assert show(redis_client, subject, filmed(moves(8, seed), seed), clear) is None


def test_a_clip_of_ten_seconds_is_flagged_in_its_second_conversation(
    redis_client: redis.Redis, clear: Judged
) -> None:
    device, clip = DeviceId(uuid4()), moves(10, 1)
    first, second = somebody(AT_MS, device), somebody(AT_MS + MINUTE_MS, device)
    assert show(redis_client, first, filmed(clip, 1), clear) is None
    after_ms = show(redis_client, second, filmed(clip, 2), clear)
    assert after_ms is not None
    assert after_ms < 10_000
    third = somebody(AT_MS + 2 * MINUTE_MS, device)
    assert show(redis_client, third, filmed(moves(1, 9), 9), clear) == 0


def test_another_devices_clip_is_flagged(redis_client: redis.Redis, clear: Judged) -> None:
    clip = moves(6, 1)
    assert show(redis_client, somebody(), filmed(clip, 1), clear) is None
    after_ms = show(redis_client, somebody(AT_MS + MINUTE_MS), filmed(clip, 2), clear)
    assert after_ms is not None
    assert after_ms >= store.MEETINGS_SPAN_MS


def test_another_devices_still_picture_is_flagged(redis_client: redis.Redis, clear: Judged) -> None:
    assert show(redis_client, somebody(), [coffee()] * 3, clear) is None
    assert show(redis_client, somebody(AT_MS + MINUTE_MS), [coffee()] * 30, clear) is not None


def test_two_people_before_the_same_wall_are_not_flagged(
    redis_client: redis.Redis, clear: Judged
) -> None:
    assert show(redis_client, somebody(), filmed(moves(4, 1), 1), clear) is None
    other = filmed(moves(4, 2), 2, who=somebody_else())
    assert show(redis_client, somebody(AT_MS + MINUTE_MS), other, clear) is None


def test_dark_and_flat_pictures_are_nobodys(redis_client: redis.Redis, clear: Judged) -> None:
    rng = np.random.default_rng(0)
    dark = [rng.integers(0, 6, (240, 320, 3), np.uint8) for _ in range(30)]
    assert show(redis_client, somebody(), dark, clear) is None
    assert show(redis_client, somebody(AT_MS + MINUTE_MS), dark, clear) is None
    assert not redis_client.keys(f"{keys.PREFIX}:loop:*")


def test_everything_is_gone_after_two_hours(redis_client: redis.Redis, clear: Judged) -> None:
    show(redis_client, somebody(), [coffee()] * 2, clear)
    show(redis_client, somebody(AT_MS + MINUTE_MS), [coffee()] * 30, clear)
    kept = redis_client.keys(f"{keys.PREFIX}:loop:*")
    assert kept
    assert all(0 < redis_client.ttl(key) <= 2 * 3600 for key in kept)


async def test_a_loop_is_screened_and_nothing_else_follows(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    tmp_path: Path,
) -> None:
    screen = Screen(redis_client, classifier, None)
    assert not (await screen.show(async_redis, chelsea())).keep_screened
    store.flag(redis_client, screen.subject.device)
    verdict = await screen.show(async_redis, chelsea())
    assert (verdict.decision, verdict.keep_screened) == (Decision.CLEAR, True)
    assert not findings.pending(redis_client, 2**62)
    assert not await bars.has(async_redis, screen.subject.participant, screen.subject.device)
    assert screen.outbox.orders == []
