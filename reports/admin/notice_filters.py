"""How the list of notices is narrowed."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.admin.state_filters import Offered, StateFilter

ANSWERED = "answered"
WAITING = Q(report__isnull=True, outcome="")


class NoticeStateFilter(StateFilter):
    """Notices that wait are shown unless others are asked for."""

    def offered(self) -> Offered:
        return [(ANSWERED, _("Answered"))]

    def fitting(self, rows: Any, choice: str) -> Any:
        return rows.exclude(WAITING) if choice == ANSWERED else rows.filter(WAITING)
