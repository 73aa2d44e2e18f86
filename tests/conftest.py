"""What every suite may ask for: the run's own PostgreSQL and Redis.

`db` and `transactional_db` of pytest-django work as ever, as the application's role; migrations
run as the owner. The services start with the first test that needs one.
"""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from tests.backend.base import take_baseline
from tests.s3_server import S3Server
from tests.services import TestServices
from tests.services import services as this_process


@pytest.fixture(scope="session")
def services() -> TestServices:
    """The running services of this worker process."""
    this_process.start()
    return this_process


@pytest.fixture(scope="session")
def django_db_setup(services: TestServices, django_db_blocker: DjangoDbBlocker) -> None:
    """The migrated database, instead of Django's: roles and folder are this process's own."""
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        take_baseline()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A server that speaks S3, started by the first test that wants one."""
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def redis_url(services: TestServices) -> str:
    """The address of this process's Redis, emptied before the test."""
    url: str = settings.REDIS_URL
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A synchronous client of this process's emptied Redis."""
    with redis.Redis.from_url(redis_url) as client:
        yield client
