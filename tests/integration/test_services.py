"""The run's own services: roles with few rights, tables that come back, nothing left behind."""

import threading

import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import ProgrammingError, connection, transaction

from tests.services import TestServices

ROLE = "SELECT current_user"


@pytest.mark.django_db
def test_the_application_may_not_change_tables() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auth_user ADD COLUMN extra integer")


@pytest.mark.django_db
def test_the_application_is_not_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        assert cursor.fetchone() == ("parley_app",)


def test_a_wrong_password_is_refused(services: TestServices) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(
            host=str(services.place.sockets), user="parley_app", password="x", dbname="parley"
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", [1, 2])
def test_each_transactional_test_begins_with_what_the_migrations_left(round_number: int) -> None:
    assert not User.objects.exists(), f"round {round_number} found the rows of the one before"
    groups = Group.objects.count()
    User.objects.create(username="ada")
    Group.objects.create(name=f"left by round {round_number}")
    assert Group.objects.count() == groups + 1


@pytest.mark.django_db(transaction=True)
def test_a_committed_row_is_seen_from_another_thread() -> None:
    User.objects.create(username="bo")
    seen: list[bool] = []

    def look() -> None:
        seen.append(User.objects.filter(username="bo").exists())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [True]


def test_redis_is_a_socket_of_this_run_and_keeps_nothing(
    redis_client: redis.Redis, services: TestServices
) -> None:
    assert str(services.folder) in settings.REDIS_URL
    assert not any(redis_client.config_get("save").values())
    assert redis_client.dbsize() == 0
