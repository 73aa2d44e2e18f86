"""What is kept for a reason and a time, and destroyed after it, leaving proof.

Legal holds come first, and open appeals reopen their report: only closed reports are touched, and
nothing is decided, closed or cleared by a timer. How long is data
(`reports.house_rules.retention_rules`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from reports.evidence_room.evidence import file_name
from reports.evidence_room.storage import evidence_storage
from reports.house_rules import retention_rules
from reports.house_rules.retention_rules import Kept, Rules
from reports.incoming import notices
from reports.models import (
    AppealState,
    Evidence,
    LegalHold,
    MachineFinding,
    Outcome,
    Report,
    Reporter,
    State,
)
from reports.trail import audit

ORPHAN_AGE = timedelta(hours=1)
"""A file without a row may belong to a transaction that is not committed yet."""
BATCH_REPORTS = 200

_GRANTED = Q(sanctions__statement__appeal__state=AppealState.GRANTED)
_REPORTS: dict[Kept, Q] = {
    Kept.DISMISSED: Q(outcome=Outcome.DISMISSED),
    Kept.OVERTURNED: Q(outcome=Outcome.CONFIRMED) & _GRANTED,
    Kept.CONFIRMED: Q(outcome=Outcome.CONFIRMED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A report whose evidence and lines have outlived their reason; `holds` are those in force
    that keep it all the same. `items` counts its evidence."""

    report: UUID
    kept: Kept
    closed_at: datetime
    items: int
    holds: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How much was destroyed: reports, their items of evidence, notices' details, files without a
    row."""

    reports: int
    destroyed: int
    notices: int
    orphans: int


def rules() -> Rules:
    """Those in force. Raises `RetentionRulesError`."""
    return retention_rules.load(
        settings.RETENTION_RULES, appeal_within_days=settings.APPEAL_WITHIN_DAYS
    )


def plan(now: datetime) -> Iterator[Due]:
    """What a sweep would destroy now, and what only a legal hold keeps; nothing is changed."""
    for kept, found in _due(now, rules()):
        for report in found.order_by("closed_at", "pk").iterator(chunk_size=BATCH_REPORTS):
            holds = LegalHold.objects.in_force(now).filter(report=report).order_by("pk")
            assert report.closed_at is not None  # the table's constraint
            yield Due(
                report=report.pk,
                kept=kept,
                closed_at=report.closed_at,
                items=report.evidence.filter(destroyed_at=None).count(),
                holds=tuple(holds.values_list("public_id", flat=True)),
            )


def sweep(now: datetime) -> Swept:
    """Destroy what is over its time, then delete files that no row speaks for.

    Takes at most BATCH_REPORTS reports of a kind. One report is one transaction: stopped anywhere,
    the next sweep goes on.
    """
    current = rules()
    audit.record_digest(
        "retention.rules_loaded",
        "retention",
        current.sha256,
        payload={
            "version": current.version,
            "days": {kept.value: time.days for kept, time in current.times.items()},
        },
        now=now,
    )
    reports = destroyed = 0
    for kept, found in _due(now, current):
        for pk in found.filter(~_held(now)).values_list("pk", flat=True)[:BATCH_REPORTS]:
            items = _destroy(pk, kept, current, now)
            if items is not None:
                reports, destroyed = reports + 1, destroyed + items
    return Swept(
        reports=reports,
        destroyed=destroyed,
        notices=notices.forget(current, now),
        orphans=_delete_orphans(now),
    )


def _due(now: datetime, current: Rules) -> Iterator[tuple[Kept, QuerySet[Report]]]:
    """By the first reason that is over; holds are not looked at."""
    for kept, condition in _REPORTS.items():
        over = Report.objects.filter(
            condition,
            _has_something(),
            state=State.CLOSED,
            closed_at__lte=now - current.times[kept],
        )
        # A join may bring a report twice; and what was overturned may be over by both reasons.
        if kept is Kept.CONFIRMED:
            overturned = now - current.times[Kept.OVERTURNED]
            over = over.exclude(_GRANTED, closed_at__lte=overturned)
        yield kept, Report.objects.filter(pk__in=over.values("pk"))


def _has_something() -> Q:
    """Evidence that is not destroyed, or lines or notes anywhere."""
    own = {"report": OuterRef("pk")}
    return (
        Exists(Evidence.objects.filter(**own, destroyed_at=None))
        | ~Q(snapshot__lines=[])
        | ~Q(subject_prefix="")
        | Exists(Reporter.objects.filter(**own).exclude(snapshot__lines=[], note="", prefix=""))
        | Exists(MachineFinding.objects.filter(**own).exclude(snapshot__lines=[]))
    )


def _held(now: datetime) -> Exists:
    return Exists(LegalHold.objects.in_force(now).filter(report=OuterRef("pk")))


def _destroy(report_id: UUID, kept: Kept, current: Rules, now: datetime) -> int | None:
    """Forget keys, files and lines of one report; digests stay as proof. How many items; None
    when it isn't due any more: somebody placed a hold, or opened it again, meanwhile."""
    why = {"kept": kept.value, "rules": current.version}
    with audit.trail():
        report = Report.objects.select_for_update().get(pk=report_id)
        still_due = dict(_due(now, current))[kept].filter(~_held(now), pk=report_id)
        if not still_due.exists():
            return None
        rows = list(report.evidence.filter(destroyed_at=None))
        for row in rows:
            row.destroyed_at = now
            row.wrapped_key, row.nonce = b"", b""
            row.save(update_fields=["destroyed_at", "wrapped_key", "nonce"])
            transaction.on_commit(_deletion(row.pk), robust=True)
            audit.record(
                "evidence.destroyed",
                target=row,
                payload={"report": str(report.pk), "sha256": row.sha256, **why},
                acting_user=None,
                now=now,
            )
        lines = _forget_lines(report)
        audit.record(
            "report.lines_destroyed",
            target=report,
            payload={"lines": lines, **why},
            acting_user=None,
            now=now,
        )
    return len(rows)


def _forget_lines(report: Report) -> int:
    """How many lines and notes there were."""
    forgotten = len(report.snapshot["lines"])
    report.snapshot["lines"] = []
    report.line_keys, report.subject_prefix = [], ""
    report.save(update_fields=["snapshot", "line_keys", "subject_prefix"])
    for reporter in report.reporters.all():
        forgotten += len(reporter.snapshot["lines"]) + bool(reporter.note)
        reporter.snapshot["lines"] = []
        reporter.note, reporter.prefix = "", ""
        reporter.save(update_fields=["snapshot", "note", "prefix"])
    for finding in report.findings.all():
        forgotten += len(finding.snapshot["lines"])
        finding.snapshot["lines"] = []
        finding.save(update_fields=["snapshot"])
    return forgotten


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
