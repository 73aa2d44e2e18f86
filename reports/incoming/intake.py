"""The front door: reports by people, findings by machines, and evidence for both.

One report gathers what belongs together: everything about the same subject in one conversation,
and what several people report about the same subject within REPORT_WINDOW_S. Who or what raised
it stays told apart in its reporters and findings. Queues never mix: a child-safety report about
somebody is a report of its own, sealed from the start (I11).
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from reports import snapshot_json
from reports.evidence_room import evidence
from reports.house_rules import policies, priority
from reports.ids import ReportId
from reports.incoming import reliability
from reports.incoming.likeness import line_keys, neighbourhood
from reports.incoming.reliability import ReporterWarning
from reports.locks import lock_subject
from reports.models import (
    Opener,
    Policy,
    Queue,
    Report,
    Reporter,
    State,
    Statement,
)
from reports.models.sealing import shown_queues
from reports.rules import CHILD_SAFETY_RULES
from reports.sanctions import enforcement, in_force
from reports.snapshots import EvidenceItem, Person, Score, Snapshot, UserReport
from reports.trail import audit

RECEIPT_BYTES = 9
NOTE_MAX = 1000
AGE_LABEL = "age"
"""The score that is a number of years and no probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the reporter gets: the report, a code to refer to it, and the warning they are under."""

    report: ReportId
    receipt: str
    warning: ReporterWarning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an intake belongs."""

    queue: Queue
    policy: Policy


def receive(user_report: UserReport) -> Receipt:
    """Take a person's report; the same person about the same conversation gets the same receipt.

    Sanctions nobody: however many report somebody, a person decides. Raises `ValueError` for a
    snapshot without a partner: nobody is there to report then.
    """
    snapshot, now = user_report.snapshot, user_report.reported_at
    by = snapshot.partner
    if by is None:
        raise ValueError("a report by a person needs the partner who makes it")
    is_child_safety = user_report.rule in CHILD_SAFETY_RULES
    place = Place(
        queue=Queue.CHILD_SAFETY if is_child_safety else Queue.STANDARD,
        policy=policies.current(user_report.rule, is_child_safety=is_child_safety),
    )
    with audit.trail():
        lock_subject(snapshot.subject)
        known = Reporter.objects.filter(
            participant=by.participant,
            conversation=snapshot.conversation,
            subject_participant=snapshot.subject.participant,
        ).first()
        if known is not None:
            return _receipt(known, now)
        report = open_or_join(snapshot, place, opener=Opener.PERSON, now=now)
        if user_report.subject_prefix:
            secret = f"parley.subject.{settings.SECRET_KEY}".encode()
            report.subject_prefix = neighbourhood(user_report.subject_prefix, secret)
        reporter = Reporter.objects.create(
            report=report,
            rule=user_report.rule.value,
            conversation=snapshot.conversation,
            snapshot=snapshot_json.encode(snapshot),
            at=now,
            participant=by.participant,
            device=by.device,
            subject_participant=snapshot.subject.participant,
            note=snapshot_json.storable(user_report.note)[:NOTE_MAX],
            receipt=secrets.token_urlsafe(RECEIPT_BYTES),
            prefix=reliability.fingerprint(snapshot.subject.device, user_report.reporter_prefix),
            is_newcomer=reliability.is_newcomer(user_report.reporter_since, now),
            set_aside_by=reliability.mute_at(by.device, now),
        )
        reprioritise(report, now)
        audit.record(
            "report.received",
            target=report,
            payload={"rule": user_report.rule.value, "queue": report.queue},
            acting_user=None,
            now=now,
        )
    return _receipt(reporter, now)


def attach(report: ReportId, items: Sequence[EvidenceItem], now: datetime | None = None) -> None:
    """Seal evidence that came after its report; safe to run twice.

    Raises `Report.DoesNotExist`: then nothing may be kept.
    """
    with audit.trail():
        row = Report.objects.select_for_update().get(pk=report)
        for item in items:
            evidence.seal(row, item, now=now or timezone.now())


def mark_pressed(code: str, now: datetime) -> bool:
    """The person's one tap for *somebody asked me to* (I10); False when it was tapped before.

    Raises `Statement.DoesNotExist`. Lifts nothing: staff see it on the report, and sooner.
    """
    with audit.trail():
        sanction = Statement.objects.select_related("sanction").get(code=code).sanction
        participant, device = enforcement.ids(sanction)
        lock_subject(Person(participant=participant, device=device))
        if not Statement.objects.filter(code=code, pressed_at=None).update(pressed_at=now):
            return False
        if sanction.report_id is not None:
            reprioritise(Report.objects.select_for_update().get(pk=sanction.report_id), now)
        audit.record("statement.pressed", target=sanction, payload={}, acting_user=None, now=now)
    return True


def open_or_join(
    snapshot: Snapshot,
    place: Place,
    *,
    opener: Opener,
    now: datetime,
    was_pressed: bool = False,
) -> Report:
    """The undecided report that this belongs to, locked, or a new one. The subject is locked."""
    same = Q(conversation=snapshot.conversation)
    if opener is Opener.PERSON:
        window = now - timedelta(seconds=settings.REPORT_WINDOW_S)
        same |= Q(opened_by=Opener.PERSON, opened_at__gt=window)
    found = (
        Report.objects.select_for_update()
        .filter(same, subject_participant=snapshot.subject.participant, queue=place.queue)
        .filter(outcome="")
        .exclude(state=State.CLOSED)
        .order_by("opened_at")
        .first()
    )
    if found is None:
        return _open(snapshot, place, opener=opener, was_pressed=was_pressed, now=now)
    if was_pressed and not found.was_pressed:
        found.was_pressed = True
        found.save(update_fields=["was_pressed"])
    return found


def reprioritise(report: Report, now: datetime) -> None:
    """Compute the priority again from all that the report now holds.

    Reporters who were set aside neither raise it nor make it urgent. A child-safety report keeps
    its floor whoever made it, and the second person that dismissing takes stays in any case.
    """
    named, rules = _rules(report, only_counted=False), _rules(report, only_counted=True)
    policy = _gravest_policy(report, rules or named)
    is_floored = bool(rules) or report.queue == Queue.CHILD_SAFETY
    found = priority.prioritise(
        priority.Case(
            severity=policy.severity,
            confidence=max((row.score for row in report.findings.all()), default=0.0),
            reporters=reliability.voices(report),
            # A number that is shown must not tell of what is sealed (I11).
            confirmed_strikes=in_force.strikes(
                snapshot_json.decode(report.snapshot).subject, now, queues=shown_queues(report)
            ).confirmed,
            has_minor_signal=_has_minor_signal(report),
            # Age doubt waits in a queue of its own, below the safety floors (I9).
            floor=policy.floor if is_floored and report.queue != Queue.AGE_DOUBT else None,
            says_pressed=report.sanctions.filter(statement__pressed_at__isnull=False).exists(),
            set_aside=report.reporters.exclude(set_aside_by=None).count(),
            has_grounds=bool(rules),
        )
    )
    report.rule = policy.rule
    was_safety_floor = report.is_safety_floor
    report.is_safety_floor = report.queue == Queue.CHILD_SAFETY or (
        report.queue == Queue.STANDARD and _gravest_policy(report, named).needs_two_to_dismiss
    )
    if report.is_safety_floor and not was_safety_floor:
        # Whoever proposed to dismiss it is not one of the two who dismiss a grave one.
        report.dismissal_proposed_by = None
    report.priority = found.score
    report.factors = [asdict(factor) for factor in found.factors]
    report.rank = priority.rank(found.score, report.opened_at)
    is_urgent = report.is_safety_floor and is_floored
    due_s = settings.SAFETY_REPORT_DUE_S if is_urgent else settings.REPORT_DUE_S
    report.due_at = report.opened_at + timedelta(seconds=due_s)
    report.version += 1
    report.save()


def leading(scores: Sequence[Score]) -> Score:
    """The highest score that is a probability; without a label and 0.0 for none."""
    probable = [score for score in scores if score.label != AGE_LABEL]
    return max(probable, key=lambda score: score.value, default=Score(label="", value=0.0))


def _receipt(reporter: Reporter, now: datetime) -> Receipt:
    return Receipt(
        report=ReportId(reporter.report_id),
        receipt=reporter.receipt,
        warning=reliability.warning(reporter.device, now),
    )


def _open(
    snapshot: Snapshot, place: Place, *, opener: Opener, was_pressed: bool, now: datetime
) -> Report:
    report = Report.objects.create(
        queue=place.queue,
        opened_by=opener,
        rule=place.policy.rule,
        subject_participant=snapshot.subject.participant,
        subject_device=snapshot.subject.device,
        partner_participant=snapshot.partner.participant if snapshot.partner else None,
        partner_device=snapshot.partner.device if snapshot.partner else None,
        conversation=snapshot.conversation,
        mode=snapshot.mode,
        snapshot=snapshot_json.encode(snapshot),
        line_keys=line_keys(snapshot, f"parley.lines.{settings.SECRET_KEY}".encode()),
        was_pressed=was_pressed,
        is_safety_floor=place.queue == Queue.CHILD_SAFETY,
        opened_at=now,
        due_at=now + timedelta(seconds=settings.REPORT_DUE_S),
    )
    audit.record(
        "report.opened",
        target=report,
        payload={
            "by": opener.value,
            "queue": place.queue.value,
            "policy": str(place.policy),
            "conversation": str(snapshot.conversation),
            "subject": str(snapshot.subject.participant),
            "partner": str(snapshot.partner.participant) if snapshot.partner else None,
        },
        acting_user=None,
        now=now,
    )
    return report


def _rules(report: Report, *, only_counted: bool) -> set[str]:
    """The rules named by machines, notices and reporters, or by those whose voice counts; by staff
    where nobody else named one."""
    reporters = report.reporters.filter(set_aside_by=None) if only_counted else report.reporters
    rows = (*reporters.all(), *report.findings.all(), *report.notices.all())
    by_staff = {report.rule} if report.opened_by == Opener.STAFF else set()
    return {row.rule for row in rows} | by_staff


def _gravest_policy(report: Report, rules: set[str]) -> Policy:
    if report.bank_hits.exists():
        return policies.known_picture()
    is_sealed = report.queue == Queue.CHILD_SAFETY
    choices = policies.of(rules)
    if report.queue != Queue.AGE_DOUBT:
        fitting = choices.filter(is_child_safety=is_sealed)
        choices = fitting if fitting.exists() else choices
    ranked = sorted(choices, key=lambda policy: (policy.floor or 0, policy.severity))
    return ranked[-1]


def _has_minor_signal(report: Report) -> bool:
    """Whether it is sealed for more than a known picture, which says nothing about an age."""
    if report.queue == Queue.STANDARD:
        return False
    is_only_known = report.bank_hits.exists() and not report.reporters.exists()
    return not is_only_known or report.findings.filter(is_match=False).exists()
