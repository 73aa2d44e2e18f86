"""What the filters of the report list mean, for the list, its counts, and the next report alike.

A choice is a name of `PARAMETERS` with a value. An unknown value changes nothing or fits nothing:
no choice fits more than the list without it, but for states that are asked for.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from reports.models import Report, State

Reports = QuerySet[Report]
Viewer = User | AnonymousUser
Chosen = Mapping[str, str]
ALL = "all"
"""The value of `state` for reports in any."""
EVERYTHING: Chosen = {}
"""The choice of nothing: no filter."""


def narrow(reports: Reports, chosen: Chosen, user: Viewer, now: datetime) -> Reports:
    """The reports that fit every choice; without a state, those that wait."""
    for name in PARAMETERS:
        reports = narrow_by(name, reports, chosen.get(name, ""), user, now)
    return reports


def narrow_by(name: str, reports: Reports, value: str, user: Viewer, now: datetime) -> Reports:
    """The reports that fit one choice; "" is the choice of nothing."""
    return _FITTING[name](reports, value, user, now)


def _by_column(column: str) -> "Fitting":
    def by(reports: Reports, value: str, _user: Viewer, _now: datetime) -> Reports:
        return reports.filter(**{column: value}) if value else reports

    return by


def _by_state(reports: Reports, state: str, _user: Viewer, _now: datetime) -> Reports:
    if state == ALL:
        return reports
    if state in State.values:
        return reports.filter(state=state)
    return reports.exclude(state=State.CLOSED)


def _by_holder(reports: Reports, holder: str, user: Viewer, now: datetime) -> Reports:
    held = Q(state=State.CLAIMED, claimed_until__gt=now)
    if holder == "me":
        return reports.filter(held, claimed_by=user.pk)
    if holder == "somebody":
        return reports.filter(held)
    if holder == "nobody":
        return reports.exclude(held)
    return reports


def _by_age(reports: Reports, age: str, _user: Viewer, now: datetime) -> Reports:
    day_ago = now - timedelta(days=1)
    if age == "overdue":
        return reports.exclude(state=State.CLOSED).filter(due_at__lt=now)
    if age == "hour":
        return reports.filter(opened_at__gte=now - timedelta(hours=1))
    if age == "day":
        return reports.filter(opened_at__gte=day_ago)
    if age == "older":
        return reports.filter(opened_at__lt=day_ago)
    return reports


Fitting = Callable[[Reports, str, Viewer, datetime], Reports]
_FITTING: dict[str, Fitting] = {
    "queue": _by_column("queue"),
    "state": _by_state,
    "holder": _by_holder,
    "rule": _by_column("rule"),
    "source": _by_column("opened_by"),
    "age": _by_age,
}
PARAMETERS = tuple(_FITTING)
"""What the list is narrowed by. A search is none of them: it may name somebody."""
