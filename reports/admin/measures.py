"""The measures as pages, each with its chart, its table and the same numbers as JSON and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.admin.pages import acting_user, protected
from reports.measures import screening
from reports.measures.catalogue import TITLES, Page, measures
from reports.measures.charts import draw
from reports.measures.scope import PERIODS_DAYS, scope_of
from reports.measures.tables import Kind, Table, as_csv, as_json, shown
from reports.roles import NotAllowedError, Right, has_right

PERIOD_DEFAULT_DAYS = 30
SCREENING = "screening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A table ready to be shown; `rows` pair each cell's text with whether it is a number."""

    name: str
    title: str
    about: str
    chart: SafeString
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, bool], ...], ...]
    json_url: str
    csv_url: str


class MeasurePages:
    """Pages of tables for whoever has the right; `source` tells how screening does."""

    source: screening.Source | None = None

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """The addresses below `measures/`."""
        view = self.site.admin_view
        return [
            path("measures/<slug:page>/", view(self.page), name="measures"),
            path("measures/<slug:page>/<slug:name>.<slug:form>", view(self.file), name="measure"),
        ]

    @protected
    @method_decorator(require_safe)
    def page(self, request: HttpRequest, page: str) -> HttpResponse:
        """One page of measures over 7, 30 or 90 days."""
        user, days = acting_user(request), _days(request)
        tables = self._tables(page, user, days)
        context = {
            **self.frame(request, page, days),
            "periods": [{"days": choice, "is_here": choice == days} for choice in PERIODS_DAYS]
            if page != SCREENING
            else [],
            "cards": [card(table, measure_address(page, table.name, days)) for table in tables],
            "is_unknown": page == SCREENING and not tables,
        }
        return TemplateResponse(request, "reports/admin/measures.html", context)

    def frame(self, request: HttpRequest, page: str, days: int) -> dict[str, Any]:
        """What every page of measures has around it; `page` is the tab that one is on."""
        request.current_app = self.site.name
        return {
            **self.site.each_context(request),
            "title": _("Measures"),
            "tabs": [
                {"title": title, "url": f"{address}?days={days}", "is_here": name == page}
                for name, title, address in self._tabs(request.user)
            ],
        }

    @protected
    @method_decorator(require_safe)
    def file(self, request: HttpRequest, page: str, name: str, form: str) -> HttpResponse:
        """One table as `json` or `csv`."""
        for table in self._tables(page, acting_user(request), _days(request), only=name):
            if table.name == name:
                return as_file(table, form)
        raise Http404

    def _tabs(self, user: object) -> list[tuple[str, Any, str]]:
        """Each tab's name, title and address."""
        titles: dict[str, Any] = {page.value: title for page, title in TITLES.items()}
        if self.source is not None:
            titles[SCREENING] = _("Screening")
        tabs = [
            (name, title, reverse("admin:measures", args=(name,))) for name, title in titles.items()
        ]
        tabs.append(("what-if", _("What if"), reverse("admin:what_if")))
        if has_right(user, Right.EXPORT_STATEMENTS):
            tabs.append(("statements", _("Statements"), reverse("admin:statements")))
        return tabs

    def _tables(self, page: str, user: User, days: int, only: str = "") -> Sequence[Table]:
        try:
            scope = scope_of(user, days=days, now=timezone.now())
        except NotAllowedError:
            raise Http404 from None
        if page == SCREENING and self.source is not None:
            health = self.source()
            return () if health is None else screening.tables(health)
        if page not in list(Page):
            raise Http404
        return [measure(scope) for measure in measures(Page(page), scope)]


def card(table: Table, address: str) -> Card:
    """The table with its chart; `address` is its file's, up to the form."""
    numeric = [column.kind is not Kind.TEXT for column in table.columns]
    base, _dot, query = address.partition("?")
    return Card(
        name=table.name,
        title=table.title,
        about=table.about,
        # Built by ElementTree, which escapes every text; nothing in it was markup before.
        chart=mark_safe(draw(table)),  # noqa: S308
        heads=tuple(
            (column.label, is_number)
            for column, is_number in zip(table.columns, numeric, strict=True)
        ),
        rows=tuple(
            tuple(
                (shown(cell, column), is_number)
                for cell, column, is_number in zip(row, table.columns, numeric, strict=True)
            )
            for row in table.rows
        ),
        json_url=f"{base}json?{query}",
        csv_url=f"{base}csv?{query}",
    )


def as_file(table: Table, form: str) -> HttpResponse:
    """The table as `json` to read or `csv` to keep; 404 for anything else."""
    if form == "json":
        response = HttpResponse(as_json(table), content_type="application/json")
    elif form == "csv":
        response = HttpResponse(as_csv(table), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    else:
        raise Http404
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def measure_address(page: str, name: str, days: int) -> str:
    """Where the files of a measure are, without their form: for `card`."""
    base = reverse("admin:measure", args=(page, name, "json")).removesuffix("json")
    return f"{base}?days={days}"


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", str(PERIOD_DEFAULT_DAYS))
    if asked not in {str(days) for days in PERIODS_DAYS}:
        raise Http404
    return int(asked)
