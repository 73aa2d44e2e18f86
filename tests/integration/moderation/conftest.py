"""A judge with the real models on the real Redis."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import redis.asyncio
from celery import Celery
from django.conf import settings

from moderation import intake
from moderation.classifiers.registry import load_classifier
from moderation.classifiers.screening import ScreeningClassifier
from moderation.dispatch import Dispatcher
from moderation.intake import Screening
from moderation.model_files.fetching import fetch
from tests.integration.moderation.judged_room import Room
from tests.integration.moderation.outbox import Outbox


@pytest.fixture(scope="session")
def classifier() -> ScreeningClassifier:
    """The classifier that screening workers load, from MODELS_DIR."""
    fetch(Path(settings.MODELS_DIR), Path(settings.BASE_DIR), lambda _line: None)
    return load_classifier()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def async_redis(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    """An asynchronous client of this process's emptied Redis."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def worker(redis_url: str, classifier: object) -> Iterator[subprocess.Popen[bytes]]:
    """A screening worker as `manage.py up` starts it, on the test's own services."""
    del redis_url, classifier  # asked for, so that both are ready
    command = [sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker"]
    command += ["--queues", "screening", "--pool", "prefork", "--concurrency", "1"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        start_new_session=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
    )
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def broker(redis_url: str) -> Celery:
    """An app with a broker of its own in the test's Redis."""
    url = redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    return Celery(broker=url, set_as_current=False)


@pytest.fixture
def dispatcher(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dispatcher]:
    """A dispatcher that sends to the test's Redis, in place of this process's shared one."""
    made = Dispatcher(broker(redis_url))
    monkeypatch.setattr(intake, "shared_dispatcher", lambda: made)
    yield made
    made.close()


@pytest.fixture
async def screening(redis_url: str, dispatcher: Dispatcher) -> AsyncIterator[Screening]:
    made = Screening(redis.asyncio.Redis.from_url(redis_url), dispatcher)
    yield made
    await made.close()


@pytest.fixture
def room(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    outbox: Outbox,
) -> Room:
    return Room(redis_client, async_redis, classifier, outbox)
