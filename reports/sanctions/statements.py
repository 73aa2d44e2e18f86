"""The statement of reasons: what the sanctioned person reads, and its fields for the EU's database.

A statement is built from its sanction and rebuilt with every decision about it; the code, and so
the address the person has, stays.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from reports.models import Opener, Report, Sanction, SanctionKind, Statement, Strike

CODE_BYTES = 16
FACTS_MAX = 5000


class StatementState(StrEnum):
    """What the sanction does now, as the polled JSON says it. WARNED: it bars nobody."""

    IN_FORCE = "in_force"
    OVER = "over"
    LIFTED = "lifted"
    WARNED = "warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementText:
    """A statement in the words of the active language; `facts` leaves the length to `length`."""

    title: str
    policy: str
    facts: str
    length: str
    decided: str


def path(code: str) -> str:
    """Where the statement is read, relative to the site."""
    return f"/statement/{code}/"


def appeal_path(code: str) -> str:
    """Where it is appealed, relative to the site."""
    return f"/statement/{code}/appeal/"


def state(sanction: Sanction, now: datetime) -> StatementState:
    """Whether the sanction still keeps the person out."""
    if sanction.lifted_at is not None:
        return StatementState.LIFTED
    if sanction.kind == SanctionKind.WARNING:
        return StatementState.WARNED
    if sanction.until is not None and sanction.until <= now:
        return StatementState.OVER
    return StatementState.IN_FORCE


def end(sanction: Sanction) -> datetime | None:
    """When it ends by itself; None where it doesn't, or has nothing to end."""
    return None if sanction.kind == SanctionKind.WARNING else sanction.until


def issue(sanction: Sanction, now: datetime) -> Statement:
    """The statement of a new sanction."""
    return Statement.objects.create(
        code=secrets.token_urlsafe(CODE_BYTES),
        sanction=sanction,
        is_automated=sanction.decided_by is None,
        issued_at=now,
        updated_at=now,
        appeal_until=now + timedelta(days=settings.APPEAL_WITHIN_DAYS),
        **_built(sanction),
    )


def rebuild(sanction: Sanction, now: datetime) -> Statement:
    """Bring the statement in line with what was decided about its sanction."""
    statement = sanction.statement
    for name, value in _built(sanction).items():
        setattr(statement, name, value)
    statement.is_automated = sanction.decided_by is None
    statement.updated_at = now
    statement.save()
    return statement


def describe(statement: Statement) -> StatementText:
    """The statement in the active language."""
    sanction = statement.sanction
    return StatementText(
        title=sanction.policy.shown_title,
        policy=sanction.policy.shown_text,
        facts=" ".join((_what(sanction), _decided(sanction))),
        length=_length(sanction),
        decided=_decided(sanction),
    )


def facts(sanction: Sanction) -> str:
    """What happened, in the active language, from what is stored and nothing else."""
    return " ".join((_what(sanction), _decided(sanction), _length(sanction)))[:FACTS_MAX]


def _what(sanction: Sanction) -> str:
    report = sanction.report
    values = {
        "date": sanction.starts_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "title": sanction.policy.shown_title,
    }
    if report is not None and report.findings.exists():
        return _("An automatic check found this on %(date)s: %(title)s.") % values
    # The same words with a report and without one: nobody learns that they were reported.
    return _("A moderator decided on %(date)s: %(title)s.") % values


def dsa_fields(sanction: Sanction) -> dict[str, Any]:
    """The sanction in the EU Transparency Database's own names; no personal data.

    `puid` is the sanction's id, never the statement's code: that one opens the statement.
    """
    policy, report = sanction.policy, sanction.report
    is_found = report is not None and report.findings.exists()
    fields: dict[str, Any] = {
        "decision_account": "DECISION_ACCOUNT_TERMINATED"
        if sanction.kind == SanctionKind.EXPULSION
        else "DECISION_ACCOUNT_SUSPENDED",
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": policy.title[:500],
        "incompatible_content_explanation": policy.text[:2000],
        "incompatible_content_illegal": "No",
        "content_type": [_content_type(report)],
        "category": policy.dsa_category,
        "category_specification": list(policy.dsa_keywords),
        "content_language": "EN",
        "content_date": _day(report.opened_at if report else sanction.starts_at),
        "application_date": _day(sanction.starts_at),
        "source_type": "SOURCE_VOLUNTARY"
        if is_found or report is None or report.opened_by == Opener.STAFF
        else "SOURCE_TYPE_OTHER_NOTIFICATION",
        "automated_detection": "Yes" if is_found else "No",
        "automated_decision": _automated_decision(sanction, is_found=is_found),
        "puid": sanction.id.hex,
    }
    if settings.STATEMENT_TERRITORY:
        fields["territorial_scope"] = list(settings.STATEMENT_TERRITORY)
    end = sanction.lifted_at or sanction.until
    if end is not None:
        fields["end_date_account_restriction"] = _day(end)
    return fields


def _built(sanction: Sanction) -> dict[str, Any]:
    # What is exported and audited is in one language; `describe` speaks the reader's.
    with override("en"):
        text = facts(sanction)
    if sanction.kind == SanctionKind.WARNING:
        # Statements of reasons for the database are about restrictions (Art. 17(1)), and it takes
        # no row without one. The person gets theirs all the same.
        return {"facts": text, "dsa": {}}
    return {"facts": text, "dsa": dsa_fields(sanction) | {"decision_facts": text}}


def _automated_decision(sanction: Sanction, *, is_found: bool) -> str:
    if sanction.decided_by is None:
        return "AUTOMATED_DECISION_FULLY"
    return "AUTOMATED_DECISION_PARTIALLY" if is_found else "AUTOMATED_DECISION_NOT_AUTOMATED"


def _content_type(report: Report | None) -> str:
    if report is None:
        return "CONTENT_TYPE_OTHER"
    finding = report.findings.first()
    is_picture = report.mode == "video"
    if finding is not None:
        # What is found in lines is not a matter of thresholds.
        is_picture = bool(finding.thresholds_version)
    return "CONTENT_TYPE_VIDEO" if is_picture else "CONTENT_TYPE_TEXT"


def _decided(sanction: Sanction) -> str:
    if sanction.lifted_at is not None:
        return _("It was looked at again and taken back.")
    if sanction.decided_by is None:
        return _("The decision was automatic; no person has looked at it yet.")
    if sanction.strike == Strike.CONFIRMED:
        return _("A person has looked at it and confirmed it.")
    return _("A person decided it.")


def _length(sanction: Sanction) -> str:
    if sanction.lifted_at is not None:
        return _("It no longer holds.")
    match SanctionKind(sanction.kind):
        case SanctionKind.WARNING:
            return _("This is a warning: you can go on talking to people.")
        case SanctionKind.EXPULSION:
            return _("It holds for ever.")
        case SanctionKind.HOLD:
            return _("It holds until a person decides.")
        case SanctionKind.SUSPENSION:
            until = sanction.until
            assert until is not None  # the table's constraint
            return _("It holds until %(until)s.") % {
                "until": until.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
            }


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
