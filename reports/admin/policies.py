"""The rules as staff read them: every version, with what it leads to. Read only."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from reports.admin.pages import ServicePages
from reports.models import Policy
from reports.roles import Right, has_right


class PolicyPages(ServicePages):
    """Everybody on the staff who reviews or audits may read the policies."""

    right = Right.REVIEW
    change_list_template = "reports/admin/policy_list.html"
    page_template = "reports/admin/policy.html"
    search_fields = ("code", "title", "text")
    search_help_text = "code or words"
    list_display = ("code",)
    ordering = ("-is_current", "-severity", "code")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_right(request.user, Right.REVIEW) or has_right(request.user, Right.READ_AUDIT)

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {"rows": [(policy, self.link("change", policy.pk)) for policy in rows]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return Policy.objects.order_by(*self.ordering)
