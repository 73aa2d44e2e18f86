"""The filter that somebody works through: from the list to a report, and on to the next of it.

It travels in the address of every page and act, as `within`: two tabs may work through two filters,
and what is opened from a colleague's link carries none of one's own.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from reports.admin.pages import ServicePages
from reports.admin.report_filters import FILTERS
from reports.models import Report
from reports.reviewing import saved_filters
from reports.reviewing.narrowing import PARAMETERS, Chosen, narrow

PARAMETER = "within"
COUNT_MAX = 999
"""Nobody needs to know more exactly how many wait; counting on would cost every visit."""


class PagesWithin(ServicePages):
    """Pages and acts of a report that stay within a filter."""

    def within(self, request: HttpRequest, name: str, *args: object) -> str:
        """The path of one of these addresses, within the filter that this one is within."""
        return address(self.link(name, *args), chosen(request))


def listed(request: HttpRequest) -> Chosen:
    """What the list at this address is narrowed by; 404 for what no page of ours sends."""
    return _known((name, str(value)) for name, value in request.GET.items())


def chosen(request: HttpRequest) -> Chosen:
    """What the page or act at this address is within; nothing for everything."""
    return _known(parse_qsl(request.GET.get(PARAMETER, "")))


def carried(choice: Chosen) -> dict[str, str]:
    """What an address needs to stay within the choice."""
    return {PARAMETER: urlencode(choice)} if choice else {}


def address(path: str, choice: Chosen) -> str:
    """`path` within the choice."""
    return f"{path}?{urlencode(carried(choice))}" if choice else path


def count_words(choice: Chosen, user: User, now: datetime) -> str:
    """How many reports fit, up to COUNT_MAX."""
    fitting = narrow(Report.objects.visible_to(user).order_by(), choice, user, now)
    count = fitting[: COUNT_MAX + 1].count()
    return f"{COUNT_MAX}+" if count > COUNT_MAX else str(count)


def context(choice: Chosen, user: User, now: datetime) -> dict[str, Any]:
    """What a page says of the filter one works through; nothing without one."""
    if not choice:
        return {"within": None}
    return {
        "within": {
            "name": _name(choice, user),
            "count": count_words(choice, user, now),
            "list_url": f"{reverse('admin:reports_report_changelist')}?{urlencode(choice)}",
        }
    }


def _known(pairs: Iterable[tuple[str, str]]) -> Chosen:
    sent = dict(pairs)
    choice = {name: sent[name] for name in PARAMETERS if sent.get(name)}
    if any("\0" in value for value in choice.values()):
        raise Http404
    if len(urlencode(choice)) > saved_filters.QUERY_MAX:
        raise Http404
    return choice


def _name(choice: Chosen, user: User) -> str:
    """The saved filter's name, else the choices in words."""
    for kept in saved_filters.visible_to(user):
        if dict(parse_qsl(kept.query)) == choice:
            return kept.name
    words = {one.parameter_name: dict(one.choices_for(user)) for one in FILTERS}
    return ", ".join(str(words[name].get(value, value)) for name, value in choice.items())
