"""Known pictures as staff see them: what waits for a second person, and what an entry has met."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin import report_access, report_evidence
from reports.admin.bank_pages import REFUSED, BankPages, EntryStateFilter, Words
from reports.admin.pages import acting_user, back, protected
from reports.admin.searching import by_id_prefix
from reports.forms import ReasonForm
from reports.known_pictures import banks
from reports.models import BankEntry, BankHit, BankImport, Evidence

IMPORTS_SHOWN = 50


class ImportFilter(SimpleListFilter):
    """Imported entries come by the million, so the list is of picked ones unless asked for an
    import, or for an id or hash."""

    title = gettext_lazy("Source")
    parameter_name = "import"
    all_label = gettext_lazy("Frames of reports")

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> Iterable[tuple[str, Any]]:
        seen = BankImport.objects.visible_to(request.user).order_by("-pk")[:IMPORTS_SHOWN]
        return [
            (str(row.public_id), _("Import %s: %s") % (row.short_id, row.source[:40]))
            for row in seen
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BankEntry]) -> QuerySet[BankEntry]:
        if chosen := _uuid(self.value() or ""):
            return queryset.filter(bank_import__public_id=chosen)
        if request.GET.get("q", "").strip():
            return queryset
        return queryset.filter(bank_import=None)


class BankEntryPages(BankPages):
    """A picked frame is decided about here, an imported entry with its import."""

    change_list_template = "reports/admin/bank_entry_list.html"
    page_template = "reports/admin/bank_entry.html"
    search_fields = ("public_id",)
    search_help_text = gettext_lazy("start of an id or of a hash")
    list_filter = (EntryStateFilter, ImportFilter)
    service = banks
    words = Words(
        hook="entry",
        question=gettext_lazy(
            "Whoever shows this picture is cut off at once and held until a person decides. "
            "Does it break the rule for anybody who shows it?"
        ),
        trial=gettext_lazy(
            "For a day it only notes what it meets. "
            "When it meets clear pictures of more than two devices, it is refused."
        ),
        approve=gettext_lazy("Agree to the entry"),
        refuse=gettext_lazy("Refuse the entry"),
        revoking=gettext_lazy(
            "It is looked up no more within a minute, "
            "and every sanction that rests on it alone is lifted."
        ),
        agreed=gettext_lazy("Agreed. For a day it only notes what it meets."),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankEntry]:
        rows = BankEntry.objects.visible_to(request.user)
        related = ("bank", "bank_import", "proposed_by", "approved_by", "ended_by", "evidence")
        return rows.select_related(*related).order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BankEntry], search_term: str
    ) -> tuple[QuerySet[BankEntry], bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        by_id = by_id_prefix(term, "public_id")
        return queryset.filter(by_id | Q(pdq__startswith=term)), False

    def page_urls(self) -> list[URLPattern]:
        return [self.page("pick/<uuid:frame>/", self.pick, "pick"), *super().page_urls()]

    def summary(self, row: BankEntry) -> dict[str, Any]:
        return super().summary(row) | {
            "source": row.bank_import.source if row.bank_import else _("frame of a report"),
            "import_url": _import_url(row),
        }

    def context(self, request: HttpRequest, row: BankEntry) -> dict[str, Any]:
        user, shared = acting_user(request), super().context(request, row)
        return shared | {
            "title": _("Known picture %s") % row.short_id,
            "met": _met(row, user),
            "frame": _frame(row, user, may_open=shared["may_approve"]),
        }

    @protected
    @method_decorator(require_POST)
    def pick(self, request: HttpRequest, frame: UUID) -> HttpResponse:
        """Propose a frame of a confirmed report."""
        self.require(request)
        user = acting_user(request)
        found = Evidence.objects.visible_to(user).filter(pk=frame).first()
        if found is None:
            raise Http404
        report_url = reverse("admin:reports_report_change", args=(found.report_id,))
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return back(request, report_url, said=_("Give a reason."), went_well=False)
        reason = form.cleaned_data["reason"]
        try:
            entry = banks.propose(frame, reason=reason, acting_user=user, now=timezone.now())
        except REFUSED as error:
            return back(request, report_url, said=str(error), went_well=False)
        said = _("Proposed. A second person has to agree.")
        return back(request, self.link("change", entry.public_id), said=said)


def _import_url(row: BankEntry) -> str:
    if row.bank_import is None:
        return ""
    return reverse("admin:reports_bankimport_change", args=(row.bank_import.public_id,))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _met(row: BankEntry, user: object) -> dict[str, int]:
    """What the entry met, as far as the account may know: hits that were acted on are sealed."""
    hits = BankHit.objects.visible_to(user).filter(entry=row)
    counted: dict[str, int] = hits.aggregate(
        noted=Count("pk", filter=Q(report=None)),
        clear=Count("device", distinct=True, filter=Q(report=None, was_clear=True)),
        acted=Count("pk", filter=Q(report__isnull=False)),
    )
    return counted


def _frame(row: BankEntry, user: User, *, may_open: bool) -> dict[str, Any] | None:
    """The picked frame as a mosaic, with a way to the original for who has to agree."""
    frame = row.evidence
    if frame is None or frame.destroyed_at is not None:
        return None
    if not Evidence.objects.visible_to(user).filter(pk=frame.pk).exists():
        return None
    where = (frame.report_id, frame.pk)
    return {
        "id": frame.pk,
        "kind": frame.kind,
        "mosaic_url": reverse("admin:reports_report_mosaic", args=where),
        "open_url": reverse("admin:reports_report_original", args=where)
        if may_open and report_access.may_open(frame, user, timezone.now())
        else "",
        "report_url": reverse("admin:reports_report_change", args=(frame.report_id,)),
        "report": str(frame.report_id)[:8],
        "purpose": report_evidence.FOR_A_BANK,
    }
