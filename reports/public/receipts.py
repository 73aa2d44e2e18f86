"""What became of a report or a notice, for whoever has its receipt: the outcome, never who or what.

The answer is one of five words and two days; it says nothing about the other person, the decision's
length, or who decided.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reports.models import AppealState, Notice, Outcome, Report, Reporter
from reports.models.notice import NoticeOutcome


class ReceiptState(StrEnum):
    """What somebody who raised their hand may know."""

    WAITING = "waiting"
    ACTED = "acted"
    NO_BREACH = "no_breach"
    NOT_FOUND = "not_found"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`rule` is what the reporter themself named; `decided_at` is None while it waits."""

    code: str
    rule: str
    received_at: datetime
    state: ReceiptState
    decided_at: datetime | None


def find(code: str) -> Receipt | None:
    """The receipt with this code, or None."""
    reporter = Reporter.objects.select_related("report").filter(receipt=code).first()
    if reporter is not None:
        state, decided_at = _of_report(reporter.report)
        return Receipt(
            code=code,
            rule=reporter.rule,
            received_at=reporter.at,
            state=state,
            decided_at=decided_at,
        )
    notice = Notice.objects.select_related("report").filter(receipt=code).first()
    if notice is None:
        return None
    state, decided_at = _of_notice(notice)
    return Receipt(
        code=code,
        rule=notice.rule,
        received_at=notice.received_at,
        state=state,
        decided_at=decided_at,
    )


def _of_notice(notice: Notice) -> tuple[ReceiptState, datetime | None]:
    if notice.report is not None:
        return _of_report(notice.report)
    match notice.outcome:
        case NoticeOutcome.NO_BREACH:
            return ReceiptState.NO_BREACH, notice.decided_at
        case NoticeOutcome.NOT_FOUND:
            return ReceiptState.NOT_FOUND, notice.decided_at
        case _:
            return ReceiptState.WAITING, None


def _of_report(report: Report) -> tuple[ReceiptState, datetime | None]:
    if not report.outcome:
        return ReceiptState.WAITING, None
    if report.outcome == Outcome.DISMISSED:
        return ReceiptState.NO_BREACH, report.closed_at
    sanctions = list(report.sanctions.values_list("lifted_at", "statement__appeal__state"))
    if sanctions and all(
        lifted_at is not None and appeal == AppealState.GRANTED for lifted_at, appeal in sanctions
    ):
        return ReceiptState.TAKEN_BACK, report.closed_at
    return ReceiptState.ACTED, report.closed_at
