"""The public page about the work, as a page and as JSON; what it reads was computed long before."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from reports.house_rules import policies
from reports.measures.tables import HOUR_S, MINUTE_S
from reports.models import TransparencyMonth
from reports.public.transparency import MINIMUM, MONTHS_BACK
from reports.rules import Rule

Titles = Mapping[str, str]


@require_safe
@cache_control(public=True, max_age=3600)
@vary_on_headers("Accept", "Accept-Language", "Cookie")
def transparency(request: HttpRequest) -> HttpResponse:
    """The months that were published, the newest first."""
    months = list(TransparencyMonth.objects.all()[:MONTHS_BACK])
    if request.GET.get("format") == "json":
        published = [{"month": f"{month.month:%Y-%m}", **month.figures} for month in months]
        return JsonResponse({"minimum": MINIMUM, "months": published})
    context = {"minimum": MINIMUM, "months": [_readable(month) for month in months]}
    return render(request, "reports/transparency.html", context)


def _readable(month: TransparencyMonth) -> dict[str, Any]:
    figures = month.figures
    titles = policies.titles()
    rules = {rule.value: policies.title(rule) for rule in Rule}
    seconds = figures["median_s_to_decision"]
    reports = _told(figures["reports"], ("machine", "person"), rules)
    sanctions = _told(figures["sanctions"], ("automatic", "both", "person", "warned"), titles)
    return {
        "month": month.month,
        "published_at": month.published_at,
        "reports": reports,
        "few_reports": len(figures["reports"]) - len(reports),
        "sanctions": sanctions,
        "few_sanctions": len(figures["sanctions"]) - len(sanctions),
        "appeals": figures["appeals"],
        "median_h": None if seconds is None else seconds / HOUR_S,
        "median_m": None if seconds is None else max(1, round(seconds / MINUTE_S)),
        # Months that were published before it was measured have none.
        "prevalence": _percents(figures.get("prevalence")),
    }


def _percents(found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    shares = {name: 100 * found[name] for name in ("share", "low", "high")}
    return {**shares, "n": found["judged_at_least"]}


def _told(
    figures: Mapping[str, Mapping[str, int | None]], columns: tuple[str, ...], titles: Titles
) -> list[tuple[str | int | None, ...]]:
    """A row for each code of which some count is told, the largest first. Months that were
    published before there were warnings have no count of them."""
    rows = {code: tuple(map(counts.get, columns)) for code, counts in figures.items()}
    told = [code for code, counts in rows.items() if any(counts)]
    told.sort(key=lambda code: -sum(count or 0 for count in rows[code]))
    return [(titles.get(code, code), *rows[code]) for code in told]
