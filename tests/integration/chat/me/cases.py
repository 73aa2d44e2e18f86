"""What the stories of "About you" start from: a browser, a wish, reports about somebody."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from chat import encounters
from chat.encounters import Talked
from reports.incoming import intake
from reports.models import Outcome, Report, State
from reports.roles import Role
from reports.rules import Rule
from reports.snapshots import Person
from tests.integration.chat.meeting import person
from tests.report_cases import snapshot, staff, user_report

ORIGIN = "http://localhost:8000"
NOW = datetime.now(UTC)
HOSTILE = '"><img src=x onerror=hacked=1><script>'
WISH = {
    "type": "seek",
    "mode": "video",
    "interests": ["jazz", HOSTILE],
    "languages": ["en", "hi"],
    "only_common": True,
}
FORMS = ("/me/delete/", "/me/unblock/", "/me/checking/")


class Browser:
    """Somebody's browser: what they see of themselves, and what they may do."""

    def __init__(self) -> None:
        self.client = Client()

    def enter(self) -> Person:
        body = {"birth_date": "1990-05-17", "accept_terms": "1", "languages": ["en"]}
        answer = self.post("/api/enter", body)
        assert answer.status_code == 201
        return person(json.loads(answer.content)["participant"])

    def post(self, path: str, body: Any, origin: str | None = ORIGIN) -> HttpResponse:
        """Send a form to where the page has one, JSON elsewhere; without `origin` when None."""
        return self.client.post(  # type: ignore[return-value]
            path,
            body,
            content_type=MULTIPART_CONTENT if path in FORMS else "application/json",
            headers={} if origin is None else {"origin": origin},
        )

    def page(self) -> str:
        answer = self.client.get("/me/")
        assert answer.status_code == 200
        return answer.content.decode()

    def stored(self) -> Any:
        answer = self.client.get("/me/", {"format": "json"})
        assert answer.status_code == 200
        return json.loads(answer.content)["stored"]


def talk(own: Person, partner: Person) -> None:
    """`own` has earned an encounter of seven minutes with `partner`."""
    talked = Talked(
        person=own,
        partner=partner.device,
        partner_address="203.0.113.7",
        minutes=7,
        is_goodbye=True,
    )
    encounters.note(talked, NOW)


def reported_by(reporter: Person, subject: Person, **changes: object) -> Report:
    """A report of `reporter` about `subject`; keyword arguments are set on its row."""
    receipt = intake.receive(
        user_report(
            rule=Rule.HARASSMENT,
            note="was rude",
            snapshot=snapshot(subject=subject, partner=reporter),
            reported_at=NOW,
        )
    )
    report = Report.objects.get(pk=receipt.report)
    for name, value in changes.items():
        setattr(report, name, value)
    report.save()
    return report


def decided(outcome: Outcome) -> dict[str, object]:
    """The changes that a decision makes to a report."""
    return {
        "outcome": outcome,
        "state": State.CLOSED,
        "closed_at": NOW,
        "closed_by": staff(f"mod-{uuid4().hex[:6]}", Role.MODERATOR),
    }
