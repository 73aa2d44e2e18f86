"""Who keeps guessing at a staff account is locked out: there, for a while, on the record."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from reports.models import AuditEntry

LOGIN = "/admin/login/"
PASSWORD = "correct horse battery staple"
HERE, NEIGHBOUR, ELSEWHERE = "203.0.113.7", "203.0.113.99", "198.51.100.7"
GUESSES = 3

pytestmark = pytest.mark.usefixtures("redis_client")


@pytest.fixture(autouse=True)
def _short(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = GUESSES


@pytest.fixture
def known(mod: User) -> User:
    mod.set_password(PASSWORD)
    mod.save()
    return mod


def tried(password: str, address: str = HERE, name: str = "mod", **headers: str) -> int:
    """How the door answered: 302 is open, 200 a wrong password, 429 locked."""
    fields = {"username": name, "password": password}
    client = Client(REMOTE_ADDR=address, headers=headers)
    return int(client.post(LOGIN, fields).status_code)


def locked(name: str = "mod") -> Any:
    for _number in range(GUESSES):
        answer = tried("a guess", name=name)
    return answer


def locks() -> list[str]:
    found = AuditEntry.objects.filter(verb="staff.locked_out").order_by("sequence")
    return list(found.values_list("object_id", flat=True))


def test_after_some_guesses_even_the_right_password_is_refused(known: User) -> None:
    assert locked() == 429
    assert tried(PASSWORD) == 429
    assert tried(PASSWORD, NEIGHBOUR, "MOD") == 429
    assert locks() == [str(known.pk)]


def test_the_page_says_for_how_long(known: User) -> None:
    locked()
    answer = Client(REMOTE_ADDR=HERE).post(LOGIN, {"username": "mod", "password": PASSWORD})
    assert b'data-testid="locked-out"' in answer.content
    assert int(answer.headers["Retry-After"]) == configured.SIGN_IN_LOCK_S


def test_nobody_locks_the_owner_out_from_elsewhere(known: User) -> None:
    for _number in range(5):
        locked()
    assert tried(PASSWORD, ELSEWHERE) == 302


def test_another_account_is_open_from_there(known: User, other_mod: User) -> None:
    other_mod.set_password(PASSWORD)
    other_mod.save()
    locked()
    assert tried(PASSWORD, name="other-mod") == 302


def test_a_forged_address_opens_nothing_and_locks_nobody(known: User) -> None:
    for number in range(GUESSES):
        tried("a guess", **{"x-forwarded-for": f"192.0.2.{number}"})
    assert tried(PASSWORD) == 429
    assert tried(PASSWORD, **{"x-forwarded-for": ELSEWHERE}) == 429
    assert tried(PASSWORD, ELSEWHERE) == 302


def test_the_lock_ends_by_itself_and_guessing_on_makes_it_no_longer(known: User) -> None:
    locked()
    was = AccessAttempt.objects.get().attempt_time
    tried("a guess")
    row = AccessAttempt.objects.get()
    assert row.attempt_time == was
    row.attempt_time -= timedelta(seconds=configured.SIGN_IN_LOCK_S + 1)
    row.save()
    assert tried(PASSWORD) == 302


def test_signing_in_forgives_a_few_slips(known: User) -> None:
    for _number in range(2):
        for _slip in range(GUESSES - 1):
            assert tried("a slip") == 200
        assert tried(PASSWORD) == 302
    assert locks() == []


def test_an_account_that_is_not_there_is_locked_alike(known: User) -> None:
    there = locked()
    assert locked("nobody-of-this-name") == there
    assert locks() == [str(known.pk), "unknown"]


def test_what_the_pace_refuses_unread_is_no_guess(known: User, settings: Settings) -> None:
    settings.SIGN_IN_HERE_BURST = 1
    assert tried("a guess") == 200
    for _number in range(GUESSES):
        assert tried("a guess") == 200
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_neither_names_nor_addresses_nor_what_was_typed_are_kept(known: User) -> None:
    tried("hunter2", name="my password by mistake", **{"user-agent": "a very special browser"})
    row = AccessAttempt.objects.get()
    kept = " ".join(str(value) for value in vars(row).values())
    for secret in ("hunter2", "mistake", "special", "203.0.113", "csrf"):
        assert secret not in kept
    assert str(row.ip_address).startswith("fd")
    assert not AccessLog.objects.exists()
