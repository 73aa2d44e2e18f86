"""What reporters' voices are worth: whose count, how many they are, and how reliable they were.

Only decided reports count. What is shown or counted for a report of the standard queue comes from
that queue alone: nobody can infer from a record that a sealed report exists (I11).
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from reports.house_rules.priority import Record
from reports.ids import DeviceId
from reports.incoming.witnesses import NEWCOMER_FOR, Witness, independent
from reports.models import MeasureKind, Outcome, Queue, Report, Reporter, ReporterMeasure
from reports.models.sealing import shown_queues, visible_queues

FINGERPRINT_BYTES = 8
WARNED_FOR = timedelta(days=180)
"""For so long a warning is repeated where its reporter reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterWarning:
    """What a reporter is told about their own reporting. `muted_until` None: not muted."""

    warned_at: datetime
    muted_until: datetime | None


def voices(report: Report) -> list[Record]:
    """One record per independent reporter whose voice counts (I16)."""
    counted = [
        Witness(device=row.device, prefix=row.prefix, is_newcomer=row.is_newcomer)
        for row in report.reporters.order_by("at", "pk")
        if row.set_aside_by_id is None
    ]
    groups = independent(counted)
    found = _outcomes({one.device for one in counted}, shown_queues(report))
    return [_record(found, group) for group in groups]


def records(devices: Collection[UUID], user: object) -> dict[UUID, Record]:
    """The record of each device, from the reports that `user` may know of."""
    found = _outcomes(devices, visible_queues(user))
    return {device: _record(found, {device}) for device in devices}


def is_newcomer(since: datetime | None, now: datetime) -> bool:
    """Whether a device that was first seen `since` then is younger than an hour."""
    return since is None or now - since < NEWCOMER_FOR


def fingerprint(subject: DeviceId, prefix: str) -> str:
    """The reporter's neighbourhood, to be held against others of the same subject and no more."""
    if not prefix:
        return ""
    key = f"parley.reporter.{settings.SECRET_KEY}".encode()
    digest = hmac.digest(key, subject.bytes + prefix.encode(), "sha256")
    return digest[:FINGERPRINT_BYTES].hex()


def mute_at(device: UUID, at: datetime) -> ReporterMeasure | None:
    """The mute that a report by `device` at `at` falls under."""
    return ReporterMeasure.objects.mutes_at(device, at).order_by("-until").first()


def warning(device: UUID, now: datetime) -> ReporterWarning | None:
    """The warning or mute that `device` is under at `now`; a mute tells itself."""
    measures = ReporterMeasure.objects.filter(device=device, lifted_at=None)
    warned = measures.filter(kind=MeasureKind.WARNED, at__gt=now - WARNED_FOR, at__lte=now)
    newest, mute = warned.order_by("-at").first(), mute_at(device, now)
    first = newest or mute
    if first is None:
        return None
    return ReporterWarning(warned_at=first.at, muted_until=mute.until if mute else None)


_Outcomes = dict[UUID, dict[UUID, str]]


def _outcomes(devices: Collection[UUID], queues: Collection[Queue]) -> _Outcomes:
    """By device, the outcome of each decided report that it had a part in."""
    judged: QuerySet[Reporter] = Reporter.objects.filter(
        device__in=devices, report__queue__in=queues
    ).exclude(report__outcome="")
    found: _Outcomes = {}
    for device, report, outcome in judged.values_list("device", "report", "report__outcome"):
        found.setdefault(device, {})[report] = outcome
    return found


def _record(found: _Outcomes, devices: Collection[UUID]) -> Record:
    """The devices' record as one: a report that several of them made was judged once."""
    together: dict[UUID, str] = {}
    for device in devices:
        together |= found.get(device, {})
    upheld = sum(outcome == Outcome.CONFIRMED for outcome in together.values())
    return Record(judged=len(together), upheld=upheld)
