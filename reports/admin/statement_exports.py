"""Statements as rows for the EU's Transparency Database, a hundred at a time."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from reports.admin.measures import PERIOD_DEFAULT_DAYS, MeasurePages
from reports.admin.pages import acting_user, protected
from reports.models import Statement
from reports.public.statement_exports import ROWS_MAX, export
from reports.roles import NotAllowedError, Right, has_right


class StatementExportPages:
    """A page to start from, and the rows."""

    def __init__(self, measures: MeasurePages) -> None:
        self.measures = measures

    def urls(self) -> list[URLPattern]:
        """The addresses below `measures/statements/`."""
        view = self.measures.site.admin_view
        return [
            path("measures/statements/", view(self.page), name="statements"),
            path("measures/statements/rows/", view(self.rows), name="statement_rows"),
        ]

    @protected
    @method_decorator(require_safe)
    def page(self, request: HttpRequest) -> HttpResponse:
        """What the export is, and its button."""
        if not has_right(request.user, Right.EXPORT_STATEMENTS):
            raise Http404
        context = {
            **self.measures.frame(request, "statements", PERIOD_DEFAULT_DAYS),
            "rows_max": ROWS_MAX,
        }
        return TemplateResponse(request, "reports/admin/statements.html", context)

    @protected
    @method_decorator(require_POST)
    def rows(self, request: HttpRequest) -> HttpResponse:
        """The next rows as JSON; on the record, like every export."""
        given = request.POST.get("after", "").strip()
        try:
            after = UUID(given) if given else None
            batch = export(after, acting_user=acting_user(request), now=timezone.now())
        except (ValueError, NotAllowedError, Statement.DoesNotExist):
            raise Http404 from None
        response = JsonResponse({"statements": batch.statements, "next_after": batch.next_after})
        name = f"statements-after-{after.hex}.json" if after else "statements.json"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
