"""What is read with a code as the only key: the statement of reasons, and a report's receipt.

A statement doesn't say who reported, nor that anybody did; a receipt says the outcome, and never
who or what. Unknown codes answer like missing pages.
"""

from datetime import datetime
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.house_rules import policies
from reports.incoming import intake
from reports.models import Appeal, Sanction, Statement, Strike
from reports.public import receipts
from reports.public.forms import AppealForm
from reports.reviewing import appeals
from reports.rules import Rule
from reports.sanctions import statements
from reports.sanctions.statements import StatementState

Response = TypeVar("Response", bound=HttpResponse)


@never_cache
@require_safe
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """The statement as a page, or as JSON for the page that waits on it."""
    found = _find(code)
    if _wants_json(request):
        return _json(found, timezone.now())
    return _page(request, found, AppealForm())


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, code: str) -> HttpResponse:
    """Write the appeal, once."""
    found = _find(code)
    if request.method != "POST":
        return _page(request, found, AppealForm())
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        appeals.write(code, form.cleaned_data["text"], now=timezone.now())
    except appeals.BadTextError as error:
        form.add_error("text", str(error))
        return _page(request, found, form, status=422)
    except appeals.AppealError:
        # A second tap, or too late: the page itself says which, and what was written stays.
        return _page(request, _find(code), AppealForm(), status=409)
    return redirect(f"{statements.path(code)}#appeal-section")


@never_cache
@csrf_protect
@require_POST
def pressed(request: HttpRequest, code: str) -> HttpResponse:
    """One tap: somebody asked me to (I10). Tapping twice is the same as once."""
    _find(code)
    intake.mark_pressed(code, timezone.now())
    return redirect("statement", code=code)


@never_cache
@require_safe
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """What became of one's report or notice, as a page or as JSON."""
    found = receipts.find(code)
    if found is None:
        raise Http404
    if _wants_json(request):
        decided_at = found.decided_at.date().isoformat() if found.decided_at else None
        return _private(
            JsonResponse(
                {
                    "receipt": found.code,
                    "rule": found.rule,
                    "received": found.received_at.date().isoformat(),
                    "state": found.state.value,
                    "decided": decided_at,
                }
            )
        )
    context = {"receipt": found, "rule": policies.title(Rule(found.rule))}
    return _private(render(request, "reports/receipt.html", context))


def _find(code: str) -> Statement:
    related = ("sanction__policy", "sanction__report", "appeal")
    found = Statement.objects.select_related(*related).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _wants_json(request: HttpRequest) -> bool:
    if request.GET.get("format") == "json":
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _json(found: Statement, now: datetime) -> JsonResponse:
    sanction, text = found.sanction, statements.describe(found)
    state, until = statements.state(sanction, now), statements.end(sanction)
    response = JsonResponse(
        {
            "code": found.code,
            "rule": sanction.policy.rule,
            "title": text.title,
            "state": state.value,
            "until": until.isoformat() if until else None,
            "facts": text.facts,
            "automated": sanction.decided_by_id is None,
            "pressed": found.pressed_at is not None,
            "appealed": hasattr(found, "appeal"),
        }
    )
    return _private(response)


def _page(
    request: HttpRequest, found: Statement, form: AppealForm, *, status: int = 200
) -> HttpResponse:
    context = _context(found, timezone.now()) | {"form": form}
    return _private(render(request, "reports/statement.html", context, status=status))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Cookie, Accept-Language"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _context(found: Statement, now: datetime) -> dict[str, Any]:
    sanction, text = found.sanction, statements.describe(found)
    state = statements.state(sanction, now)
    written: Appeal | None = getattr(found, "appeal", None)
    closed_because = _why_no_appeal(found, state, now)
    return {
        "statement": found,
        "state": state.value,
        "heading": text.title,
        "policy_text": text.policy,
        "facts": text.facts,
        "length": text.length,
        "decided_by": _("A person on our staff") if sanction.decided_by_id else _("A machine"),
        "since": sanction.starts_at,
        "until": statements.end(sanction),
        "counts_until": _strike_end(sanction, now),
        "lifted_at": sanction.lifted_at,
        "was_pressed": found.pressed_at is not None,
        "may_say_pressed": found.pressed_at is None and state is not StatementState.LIFTED,
        "needs_help": sanction.policy.is_child_safety or sanction.policy.rule == Rule.SELF_HARM,
        "pressed_url": f"{statements.path(found.code)}pressed/",
        "appeal": written,
        "may_appeal": not closed_because,
        "appeal_closed_because": closed_because,
        "appeal_url": statements.appeal_path(found.code),
        "appeal_until": found.appeal_until,
    }


def _strike_end(sanction: Sanction, now: datetime) -> datetime | None:
    """Until when the next sanction is longer for this one; None where it isn't."""
    end = sanction.strike_expires_at
    counts = sanction.strike == Strike.CONFIRMED and sanction.strike_weight > 0
    return end if counts and end is not None and end > now else None


def _why_no_appeal(found: Statement, state: StatementState, now: datetime) -> str:
    if state is StatementState.LIFTED:
        return _("There is nothing to appeal: the decision was taken back.")
    if now > found.appeal_until:
        return _("The time in which an appeal was possible is over.")
    return ""
