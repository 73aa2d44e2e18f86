"""When a report shows that its partner broke a rule, too: a report about them, decided at once.

    OtherSideError      a retry does not help
    └── NobodyError     there was no partner: a camera check

Errors of `reports.reviewing.review` and `reports.sanctions.enforcement` are raised as they are, and
undo everything.

Whoever reported may be the one who pressed. The other side gets a report of its own, with the same
frozen context seen from there, so that its statement, its appeal and its history are like any
other's. The first report stays in hand and is decided for itself. It names no machine and no
reporter: staff found it.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User

from reports.incoming import intake
from reports.incoming.intake import Place
from reports.locks import lock_subject
from reports.models import DecisionKind, Opener, Policy, Queue, Report
from reports.reviewing import claims, review
from reports.reviewing.review import Effect
from reports.roles import Right, require
from reports.sanctions.ladder import Length
from reports.snapshot_json import decode
from reports.snapshots import Snapshot, Speaker
from reports.trail import audit


class OtherSideError(Exception):
    """The act is not possible as asked."""


class NobodyError(OtherSideError):
    """Nobody was on the other side."""


def sanction(
    report_id: UUID,
    *,
    version: int,
    policy: Policy,
    length: Length,
    reason: str,
    acting_user: User,
    now: datetime,
) -> Effect:
    """Confirm that the partner of this report, as it was at `version`, broke `policy`, too.

    A policy lighter than what their report is about is proposed, as anywhere. Raises
    `NobodyError`; `LostRaceError` also when somebody else is at a report about the partner.
    """
    if policy.is_child_safety:
        require(acting_user, Right.CHILD_SAFETY)
    with audit.trail():
        seen = Report.objects.visible_to(acting_user).get(pk=report_id)
        snapshot = decode(seen.snapshot)
        if snapshot.partner is None:
            raise NobodyError("a camera check has no other side")
        lock_subject(snapshot.subject, snapshot.partner)
        report = review.add_act(
            report_id,
            version=version,
            kind=DecisionKind.OTHER_SIDE,
            policy=policy,
            reason=reason,
            acting_user=acting_user,
            now=now,
        )
        queue = Queue.STANDARD if report.queue == Queue.STANDARD else Queue.CHILD_SAFETY
        if policy.is_child_safety:
            queue = Queue.CHILD_SAFETY
        other = intake.open_or_join(
            _seen_from_there(snapshot),
            Place(queue=queue, policy=policy),
            opener=Opener.STAFF,
            now=now,
        )
        if not other.factors:
            intake.reprioritise(other, now)
        claimed = claims.claim(other.pk, version=other.version, acting_user=acting_user, now=now)
        return review.confirm(
            claimed.pk,
            version=claimed.version,
            policy=policy,
            length=length,
            reason=reason,
            acting_user=acting_user,
            now=now,
        )


def _seen_from_there(snapshot: Snapshot) -> Snapshot:
    """The same context with the sides exchanged; scores were of the other one's picture."""
    assert snapshot.partner is not None
    turned = {Speaker.SUBJECT: Speaker.PARTNER, Speaker.PARTNER: Speaker.SUBJECT}
    return replace(
        snapshot,
        subject=snapshot.partner,
        partner=snapshot.subject,
        lines=tuple(replace(line, speaker=turned[line.speaker]) for line in snapshot.lines),
        scores=(),
        model_version="",
        thresholds_version="",
    )
