"""How the list of appeals is narrowed."""

from typing import Any

from reports.admin.state_filters import Offered, StateFilter
from reports.models import AppealState


class AppealStateFilter(StateFilter):
    """Open appeals are shown unless others are asked for."""

    def offered(self) -> Offered:
        return AppealState.choices

    def fitting(self, rows: Any, choice: str) -> Any:
        return rows.filter(state=choice if choice in AppealState.values else AppealState.OPEN)
