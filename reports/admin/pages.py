"""The base of every staff page about a model: lists and pages to read, nothing to save.

The admin's own add, change and delete forms would write past the services, and so past the
transition table, the rights and the audit trail. Here they don't exist: a page has a list, a
page per object, and addresses that accept POST and call one service each.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_safe

from reports.roles import Right, has_right

if TYPE_CHECKING:
    _ThemedAdmin = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as _ThemedAdmin

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def _what_went_is_missing(view: View[Arguments]) -> View[Arguments]:
    """A row that was sealed or taken away between a page's look and its act answers like one that
    was never there (I11)."""

    @wraps(view)
    def wrapped(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist:
            raise Http404 from None

    return wrapped


protected = method_decorator([never_cache, csrf_protect, _what_went_is_missing])
"""Wraps a page: a token for every POST, no copy in any cache, and 404 for what is gone."""


class ServicePages(_ThemedAdmin):
    """A list and read-only pages; `right` is what an account needs to see either.

    Subclasses narrow `get_queryset` to the rows the account may know of. A row outside of it
    does not exist for the account: its address answers 404, and nothing counts it.
    """

    right: Right
    page_template: str = ""
    named_by: str | None = None
    """The column that addresses name a row by; None for its key."""
    actions = None
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_right(request.user, self.right)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A list is narrowed by its own filters alone. Django's rule lets an address ask about any
        column: letter by letter for a password's hash, or for rows of a report that is sealed."""
        return lookup in {getattr(one, "parameter_name", one) for one in self.list_filter}

    def get_urls(self) -> list[URLPattern]:
        """The list, and what `page_urls` adds; none of the admin's own forms."""
        return [
            path("", self.admin_site.admin_view(self.list_page), name=self.address("changelist")),
            *self.page_urls(),
        ]

    def page_urls(self) -> list[URLPattern]:
        """The addresses below the list; `<pk>/` is named `change`, as the admin's links expect."""
        return [self.page("<str:pk>/", self.object_page, "change")]

    def page(self, route: str, view: Any, name: str) -> URLPattern:
        """An address of this model, open to staff only."""
        address: URLPattern = path(route, self.admin_site.admin_view(view), name=self.address(name))
        return address

    def address(self, name: str) -> str:
        """The name of one of this model's addresses, without the site's prefix."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def link(self, name: str, *args: object) -> str:
        """The path of one of this model's addresses."""
        return reverse(f"admin:{self.address(name)}", args=args)

    @protected
    @method_decorator(require_safe)
    def list_page(self, request: HttpRequest) -> HttpResponse:
        """The list; to an account without the right it does not exist."""
        self.require(request)
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            raise Http404  # PostgreSQL takes none, and no page of ours asks for one
        response = self.changelist_view(request)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            changelist = response.context_data["cl"]
            # The theme's link to "12750 total" would lead where a default filter hides them.
            changelist.full_result_count = changelist.result_count
            response.context_data |= self.list_context(request, list(changelist.result_list))
        return response

    @protected
    @method_decorator(require_safe)
    def object_page(self, request: HttpRequest, pk: object) -> HttpResponse:
        """The page of one row."""
        row = self.row(request, pk)
        return self.render(request, row, self.context(request, row))

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        """What the list shows of the rows on its page."""
        return {"rows": rows}

    def require(self, request: HttpRequest) -> None:
        """404 for an account without this page's right."""
        if not self.has_view_permission(request):
            raise Http404

    def context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of `row` shows."""
        return {}

    def row(self, request: HttpRequest, pk: object) -> Any:
        """The row, or 404 when it isn't there for this account (I11: the same answer)."""
        self.require(request)
        row = self.get_object(request, str(pk), self.named_by)
        if row is None:
            raise Http404
        return row

    def render(
        self, request: HttpRequest, row: Any, context: dict[str, Any], *, status: int = 200
    ) -> TemplateResponse:
        """This model's page in the staff frame."""
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            self.page_template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": str(row),
                # The theme's breadcrumbs would name the row by its key.
                "original": None if self.named_by else row,
                "row": row,
                **context,
            },
            status=status,
        )


def acting_user(request: HttpRequest) -> User:
    """The account that acts. Services take it as `acting_user`; nothing acts for another."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user


def back(
    request: HttpRequest, target: str, *, said: str = "", went_well: bool = True
) -> HttpResponse:
    """Go to `target` (see other) and say there what happened."""
    if said:
        messages.add_message(request, messages.SUCCESS if went_well else messages.ERROR, said)
    response = HttpResponseRedirect(target)
    response.status_code = 303
    return response
