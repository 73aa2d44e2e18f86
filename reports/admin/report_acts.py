"""What staff do about a report, one POST address each, and where they are afterwards.

A decision that asks for it (`go_on`) answers with the next report, already claimed: from one Enter
to the next report is one round trip. Whoever lost a race is told to whom, and goes on likewise.
Who works through a filter stays within it (`report_within`), until it is worked off.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reports.admin import report_decision, report_page, report_saved_filters, report_within
from reports.admin.pages import acting_user, back, protected
from reports.admin.report_within import PagesWithin
from reports.forms import ConfirmForm, NoteForm, ReasonForm, SkipForm
from reports.models import Report, State
from reports.reviewing import claims, desk, handling, notes, review
from reports.reviewing.review import Effect
from reports.roles import NotAllowedError
from reports.sanctions import enforcement

_CONFIRMING = {
    Effect.DONE: gettext_lazy("Confirmed. The person's statement says so."),
    Effect.PROPOSED: gettext_lazy(
        "Proposed. This policy is lighter than what the report is about: a second person agrees "
        "first, and nothing has changed yet."
    ),
}
_DISMISSING = {
    Effect.DONE: gettext_lazy("Dismissed. What it led to is lifted."),
    Effect.PROPOSED: gettext_lazy("Proposed. It is dismissed when a second person agrees."),
}

LOST = (handling.ReviewError, NotAllowedError, enforcement.TwoPeopleNeededError)


class ReportActs(PagesWithin):
    """Claiming, skipping and deciding; `again` shows the page once more, with a form's errors."""

    @protected
    @method_decorator(require_POST)
    def next(self, request: HttpRequest) -> HttpResponse:
        """Go to the report in hand, or claim the most urgent one within the filter and go there."""
        self.require(request)
        return self._go_on(request, self.link("changelist"))

    @protected
    @method_decorator(require_safe)
    def worked_off(self, request: HttpRequest) -> HttpResponse:
        """The filter one works through has nothing more for them; one key goes on with all."""
        self.require(request)
        choice = report_within.chosen(request)
        if not choice:
            raise Http404
        user, now = acting_user(request), timezone.now()
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Worked off"),
            "next_url": self.link("next"),
            **report_within.context(choice, user, now),
            **report_saved_filters.chips(choice, user, now),
        }
        return TemplateResponse(request, "reports/admin/report_worked_off.html", context)

    @protected
    @method_decorator(require_POST)
    def claim(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Claim this report; whoever was too late is told who was faster, and gets the next."""
        self.row(request, pk)
        version = report_decision.version(request)
        try:
            claims.claim(pk, version=version, acting_user=acting_user(request), now=timezone.now())
        except handling.LostRaceError as error:
            return self._go_on(request, self._home(request, pk), said=str(error), went_well=False)
        except LOST as error:
            return back(request, self._home(request, pk), said=str(error), went_well=False)
        return back(request, self.within(request, "change", pk))

    @protected
    @method_decorator(require_POST)
    def heartbeat(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Keep the claim; 409 when somebody else has it now."""
        self.row(request, pk)
        try:
            until = claims.heartbeat(pk, acting_user=acting_user(request), now=timezone.now())
        except handling.LostRaceError as error:
            return JsonResponse({"winner": error.winner}, status=409)
        return JsonResponse({"until": until.isoformat()})

    @protected
    @method_decorator(require_POST)
    def skip(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Give the report back, for another: skipping is no penalty."""
        self.row(request, pk)
        user, now, form = acting_user(request), timezone.now(), SkipForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        try:
            claims.skip(pk, reason=reason, acting_user=user, now=now)
        except LOST as error:
            return back(
                request, self.within(request, "change", pk), said=str(error), went_well=False
            )
        return self._onward(
            request, self.link("changelist"), said=_("Skipped. It waits for another.")
        )

    @protected
    @method_decorator(require_POST)
    def confirm(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The rule was broken: policy, length, reason."""
        row, user = self.row(request, pk), acting_user(request)
        form = _form(row, user, request)
        if not form.is_valid():
            return self._undecided(request, row, form)
        return self._decide(
            request,
            row,
            form,
            lambda: _CONFIRMING[
                review.confirm(
                    pk,
                    version=report_decision.version(request),
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
    def dismiss(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """No rule was broken: what it led to is lifted at once."""
        row, user = self.row(request, pk), acting_user(request)
        return self._decide_for_a_reason(
            request,
            row,
            lambda reason: _DISMISSING[
                review.dismiss(
                    pk,
                    version=report_decision.version(request),
                    reason=reason,
                    acting_user=user,
                    now=timezone.now(),
                )
            ],
        )

    @protected
    @method_decorator(require_POST)
    def escalate(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Hand it on: to a lead, or sealed to the child-safety team."""
        row, user = self.row(request, pk), acting_user(request)

        def hand_on(reason: str) -> Promise:
            review.escalate(
                pk,
                version=report_decision.version(request),
                reason=reason,
                acting_user=user,
                now=timezone.now(),
                to_child_safety=request.POST.get("to") == "child_safety",
            )
            return gettext_lazy("Escalated.")

        return self._decide_for_a_reason(request, row, hand_on)

    @protected
    @method_decorator(require_POST)
    def note(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Add a note; the page's script asks for the `part` of the page that shows them."""
        row, user, form = self.row(request, pk), acting_user(request), NoteForm(request.POST)
        if form.is_valid():
            notes.write(pk, form.cleaned_data["text"], acting_user=user, now=timezone.now())
            form = NoteForm()
        status = 422 if form.errors else 200
        if request.POST.get("part") == "1":
            case = {**report_page.staff_notes(row), "note_url": self.within(request, "note", pk)}
            parts = {"case": case, "note_form": form}
            return TemplateResponse(
                request, "reports/admin/report_notes.html", parts, status=status
            )
        if form.errors:
            context = {**self.context(request, row), "note_form": form}
            return self.render(request, row, context, status=status)
        return back(request, self.within(request, "change", pk), said=_("Noted."))

    def again(self, request: HttpRequest, row: Report, form: ConfirmForm) -> HttpResponse:
        """The report's page with what was wrong in the form."""
        raise NotImplementedError

    def _decide_for_a_reason(
        self, request: HttpRequest, row: Report, act: Callable[[str], Promise]
    ) -> HttpResponse:
        """`_decide` for what takes a reason, and neither policy nor length."""
        reason = ReasonForm(request.POST)
        form = _form(row, acting_user(request), request)
        if not reason.is_valid():
            return self._undecided(request, row, report_decision.only_reason_errors(form))
        return self._decide(request, row, form, lambda: act(reason.cleaned_data["reason"]))

    def _decide(
        self,
        request: HttpRequest,
        row: Report,
        form: ConfirmForm,
        act: Callable[[], Promise],
    ) -> HttpResponse:
        """Do it; `act` answers with what to say of it."""
        try:
            said = str(act())
        except enforcement.LengthError as error:
            form.add_error("sanction", str(error))
            return self.again(request, row, form)
        except LOST as error:
            return self._lost(request, row.pk, error)
        where = self._home(request, row.pk)
        told = said
        if where != self.link("changelist"):
            told = format_html('{} <a class="staff-link" href="{}">{}</a>', said, where, _code(row))
        return self._onward(request, where, said=told)

    def _undecided(self, request: HttpRequest, row: Report, form: ConfirmForm) -> HttpResponse:
        """Ask again, unless it was decided with the first of two clicks."""
        if _is_closed_by(row, acting_user(request)):
            return self._onward(request, self._home(request, row.pk))
        return self.again(request, row, form)

    def _lost(self, request: HttpRequest, pk: UUID, error: Exception) -> HttpResponse:
        row = self.get_object(request, str(pk))
        if row is not None and _is_closed_by(row, acting_user(request)):
            # The same form twice: the first one counted, and the page after it is the right one.
            return self._onward(request, self._home(request, pk), said=_("It is decided already."))
        return self._onward(request, self._home(request, pk), said=str(error), went_well=False)

    def _onward(
        self, request: HttpRequest, otherwise: str, *, said: str = "", went_well: bool = True
    ) -> HttpResponse:
        if request.POST.get("go_on") != "1":
            return back(request, otherwise, said=said, went_well=went_well)
        return self._go_on(request, otherwise, said=said, went_well=went_well)

    def _go_on(
        self, request: HttpRequest, otherwise: str, *, said: str = "", went_well: bool = True
    ) -> HttpResponse:
        user, now, choice = acting_user(request), timezone.now(), report_within.chosen(request)
        was_in_hand = desk.in_hand(acting_user=user, now=now) is not None
        report = desk.next_report(acting_user=user, now=now, within=choice)
        if report is not None:
            if choice and was_in_hand:
                said = said or _("You have this one in your hands. Decide it or skip it first.")
            target = self.within(request, "change", report.pk)
            return back(request, target, said=said, went_well=went_well)
        if choice:
            target = self.within(request, "worked_off")
            return back(request, target, said=said, went_well=went_well)
        if said:
            back(request, otherwise, said=said, went_well=went_well)
        return back(request, otherwise, said=_("Nothing waits for you now."))

    def _home(self, request: HttpRequest, pk: UUID) -> str:
        # What was sealed to the child-safety team is gone for who handed it on.
        if Report.objects.visible_to(request.user).filter(pk=pk).exists():
            return self.within(request, "change", pk)
        return self.link("changelist")


def _form(row: Report, user: User, request: HttpRequest) -> ConfirmForm:
    proposal = report_decision.propose(row, timezone.now())
    return report_decision.confirm_form(row, user, proposal, request.POST)


def _is_closed_by(row: Report, user: User) -> bool:
    return row.state == State.CLOSED and row.closed_by_id == user.pk


def _code(row: Any) -> str:
    return str(row.pk)[:8]
