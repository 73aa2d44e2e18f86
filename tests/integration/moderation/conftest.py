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
from django.conf import settings

from moderation.classifiers.registry import load_classifier
from moderation.classifiers.screening import ScreeningClassifier
from moderation.dispatch import Order
from moderation.model_files.fetching import fetch


class Outbox:
    """Takes orders as the dispatcher does, and keeps them."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def send(self, order: Order) -> None:
        self.orders.append(order)


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
