"""What stands beside every staff page: the links a person may follow, and the site's icon.

Django settings name these functions by their dotted path; the theme calls each with the request.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports import accounts
from reports.measures.catalogue import Page
from reports.models import AccessRequest
from reports.roles import Right, has_right


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's groups, with only the links that lead somewhere for this person."""
    reviews = has_right(request.user, Right.REVIEW)
    audits = has_right(request.user, Right.READ_AUDIT)
    work = [_item(_("Overview"), "space_dashboard", "admin:index")]
    if reviews:
        work += [
            _item(_("Reports"), "flag", "admin:reports_report_changelist"),
            _item(_("Appeals"), "balance", "admin:reports_appeal_changelist"),
            _item(_("Notices"), "mail", "admin:reports_notice_changelist"),
            _item(_("Sanctions"), "gavel", "admin:reports_sanction_changelist"),
            _item(_("Second decisions"), "fact_check", "admin:reports_qualityitem_changelist"),
            _item(_("Known pictures"), "fingerprint", "admin:reports_bankentry_changelist"),
            _item(_("Imports"), "upload_file", "admin:reports_bankimport_changelist"),
        ]
    if settings.PREVALENCE_FRAMES_PER_HOUR and has_right(request.user, Right.OPEN_EVIDENCE):
        work.append(
            _item(_("Prevalence frames"), "casino", "admin:reports_prevalenceframe_changelist")
        )
    if reviews and has_right(request.user, Right.CHILD_SAFETY):
        link = _item(_("Sealed evidence"), "lock", "admin:reports_accessrequest_changelist")
        work.append(link | {"badge": _waiting_for(request.user), "badge_variant": "warning"})
    if has_right(request.user, Right.MANAGE_REPORTERS):
        work.append(_item(_("Reporters"), "campaign", "admin:reports_reportermeasure_changelist"))
    if has_right(request.user, Right.DECIDE_WAVES):
        work.append(_item(_("Many at once"), "waves", "admin:reports_wave_changelist"))
    if has_right(request.user, Right.SEE_PEOPLE):
        work.append(_item(_("Team"), "groups", "admin:team"))
    record = []
    if has_right(request.user, Right.SEE_MEASURES):
        record.append(_item(_("Measures"), "monitoring", "admin:measures", Page.VOLUME.value))
    if reviews or audits:
        record.append(_item(_("Policies"), "menu_book", "admin:reports_policy_changelist"))
    if reviews:
        record.append(_item(_("Macros"), "bolt", "admin:reports_macro_changelist"))
    if has_right(request.user, Right.PLACE_HOLD):
        record.append(_item(_("Legal holds"), "lock", "admin:reports_legalhold_changelist"))
    if audits:
        record.append(_item(_("Audit trail"), "history", "admin:reports_auditentry_changelist"))
    if accounts.is_administrator(request.user):
        record.append(_item(_("Accounts"), "badge", "admin:auth_user_changelist"))
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


def _item(title: str, icon: str, view: str, *args: object) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(view, args=args)}
