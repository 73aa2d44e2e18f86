"""The sample for prevalence in the console: a frame at a time, covered until a deliberate step."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reports import retention
from reports.admin import report_evidence
from reports.admin.exposure_words import full_words
from reports.admin.measures import card, measure_address
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.evidence_room.envelopes import SealError
from reports.evidence_room.exposure import LimitError
from reports.evidence_room.renditions import RenditionError
from reports.house_rules.retention_rules import Kept
from reports.measures import prevalence
from reports.measures.catalogue import Page
from reports.measures.scope import scope_of
from reports.models import PrevalenceFrame
from reports.prevalence import judging, viewing
from reports.prevalence.memory import MemoryAwayError, frame_memory
from reports.prevalence_forms import PrevalenceForm
from reports.roles import NotAllowedError, Right, has_right

MEASURED_DAYS = 90
REFUSED = (
    judging.PrevalenceError,
    viewing.ViewingError,
    MemoryAwayError,
    NotAllowedError,
    SealError,
)

_REFUSALS = (
    (viewing.NotTakenError, gettext_lazy("Take it first; the time for it may be over."), 403),
    (viewing.NotGreyYetError, gettext_lazy("Look at it in grey first."), 403),
    (
        viewing.NoKeyError,
        gettext_lazy("Frames open only in the process that has the key."),
        503,
    ),
    (MemoryAwayError, gettext_lazy("The memory is away; try again in a moment."), 503),
    (judging.GoneError, gettext_lazy("This picture was destroyed meanwhile."), 410),
)


class PrevalencePages(ServicePages):
    """For who decides reports and may open what is sealed."""

    right = Right.DECIDE

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and has_right(
            request.user, Right.OPEN_EVIDENCE
        )

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("next/", self.next, "next"),
            self.page("<uuid:pk>/", self.frame_page, "change"),
            self.page("<uuid:pk>/answer/", self.answer, "answer"),
            self.page("<uuid:pk>/give-back/", self.give_back, "give_back"),
            self.page("<uuid:pk>/mosaic/", self.mosaic, "mosaic"),
            self.page("<uuid:pk>/original/", self.original, "original"),
        ]

    @protected
    @method_decorator(require_safe)
    def list_page(self, request: HttpRequest) -> HttpResponse:
        """How many wait, and what came of those before."""
        self.require(request)
        user, now = acting_user(request), timezone.now()
        table = prevalence.overlooked(scope_of(user, days=MEASURED_DAYS, now=now))
        context = {
            "title": _("Prevalence frames"),
            "waiting": judging.waiting_for(user, now).count(),
            "held": judging.held(user, now),
            "next_url": self.link("next"),
            "days": retention.rules().times[Kept.PREVALENCE].days,
            "card": card(table, measure_address(Page.MACHINE, table.name, MEASURED_DAYS)),
        }
        return self._page(request, "reports/admin/prevalence.html", context)

    @protected
    @method_decorator(require_safe)
    def frame_page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """One frame, for who holds it."""
        return self._judging(request, self._held(request, pk), PrevalenceForm())

    @protected
    @method_decorator(require_POST)
    def next(self, request: HttpRequest) -> HttpResponse:
        """Take the next frame."""
        self.require(request)
        row = judging.take_next(acting_user=acting_user(request), now=timezone.now())
        if row is None:
            return back(request, self.link("changelist"), said=_("Nothing waits for you now."))
        return back(request, self.link("change", row.pk))

    @protected
    @method_decorator(require_POST)
    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What the frame breaks, or nothing; then the next one."""
        self.require(request)
        form, user = PrevalenceForm(request.POST), acting_user(request)
        if not form.is_valid():
            return self._judging(request, self._held(request, pk), form, status=422)
        policy, now = form.cleaned_data["policy"], timezone.now()
        said = _("Thank you. Your answer is kept as a number.")
        if policy is not None and judging.makes_report(policy):
            said = _("A report was made of it. The picture is its evidence now.")
        return self._act(
            request,
            lambda: judging.answer(
                pk,
                policy,
                memory=frame_memory(),
                keyring=viewing.keyring(),
                acting_user=user,
                now=now,
            ),
            said,
        )

    @protected
    @method_decorator(require_POST)
    def give_back(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Leave it to somebody else."""
        self.require(request)
        user, now = acting_user(request), timezone.now()
        said = _("Given back. Somebody else will judge it.")
        return self._act(request, lambda: judging.give_back(pk, acting_user=user, now=now), said)

    @protected
    @method_decorator(require_safe)
    def mosaic(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """The frame in tiles."""
        self.require(request)
        user, now = acting_user(request), timezone.now()
        return _served(lambda: viewing.open_mosaic(pk, frame_memory(), acting_user=user, now=now))

    @protected
    @method_decorator(require_POST)
    def original(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """The frame watermarked and grey, in colour with `look=colour`."""
        self.require(request)
        user, in_colour = acting_user(request), request.POST.get("look") == "colour"
        return _served(
            lambda: viewing.open_original(
                pk, frame_memory(), in_colour=in_colour, acting_user=user, now=timezone.now()
            )
        )

    def _held(self, request: HttpRequest, pk: UUID) -> PrevalenceFrame:
        self.require(request)
        row = judging.held(acting_user(request), timezone.now())
        if row is None or row.pk != pk:
            raise Http404
        return row

    def _act(self, request: HttpRequest, act: Callable[[], object], said: str) -> HttpResponse:
        try:
            act()
        except REFUSED as error:
            return back(request, self.link("changelist"), said=str(error), went_well=False)
        return back(request, self.link("changelist"), said=said)

    def _judging(
        self, request: HttpRequest, row: PrevalenceFrame, form: PrevalenceForm, status: int = 200
    ) -> HttpResponse:
        # Nothing of what the machine said, nor whether somebody else has answered.
        exhibit = {
            "id": row.pk,
            "kind": "frame",
            "caption": date_format(row.captured_at, "j M"),
            "mosaic_url": self.link("mosaic", row.pk),
            "open_url": self.link("original", row.pk),
            "purpose": report_evidence.FOR_QUALITY,
        }
        context = {
            "title": _("Prevalence frame"),
            "exhibit": exhibit,
            "form": form,
            "answer_url": self.link("answer", row.pk),
            "give_back_url": self.link("give_back", row.pk),
        }
        return self._page(request, "reports/admin/prevalence_frame.html", context, status)

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**frame, **context}, status=status)


def _served(show: Callable[[], viewing.Shown]) -> HttpResponseBase:
    try:
        shown = show()
    except LimitError as error:
        return report_evidence.plain(full_words(error.full), 429)
    except (*REFUSED, RenditionError) as error:
        for kind, text, status in _REFUSALS:
            if isinstance(error, kind):
                return report_evidence.plain(str(text), status)
        return report_evidence.plain(_("This picture can't be shown."), 404)
    return report_evidence.served(
        shown.data,
        viewing.MEDIA_TYPE,
        on_sent=lambda: viewing.mark_served(shown.view, now=timezone.now()),
    )
