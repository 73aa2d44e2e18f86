"""What an account may do about a report right now, and the form it does it with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.admin import report_macros
from reports.admin.report_macros import MacroChoice
from reports.forms import ConfirmForm
from reports.house_rules import policies
from reports.models import DecisionKind, Policy, Report, Sanction, State
from reports.models.sealing import Queue
from reports.reviewing import appeals
from reports.roles import Right, has_right
from reports.rules import Rule
from reports.sanctions.ladder import Length


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the machine did, or the rule suggests. `length` is "" where a person has to choose;
    `may_warn` is false where a warning would take back what stands."""

    policy: Policy
    standing: Sanction | None
    length: str
    may_warn: bool


def propose(report: Report, now: datetime) -> Proposal:
    """The decision that is offered first; nothing is done before a person presses for it."""
    standing = (
        report.sanctions.filter(lifted_at=None)
        .select_related("policy")
        .order_by("starts_at")
        .last()
    )
    policy = standing.policy if standing is not None else _policy(report)
    length = report_macros.suggested(report, standing, policy, now)
    return Proposal(policy=policy, standing=standing, length=length, may_warn=standing is None)


def confirm_form(
    report: Report,
    user: User,
    proposal: Proposal,
    data: Mapping[str, Any] | None = None,
    macro: MacroChoice | None = None,
) -> ConfirmForm:
    """The decision form, filled in with what the machine did, or with what a macro says."""
    standing = proposal.standing
    is_kept = standing is not None and report_macros.may_keep(standing)
    initial = {
        "policy": proposed.code if (proposed := _lighter(report)) else proposal.policy.code,
        "sanction": Length.AS_IS.value if is_kept else "",
        "version": report.version,
    }
    if macro is not None:
        initial["reason"] = macro.reason
        initial["sanction"] = macro.length or initial["sanction"]
    return ConfirmForm(
        data,
        user=user,
        initial=initial,
        may_keep=is_kept,
        may_leave_out=standing is None,
        may_warn=proposal.may_warn,
    )


def only_reason_errors(form: ConfirmForm) -> ConfirmForm:
    """The same form, with the reason's errors alone: dismissing needs no policy and no length."""
    for name in [name for name in form.errors if name != "reason"]:
        del form.errors[name]
    return form


def panel(report: Report, user: User, now: datetime) -> dict[str, Any]:
    """Which acts the page offers, and why not the others."""
    is_closed = report.state == State.CLOSED
    is_held = (
        report.state == State.CLAIMED
        and report.claimed_until is not None
        and report.claimed_until > now
    )
    is_mine = is_held and report.claimed_by_id == user.pk
    appeal = appeals.open_against(report).first() if report.outcome else None
    has_had_say = bool(report.outcome) and appeals.has_decided(report, user)
    may_take = report.state != State.ESCALATED or has_right(user, Right.TAKE_ESCALATED)
    return {
        "is_closed": is_closed,
        "is_mine": is_mine,
        "may_claim": not is_closed and not is_held and may_take and not has_had_say,
        "may_seal": report.queue == Queue.STANDARD,
        "may_confirm": has_right(user, Right.DECIDE),
        "may_propose": report.dismissal_proposed_by_id is None
        or (report.dismissal_proposed_by_id != user.pk and has_right(user, Right.DECIDE)),
        "appeal_url": reverse("admin:reports_appeal_change", args=(appeal.statement.sanction_id,))
        if appeal
        else "",
        "closing": _closing(report) if is_closed else "",
        "waits_because": _waits_because(report, may_take=may_take, has_had_say=has_had_say),
        "confirm_note": _("Confirming it under a lighter policy takes two people, too.")
        if report.is_safety_floor and report.dismissal_proposed_by is None
        else "",
        **_dismissal(report, user),
    }


def _dismissal(report: Report, user: User) -> dict[str, str]:
    takes_two = report.is_safety_floor or not has_right(user, Right.DECIDE)
    if not takes_two and report.dismissal_proposed_by is None:
        return {
            "dismiss_label": _("Dismiss"),
            "dismiss_note": _("Dismissing lifts what the report led to, at once."),
        }
    if report.dismissal_proposed_by is None:
        return {
            "dismiss_label": _("Propose dismissal"),
            "dismiss_note": _("Here a dismissal takes two people; nothing is lifted before."),
        }
    name = report.dismissal_proposed_by.get_username()
    if lighter := _lighter(report):
        words = {"name": name, "policy": lighter.shown_title}
        return {
            "dismiss_label": _("Dismiss"),
            "dismiss_note": _(
                "%(name)s has proposed to confirm it as “%(policy)s”, which is lighter. Confirming "
                "it so, or dismissing it, agrees that the grave thing was not there."
            )
            % words,
        }
    return {
        "dismiss_label": _("Agree to dismiss"),
        "dismiss_note": _("%s has proposed to dismiss it. Agreeing lifts what it led to.") % name,
    }


def _lighter(report: Report) -> Policy | None:
    """The lighter policy that somebody has proposed, and that waits for a second person."""
    if report.dismissal_proposed_by_id is None:
        return None
    made = report.decisions.filter(
        kind__in=(DecisionKind.DISMISSAL_PROPOSED, DecisionKind.LIGHTER_PROPOSED)
    ).select_related("policy")
    last = made.order_by("at", "pk").last()
    return last.policy if last else None


def ending(report: Report) -> str:
    """How a report ended, or that it waits."""
    return _closing(report) if report.state == State.CLOSED else _("It waits for a decision.")


def _closing(report: Report) -> str:
    assert report.closed_by is not None  # the table's constraint
    assert report.closed_at is not None
    return _("%(outcome)s by %(name)s on %(at)s UTC.") % {
        "outcome": report.get_outcome_display(),
        "name": report.closed_by.get_username(),
        "at": date_format(report.closed_at, "j M Y, H:i"),
    }


def _waits_because(report: Report, *, may_take: bool, has_had_say: bool) -> str:
    if has_had_say:
        return _("You decided this one; its appeal is for somebody else.")
    if report.state == State.ESCALATED and not may_take:
        return _("Escalated: a lead or the child-safety team takes it from here.")
    return ""


def _policy(report: Report) -> Policy:
    is_child_safety = report.queue == Queue.CHILD_SAFETY
    return policies.current(Rule(report.rule), is_child_safety=is_child_safety)


def version(request: HttpRequest) -> int:
    """The version that the form was shown with; 404 for what is none."""
    sent = request.POST.get("version", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise Http404
    return int(sent)
