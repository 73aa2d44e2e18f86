"""The platform's own commands and the account of a first start."""

import fcntl
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from config import cleaning, moderators
from config.moderators import ADDRESS
from reports import keys
from reports.models import AuditEntry
from reports.roles import ALONE, Role
from tests.services import TestServices


@pytest.mark.django_db
def test_nobody_is_made_when_somebody_can_sign_in() -> None:
    User.objects.create(username="mod", is_staff=True)
    assert moderators.make_first() is None
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_first_moderator_has_every_role_that_reviews_and_the_password_that_is_printed() -> None:
    made = moderators.make_first()
    assert made is not None
    user = authenticate(username=made.address, password=made.password)
    assert isinstance(user, User)
    assert {group.name for group in user.groups.all()} == {role.value for role in set(Role) - ALONE}


@pytest.mark.django_db
def test_who_is_made_or_renewed_on_the_server_is_on_the_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moderators.make_first()
    call_command("createsuperuser", username="chief", email="", interactive=False)
    monkeypatch.setattr("getpass.getpass", lambda **_prompt: "another one entirely")
    call_command("changepassword", "chief", stdout=StringIO())

    entries = AuditEntry.objects.order_by("sequence").values_list("verb", "object_id")
    first, chief = (str(User.objects.get(username=name).pk) for name in (ADDRESS, "chief"))
    assert list(entries) == [
        ("account.administrator_created", first),
        ("account.roles_changed", first),
        ("account.administrator_created", chief),
        ("account.password_renewed", chief),
    ]


@pytest.mark.django_db(transaction=True)
def test_after_migrating_the_process_is_the_application_again() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("parley_app",)
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'auth_user'")
        assert cursor.fetchone() == ("parley_owner",)


def test_printed_keys_are_keys_and_no_two_prints_are_alike() -> None:
    first, second = (_printed_keys() for _ in range(2))
    keys.evidence_public_key(first["EVIDENCE_PUBLIC_KEY"])
    keys.evidence_private_key(first["EVIDENCE_PRIVATE_KEY"])
    keys.anchor_private_key(first["AUDIT_ANCHOR_KEY"])
    assert not set(first.values()) & set(second.values())


def _printed_keys() -> dict[str, str]:
    output = StringIO()
    call_command("make_keys", stdout=output)
    return dict(line.split("=", 1) for line in output.getvalue().splitlines())


def test_cleaning_is_refused_while_the_services_run(
    services: TestServices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cleaning, "EMBEDDED_DIR", services.place.root)
    assert cleaning.main() == 1
    assert "stop it first" in capsys.readouterr().err
    assert services.place.data.exists()


def test_cleaning_removes_what_nobody_uses(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unused = tmp_path_factory.mktemp("embedded")
    (unused / "postgresql").mkdir()
    with (unused / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    monkeypatch.setattr(cleaning, "EMBEDDED_DIR", unused)
    assert cleaning.main() == 0
    assert not unused.exists()
