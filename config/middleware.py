"""Response headers that depend on the page."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

STAFF_PATH = "/admin/"


class ContentPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere, the staff policy below /admin/."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        """The parts django-csp builds the header from."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(STAFF_PATH) and not report_only:
            parts.config = settings.STAFF_CONTENT_SECURITY_POLICY
        return parts


class PermissionsMiddleware:
    """Camera and microphone for this origin's own pages, everything else for nobody."""

    HEADER = (
        "camera=(self), microphone=(self), autoplay=(self), accelerometer=(), "
        "browsing-topics=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), midi=(), "
        "payment=(), serial=(), usb=()"
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.HEADER)
        return response
