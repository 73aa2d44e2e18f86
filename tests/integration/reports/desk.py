"""What staff do with a report, five minutes after it came in unless said otherwise."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from reports.evidence_room import legal_holds
from reports.house_rules.policies import current
from reports.models import HoldBasis, LegalHold, Report
from reports.reviewing import claims, review
from reports.reviewing.review import Effect
from reports.rules import Rule
from reports.sanctions.in_force import active_sanction
from reports.sanctions.ladder import Length
from tests.report_cases import MALLORY, NOW

SOON = NOW + timedelta(minutes=5)


def is_barred() -> bool:
    """Whether mallory is kept out, soon."""
    return active_sanction(MALLORY.participant, MALLORY.device, SOON) is not None


def claimed(user: User) -> Report:
    """The most urgent report, claimed."""
    report = claims.claim_next(acting_user=user, now=SOON)
    assert report is not None
    return report


def confirm(
    report: Report,
    user: User,
    length: Length,
    rule: Rule = Rule.NUDITY,
    *,
    is_child_safety: bool = False,
    now: datetime = SOON,
) -> Effect:
    return review.confirm(
        report.pk,
        version=report.version,
        policy=current(rule, is_child_safety=is_child_safety),
        length=length,
        reason="seen",
        acting_user=user,
        now=now,
    )


def dismiss(report: Report, user: User, *, now: datetime = SOON) -> Effect:
    return review.dismiss(
        report.pk, version=report.version, reason="nothing", acting_user=user, now=now
    )


def held(report: Report, user: User, *, until: datetime | None = None) -> LegalHold:
    """The report, kept because a court asks."""
    return legal_holds.place(
        report.pk,
        basis=HoldBasis.AUTHORITY,
        until=until,
        reason="a court asks",
        acting_user=user,
        now=NOW,
    )
