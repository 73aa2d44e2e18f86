"""Statements for the EU's database: a hundred at a time, nobody's data, on the record."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reports.incoming import findings
from reports.models import (
    AuditEntry,
    LegalHold,
    QualityItem,
    QualitySample,
    Report,
    Sanction,
    Statement,
)
from reports.roles import Role
from tests.integration.reports.desk import held
from tests.integration.staff.conftest import SignIn, verbs
from tests.report_cases import finding, person, snapshot, staff

ROWS = "/admin/measures/statements/rows/"
REQUIRED = {
    "decision_account",
    "decision_ground",
    "content_type",
    "category",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "puid",
}


def _export(client: Client, after: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(client.post(ROWS, {"after": after}).content)
    return answer


@pytest.mark.parametrize("who", ["mod", "guardian", "chief"])
def test_only_leads_and_auditors_export(
    who: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get("/admin/measures/statements/").status_code == 404
    assert client.post(ROWS, {"after": ""}).status_code == 404
    assert "statements.exported" not in verbs()


@pytest.mark.parametrize("who", ["lead", "auditor"])
def test_a_row_has_what_the_database_asks_for_and_names_nobody(
    who: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    sanction, statement = Sanction.objects.get(), Statement.objects.get()

    (row,) = _export(client)["statements"]

    assert row.keys() >= REQUIRED
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,500}", row["puid"])
    assert row["puid"] == sanction.id.hex
    said = json.dumps(row)
    for secret in (sanction.participant, sanction.device, found.conversation, statement.code):
        assert str(secret) not in said
        assert str(secret).replace("-", "") not in said


def test_it_goes_on_after_a_hundred(auditor: User, db: None, browser: SignIn) -> None:
    now = timezone.now() - timedelta(hours=1)
    for number in range(101):
        found = snapshot(subject=person(1000 + number))
        findings.record(finding(found_at=now, evidence=(), snapshot=found))
    client = browser(auditor)

    first = _export(client)
    second = _export(client, first["next_after"])

    assert (len(first["statements"]), len(second["statements"])) == (100, 1)
    assert second["next_after"] is None
    puids = [row["puid"] for row in first["statements"] + second["statements"]]
    assert len(set(puids)) == 101
    entry = AuditEntry.objects.filter(verb="statements.exported").latest("sequence")
    assert json.loads(entry.payload)["count"] == 1


def test_what_is_sealed_is_not_in_it(
    sealed: Report, auditor: User, lead: User, browser: SignIn
) -> None:
    assert _export(browser(auditor))["statements"] == []
    assert _export(browser(lead)) == {"statements": [], "next_after": None}


def test_where_to_go_on_tells_nothing_of_what_is_sealed_between(
    found: Report, sealed: Report, lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    known, unknown = (str(one.sanctions.get().pk) for one in (found, sealed))
    assert _export(client, known) == {"statements": [], "next_after": None}
    assert client.post(ROWS, {"after": unknown}).status_code == 404
    assert client.post(ROWS, {"after": str(uuid4())}).status_code == 404


@pytest.mark.parametrize("after", ["-1", "x", "1" * 19, "1.0"])
def test_a_forged_row_is_a_missing_page(after: str, lead: User, browser: SignIn) -> None:
    assert browser(lead).post(ROWS, {"after": after}).status_code == 404


def test_who_judges_a_report_blind_exports_nothing_of_what_came_of_it(
    lead: User, mod: User, found: Report, browser: SignIn
) -> None:
    """A lead judges second decisions, too, and a row says whether the sanction was lifted."""
    client = browser(lead)
    assert len(_export(client)["statements"]) == 1
    sample = QualitySample.objects.create(
        seed="x",
        size=1,
        since=timezone.now() - timedelta(days=1),
        until=timezone.now(),
        drawn_at=timezone.now(),
    )
    QualityItem.objects.create(
        sample=sample,
        report=found,
        place=0,
        kind="automatic",
        policy="nudity",
        lines_count=0,
        evidence_count=1,
        held_by=lead,
        held_until=timezone.now() + timedelta(minutes=30),
    )

    held(found, staff("placing", Role.LEAD))
    assert _export(client)["statements"] == []
    assert not LegalHold.objects.visible_to(lead).exists()
    assert len(_export(browser(staff("another-lead", Role.LEAD)))["statements"]) == 1
