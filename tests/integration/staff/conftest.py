"""Who is in the office, and a place for what is sealed there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reports.incoming import findings, intake
from reports.models import AuditEntry, Report, State
from reports.roles import Role
from reports.rules import Rule
from reports.snapshots import Snapshot, UserReport
from tests.report_cases import finding, line_finding, snapshot, staff

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _own_folders(sealed_folders: None) -> None:
    """In every story here."""


@pytest.fixture
def chief(db: None) -> User:
    """Runs the server: a superuser without any role."""
    return User.objects.create_superuser("chief", "", None)


@pytest.fixture
def browser() -> SignIn:
    """`browser(user)` is a client in which the account is signed in; `browser()` a guest's."""

    def signed_in(user: User | None = None, *, checks_tokens: bool = False) -> Client:
        client = Client(enforce_csrf_checks=checks_tokens)
        if user is not None:
            client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def found(db: None) -> Report:
    """Mallory was cut for nudity just now: a report with a frame and a sanction."""
    return a_finding()


@pytest.fixture
def sealed(db: None) -> Report:
    """Mallory wrote that she is under 18: sealed to the child-safety team."""
    now = timezone.now()
    made = findings.record(line_finding(found_at=now, snapshot=_fresh(scores=())))
    return Report.objects.get(pk=made.report)


def a_finding(*, cut: bool = True, **snapshot_changes: Any) -> Report:
    """Nudity, found just now and cut unless said otherwise, with these changes to its snapshot."""
    now = timezone.now()
    found = finding(cut=cut, found_at=now, snapshot=_fresh(**snapshot_changes))
    made = findings.record(found)
    return Report.objects.get(pk=made.report)


def a_report(rule: Rule = Rule.HARASSMENT, note: str = "", **snapshot_changes: Any) -> Report:
    """Bo reports Mallory just now."""
    taken = _fresh(**snapshot_changes)
    received = intake.receive(
        UserReport(rule=rule, note=note, snapshot=taken, reported_at=timezone.now())
    )
    return Report.objects.get(pk=received.report)


def address(report: Report, act: str = "") -> str:
    """The report's page, or the address of an act on it."""
    return f"/admin/reports/report/{report.pk}/{act}{'/' if act else ''}"


def claimed(client: Client, report: Report) -> Report:
    """The report, claimed in that browser."""
    report.refresh_from_db()
    client.post(address(report, "claim"), {"version": report.version})
    report.refresh_from_db()
    assert report.state == State.CLAIMED
    return report


def verbs() -> list[str]:
    """What the trail says happened, in order."""
    return list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True))


def _fresh(**changes: Any) -> Snapshot:
    now = timezone.now()
    return replace(snapshot(started_at=now - timedelta(minutes=2), taken_at=now), **changes)


@pytest.fixture
def another_guardian(db: None) -> Callable[[], User]:
    """One more of the child-safety team."""
    return lambda: staff("another-guardian", Role.CHILD_SAFETY)
