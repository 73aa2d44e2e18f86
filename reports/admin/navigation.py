"""What stands beside every staff page: the links a person may follow, and the site's icon.

Django settings name these functions by their dotted path; the theme calls each with the request.
"""

from typing import Any

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reports import accounts
from reports.measures.catalogue import Page
from reports.models import (
    AccessRequest,
    Account,
    Appeal,
    AuditEntry,
    BankEntry,
    BankImport,
    LegalHold,
    Macro,
    Notice,
    Policy,
    PrevalenceFrame,
    QualityItem,
    Report,
    ReporterMeasure,
    Sanction,
    Wave,
)
from reports.roles import Right, has_right


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's groups, with only the links that lead somewhere for this person."""
    reviews = has_right(request.user, Right.REVIEW)
    audits = has_right(request.user, Right.READ_AUDIT)
    work = [_item(_("Overview"), "space_dashboard", "admin:index")]
    if reviews:
        work += [
            _list(Report, "flag"),
            _list(Appeal, "balance"),
            _list(Notice, "mail"),
            _list(Sanction, "gavel"),
            _list(QualityItem, "fact_check"),
            _list(BankEntry, "fingerprint"),
            _list(BankImport, "upload_file"),
        ]
    if settings.PREVALENCE_FRAMES_PER_HOUR and has_right(request.user, Right.OPEN_EVIDENCE):
        work.append(_list(PrevalenceFrame, "casino"))
    if reviews and has_right(request.user, Right.CHILD_SAFETY):
        link = _list(AccessRequest, "lock")
        work.append(link | {"badge": _waiting_for(request.user), "badge_variant": "warning"})
    if has_right(request.user, Right.MANAGE_REPORTERS):
        work.append(_list(ReporterMeasure, "campaign"))
    if has_right(request.user, Right.DECIDE_WAVES):
        work.append(_list(Wave, "waves"))
    if has_right(request.user, Right.SEE_PEOPLE):
        work.append(_item(_("Team"), "groups", "admin:team"))
    record = []
    if has_right(request.user, Right.SEE_MEASURES):
        record.append(_item(_("Measures"), "monitoring", "admin:measures", Page.VOLUME.value))
    if reviews or audits:
        record.append(_list(Policy, "menu_book"))
    if reviews:
        record.append(_list(Macro, "bolt"))
    if has_right(request.user, Right.PLACE_HOLD):
        record.append(_list(LegalHold, "lock"))
    if audits:
        record.append(_list(AuditEntry, "history"))
    if accounts.is_administrator(request.user):
        record.append(_list(Account, "badge"))
    record.append(_item(_("Recovery codes"), "key", "admin:recovery_codes"))
    groups: list[dict[str, Any]] = [{"title": _("Work"), "separator": False, "items": work}]
    groups.append({"title": _("Record"), "separator": True, "items": record})
    return groups


def _waiting_for(user: Any) -> str:
    """How many requests wait for this account's answer, "" for none."""
    waiting = AccessRequest.objects.visible_to(user).waiting(timezone.now())
    return str(waiting.exclude(asked_by=user).count() or "")


def favicon(request: HttpRequest) -> str:
    """The address of the site's icon."""
    return static("site/favicon.svg")


def _list(model: type[Model], icon: str) -> dict[str, Any]:
    """The list of a model's rows, by the name that stands in the head of its page."""
    opts = model._meta
    address = f"admin:{opts.app_label}_{opts.model_name}_changelist"
    return _item(capfirst(str(opts.verbose_name_plural)), icon, address)


def _item(title: str, icon: str, view: str, *args: object) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(view, args=args)}
