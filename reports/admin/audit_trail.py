"""The audit trail as auditors read it: entries to search, to check and to export."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from reports import audit
from reports.admin.pages import ServicePages, acting_user, protected
from reports.chunks import ChunkedResponse
from reports.models import AuditEntry
from reports.roles import Right

EXPORT_CHUNK_ROWS = 500


class AuditPages(ServicePages):
    """A list to search, an entry to read, and an export that anybody can check elsewhere."""

    right = Right.READ_AUDIT
    change_list_template = "reports/admin/audit_list.html"
    page_template = "reports/admin/audit_entry.html"
    search_fields = ("verb",)
    search_help_text = _("verb, account, object or hash")
    list_display = ("sequence",)
    ordering = ("-sequence",)
    list_per_page = 100

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("export/", self.export, "export"),
            self.page("<int:pk>/", self.object_page, "change"),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        matches = (
            Q(verb__istartswith=term)
            | Q(actor_name__iexact=term)
            | Q(object_id__startswith=term)
            | Q(object_type=term)
            | Q(hash__startswith=term)
        )
        if term.isdecimal() and len(term) <= 18:
            matches |= Q(sequence=int(term))
        return queryset.filter(matches), False

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [(entry, self.link("change", entry.pk)) for entry in rows],
            "export_url": self.link("export"),
        }

    def context(self, request: HttpRequest, row: AuditEntry) -> dict[str, Any]:
        return {
            "payload": json.dumps(json.loads(row.payload), indent=2, ensure_ascii=False),
            "fits": audit.entry_hash(row) == row.hash,
        }

    @protected
    @method_decorator(require_POST)
    def export(self, request: HttpRequest) -> ChunkedResponse:
        """The whole trail as JSON lines, oldest first; the export itself is audited."""
        self.require(request)
        response = ChunkedResponse(
            _lines(_note_export(acting_user(request))), content_type="application/x-ndjson"
        )
        name = f"audit-{timezone.now():%Y%m%dT%H%M%SZ}.jsonl"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _note_export(acting: User) -> int:
    """Audit the export; returns the last sequence that belongs to it."""
    last, _hash = audit.head()
    with audit.trail():
        audit.record("audit.exported", target="trail:1", payload={"last": last}, acting_user=acting)
    return last


def _lines(last: int) -> Iterator[bytes]:
    entries = AuditEntry.objects.filter(sequence__lte=last).order_by("sequence")
    for entry in entries.iterator(chunk_size=EXPORT_CHUNK_ROWS):
        line = {
            "sequence": entry.sequence,
            "actor": entry.actor,
            "actor_name": entry.actor_name,
            "verb": entry.verb,
            "object_type": entry.object_type,
            "object_id": entry.object_id,
            "payload": entry.payload,
            "payload_digest": entry.payload_digest,
            "previous_hash": entry.previous_hash,
            "hash": entry.hash,
            "at": entry.at.isoformat(timespec="microseconds"),
        }
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
