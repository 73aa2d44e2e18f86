"""What is kept is kept for a reason and a time; the rest is destroyed, leaving proof.

Only closed reports are touched: nothing is decided, closed or cleared by a timer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from reports import audit
from reports.evidence import file_name
from reports.models import AppealState, Evidence, Outcome, Report, State
from reports.storage import evidence_storage

ORPHAN_AGE = timedelta(hours=1)
"""A file without a row may belong to a transaction that is not committed yet."""
BATCH_REPORTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many files without a row went, and how many items were destroyed."""

    orphans: int
    destroyed: int


def sweep(now: datetime) -> Swept:
    """Destroy evidence whose time is over, then delete files that no row speaks for."""
    destroyed = 0
    for report in due(now)[:BATCH_REPORTS]:
        destroyed += _destroy(report.pk, now)
    return Swept(orphans=_delete_orphans(now), destroyed=destroyed)


def due(now: datetime) -> QuerySet[Report]:
    """Closed reports whose evidence or lines have outlived their reason."""
    dismissed = now - timedelta(days=settings.EVIDENCE_DISMISSED_DAYS)
    confirmed = now - timedelta(days=settings.EVIDENCE_CONFIRMED_DAYS)
    is_undone = Q(outcome=Outcome.DISMISSED) | Q(
        sanctions__statement__appeal__state=AppealState.GRANTED
    )
    return (
        Report.objects.filter(state=State.CLOSED, is_on_legal_hold=False)
        .filter(Q(closed_at__lte=confirmed) | is_undone & Q(closed_at__lte=dismissed))
        .filter(Q(evidence__destroyed_at=None, evidence__isnull=False) | ~Q(snapshot__lines=[]))
        .distinct()
    )


def _destroy(report_id: UUID, now: datetime) -> int:
    """Forget keys, files and lines of one report; digests stay as proof."""
    with audit.trail():
        report = Report.objects.select_for_update().get(pk=report_id)
        rows = list(report.evidence.filter(destroyed_at=None))
        for row in rows:
            row.destroyed_at = now
            row.wrapped_key, row.nonce = b"", b""
            row.save(update_fields=["destroyed_at", "wrapped_key", "nonce"])
            transaction.on_commit(_deletion(row.pk), robust=True)
            audit.record(
                "evidence.destroyed",
                target=row,
                payload={"report": str(report.pk), "sha256": row.sha256},
                acting_user=None,
                now=now,
            )
        _forget_lines(report)
        audit.record("report.lines_destroyed", target=report, payload={}, acting_user=None, now=now)
    return len(rows)


def _forget_lines(report: Report) -> None:
    report.snapshot["lines"] = []
    report.line_keys = []
    report.save(update_fields=["snapshot", "line_keys"])
    for row in report.reporters.all():
        row.snapshot["lines"] = []
        row.note, row.prefix = "", ""
        row.save(update_fields=["snapshot", "note", "prefix"])
    for finding in report.findings.all():
        finding.snapshot["lines"] = []
        finding.save(update_fields=["snapshot"])


def _deletion(evidence_id: UUID) -> Callable[[], None]:
    return lambda: evidence_storage().delete(file_name(evidence_id))


def _delete_orphans(now: datetime) -> int:
    storage = evidence_storage()
    try:
        _, names = storage.listdir("")
    except FileNotFoundError:
        return 0
    living = {
        file_name(pk)
        for pk in Evidence.objects.filter(destroyed_at=None).values_list("pk", flat=True)
    }
    orphans = [
        name
        for name in names
        if name not in living and storage.get_modified_time(name) < now - ORPHAN_AGE
    ]
    for name in orphans:
        storage.delete(name)
    return len(orphans)
