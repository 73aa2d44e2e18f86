"""Legal holds: placed and released by a person, with a reason, and stronger than retention.

    LegalHoldError
    ├── HoldOverError     it was released, or ended, before
    ├── HoldObligedError  the law sets its end; it can't be released before
    └── HoldEndError      an end that is no end: it lies in the past

A retry helps with none. `reports.roles.NotAllowedError`, `Report.DoesNotExist` and
`LegalHold.DoesNotExist` (also for what the account may not know of) are raised as they are.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User

from reports.models import HoldBasis, LegalHold, Report
from reports.roles import Right, require
from reports.trail import audit

CYBERTIP_TIME = timedelta(days=365)
"""From the submission; 18 U.S.C. 2258A(h) since the REPORT Act."""


class LegalHoldError(Exception):
    """The hold can't be placed or released as asked."""


class HoldOverError(LegalHoldError):
    """There is nothing to release any more."""


class HoldObligedError(LegalHoldError):
    """A hold for a CyberTipline submission ends with its time."""


class HoldEndError(LegalHoldError):
    """A hold has to end in the future."""


def place(
    report_id: UUID,
    *,
    basis: HoldBasis,
    until: datetime | None,
    reason: str,
    acting_user: User,
    now: datetime,
) -> LegalHold:
    """Keep the report until then; None: until somebody releases it."""
    require(acting_user, Right.PLACE_HOLD)
    if until is not None and until <= now:
        raise HoldEndError("the hold would be over already")
    with audit.trail():
        # The same lock that destroying takes: either this comes first, or there is nothing left.
        report = Report.objects.visible_to(acting_user).select_for_update().get(pk=report_id)
        hold = LegalHold.objects.create(
            report=report,
            basis=basis,
            reason=reason,
            placed_by=acting_user,
            placed_at=now,
            until=until,
        )
        audit.record(
            "legal_hold.placed",
            target=hold,
            payload={
                "report": str(report.pk),
                "basis": basis.value,
                "until": None if until is None else until.isoformat(),
            },
            acting_user=acting_user,
            now=now,
        )
    return hold


def place_for_submission(
    report_id: UUID, *, submitted_at: datetime, reason: str, acting_user: User, now: datetime
) -> LegalHold:
    """Keep the report for a year from a CyberTipline submission."""
    return place(
        report_id,
        basis=HoldBasis.CYBERTIP,
        until=submitted_at + CYBERTIP_TIME,
        reason=reason,
        acting_user=acting_user,
        now=now,
    )


def release(hold_id: int, *, reason: str, acting_user: User, now: datetime) -> LegalHold:
    """End a hold for a reason; what is over its time goes with the next sweep."""
    require(acting_user, Right.PLACE_HOLD)
    with audit.trail():
        known = LegalHold.objects.visible_to(acting_user)
        hold = known.select_for_update(of=("self",)).get(pk=hold_id)
        if not LegalHold.objects.in_force(now).filter(pk=hold.pk).exists():
            raise HoldOverError("this hold is over")
        if hold.basis == HoldBasis.CYBERTIP:
            raise HoldObligedError("the law sets the end of this hold")
        hold.released_by, hold.released_at, hold.release_reason = acting_user, now, reason
        hold.save(update_fields=["released_by", "released_at", "release_reason"])
        audit.record(
            "legal_hold.released",
            target=hold,
            payload={"report": str(hold.report_id)},
            acting_user=acting_user,
            now=now,
        )
    return hold
