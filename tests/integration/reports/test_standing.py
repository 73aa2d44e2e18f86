"""Settings and rights are on the record when they changed, whoever changed them and how."""

import json

import pytest
from django.contrib.auth.models import Group, Permission, User
from pytest_django.fixtures import Settings

from config.settings import env
from reports.models import AuditEntry
from reports.tasks import note_standing
from reports.trail import standing
from tests.report_cases import NOW

pytestmark = pytest.mark.django_db


def noted(verb: str) -> list[dict[str, object]]:
    entries = AuditEntry.objects.filter(verb=verb, actor=None).order_by("sequence")
    return [json.loads(entry.payload) for entry in entries]


def test_what_did_not_change_is_recorded_once(mod: User) -> None:
    note_standing()
    note_standing()
    assert len(noted("settings.loaded")) == len(noted("rights.noted")) == 1


def test_a_changed_variable_is_recorded_with_what_it_is_now(settings: Settings) -> None:
    for value in ("600", "900"):
        settings.CHOSEN_VARIABLES = {"CLAIM_LEASE_S": value}
        standing.note(NOW)
    assert noted("settings.loaded") == [{"CLAIM_LEASE_S": "600"}, {"CLAIM_LEASE_S": "900"}]


def test_a_right_given_behind_the_pages_is_recorded(mod: User, chief_number: int) -> None:
    standing.note(NOW)
    moderators = Group.objects.get(name="moderator")
    moderators.permissions.add(Permission.objects.get(codename="view_auditentry"))
    standing.note(NOW)
    moderators.user_set.clear()
    standing.note(NOW)
    before, given, taken = noted("rights.noted")
    assert _in(before, "roles", "moderator") < _in(given, "roles", "moderator")
    assert "view_auditentry" in _in(given, "roles", "moderator")
    assert (_in(given, "members", "moderator"), _in(taken, "members", "moderator")) == (
        {mod.pk},
        set(),
    )
    assert before["administrators"] == [chief_number]


@pytest.fixture
def chief_number(db: None) -> int:
    return User.objects.create_superuser("chief", "", None).pk


def _in(payload: dict[str, object], part: str, role: str) -> set[object]:
    found = payload[part]
    assert isinstance(found, dict)
    return set(found[role])


def test_what_may_be_a_secret_is_recorded_as_being_set_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("CLAIM_LEASE_S", "SECRET_KEY", "REDIS_URL", "AUDIT_ANCHOR_STORAGE"):
        monkeypatch.setenv(name, "told-nobody-1")
    chosen = env.chosen()
    assert chosen["CLAIM_LEASE_S"] == "told-nobody-1"
    assert {chosen[name] for name in ("SECRET_KEY", "REDIS_URL", "AUDIT_ANCHOR_STORAGE")} == {"set"}
    for name, value in chosen.items():
        assert value == "set" or not any(word in name for word in ("KEY", "PASSWORD", "URL"))
