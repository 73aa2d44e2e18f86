"""What the machine found becomes report, sanction, statement, evidence and audit, all or nothing.

Errors of PostgreSQL are raised as they are: the task that calls retries, and recording the same
finding twice changes nothing.
"""

from dataclasses import dataclass

from reports import snapshot_json
from reports.evidence_room import evidence
from reports.hashing.sightings import BankMatch
from reports.house_rules import policies
from reports.ids import ReportId
from reports.incoming import intake
from reports.known_pictures import banks
from reports.locks import lock_subject
from reports.models import (
    BankEntry,
    EntryState,
    MachineFinding,
    Opener,
    Policy,
    Queue,
    Report,
    Sanction,
)
from reports.rules import CHILD_SAFETY_RULES, Rule
from reports.sanctions import enforcement
from reports.snapshots import Finding
from reports.trail import audit


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
    with audit.trail():
        lock_subject(snapshot.subject)
        known = MachineFinding.objects.filter(finding=finding.id).select_related("report").first()
        if known is not None:
            return _recorded(known.report)
        grounds = _grounds(finding)
        report = intake.open_or_join(
            snapshot,
            intake.Place(queue=_queue(finding, grounds), policy=grounds.policy),
            opener=Opener.MACHINE,
            was_pressed=finding.was_pressed,
            now=now,
        )
        _add(finding, grounds, report)
        if finding.match is not None and grounds.entry is not None:
            _act_on_match(finding, finding.match, grounds, report)
        elif finding.cut or grounds.rule in CHILD_SAFETY_RULES:
            _sanction(finding, report, grounds.policy)
        for item in finding.evidence:
            evidence.seal(report, item, now=now)
        intake.reprioritise(report, now)
    return _recorded(report)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grounds:
    """What a finding stands on; `entry` is the locked bank entry that was met."""

    rule: Rule
    is_child_safety: bool
    policy: Policy
    entry: BankEntry | None


def _grounds(finding: Finding) -> _Grounds:
    if finding.match is not None:
        entry = banks.lock_entry(finding.match)
        return _Grounds(
            rule=Rule(entry.rule),
            is_child_safety=True,
            policy=policies.known_picture(),
            entry=entry,
        )
    is_child_safety = finding.is_child_safety or finding.rule in CHILD_SAFETY_RULES
    policy = policies.current(finding.rule, is_child_safety=is_child_safety)
    return _Grounds(rule=finding.rule, is_child_safety=is_child_safety, policy=policy, entry=None)


def _act_on_match(finding: Finding, match: BankMatch, grounds: _Grounds, report: Report) -> None:
    """Hold for the match, and note what for: revoking the entry lifts it again."""
    assert grounds.entry is not None  # the caller has looked
    hit = banks.record_hit(grounds.entry, match, report, finding.found_at)
    # Revoked between the cut and now: nobody is sanctioned for it any more.
    if grounds.entry.stage is EntryState.ACTIVE:
        hit.sanction = _sanction(finding, report, grounds.policy)
        hit.save(update_fields=["sanction"])


def _queue(finding: Finding, grounds: _Grounds) -> Queue:
    if not grounds.is_child_safety:
        return Queue.STANDARD
    is_estimate = any(score.label == intake.AGE_LABEL for score in finding.snapshot.scores)
    if grounds.rule is Rule.MINOR and is_estimate and not finding.evidence and not grounds.entry:
        return Queue.AGE_DOUBT
    return Queue.CHILD_SAFETY


def _add(finding: Finding, grounds: _Grounds, report: Report) -> None:
    snapshot = finding.snapshot
    leading = intake.leading(snapshot.scores)
    row = MachineFinding.objects.create(
        report=report,
        finding=finding.id,
        rule=grounds.rule.value,
        conversation=snapshot.conversation,
        snapshot=snapshot_json.encode(snapshot),
        at=finding.found_at,
        was_cut=finding.cut,
        is_match=grounds.entry is not None,
        was_pressed=finding.was_pressed,
        model_version=snapshot.model_version,
        thresholds_version=snapshot.thresholds_version,
        label=leading.label,
        score=leading.value,
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


def _sanction(finding: Finding, report: Report, policy: Policy) -> Sanction | None:
    # One hold is enough: nothing here ends by itself.
    standing = report.sanctions.filter(lifted_at=None, until=None).order_by("starts_at").first()
    if policy.is_child_safety and standing is not None:
        return standing
    return enforcement.impose_by_machine(
        report=report, policy=policy, person=finding.snapshot.subject, now=finding.found_at
    )


def _recorded(report: Report) -> Recorded:
    code = report.sanctions.order_by("starts_at").values_list("statement__code", flat=True).last()
    return Recorded(report=ReportId(report.pk), sanction_code=code)
