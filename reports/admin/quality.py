"""Second decisions in the console: taken blind, discussed where they differ, drawn by leads."""

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reports.admin import quality_blind, report_evidence
from reports.admin.measures import card, measure_address
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.quality_rows import SHOWN, disputed, disputed_row, samples
from reports.evidence_room import viewing
from reports.house_rules import policies
from reports.measures import agreement
from reports.measures.catalogue import Page
from reports.measures.scope import scope_of
from reports.models import QualityItem, Resolution, State
from reports.quality_forms import (
    DiscussionForm,
    DrawForm,
    ResolutionForm,
    SecondDecisionForm,
)
from reports.reviewing import handling, quality, quality_drawing
from reports.roles import NotAllowedError, Right, has_right

SEED_BYTES = 16
AGREEMENT_DAYS = 90
REFUSED = (quality.QualityError, NotAllowedError, handling.ReviewError)


class QualityPages(ServicePages):
    """One page for everything that waits, and one per item."""

    right = Right.REVIEW

    def page_urls(self) -> list[URLPattern]:
        picture = "<uuid:pk>/evidence/<uuid:evidence_id>"
        return [
            self.page("next/", self.next, "next"),
            self.page("draw/", self.draw, "draw"),
            self.page("<uuid:pk>/", self.item_page, "change"),
            self.page("<uuid:pk>/answer/", self.answer, "answer"),
            self.page("<uuid:pk>/give-back/", self.give_back, "give_back"),
            self.page("<uuid:pk>/note/", self.note, "note"),
            self.page("<uuid:pk>/resolve/", self.resolve, "resolve"),
            self.page(f"{picture}/mosaic/", self.mosaic, "mosaic"),
            self.page(f"{picture}/original/", self.original, "original"),
        ]

    @protected
    @method_decorator(require_safe)
    def list_page(self, request: HttpRequest) -> HttpResponse:
        """What waits for this account, how far people agree, and what is disputed."""
        self.require(request)
        return self._overview(request, None)

    @protected
    @method_decorator(require_safe)
    def item_page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The blind page for who holds the item, the discussion once it is answered."""
        item, user = self._item(request, pk), acting_user(request)
        if item.held_by_id == user.pk:
            return self._blind(request, item, SecondDecisionForm(user=user))
        if not item.is_disputed:
            raise Http404
        return self._discussion(request, item)

    @protected
    @method_decorator(require_POST)
    def next(self, request: HttpRequest) -> HttpResponse:
        """Take the next item that this account may judge."""
        self.require(request)
        if not has_right(request.user, Right.DECIDE):
            raise Http404
        item = quality.take_next(acting_user=acting_user(request), now=timezone.now())
        if item is None:
            said = _("No second decision waits for you now.")
            return back(request, self.link("changelist"), said=said)
        return back(request, self.link("change", item.pk))

    @protected
    @method_decorator(require_POST)
    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The second decision; nothing follows for anybody."""
        item, user = self._item(request, pk), acting_user(request)
        form = SecondDecisionForm(request.POST, user=user)
        if not form.is_valid():
            if item.held_by_id != user.pk:
                raise Http404
            return self._blind(request, item, form, status=422)
        said = _("Thank you. Your decision is kept; nothing follows for anybody.")
        return self._act(
            request,
            lambda: quality.answer(
                pk,
                policy=form.cleaned_data["policy"],
                reason=form.cleaned_data["reason"],
                acting_user=user,
                now=timezone.now(),
            ),
            said,
        )

    @protected
    @method_decorator(require_POST)
    def give_back(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Leave it to somebody else."""
        self._item(request, pk)
        user, now = acting_user(request), timezone.now()
        said = _("Given back. Somebody else will judge it.")
        return self._act(request, lambda: quality.give_back(pk, acting_user=user, now=now), said)

    @protected
    @method_decorator(require_POST)
    def note(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A word in the discussion."""
        item, form = self._item(request, pk), DiscussionForm(request.POST)
        if not form.is_valid():
            return self._discussion(request, item, discussing=form)
        user, text = acting_user(request), form.cleaned_data["text"]
        return self._act(
            request,
            lambda: quality.discuss(pk, text=text, acting_user=user, now=timezone.now()),
            _("Said."),
            self.link("change", pk),
        )

    @protected
    @method_decorator(require_POST)
    def resolve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A lead settles it."""
        item, form = self._item(request, pk), ResolutionForm(request.POST)
        if not has_right(request.user, Right.LEAD_QUALITY):
            raise Http404
        if not form.is_valid():
            return self._discussion(request, item, resolving=form)
        return self._act(
            request,
            lambda: quality.resolve(
                pk,
                Resolution(form.cleaned_data["resolution"]),
                reason=form.cleaned_data["reason"],
                acting_user=acting_user(request),
                now=timezone.now(),
            ),
            _("Settled."),
            self.link("change", pk),
        )

    @protected
    @method_decorator(require_POST)
    def draw(self, request: HttpRequest) -> HttpResponse:
        """Draw a sample now, for leads."""
        self.require(request)
        user, form = acting_user(request), DrawForm(request.POST)
        if not has_right(user, Right.LEAD_QUALITY):
            raise Http404
        if not form.is_valid():
            return self._overview(request, form, status=422)
        try:
            quality_drawing.draw_now(
                secrets.token_hex(SEED_BYTES),
                days=form.cleaned_data["days"],
                size=form.cleaned_data["size"],
                acting_user=user,
                now=timezone.now(),
            )
        except quality_drawing.NothingToDrawError as error:
            return back(request, self.link("changelist"), said=str(error), went_well=False)
        return back(request, self.link("changelist"), said=_("Drawn."))

    @protected
    def mosaic(self, request: HttpRequest, pk: UUID, evidence_id: UUID) -> HttpResponseBase:
        """The default rendition of one item, for who judges it."""
        item = self._held(request, pk)
        return report_evidence.mosaic(request, item.report_id, evidence_id, acting_user(request))

    @protected
    @method_decorator(require_POST)
    def original(self, request: HttpRequest, pk: UUID, evidence_id: UUID) -> HttpResponseBase:
        """The original of one item, for who judges it."""
        item = self._held(request, pk)
        return report_evidence.original(request, item.report_id, evidence_id, acting_user(request))

    def _item(self, request: HttpRequest, pk: UUID) -> QualityItem:
        self.require(request)
        rows = QualityItem.objects.visible_to(request.user).select_related(
            "report", "first_by", "answered_by", "resolved_by"
        )
        item = rows.filter(pk=pk).first()
        if item is None:
            raise Http404
        return item

    def _held(self, request: HttpRequest, pk: UUID) -> QualityItem:
        item = self._item(request, pk)
        if item.held_by_id != acting_user(request).pk:
            raise Http404
        return item

    def _act(
        self, request: HttpRequest, act: Callable[[], object], said: str, target: str = ""
    ) -> HttpResponse:
        target = target or self.link("changelist")
        try:
            act()
        except REFUSED as error:
            return back(request, self.link("changelist"), said=str(error), went_well=False)
        return back(request, target, said=said)

    def _blind(
        self, request: HttpRequest, item: QualityItem, form: SecondDecisionForm, status: int = 200
    ) -> HttpResponse:
        user, now = acting_user(request), timezone.now()
        try:
            quality.require_all_there(item, acting_user=user, now=now)
        except quality.WithdrawnError as error:
            return back(request, self.link("changelist"), said=str(error), went_well=False)
        case = quality_blind.context(item, request)
        if case["lines"]:
            viewing.record_lines_served(item.report, acting_user=user, now=now)
        context = {
            "title": _("Second decision"),
            "case": case,
            "form": form,
            "answer_url": self.link("answer", item.pk),
            "give_back_url": self.link("give_back", item.pk),
        }
        return self._page(request, "reports/admin/quality_blind.html", context, status)

    def _discussion(
        self,
        request: HttpRequest,
        item: QualityItem,
        *,
        discussing: DiscussionForm | None = None,
        resolving: ResolutionForm | None = None,
    ) -> HttpResponse:
        user = acting_user(request)
        if not item.is_disputed:
            raise Http404
        context = {
            "title": _("Two decisions that differ"),
            "item": disputed_row(item, user, policies.titles()),
            "report_url": reverse("admin:reports_report_change", args=(item.report_id,)),
            "is_closed": item.report.state == State.CLOSED,
            "notes": item.notes.select_related("written_by"),
            "discussing": discussing or DiscussionForm(),
            "resolving": resolving or ResolutionForm(),
            "may_resolve": has_right(user, Right.LEAD_QUALITY)
            and user.pk not in (item.first_by_id, item.answered_by_id),
            "note_url": self.link("note", item.pk),
            "resolve_url": self.link("resolve", item.pk),
        }
        status = 422 if discussing or resolving else 200
        return self._page(request, "reports/admin/quality_item.html", context, status)

    def _overview(
        self, request: HttpRequest, form: DrawForm | None, status: int = 200
    ) -> HttpResponse:
        user, now = acting_user(request), timezone.now()
        differing, titles = disputed(user), policies.titles()
        table = agreement.by_policy(scope_of(user, days=AGREEMENT_DAYS, now=now))
        context = {
            "title": _("Second decisions"),
            "waiting": quality.waiting_for(user, now).count()
            if has_right(user, Right.DECIDE)
            else 0,
            "held": quality.held(user),
            "next_url": self.link("next"),
            "card": card(table, measure_address(Page.DECISIONS, table.name, AGREEMENT_DAYS)),
            "open": [
                disputed_row(row, user, titles) for row in differing.filter(resolution="")[:SHOWN]
            ],
            "settled": [
                disputed_row(row, user, titles) for row in differing.exclude(resolution="")[:SHOWN]
            ],
            "samples": samples(user),
            "may_draw": has_right(user, Right.LEAD_QUALITY),
            "draw_url": self.link("draw"),
            "form": form or DrawForm(initial={"size": settings.QUALITY_SAMPLE_SIZE or None}),
        }
        return self._page(request, "reports/admin/quality.html", context, status)

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**frame, **context}, status=status)
