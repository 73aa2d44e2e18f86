"""What else may be done about a report while it is in hand: the other side, and the reporters.

Each is an act of its own, on the version that was seen; the report itself is decided afterwards.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin import report_decision
from reports.admin.pages import acting_user, back, protected
from reports.admin.report_within import PagesWithin, address
from reports.forms import ConfirmForm, ReasonForm
from reports.house_rules import policies
from reports.incoming import reporters
from reports.models import MeasureKind, Report, Reporter
from reports.reviewing import desk, handling, other_side
from reports.reviewing.narrowing import Chosen
from reports.reviewing.review import Effect
from reports.roles import NotAllowedError, Right, has_right
from reports.rules import Rule
from reports.sanctions import enforcement

REPORTER_ACT = "admin:reports_report_reporter"
OTHER = "other"
"""The prefix that keeps the other side's form apart from the decision's."""

_OTHER_SIDE = {
    Effect.DONE: gettext_lazy("Done for the other side. Now decide this one."),
    Effect.PROPOSED: gettext_lazy(
        "Proposed for the other side: the policy is lighter than what their report is about, and "
        "a second person agrees first. Now decide this one."
    ),
}
_REFUSED = (
    handling.ReviewError,
    enforcement.EnforcementError,
    other_side.OtherSideError,
    reporters.ReporterError,
    NotAllowedError,
)


class AlsoActs(PagesWithin):
    """Further acts; each leads back to the report."""

    @protected
    @method_decorator(require_POST)
    def other_side(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The partner broke a rule, too."""
        self.row(request, pk)
        user = acting_user(request)
        form = other_form(user, request.POST)
        if not form.is_valid():
            said = _("Choose policy and length for the other side, and give a reason.")
            return back(request, self.within(request, "change", pk), said=said, went_well=False)
        return self._also(
            request,
            pk,
            lambda version: _OTHER_SIDE[
                other_side.sanction(
                    pk,
                    version=version,
                    policy=form.cleaned_data["policy"],
                    length=form.length(),
                    reason=form.cleaned_data["reason"],
                    acting_user=user,
                    now=timezone.now(),
                )
            ],
        )

    @protected
    @method_decorator(require_POST)
    def reporter(self, request: HttpRequest, pk: UUID, number: int, act: str) -> HttpResponse:
        """Warn, mute or set aside the `number`th reporter, from 1 on."""
        row, user = self.row(request, pk), acting_user(request)
        found = dict(enumerate(_reporters(row), start=1)).get(number)
        may_manage = has_right(user, Right.MANAGE_REPORTERS)
        if found is None or act not in MeasureKind.values or not may_manage:
            raise Http404
        form = ReasonForm(request.POST)
        if not form.is_valid():
            said = _("Give a reason.")
            return back(request, self.within(request, "change", pk), said=said, went_well=False)
        reason = form.cleaned_data["reason"]

        def measure(version: int) -> Promise:
            desk.measure_reporter(
                found.pk,
                MeasureKind(act),
                version=version,
                reason=reason,
                acting_user=user,
                now=timezone.now(),
            )
            return gettext_lazy("Done. The report counts what is left.")

        return self._also(request, pk, measure)

    def _also(self, request: HttpRequest, pk: UUID, act: Callable[[int], Promise]) -> HttpResponse:
        """Do it; `act` answers with what to say of it."""
        version = report_decision.version(request)
        try:
            said = str(act(version))
        except _REFUSED as error:
            return back(
                request, self.within(request, "change", pk), said=str(error), went_well=False
            )
        return back(request, self.within(request, "change", pk), said=said)


def other_form(user: User, data: Any = None) -> ConfirmForm:
    """The decision form for the other side, where nothing stands that could be kept."""
    form = ConfirmForm(data, user=user, prefix=OTHER, may_keep=False, may_leave_out=True)
    for name, field in form.fields.items():
        # The keys lead to the decision's own fields.
        field.widget.attrs.pop("data-key", None)
        field.widget.attrs["data-testid"] = f"{OTHER}-{name}"
    return form


def context(report: Report, user: User, within: Chosen) -> dict[str, Any]:
    """The further acts that the account may do; none of what it may not. They stay `within`."""
    may_manage = has_right(user, Right.MANAGE_REPORTERS)
    return {
        "other_form": other_form(user)
        if report.partner_participant and has_right(user, Right.DECIDE)
        else None,
        "other_url": address(reverse("admin:reports_report_other_side", args=(report.pk,)), within),
        "measurable": [
            {
                "title": policies.title(Rule(row.rule)),
                "at": row.at,
                "acts": [
                    (act, label, address(reverse(REPORTER_ACT, args=(*where, act)), within))
                    for act, label in _labels()
                ],
            }
            for number, row in enumerate(_reporters(report), start=1)
            for where in [(report.pk, number)]
        ]
        if may_manage
        else [],
        "same_talk": [
            {
                "title": policies.title(Rule(other.rule)),
                "url": reverse("admin:reports_report_change", args=(other.pk,)),
                "state": report_decision.ending(other),
            }
            for other in Report.objects.visible_to(user)
            .filter(conversation=report.conversation)
            .exclude(subject_participant=report.subject_participant)
        ],
    }


def _reporters(report: Report) -> QuerySet[Reporter]:
    # By their place in the report: numbers of their own would tell of those in sealed ones (I11).
    return report.reporters.order_by("at", "pk")


def _labels() -> list[tuple[str, str]]:
    return [
        (MeasureKind.INVALIDATED.value, _("Set aside")),
        (MeasureKind.WARNED.value, _("Warn")),
        (MeasureKind.MUTED.value, _("Mute for a day")),
    ]
