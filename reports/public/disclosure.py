"""What somebody may know of what is stored about them here.

Everything that was decided about them, and what they reported themselves. Never what is undecided,
who reported them, or that anybody did; and of their own reports the receipt and the outcome only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from reports.ids import DeviceId
from reports.incoming import reliability
from reports.incoming.reliability import ReporterWarning
from reports.models import LegalHold, Outcome, Report, Reporter, Sanction, Strike
from reports.sanctions import statements


class ReportOutcome(StrEnum):
    """What became of a report, as its reporter is told."""

    WAITING = "waiting"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionTold:
    """A sanction of one's own. `state` and `strike` are words of `StatementState` and `Strike`;
    `appeal` is a word of `AppealState`, None without one. The address is relative to the site."""

    rule: str
    title: str
    kind: str
    since: datetime
    until: datetime | None
    state: str
    strike: str
    strike_expires_at: datetime | None
    statement_url: str
    appeal: str | None
    appeal_written_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTold:
    """A report of one's own."""

    receipt: str
    at: datetime
    outcome: ReportOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """All that is told, the newest first; `warning` about their own reporting, None for none."""

    sanctions: tuple[SanctionTold, ...]
    reports: tuple[ReportTold, ...]
    warning: ReporterWarning | None


def disclose(device: DeviceId, participants: Sequence[UUID], now: datetime) -> Disclosure:
    """What somebody on `device`, who entered as `participants`, may know."""
    sanctions = (
        Sanction.objects.filter(Q(device=device) | Q(participant__in=participants))
        .select_related("policy", "statement", "statement__appeal")
        .order_by("-starts_at")
    )
    made = (
        Reporter.objects.filter(Q(device=device) | Q(participant__in=participants))
        .order_by("-at")
        .values_list("receipt", "at", "report__outcome")
    )
    return Disclosure(
        sanctions=tuple(_told(sanction, now) for sanction in sanctions),
        reports=tuple(
            ReportTold(receipt=receipt, at=at, outcome=_outcome(outcome))
            for receipt, at, outcome in made
        ),
        warning=reliability.warning(device, now),
    )


def find_reported(device: DeviceId) -> set[DeviceId]:
    """The devices that somebody on `device` has reported."""
    reported = Reporter.objects.filter(device=device).values_list("report__subject_device")
    return {DeviceId(subject) for (subject,) in reported}


def find_held(participants: Sequence[UUID], now: datetime) -> set[UUID]:
    """Those of `participants` whom a report on legal hold is about, on either side."""
    held = Report.objects.filter(legal_holds__in=LegalHold.objects.in_force(now))
    sides = held.filter(
        Q(subject_participant__in=participants) | Q(partner_participant__in=participants)
    ).values_list("subject_participant", "partner_participant")
    return set(participants) & {participant for pair in sides for participant in pair}


def _told(sanction: Sanction, now: datetime) -> SanctionTold:
    statement = sanction.statement
    appeal = getattr(statement, "appeal", None)
    is_strike = sanction.strike != Strike.NONE
    return SanctionTold(
        rule=sanction.policy.rule,
        title=sanction.policy.shown_title,
        kind=str(sanction.kind),
        since=sanction.starts_at,
        until=statements.end(sanction),
        state=statements.state(sanction, now).value,
        strike=str(sanction.strike),
        strike_expires_at=sanction.strike_expires_at if is_strike else None,
        statement_url=statements.path(statement.code),
        appeal=None if appeal is None else str(appeal.state),
        appeal_written_at=None if appeal is None else appeal.written_at,
    )


def _outcome(outcome: str) -> ReportOutcome:
    if not outcome:
        return ReportOutcome.WAITING
    is_upheld = outcome == Outcome.CONFIRMED
    return ReportOutcome.UPHELD if is_upheld else ReportOutcome.NOT_UPHELD
