"""A judge with the real models on the real Redis."""

from collections.abc import AsyncIterator
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
