"""Notices by people without an account: taken with a receipt, answered by a person (DSA Art. 16).

    NoticeError
    ├── AlreadyAnsweredError   somebody else was faster
    └── NoSideError            the conversation was no longer in memory: there is nobody to report

A retry helps with neither. `reports.roles.NotAllowedError` and `Notice.DoesNotExist` (also for
what the account may not know of) are raised as they are.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User

from reports import snapshot_json
from reports.house_rules import policies
from reports.house_rules.retention_rules import Kept, Rules
from reports.ids import ConversationId
from reports.incoming import intake
from reports.incoming.intake import Place
from reports.locks import lock_subject
from reports.models import LegalHold, Notice, Opener, Queue, Report
from reports.models.notice import NoticeOutcome
from reports.roles import Right, require
from reports.rules import CHILD_SAFETY_RULES, Rule
from reports.snapshots import Snapshot
from reports.trail import audit

RECEIPT_BYTES = 9


class NoticeError(Exception):
    """The notice can't be answered as asked."""


class AlreadyAnsweredError(NoticeError):
    """The notice has been answered."""


class NoSideError(NoticeError):
    """The notice has no such side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What somebody wrote; `conversation` is None where the locator is no conversation's code.

    `sheet` tells one form from another: sent twice, the same sheet with the same words is one
    notice. Empty for who wrote without our form.
    """

    rule: Rule
    explanation: str
    locator: str
    conversation: ConversationId | None
    name: str
    email: str
    sheet: str = ""


def receive(letter: Letter, sides: Sequence[Snapshot], *, now: datetime) -> Notice:
    """Keep a notice with the frozen context of both sides, where there is one; its `receipt` is
    for whoever wrote it. Child safety is sealed from the start (I11).

    The same letter again, since the answer got lost, is the notice that is there.
    """
    is_sealed = letter.rule in CHILD_SAFETY_RULES
    written = {
        "rule": letter.rule.value,
        "explanation": snapshot_json.storable(letter.explanation),
        "locator": snapshot_json.storable(letter.locator),
        "name": snapshot_json.storable(letter.name),
        "email": letter.email,
    }
    with audit.trail():
        notice, is_new = Notice.objects.get_or_create(
            id=_id(letter.sheet, written),
            defaults={
                **written,
                "queue": Queue.CHILD_SAFETY if is_sealed else Queue.STANDARD,
                "conversation": letter.conversation,
                "sides": [snapshot_json.encode(side) for side in sides],
                "receipt": secrets.token_urlsafe(RECEIPT_BYTES),
                "received_at": now,
            },
        )
        if is_new:
            audit.record(
                "notice.received",
                target=notice,
                payload={"rule": notice.rule, "queue": notice.queue, "sides": len(sides)},
                acting_user=None,
                now=now,
            )
    return notice


def open_report(notice_id: UUID, *, side: int, acting_user: User, now: datetime) -> Report:
    """Make a report about the one on `side` (0 or 1) of the notice's conversation, or add the
    notice to the one that waits about them. It is decided there, and so is the notice."""
    require(acting_user, Right.REVIEW)
    with audit.trail():
        snapshot = _side(Notice.objects.visible_to(acting_user).get(pk=notice_id), side)
        lock_subject(snapshot.subject)
        notice = _open_one(notice_id, acting_user)
        place = Place(
            queue=Queue(notice.queue),
            policy=policies.current(
                Rule(notice.rule), is_child_safety=notice.queue == Queue.CHILD_SAFETY
            ),
        )
        report = intake.open_or_join(snapshot, place, opener=Opener.PERSON, now=now)
        notice.report = report
        notice.decided_by, notice.decided_at = acting_user, now
        notice.save()
        intake.reprioritise(report, now)
        _record("notice.reported", notice, {"report": str(report.pk)}, acting_user, now)
    return report


def answer(
    notice_id: UUID, *, outcome: NoticeOutcome, reason: str, acting_user: User, now: datetime
) -> Notice:
    """Close a notice that leads to no report. The reason stays with staff."""
    require(acting_user, Right.DECIDE)
    with audit.trail():
        notice = _open_one(notice_id, acting_user)
        notice.outcome, notice.reason = outcome, reason
        notice.decided_by, notice.decided_at = acting_user, now
        notice.save()
        _record("notice.answered", notice, {"outcome": outcome.value}, acting_user, now)
    return notice


def forget(rules: Rules, now: datetime) -> int:
    """Empty what an old notice says about people: both sides' lines (its report has lines of its
    own), and name and e-mail, each so long after its answer as `rules` say.

    Returns how many notices were emptied. One whose report waits or is on hold is left alone.
    """
    lines_end = now - rules.times[Kept.NOTICE_LINES]
    contact_ends = now - rules.times[Kept.NOTICE_CONTACT]
    held = LegalHold.objects.in_force(now).values("report")
    answered = Notice.objects.exclude(report__isnull=False, report__outcome="")
    answered = answered.exclude(report__isnull=False, report__in=held)
    with audit.trail():
        has_lines = answered.filter(decided_at__lt=lines_end).exclude(sides=[])
        has_contact = answered.filter(decided_at__lt=contact_ends).exclude(name="", email="")
        emptied = 0
        for found, empty in (
            (has_lines, {"sides": []}),
            (has_contact, {"name": "", "email": ""}),
        ):
            for notice in Notice.objects.select_for_update().filter(pk__in=found.values("pk")):
                Notice.objects.filter(pk=notice.pk).update(**empty)
                _record("notice.emptied", notice, {"of": " ".join(empty)}, None, now)
                emptied += 1
    return emptied


def record_lines_served(notice: Notice, *, acting_user: User, now: datetime) -> None:
    """The notice's lines were put on a page; lines are on the record like pictures."""
    with audit.trail():
        _record("notice.lines_served", notice, {}, acting_user, now)


def sides(notice: Notice) -> list[Snapshot]:
    """The two in the conversation, each as the subject; empty when nothing was in memory."""
    return [snapshot_json.decode(side) for side in notice.sides]


def _id(sheet: str, written: Mapping[str, str]) -> UUID:
    """The same for the same words on the same sheet; nobody else can tell it from any other."""
    if not sheet:
        return uuid4()
    said = json.dumps([sheet, *sorted(written.items())])
    return UUID(bytes=hashlib.sha256(said.encode()).digest()[:16])


def _side(notice: Notice, side: int) -> Snapshot:
    known = sides(notice)
    if not 0 <= side < len(known):
        raise NoSideError("the conversation was not in memory any more; there is nobody to report")
    return known[side]


def _open_one(notice_id: UUID, acting_user: User) -> Notice:
    visible = Notice.objects.visible_to(acting_user)
    notice = visible.select_for_update(of=("self",)).get(pk=notice_id)
    if not notice.is_open:
        raise AlreadyAnsweredError("somebody was faster; look again")
    return notice


def _record(
    verb: str, notice: Notice, payload: dict[str, str], acting_user: User | None, now: datetime
) -> None:
    audit.record(
        verb,
        target=notice,
        payload={"queue": notice.queue, **payload},
        acting_user=acting_user,
        now=now,
    )
