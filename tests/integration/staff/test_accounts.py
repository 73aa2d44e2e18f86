"""Staff accounts: only administrators change them, and every change is on the record."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reports.models import AuditEntry
from tests.integration.staff.conftest import SignIn, verbs

LIST = "/admin/reports/account/"
ACTS = ("new/", "{pk}/roles/", "{pk}/active/", "{pk}/password/", "{pk}/second-factor/")


@pytest.mark.parametrize("who", ["mod", "guardian", "lead", "auditor"])
def test_no_role_opens_the_accounts(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    client = browser(user)

    assert client.get(LIST).status_code == 404
    for act in ACTS:
        fields = {"username": "intruder", "roles": ["auditor"]}
        assert client.post(f"{LIST}{act.format(pk=user.pk)}", fields).status_code == 404
    assert not User.objects.filter(username="intruder").exists()


def test_an_administrator_sees_no_reports(chief: User, browser: SignIn) -> None:
    page = browser(chief).get("/admin/")
    assert b'data-testid="door"' in page.content

    assert b"/admin/reports/account/" in page.content
    assert b"/admin/reports/report/" not in page.content


def test_reading_an_address_changes_nothing(chief: User, mod: User, browser: SignIn) -> None:
    client = browser(chief)

    for act in ACTS:
        assert client.get(f"{LIST}{act.format(pk=mod.pk)}").status_code == 405


def test_a_new_account_can_sign_in_with_what_was_shown(chief: User, browser: SignIn) -> None:
    page = browser(chief).post(f"{LIST}new/", {"username": "nia", "roles": ["moderator"]})

    password = page.context["new_password"]
    assert password in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    fresh = Client()
    assert fresh.login(username="nia", password=password)
    assert fresh.get("/admin/reports/report/").status_code == 200
    assert "account.created" in verbs()


@pytest.mark.parametrize("name", ["", "MOD", "a b", "<script>", "x" * 151])
def test_a_name_that_will_not_do_makes_no_account(
    name: str, chief: User, mod: User, browser: SignIn
) -> None:
    before = User.objects.count()

    browser(chief).post(f"{LIST}new/", {"username": name})

    assert User.objects.count() == before


def test_roles_are_changed_with_what_they_were(chief: User, mod: User, browser: SignIn) -> None:
    browser(chief).post(f"{LIST}{mod.pk}/roles/", {"roles": ["lead", "triage"]})

    entry = AuditEntry.objects.filter(verb="account.roles_changed").get()
    assert json.loads(entry.payload) == {"before": ["moderator"], "after": ["lead", "triage"]}
    assert entry.actor == chief.pk
    assert {group.name for group in mod.groups.all()} == {"lead", "triage"}


def test_a_role_that_does_not_exist_changes_nothing(
    chief: User, mod: User, browser: SignIn
) -> None:
    browser(chief).post(f"{LIST}{mod.pk}/roles/", {"roles": ["owner"]})

    assert [group.name for group in mod.groups.all()] == ["moderator"]


def test_who_is_switched_off_is_out_at_once(chief: User, mod: User, browser: SignIn) -> None:
    theirs = browser(mod)
    assert theirs.get("/admin/").status_code == 200

    browser(chief).post(f"{LIST}{mod.pk}/active/")

    assert theirs.get("/admin/").status_code == 302
    assert "account.deactivated" in verbs()


def test_nobody_switches_off_themselves(chief: User, browser: SignIn) -> None:
    browser(chief).post(f"{LIST}{chief.pk}/active/")

    chief.refresh_from_db()
    assert chief.is_active


def test_a_password_changed_by_oneself_is_on_the_record(mod: User, browser: SignIn) -> None:
    mod.set_password("the old one, long")
    mod.save()
    client = browser(mod)
    fields = {"new_password1": "a new one, longer", "new_password2": "a new one, longer"}

    client.post("/admin/password_change/", {"old_password": "wrong", **fields})
    assert "account.password_changed" not in verbs()

    client.post("/admin/password_change/", {"old_password": "the old one, long", **fields})
    assert "account.password_changed" in verbs()
    mod.refresh_from_db()
    assert mod.check_password("a new one, longer")


@pytest.mark.parametrize(
    "roles", [["auditor", "moderator"], ["admin", "auditor"], ["lead", "admin"]]
)
def test_roles_that_stand_by_themselves_are_given_with_no_other(
    roles: list[str], chief: User, mod: User, browser: SignIn
) -> None:
    client = browser(chief)

    client.post(f"{LIST}{mod.pk}/roles/", {"roles": roles})
    client.post(f"{LIST}new/", {"username": "nia", "roles": roles})

    assert [group.name for group in mod.groups.all()] == ["moderator"]
    assert not User.objects.filter(username="nia").exists()


def test_who_runs_the_server_is_given_no_role_that_reviews(chief: User, browser: SignIn) -> None:
    other = User.objects.create_superuser("other-chief", "", None)

    browser(chief).post(f"{LIST}{other.pk}/roles/", {"roles": ["child-safety"]})

    assert not other.groups.exists()


def test_no_address_asks_about_a_password_letter_by_letter(
    chief: User, mod: User, browser: SignIn
) -> None:
    mod.set_password("a long one, and secret")
    mod.save()
    client = browser(chief)
    for start in (mod.password[:30], "wrong"):
        for lookup in ("password__startswith", "password__gt", "groups", "is_superuser"):
            assert client.get(LIST, {lookup: start}).status_code == 400
