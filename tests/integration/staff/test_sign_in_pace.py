"""Guessing passwords: slowed down before a password is hashed, and on the record."""

from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from reports.models import AuditEntry

LOGIN = "/admin/login/"
PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.usefixtures("redis_client")


@pytest.fixture
def known(mod: User) -> User:
    mod.set_password(PASSWORD)
    mod.save()
    return mod


def tried(client: Client, name: str, password: str, address: str = "203.0.113.7") -> bool:
    """Whether name and password opened the door."""
    answer = client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)
    return answer.status_code == 302


def refusals() -> list[str]:
    found = AuditEntry.objects.filter(verb="staff.password_refused").order_by("sequence")
    return list(found.values_list("object_id", flat=True))


def test_after_too_many_guesses_even_the_right_password_waits(known: User, client: Client) -> None:
    for _ in range(settings.SIGN_IN_HERE_BURST):
        assert not tried(client, "mod", "a guess")

    assert not tried(client, "mod", PASSWORD)
    assert not tried(client, "MOD", PASSWORD, "203.0.113.99")


def test_guesses_from_one_network_do_not_keep_the_owner_out(known: User, client: Client) -> None:
    for _ in range(settings.SIGN_IN_HERE_BURST + 5):
        tried(client, "mod", "a guess")

    assert tried(client, "mod", PASSWORD, "198.51.100.7")


def test_many_names_from_one_network_are_too_many(known: User, client: Client) -> None:
    for number in range(settings.SIGN_IN_PREFIX_BURST):
        tried(client, f"somebody-{number}", "a guess")

    assert not tried(client, "mod", PASSWORD)


def test_what_is_refused_unread_is_neither_hashed_nor_recorded(
    known: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(settings.SIGN_IN_HERE_BURST):
        tried(client, "mod", "a guess")
    monkeypatch.setattr(User, "check_password", None)

    tried(client, "mod", PASSWORD)

    assert len(refusals()) == settings.SIGN_IN_HERE_BURST


def test_without_redis_nobody_signs_in(
    known: User, client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    assert not tried(client, "mod", PASSWORD)


def test_a_wrong_password_is_recorded_with_the_account_and_not_with_what_was_typed(
    known: User, client: Client
) -> None:
    tried(client, "mod", "hunter2")
    tried(client, "my password by mistake", "x")

    assert refusals() == [str(known.pk), "unknown"]
    assert not AuditEntry.objects.filter(payload__contains="mistake").exists()


def test_the_right_password_opens_the_door(known: User, client: Client) -> None:
    assert tried(client, "mod", PASSWORD)
    assert refusals() == []


def test_redis_holds_no_name(known: User, client: Client, redis_client: redis.Redis) -> None:
    tried(client, "mod", "a guess")

    kept = [str(key) for key in redis_client.scan_iter("*sign_in*")]
    assert any("sign_in.account" in key for key in kept)
    assert not any("mod" in key for key in kept)
