"""The team for its leads: who was shown how much today, and the alarms. Numbers, never a ranking.

Counted is only what the lead may know of: to somebody without the child-safety role sealed
reports leave no trace here either (I11).
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.admin import team_limits
from reports.admin.exposure_words import minutes
from reports.admin.pages import acting_user, protected
from reports.evidence_room import alarms, exposure
from reports.evidence_room.exposure_limits import midnight
from reports.models import EvidenceView, PrevalenceView, Rendition
from reports.models.sealing import visible_queues
from reports.roles import Right, has_right


class TeamPages:
    """For who may see measures by person."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """The one address."""
        return [path("team/", self.site.admin_view(self.page), name="team")]

    @protected
    @method_decorator(require_safe)
    def page(self, request: HttpRequest) -> HttpResponse:
        """Exposure of today, looks without a decision, shares lifted."""
        user, now = acting_user(request), timezone.now()
        if not has_right(user, Right.SEE_PEOPLE):
            raise Http404
        queues = visible_queues(user)
        originals = Q(rendition=Rendition.ORIGINAL, served_at__gte=midnight(now))
        views = [
            *EvidenceView.objects.visible_to(user).filter(originals).select_related("viewer"),
            *PrevalenceView.objects.filter(originals).select_related("viewer"),
        ]
        found = exposure.of_team(views, now)
        context: dict[str, Any] = {
            **self.site.each_context(request),
            "title": _("Team"),
            "exposures": [
                (name, shown, minutes(shown.seconds)) for name, shown in sorted(found.items())
            ],
            "limits": exposure.limits(),
            "limit_minutes": minutes(exposure.limits().day_s),
            "looks": alarms.looks(queues, now),
            "lifts": [(one, _percent(one.rate)) for one in alarms.lifts(queues, now)],
            "period_days": alarms.PERIOD.days,
            **team_limits.context(user, now),
        }
        return TemplateResponse(request, "reports/admin/team.html", context)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
