"""The public page about the work, as a page and as JSON; what it reads was computed long before."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from reports.house_rules import policies
from reports.models import TransparencyMonth
from reports.public.transparency import MINIMUM, MONTHS_BACK
from reports.rules import Rule


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
    return {
        "month": month.month,
        "published_at": month.published_at,
        "reports": [
            (rules.get(code, code), counts["machine"], counts["person"])
            for code, counts in figures["reports"].items()
        ],
        "sanctions": [
            (
                titles.get(code, code),
                *(counts[maker] for maker in ("automatic", "both", "person")),
                # Months that were published before there were warnings have no count of them.
                counts.get("warned"),
            )
            for code, counts in figures["sanctions"].items()
        ],
        "appeals": figures["appeals"],
        "median_h": None if seconds is None else seconds / 3600,
        # Months that were published before it was measured have none.
        "prevalence": _percents(figures.get("prevalence")),
    }


def _percents(found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    shares = {name: 100 * found[name] for name in ("share", "low", "high")}
    return {**shares, "n": found["judged_at_least"]}
