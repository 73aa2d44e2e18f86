"""Choosing what is decided together: by rule, by network, like one report, or as ticked in the
queue's list."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from reports.admin.report_rows import row_of, with_counts
from reports.forms import LENGTHS, ConfirmForm
from reports.house_rules import policies
from reports.incoming.likeness import KEY_BYTES
from reports.models import Policy, Report
from reports.reviewing import wave_candidates, waves
from reports.reviewing.waves import Pick
from reports.rules import Rule
from reports.sanctions.ladder import Length


class WaveForm(ConfirmForm):
    """One policy, length and reason for all that is ticked."""

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, may_keep=True, may_leave_out=True, **options)
        policy, length = self.fields["policy"], self.fields["sanction"]
        assert isinstance(policy, forms.ModelChoiceField)
        assert isinstance(length, forms.ChoiceField)
        policy.queryset = Policy.objects.filter(
            is_current=True, is_child_safety=False, needs_two_to_dismiss=False
        ).order_by("title")
        # Nothing is chosen beforehand: what people reported has no length that a machine gave.
        length.choices = [
            ("", _("Choose the length")),
            *((one.value, LENGTHS[one]) for one in Length if one is not Length.FOR_EVER),
        ]


_KEY = re.compile(f"[0-9a-f]{{{2 * KEY_BYTES}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an address asks for; `picked` are those ticked in the queue's list."""

    rule: str
    network: str
    like: Report | None
    picked: tuple[UUID, ...]

    def __bool__(self) -> bool:
        return bool(self.rule or self.network or self.like or self.picked)

    def reports(self, user: User, now: datetime) -> QuerySet[Report]:
        """The fitting reports that meet all that is asked for; none where nothing is."""
        if not self:
            return Report.objects.none()
        found = wave_candidates.fitting(user, now)
        if self.like is not None:
            found = wave_candidates.alike(self.like, user, now)
        if self.picked:
            found = found.filter(pk__in=self.picked)
        if self.network:
            found = found.filter(subject_prefix=self.network)
        return found.filter(rule=self.rule) if self.rule else found


def asked_for(request: HttpRequest) -> Choice:
    """The choice that the address names; 404 for a report that the account may not know of."""
    rule, network = request.GET.get("rule", ""), request.GET.get("network", "")
    return Choice(
        rule=rule if rule in list(Rule) else "",
        network=network if _KEY.fullmatch(network) else "",
        like=_like(request),
        picked=tuple(_id(value) for value in request.GET.getlist("pick")[: waves.WAVE_MAX]),
    )


def context(request: HttpRequest, choice: Choice, user: User, now: datetime) -> dict[str, Any]:
    """What there is to choose from, and what fits the choice, ticked unless it was unticked."""
    found = with_counts(choice.reports(user, now)).order_by("-rank")[: waves.WAVE_MAX]
    ticked = set(request.POST.getlist("report")) if request.method == "POST" else None
    rows = [(row_of(report, now), f"{report.pk}:{report.version}") for report in found]
    return {
        "rows": [
            {"row": row, "value": value, "is_ticked": ticked is None or value in ticked}
            for row, value in rows
        ],
        "left_out": max(0, len(choice.picked) - len(rows)),
        "picked": choice.picked,
        "rule": choice.rule,
        "rules": [(one.value, policies.title(one)) for one in Rule],
        "network": choice.network,
        "networks": wave_candidates.networks(user, now),
        "like": str(choice.like.pk)[:8] if choice.like else "",
        "like_id": choice.like.pk if choice.like else "",
        "is_chosen": bool(choice),
        "most": waves.WAVE_MAX,
        "token": request.POST.get("token") or str(uuid4()),
    }


def token(request: HttpRequest) -> UUID:
    """The form's token; 404 for what no page of ours sends."""
    return _id(request.POST.get("token", ""))


def picks(request: HttpRequest) -> list[Pick]:
    """What was ticked, as `id:version`; 404 for what no page of ours sends."""
    found = []
    for value in dict.fromkeys(request.POST.getlist("report")):
        report, _colon, version = value.partition(":")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Http404
        found.append(Pick(report=_id(report), version=int(version)))
    return found


def _like(request: HttpRequest) -> Report | None:
    if not request.GET.get("like"):
        return None
    report = Report.objects.visible_to(request.user).filter(pk=_id(request.GET["like"])).first()
    if report is None:
        raise Http404
    return report


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise Http404 from None
