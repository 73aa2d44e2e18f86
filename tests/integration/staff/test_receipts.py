"""The receipt of a report: its outcome for who has it, and nothing about anybody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reports.house_rules.policies import current
from reports.models import Report, Reporter
from reports.reviewing import appeals
from reports.rules import Rule
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import claimed, confirm, dismiss
from tests.integration.staff.conftest import a_report
from tests.report_cases import BO, MALLORY

pytestmark = pytest.mark.django_db


def state(client: Client, report: Report) -> str:
    receipt = Reporter.objects.get(report=report).receipt
    return str(client.get(f"/receipt/{receipt}/?format=json").json()["state"])


def test_it_waits_until_a_person_has_decided(client: Client, mod: User) -> None:
    report = a_report()
    assert state(client, report) == "waiting"
    held = claimed(mod)
    assert state(client, report) == "waiting"

    dismiss(held, mod, now=timezone.now())

    assert state(client, report) == "no_breach"


def test_what_was_acted_on_and_taken_back_after_an_appeal_is_said(
    client: Client, mod: User, other_mod: User
) -> None:
    report, now = a_report(), timezone.now()
    confirm(claimed(mod), mod, Length.HOURS_24, Rule.HARASSMENT, now=now)
    assert state(client, report) == "acted"
    sanction = report.sanctions.get()

    appeal = appeals.write(sanction.statement.code, "It was a quotation.", now=now)
    assert state(client, report) == "acted"
    appeals.decide(
        appeal.pk,
        is_granted=True,
        reason="It was.",
        acting_user=other_mod,
        now=now + timedelta(minutes=1),
    )

    assert state(client, report) == "taken_back"


def test_it_says_neither_who_nor_what_followed(client: Client, mod: User) -> None:
    report = a_report(note="was rude")
    policy = current(Rule.HARASSMENT, is_child_safety=False)
    confirm(claimed(mod), mod, Length.DAYS_7, Rule.HARASSMENT, now=timezone.now())

    receipt = Reporter.objects.get(report=report).receipt
    page = client.get(f"/receipt/{receipt}/")

    text = page.content.decode()
    secrets = (MALLORY, BO)
    told = {str(one) for person in secrets for one in (person.participant, person.device)}
    told |= {str(report.pk), mod.get_username(), "was rude", "hello there", policy.text, "7 days"}
    assert not [secret for secret in told if secret in text]
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("code", ["x", "A" * 12, "a" * 400])
def test_an_unknown_code_is_a_missing_page(client: Client, code: str) -> None:
    assert client.get(f"/receipt/{code}/").status_code == 404
