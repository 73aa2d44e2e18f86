"""The probes against real services, and against services that are not there."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from chat.relay import hub
from config import health
from moderation.samples import StreamId
from moderation.stores import figures, heartbeat, keys
from moderation.stores.turns import Rank, Turn
from moderation.verdicts import Decision
from tests.services import TestServices


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health._Memory, "was_complete", False)


@pytest.fixture
def screening(redis_client: redis.Redis) -> Iterator[None]:
    heartbeat.beat(redis_client, "a worker", time.time_ns() // 1_000_000)
    yield
    redis_client.flushall()


def leave_waiting(client: redis.Redis, *, for_ms: int) -> None:
    """Somebody's picture waits for its verdict since so long ago."""
    since_ms = time.time_ns() // 1_000_000 - for_ms
    client.zadd(keys.waiting_since(), {"a stream": since_ms})


async def readyz() -> tuple[int, dict[str, Any]]:
    answer = await AsyncClient().get("/readyz")
    return answer.status_code, json.loads(answer.content)


async def test_it_is_not_ready_before_screening_was_up_once(redis_client: redis.Redis) -> None:
    assert await readyz() == (
        503,
        {
            "state": "starting",
            "video_open": False,
            "video_closed_for": [],
            "database": "up",
            "redis": "up",
            "screening": "down",
        },
    )


@pytest.mark.usefixtures("screening")
async def test_it_is_ready_with_every_part() -> None:
    status, answer = await readyz()
    assert (status, answer["state"], answer["video_open"]) == (200, "ready", True)


@pytest.mark.usefixtures("screening")
async def test_losing_screening_later_closes_video_and_nothing_else(
    redis_client: redis.Redis,
) -> None:
    await readyz()
    redis_client.flushall()
    status, answer = await readyz()
    assert (status, answer["state"], answer["video_open"]) == (200, "degraded", False)


@pytest.mark.usefixtures("screening")
async def test_screening_that_is_behind_says_for_whom_video_is_closed(
    redis_client: redis.Redis,
) -> None:
    await readyz()
    leave_waiting(redis_client, for_ms=1100)
    status, answer = await readyz()
    assert (status, answer["state"], answer["screening"]) == (200, "degraded", "behind")
    assert (answer["video_open"], answer["video_closed_for"]) == (True, ["doubtful", "negative"])
    leave_waiting(redis_client, for_ms=1300)
    status, answer = await readyz()
    assert (status, answer["video_open"]) == (200, False)
    assert answer["video_closed_for"] == ["doubtful", "negative", "new"]


@pytest.mark.usefixtures("screening")
async def test_the_operators_switch_closes_video(settings: Settings) -> None:
    settings.VIDEO_OPEN = False
    status, answer = await readyz()
    assert (status, answer["state"], answer["video_open"]) == (200, "ready", False)


@pytest.mark.usefixtures("screening")
async def test_losing_redis_later_is_503(settings: Settings, tmp_path: Path) -> None:
    await readyz()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    status, answer = await readyz()
    assert (status, answer["state"], answer["redis"]) == (503, "unavailable", "down")


@pytest.mark.usefixtures("screening")
async def test_losing_the_database_later_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    await readyz()
    monkeypatch.setitem(connections["default"].settings_dict, "HOST", "/nowhere")
    status, answer = await readyz()
    assert (status, answer["state"], answer["database"]) == (503, "unavailable", "down")


async def test_being_up_asks_nobody(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    answer = await AsyncClient().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.usefixtures("screening")
async def test_metrics_are_prometheus_text() -> None:
    answer = await AsyncClient().get("/metrics")
    assert b'parley_part_up{part="screening"} 1.0' in answer.content
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.usefixtures("screening")
async def test_many_who_ask_at_once_cost_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, calls = psycopg.AsyncConnection.connect, 0

    async def counted(**where: Any) -> psycopg.AsyncConnection[Any]:
        nonlocal calls
        calls += 1
        return await connect(**where)

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", counted)
    answers = await asyncio.gather(*(health.probe() for _ in range(40)))
    assert all(parts.are_there for parts in answers)
    assert calls == 1
    await health.probe()
    assert calls == 2


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_are_only_read(path: str, services: TestServices) -> None:
    assert (await AsyncClient().post(path)).status_code == 405


METRICS = {
    "parley_part_up": {"part"},
    "parley_screening_processes": set(),
    "parley_screening_capacity": set(),
    "parley_screening_waiting": {"rank"},
    "parley_screening_oldest_waiting_seconds": set(),
    "parley_screening_turns": {"rank", "outcome"},
    "parley_screening_busy_seconds": {"rank"},
    "parley_verdict_age_seconds": {"quantile"},
    "parley_video_open": {"level"},
    "parley_relay_conversations": set(),
    "parley_relay_in_flight_bytes": set(),
    "parley_relay_pictures": {"state", "reason"},
    "parley_relay_packets": {"outcome"},
}
"""Dashboards and alarms hang on these names and labels: whoever changes one tells the operators."""


@pytest.mark.usefixtures("screening")
async def test_the_names_of_metrics_are_stable_and_explained(redis_client: redis.Redis) -> None:
    now_ms = time.time_ns() // 1_000_000
    turn = Turn(stream=StreamId("s.a"), rank=Rank.OPENING, since_ms=now_ms - 70)
    figures.note(redis_client, turn, Decision.HOLD, took_ms=20, now_ms=now_ms)
    await hub.ensure_running()
    try:
        text = (await AsyncClient().get("/metrics")).content.decode()
    finally:
        await hub.shut_down()
    families = {
        family.name: {name for sample in family.samples for name in sample.labels}
        for family in text_string_to_metric_families(text)
        if family.name.startswith("parley_") and not family.name.endswith("_created")
    }
    # Of pictures there are none here.
    assert families == METRICS | {"parley_relay_pictures": set()}
    assert 'parley_screening_turns_total{outcome="hold",rank="opening"} 1.0' in text
    assert 'parley_verdict_age_seconds{quantile="0.95"} 0.07' in text
    assert 'parley_video_open{level="new"} 1.0' in text
    explained = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"`{name}" in explained for name in METRICS)
