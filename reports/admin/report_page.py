"""Everything the report page shows, read in one place so that nothing sealed slips in.

Rows of other reports and sanctions come through `visible_to` like everywhere else: history must
not tell a moderator that a sealed report exists (I11).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from reports import snapshot_json
from reports.admin.legal_holds import of_report
from reports.admin.report_rows import (
    current_priority,
    due,
    holder,
    row_of,
    with_counts,
)
from reports.admin.reporters import record_words
from reports.admin.sanctions import state_label, state_tone, until_label
from reports.house_rules import policies
from reports.incoming import reliability
from reports.models import Decision, MachineFinding, Report, Sanction, SanctionKind, State
from reports.reviewing import wave_candidates
from reports.roles import Right, has_right
from reports.rules import Rule
from reports.snapshots import Score, Snapshot

HISTORY_MAX = 12
AGE_LABEL = "age"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """An earlier report or sanction of the same person or device."""

    at: datetime
    title: str
    url: str
    state: str
    tone: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """A classifier's answer in words."""

    label: str
    value: str


def head(report: Report, now: datetime) -> dict[str, Any]:
    """What stands at the top: rule, source, priority, state, holder, service level."""
    row = row_of(report, now)
    return {
        "title": row.title,
        "code": row.code,
        "priority": current_priority(report, now),
        "source": row.source,
        "state": row.state,
        "state_tone": row.state_tone,
        "is_sealed": row.is_sealed,
        "was_pressed": row.was_pressed,
        "is_overdue": row.is_overdue,
        "due": due(report, now) if report.state != State.CLOSED else "",
        "holding": holder(report, now),
    }


def context(report: Report, user: User, now: datetime) -> dict[str, Any]:
    """The frozen context: lines of the last minutes, times, people as ids, scores, notes."""
    snapshot = snapshot_json.decode(report.snapshot)
    return {
        "lines": snapshot.lines,
        "facts": _facts(report, snapshot),
        "ids": _ids(report),
        "factors": _factors(report, now),
        "matches": [
            {
                "entry": hit.entry.short_id,
                "url": reverse("admin:reports_bankentry_change", args=(hit.entry.public_id,)),
                "bank": hit.entry.bank.name,
                "distance": hit.distance,
                "orientation": hit.orientation,
                "crop": hit.crop,
            }
            for hit in report.bank_hits.select_related("entry__bank").order_by("distance")
        ],
        "findings": [_finding(finding) for finding in report.findings.order_by("at")],
        "reporters": _reporters(report, user),
        "history": history(report, user, now),
        **staff_notes(report),
        # What was said of the other side may be sealed where this report isn't.
        "decisions": Decision.objects.visible_to(user)
        .filter(report=report)
        .select_related("decided_by", "policy")
        .order_by("at"),
        "in_force": _in_force(report, user, now),
        **_alike(report, user, now),
        **of_report(report, user, now),
        "new_sanction_url": _new_sanction_url(report, user),
    }


def staff_notes(report: Report) -> dict[str, Any]:
    """What staff wrote for each other, oldest first."""
    return {"notes": list(report.staff_notes.select_related("written_by"))}


def history(report: Report, user: User, now: datetime) -> list[HistoryItem]:
    """Other reports and sanctions of this participant or device, newest first."""
    reports = (
        Report.objects.visible_to(user)
        .filter(
            Q(subject_participant=report.subject_participant)
            | Q(subject_device=report.subject_device)
        )
        .exclude(pk=report.pk)
    )
    items = [_past_report(other, now) for other in with_counts(reports)[:HISTORY_MAX]]
    items += [_past_sanction(other) for other in _sanctions(report, user)[:HISTORY_MAX]]
    return sorted(items, key=lambda item: item.at, reverse=True)[:HISTORY_MAX]


def _alike(report: Report, user: User, now: datetime) -> dict[str, Any]:
    """How many others are about the same lines, or about people of the same network, for who may
    decide them together."""
    if not has_right(user, Right.DECIDE_WAVES):
        return {"alike": 0, "neighbours": 0}
    chooser, network = reverse("admin:reports_wave_new"), report.subject_prefix
    others = wave_candidates.alike(report, user, now).exclude(pk=report.pk)
    neighbours = wave_candidates.of_network(network, user, now).exclude(pk=report.pk)
    return {
        "alike": others.count() if report.line_keys else 0,
        "alike_url": f"{chooser}?{urlencode({'like': str(report.pk)})}",
        "neighbours": neighbours.count(),
        "neighbours_url": f"{chooser}?{urlencode({'network': network})}",
    }


def _sanctions(report: Report, user: User) -> Any:
    return (
        Sanction.objects.visible_to(user)
        .filter(Q(participant=report.subject_participant) | Q(device=report.subject_device))
        .select_related("policy", "decided_by")
        .order_by("-starts_at")
    )


def _in_force(report: Report, user: User, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "kind": sanction.get_kind_display(),
            "until": _until(sanction),
            "url": reverse("admin:reports_sanction_change", args=(sanction.pk,)),
            "about": _("%(policy)s, by %(who)s")
            % {"policy": sanction.policy.shown_title, "who": _who(sanction)},
        }
        for sanction in _sanctions(report, user).in_force(now)
    ]


def _new_sanction_url(report: Report, user: User) -> str:
    if not has_right(user, Right.SANCTION):
        return ""
    person = {
        "participant": str(report.subject_participant),
        "device": str(report.subject_device),
    }
    return f"{reverse('admin:reports_sanction_new')}?{urlencode(person)}"


def _until(sanction: Sanction) -> str:
    """Its end as it reads where no heading says "until"."""
    return _("until %s") % until_label(sanction) if sanction.until else until_label(sanction)


def _who(sanction: Sanction) -> str:
    return sanction.decided_by.get_username() if sanction.decided_by else _("machine")


def _ids(report: Report) -> list[tuple[str, str]]:
    return [
        (_("Participant"), str(report.subject_participant)),
        (_("Device"), str(report.subject_device)),
        (_("Partner"), str(report.partner_participant or _("nobody: a camera check"))),
        (_("Conversation"), str(report.conversation)),
    ]


def _facts(report: Report, snapshot: Snapshot) -> list[tuple[str, str]]:
    return [
        (_("Opened (UTC)"), _at(report.opened_at)),
        (_("Mode"), snapshot.mode),
        (_("Pool"), snapshot.pool),
        (_("Started"), _at(snapshot.started_at)),
        (_("Frozen"), _at(snapshot.taken_at)),
    ]


def _factors(report: Report, now: datetime) -> list[dict[str, Any]]:
    factors = [
        {
            "points": f"{factor['points']:+.0f}",
            "reason": str(factor["reason"]),
            "counts": abs(factor["points"]) >= 0.5,
        }
        for factor in report.factors
    ]
    waited = current_priority(report, now) - report.priority
    if waited >= 0.5:
        waits = _("it has waited for %s") % timesince(report.opened_at, now, depth=1)
        factors.append({"points": f"{waited:+.0f}", "reason": waits, "counts": True})
    return factors


def _finding(finding: MachineFinding) -> dict[str, Any]:
    snapshot = snapshot_json.decode(finding.snapshot)
    return {
        "at": finding.at,
        "scores": [_score(score) for score in snapshot.scores],
        "model_version": finding.model_version,
        "thresholds_version": finding.thresholds_version,
        "is_unsure": finding.rule == Rule.NUDITY and not finding.was_cut,
    }


def _score(score: Score) -> ScoreLine:
    is_age = score.label == AGE_LABEL
    value = _("%.1f years") % score.value if is_age else f"{score.value:.2f}"
    return ScoreLine(label=score.label.replace("_", " ").lower(), value=value)


def _reporters(report: Report, user: User) -> list[dict[str, Any]]:
    rows = list(report.reporters.order_by("at"))
    records = reliability.records({row.device for row in rows}, user)
    may_manage = has_right(user, Right.MANAGE_REPORTERS)
    return [
        {
            "at": row.at,
            "title": policies.title(Rule(row.rule)),
            "note": row.note,
            "record": record_words(records[row.device]),
            "is_newcomer": row.is_newcomer,
            "is_set_aside": row.set_aside_by_id is not None,
            "url": reverse("admin:reports_reportermeasure_change", args=(row.device,))
            if may_manage
            else "",
        }
        for row in rows
    ]


def _past_report(report: Report, now: datetime) -> HistoryItem:
    row = row_of(report, now)
    return HistoryItem(
        at=report.opened_at,
        title=_("Report: %s") % row.title,
        url=row.url,
        state=row.state,
        tone=row.state_tone,
        detail=row.source,
    )


def _past_sanction(sanction: Sanction) -> HistoryItem:
    is_warning = sanction.kind == SanctionKind.WARNING
    words = _("Warning: %s") if is_warning else _("Sanction: %s")
    return HistoryItem(
        at=sanction.starts_at,
        title=words % sanction.policy.shown_title,
        url=reverse("admin:reports_sanction_change", args=(sanction.pk,)),
        state=state_label(sanction),
        tone=state_tone(sanction),
        detail=_until(sanction),
    )


def _at(at: datetime) -> str:
    return date_format(at, "j M, H:i:s")
