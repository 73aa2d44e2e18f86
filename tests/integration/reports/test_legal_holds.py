"""Who may keep what is over its time, why, and until when."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from reports.evidence_room import legal_holds
from reports.incoming import findings
from reports.models import AuditEntry, HoldBasis, LegalHold, Report
from reports.roles import NotAllowedError
from tests.report_cases import NOW, finding, line_finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> Report:
    return Report.objects.get(pk=findings.record(finding()).report)


def place(report: Report, user: User, **changes: object) -> LegalHold:
    given = {"basis": HoldBasis.AUTHORITY, "until": None, "reason": "a court asks", "now": NOW}
    return legal_holds.place(report.pk, acting_user=user, **{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["mod", "auditor"])
def test_it_takes_a_right(who: str, report: Report, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowedError):
        place(report, request.getfixturevalue(who))
    assert not LegalHold.objects.exists()


def test_a_lead_can_hold_nothing_that_is_sealed(lead: User, guardian: User) -> None:
    sealed = Report.objects.get(pk=findings.record(line_finding()).report)
    with pytest.raises(Report.DoesNotExist):
        place(sealed, lead)
    hold = place(sealed, guardian)
    with pytest.raises(LegalHold.DoesNotExist):
        legal_holds.release(hold.pk, reason="x", acting_user=lead, now=NOW)
    assert not LegalHold.objects.visible_to(lead).exists()


def test_an_end_lies_ahead(report: Report, lead: User) -> None:
    with pytest.raises(legal_holds.HoldEndError):
        place(report, lead, until=NOW)
    with pytest.raises(legal_holds.HoldEndError):
        legal_holds.place_for_submission(
            report.pk,
            submitted_at=NOW - timedelta(days=365),
            reason="filed",
            acting_user=lead,
            now=NOW,
        )
    assert not LegalHold.objects.exists()


def test_the_law_ends_a_hold_for_a_submission_and_nobody_else(report: Report, lead: User) -> None:
    hold = legal_holds.place_for_submission(
        report.pk, submitted_at=NOW, reason="filed", acting_user=lead, now=NOW
    )
    assert hold.until == NOW + timedelta(days=365)
    with pytest.raises(legal_holds.HoldObligedError):
        legal_holds.release(hold.pk, reason="x", acting_user=lead, now=NOW)
    with pytest.raises(legal_holds.HoldOverError):
        legal_holds.release(hold.pk, reason="x", acting_user=lead, now=NOW + timedelta(days=365))


def test_it_is_released_once_and_both_acts_are_on_the_record(
    report: Report, lead: User, guardian: User
) -> None:
    hold = place(report, lead)
    legal_holds.release(hold.pk, reason="settled", acting_user=guardian, now=NOW)
    with pytest.raises(legal_holds.HoldOverError):
        legal_holds.release(hold.pk, reason="again", acting_user=lead, now=NOW)
    hold.refresh_from_db()
    assert (hold.released_by, hold.release_reason) == (guardian, "settled")
    entries = AuditEntry.objects.filter(object_type="legalhold", object_id=str(hold.public_id))
    assert [(entry.verb, entry.actor) for entry in entries] == [
        ("legal_hold.placed", lead.pk),
        ("legal_hold.released", guardian.pk),
    ]
    assert not any("court" in entry.payload or "settled" in entry.payload for entry in entries)


def test_the_table_refuses_a_submission_without_an_end_and_an_end_without_a_reason(
    report: Report, lead: User
) -> None:
    hold = place(report, lead)
    for change in ({"basis": HoldBasis.CYBERTIP}, {"released_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LegalHold.objects.filter(pk=hold.pk).update(**change)
