"""The audit trail as auditors read it: entries to search, to check and to export."""

import json
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from reports.admin.pages import ServicePages, acting_user, protected
from reports.evidence_room.chunks import ChunkedResponse
from reports.keys import KeyFormatError
from reports.models import AuditEntry
from reports.roles import Right
from reports.trail import audit
from reports.trail import export as trail_export
from reports.trail import walks as trail_walks
from reports.trail.anchors import AnchorError


class AuditPages(ServicePages):
    """A list to search, an entry to read, a walk, and an export that can be checked elsewhere."""

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
            self.page("verify/", self.verify, "verify"),
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
            "verify_url": self.link("verify"),
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
        last = trail_export.begin(acting_user=acting_user(request))
        response = ChunkedResponse(trail_export.chunks(last), content_type="application/x-ndjson")
        name = f"audit-{timezone.now():%Y%m%dT%H%M%SZ}.jsonl"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    @protected
    @method_decorator(require_POST)
    def verify(self, request: HttpRequest) -> TemplateResponse:
        """Walk the whole trail now, and show what came of it; that is on the record, too."""
        self.require(request)
        found, error = None, ""
        try:
            found = trail_walks.walk_for(acting_user(request))
        except (AnchorError, KeyFormatError) as problem:
            error = str(problem)
        except OSError as problem:
            error = _("The anchors can't be read: %(problem)s") % {"problem": problem}
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Verification"),
            "found": found,
            "error": error,
            "list_url": self.link("changelist"),
        }
        return TemplateResponse(request, "reports/admin/audit_verification.html", context)
