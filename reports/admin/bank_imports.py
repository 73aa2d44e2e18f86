"""Imports of hashes as staff see them: what was read, and whether all of it may go on trial."""

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.admin.bank_pages import BankPages, EntryStateFilter, Words
from reports.admin.pages import acting_user
from reports.known_pictures import bank_imports
from reports.models import BankHit, BankImport, EntryState
from reports.models.bank_proposal import LIVE


class BankImportPages(BankPages):
    """A file is read by `manage.py import_bank`; here another person decides about it."""

    change_list_template = "reports/admin/bank_import_list.html"
    page_template = "reports/admin/bank_import.html"
    list_filter = (EntryStateFilter,)
    search_fields = ("source",)
    search_help_text = gettext_lazy("part of a source")
    service = bank_imports
    words = Words(
        hook="import",
        question=gettext_lazy(
            "Whoever shows one of these pictures is cut off at once and held until a person "
            "decides. Nobody here has seen them: do you trust the source, and may the list be used?"
        ),
        trial=gettext_lazy(
            "For a day they only note what they meet. "
            "Those that meet clear pictures of more than two devices are refused."
        ),
        approve=gettext_lazy("Agree to the import"),
        refuse=gettext_lazy("Refuse the import"),
        revoking=gettext_lazy(
            "Its entries are looked up no more within a minute, "
            "and every sanction that rests on them alone is lifted."
        ),
        agreed=gettext_lazy("Agreed. For a day its entries only note what they meet."),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankImport]:
        rows = BankImport.objects.visible_to(request.user)
        related = ("bank", "proposed_by", "approved_by", "ended_by")
        return rows.select_related(*related).order_by(*self.ordering)

    def summary(self, row: BankImport) -> dict[str, Any]:
        return super().summary(row) | {
            "source": row.source,
            "entries": row.entries_made,
            "is_read": row.read_at is not None,
        }

    def is_complete(self, row: BankImport) -> bool:
        return row.read_at is not None

    def context(self, request: HttpRequest, row: BankImport) -> dict[str, Any]:
        acted = BankHit.objects.visible_to(acting_user(request)).filter(
            entry__bank_import=row, report__isnull=False
        )
        entries = reverse("admin:reports_bankentry_changelist")
        return super().context(request, row) | {
            "title": _("Import %s") % row.short_id,
            "counts": _counts(row),
            "states": _states(row) if row.stage in LIVE else [],
            "acted": acted.count(),
            "entries_url": f"{entries}?import={row.public_id}&state=all",
        }


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
