"""What the machine found becomes report, sanction, statement, evidence and audit, all or nothing.

Errors of PostgreSQL are raised as they are: the task that calls retries, and recording the same
finding twice changes nothing.
"""

from dataclasses import dataclass

from reports import audit, enforcement, evidence, intake, policies, snapshot_json
from reports.ids import ReportId
from reports.locks import lock_subject
from reports.models import MachineFinding, Opener, Policy, Queue, Report
from reports.rules import CHILD_SAFETY_RULES, Rule
from reports.snapshots import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """`sanction_code` is the statement's code; None where nobody was sanctioned."""

    report: ReportId
    sanction_code: str | None


def record(finding: Finding) -> Recorded:
    """Record a finding, once: sanction, statement, report, sealed evidence and audit entries.

    A cut leads to a sanction by the policy's ladder; an age to a hold until a person decides, also
    without a cut (a line that states an age under 18). Nudity that the machine is not sure of is
    a report and no more, sealed or not. Somebody who was pressed
    gets no sanction and no strike, and the report names both (I10); only a child-safety hold,
    which protects and doesn't punish, stands even then.
    """
    snapshot, now = finding.snapshot, finding.found_at
    is_child_safety = finding.is_child_safety or finding.rule in CHILD_SAFETY_RULES
    policy = policies.current(finding.rule, is_child_safety=is_child_safety)
    with audit.trail():
        lock_subject(snapshot.subject)
        known = MachineFinding.objects.filter(finding=finding.id).select_related("report").first()
        if known is not None:
            return _recorded(known.report)
        report = intake.open_or_join(
            snapshot,
            intake.Place(queue=_queue(finding, is_child_safety=is_child_safety), policy=policy),
            opener=Opener.MACHINE,
            was_pressed=finding.was_pressed,
            now=now,
        )
        _add(finding, report)
        if finding.cut or finding.rule in CHILD_SAFETY_RULES:
            _sanction(finding, report, policy)
        for item in finding.evidence:
            evidence.seal(report, item, now=now)
        intake.reprioritise(report, now)
    return _recorded(report)


def _queue(finding: Finding, *, is_child_safety: bool) -> Queue:
    if not is_child_safety:
        return Queue.STANDARD
    is_estimate = any(score.label == intake.AGE_LABEL for score in finding.snapshot.scores)
    if finding.rule is Rule.MINOR and is_estimate and not finding.evidence:
        return Queue.AGE_DOUBT
    return Queue.CHILD_SAFETY


def _add(finding: Finding, report: Report) -> None:
    snapshot = finding.snapshot
    row = MachineFinding.objects.create(
        report=report,
        finding=finding.id,
        rule=finding.rule.value,
        conversation=snapshot.conversation,
        snapshot=snapshot_json.encode(snapshot),
        at=finding.found_at,
        was_cut=finding.cut,
        was_pressed=finding.was_pressed,
        model_version=snapshot.model_version,
        thresholds_version=snapshot.thresholds_version,
        score=intake.confidence(snapshot.scores),
    )
    audit.record(
        "finding.recorded",
        target=report,
        payload={
            "finding": str(row.finding),
            "rule": row.rule,
            "was_cut": row.was_cut,
            "was_pressed": row.was_pressed,
            "model_version": row.model_version,
            "thresholds_version": row.thresholds_version,
        },
        acting_user=None,
        now=finding.found_at,
    )


def _sanction(finding: Finding, report: Report, policy: Policy) -> None:
    # One hold is enough: nothing here ends by itself.
    if policy.is_child_safety and report.sanctions.filter(lifted_at=None, until=None).exists():
        return
    enforcement.impose_by_machine(
        report=report, policy=policy, person=finding.snapshot.subject, now=finding.found_at
    )


def _recorded(report: Report) -> Recorded:
    code = report.sanctions.order_by("starts_at").values_list("statement__code", flat=True).last()
    return Recorded(report=ReportId(report.pk), sanction_code=code)
