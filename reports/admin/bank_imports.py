"""Imports of hashes as staff see them: what was read, and whether all of it may go on trial."""

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports import bank_imports, banks, policies
from reports.admin.bank_pages import TONES, BankPages, EntryStateFilter
from reports.admin.pages import acting_user, protected
from reports.forms import ReasonForm
from reports.models import BankHit, BankImport, EntryState
from reports.models.bank import LIVE
from reports.roles import Right, has_right
from reports.rules import Rule


class BankImportPages(BankPages):
    """A file is read by `manage.py import_bank`; here another person decides about it."""

    change_list_template = "reports/admin/bank_import_list.html"
    page_template = "reports/admin/bank_import.html"
    list_filter = (EntryStateFilter,)
    search_fields = ("source",)
    search_help_text = gettext_lazy("part of a source")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankImport]:
        rows = BankImport.objects.visible_to(request.user)
        related = ("bank", "proposed_by", "approved_by", "ended_by")
        return rows.select_related(*related).order_by(*self.ordering)

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<int:pk>/", self.object_page, "change"),
            self.page("<int:pk>/approve/", self.approve, "approve"),
            self.page("<int:pk>/refuse/", self.refuse, "refuse"),
            self.page("<int:pk>/revoke/", self.revoke, "revoke"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [self.summary(row) for row in rows],
            "default_state": _("Waiting, on trial or in force"),
        }

    def summary(self, row: BankImport) -> dict[str, Any]:
        """One import in words."""
        state = EntryState(row.state)
        return {
            "id": row.pk,
            "url": self.link("change", row.pk),
            "bank": row.bank.name,
            "is_sealed": row.bank.queue != "standard",
            "source": row.source,
            "rule": policies.title(Rule(row.rule)),
            "entries": row.entries_made,
            "is_read": row.read_at is not None,
            "state": state.label,
            "tone": TONES[state],
            "by": row.proposed_by.get_username(),
            "since": row.proposed_at,
        }

    def context(self, request: HttpRequest, row: BankImport) -> dict[str, Any]:
        user, state = acting_user(request), EntryState(row.state)
        is_waiting, is_own = state is EntryState.PROPOSED, row.proposed_by_id == user.pk
        may_approve = has_right(user, Right.APPROVE_ENTRY)
        entries = reverse("admin:reports_bankentry_changelist")
        return {
            "title": _("Import %s") % row.pk,
            "summary": self.summary(row),
            "form": ReasonForm(),
            "counts": _counts(row),
            "states": _states(row) if state in LIVE else [],
            "acted": BankHit.objects.visible_to(user)
            .filter(entry__bank_import=row, report__isnull=False)
            .count(),
            "trial_ends": row.approved_at + banks.LOG_ONLY if row.approved_at else None,
            "entries_url": f"{entries}?import={row.pk}&state=all",
            "may_approve": is_waiting and row.read_at and may_approve and not is_own,
            "may_refuse": is_waiting and (may_approve or is_own),
            "may_revoke": state in LIVE and may_approve,
            "waits_for_another": is_waiting and row.read_at and is_own,
            "approve_url": self.link("approve", row.pk),
            "refuse_url": self.link("refuse", row.pk),
            "revoke_url": self.link("revoke", row.pk),
        }

    @protected
    @method_decorator(require_POST)
    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Agree to all that another person brought in."""
        user = acting_user(request)
        return self.act(
            request,
            pk,
            lambda: bank_imports.approve(pk, acting_user=user, now=timezone.now()),
            _("Agreed. For a day its entries only note what they meet."),
        )

    @protected
    @method_decorator(require_POST)
    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Turn an import down, or take one's own back."""
        user, now = acting_user(request), timezone.now()
        return self.act_for_a_reason(
            request,
            pk,
            lambda reason: bank_imports.refuse(pk, reason=reason, acting_user=user, now=now),
            _("Refused."),
        )

    @protected
    @method_decorator(require_POST)
    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take all of it out; what rests on it alone is lifted."""
        user, now = acting_user(request), timezone.now()
        return self.act_for_a_reason(
            request,
            pk,
            lambda reason: bank_imports.revoke(pk, reason=reason, acting_user=user, now=now),
            _("Revoked. Every sanction that rested on it alone is lifted."),
        )


def _counts(row: BankImport) -> list[tuple[str, int]]:
    """What became of the file's lines."""
    return [
        (_("Hashes"), row.hashes),
        (_("Known already, or twice"), row.repeated),
        (_("Entries made"), row.entries_made),
        (_("Other signals, or called harmless"), row.skipped),
        (_("Too little to see"), row.poor),
        (_("Lines that can't be read"), row.bad),
    ]


def _states(row: BankImport) -> list[tuple[str, int]]:
    """How many entries are where."""
    by_state = row.entries.order_by("state").values_list("state").annotate(count=Count("pk"))
    here = {EntryState.WITH_IMPORT.value: row.state}
    return [(str(EntryState(here.get(state, state)).label), count) for state, count in by_state]
