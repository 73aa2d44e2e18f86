"""A closed report is decided again, because two people saw it differently.

What was decided stands until then, and whoever decided it is not offered it again.

`StateError` — the report is not closed; a retry doesn't help.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User

from reports.models import Decision, DecisionKind, Report, State
from reports.reviewing.handling import StateError
from reports.reviewing.transitions import Act, NoTransitionError, transition
from reports.trail import audit


def reopen(report_id: UUID, *, reason: str, acting_user: User, now: datetime) -> None:
    """Put the report back into its queue. The caller has checked the right to."""
    with audit.trail():
        report = (
            Report.objects.visible_to(acting_user).select_for_update(of=("self",)).get(pk=report_id)
        )
        try:
            report.state = transition(State(report.state), Act.REOPEN)
        except NoTransitionError as error:
            raise StateError(str(error)) from error
        # On the safety floor two people have to agree again, too.
        report.dismissal_proposed_by = None
        report.version += 1
        report.save()
        Decision.objects.create(
            report=report,
            queue=report.queue,
            kind=DecisionKind.REOPENED,
            reason=reason,
            decided_by=acting_user,
            at=now,
        )
        audit.record(
            f"report.{DecisionKind.REOPENED.value}",
            target=report,
            payload={"queue": report.queue, "outcome": str(report.outcome)},
            acting_user=acting_user,
            now=now,
        )
