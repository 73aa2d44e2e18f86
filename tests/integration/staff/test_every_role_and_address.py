"""Every role at every staff address: what isn't theirs answers as if it weren't there.

The addresses are read from the site, and no list of them is kept: one that is added and isn't in
the table below is nobody's, and the test that walks them says so.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from reports.admin.registry import site
from reports.incoming import reporters
from reports.models import Evidence, Policy, Report, Sanction
from reports.roles import Role
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, a_finding, a_report
from tests.report_cases import BO, staff

pytestmark = pytest.mark.django_db

REVIEWERS = frozenset({Role.TRIAGE, Role.MODERATOR, Role.CHILD_SAFETY, Role.LEAD})
DECIDERS = REVIEWERS - {Role.TRIAGE}
SENIORS = frozenset({Role.CHILD_SAFETY, Role.LEAD})
LEAD = frozenset({Role.LEAD})
AUDITOR = frozenset({Role.AUDITOR})
EVERYBODY = frozenset(Role)

WHOSE = {
    "reports_report_": REVIEWERS,
    "reports_appeal_": REVIEWERS,
    "reports_notice_": REVIEWERS,
    "reports_sanction_": REVIEWERS,
    "reports_macro_": REVIEWERS,
    "reports_bankentry_": REVIEWERS,
    "reports_bankimport_": REVIEWERS,
    "reports_prevalenceframe_": DECIDERS,
    "reports_reportermeasure_": SENIORS,
    "reports_wave_": SENIORS,
    "reports_policyedit_": LEAD,
    "reports_policy_": REVIEWERS | AUDITOR,
    "reports_auditentry_": AUDITOR,
    "reports_account_": frozenset({Role.ADMIN}),
    "team": LEAD,
}
"""By the beginning of an address's name: the roles for which it exists."""

NARROWER = {
    "reports_sanction_new": DECIDERS,
    "reports_macro_new": LEAD,
    "reports_policy_edit": LEAD,
    "reports_policy_finer": LEAD,
    "reports_policy_retire": LEAD,
}
OTHERS = frozenset({"index", "login", "logout", "password_change", "password_change_done"})
OTHERS |= {
    "second_factor",
    "recovery_codes",
    "jsi18n",
    "view_on_site",
    "app_list",
    "autocomplete",
    "search",
}


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, pattern


PATTERNS = dict(_names(site.get_urls()))
OURS = [name for name in PATTERNS if any(name.startswith(start) for start in WHOSE)]


def whose(name: str) -> frozenset[Role]:
    return NARROWER.get(name) or next(
        roles for start, roles in WHOSE.items() if name.startswith(start)
    )


@pytest.fixture
def rows(lead: User) -> dict[str, object]:
    """Something ordinary of each kind, by the model's part of an address's name."""
    a_report()
    found = a_finding()
    reporters.warn(BO.device, reason="x", acting_user=lead, now=timezone.now())
    return {
        "report": found.pk,
        "sanction": Sanction.objects.get().pk,
        "policy": Policy.objects.get(code="spam", is_current=True).pk,
        "reportermeasure": BO.device,
        "user": lead.pk,
        "item": Evidence.objects.get().pk,
    }


def path_of(name: str, rows: dict[str, object]) -> str:
    """The address, with a row that is there where there is one."""
    model = name.partition("_")[2].partition("_")[0]
    values: dict[str, object] = {}
    for argument, converter in PATTERNS[name].pattern.converters.items():
        kind = type(converter).__name__
        usual: object = uuid4() if kind == "UUIDConverter" else 999_999
        wanted = rows.get(argument if argument == "item" else model, usual)
        try:
            converter.to_url(wanted)
            is_fit = (kind == "UUIDConverter") == (len(str(wanted)) == 36)
        except (TypeError, ValueError):
            is_fit = False
        values[argument] = wanted if is_fit else usual
    return reverse(f"admin:{name}", kwargs=values)


KNOWN_ELSEWHERE = (
    "team",
    "reports_legalhold",
    "own",
    "measure",
    "statement",
    "what_if",
    "quality",
    "reports_quality",
    "reports_access",
    "reports_savedfilter",
)
"""Addresses whose own suites try every role."""


def test_every_address_is_somebodys() -> None:
    unknown = [
        name
        for name in PATTERNS
        if name not in OURS and name not in OTHERS and not name.startswith(KNOWN_ELSEWHERE)
    ]
    assert unknown == []


NUMBERED = {
    "reports_account_": "accounts: who manages them sees them all",
    "reports_policy_": "every version of a policy is there for whoever reads policies",
    "reports_policyedit_": "every draft is there for whoever edits policies",
    "reports_auditentry_": "the trail's own numbers must have no gaps",
    "reports_savedfilter": "nobody but its maker, and what is shared with all",
    "reports_report_remove_filter": "as above",
    "reports_report_reporter": "the place in one report's own list",
    "reports_notice_report": "the side of one conversation",
}
"""Addresses with a number in them, and why it counts nothing that is sealed."""


def test_no_address_counts_what_may_be_sealed() -> None:
    counting = [
        name
        for name, pattern in PATTERNS.items()
        if any(type(one).__name__ == "IntConverter" for one in pattern.pattern.converters.values())
        and not name.startswith(tuple(NUMBERED))
    ]
    assert counting == []


@pytest.mark.parametrize("role", Role)
def test_an_address_of_another_role_is_not_there(
    role: Role, rows: dict[str, object], browser: SignIn
) -> None:
    client = browser(staff("somebody", role))
    before = Report.objects.values_list("pk", "version", "state").order_by("pk")
    was = list(before)
    for name in OURS:
        if role in whose(name):
            continue
        path = path_of(name, rows)
        assert client.get(path).status_code in {404, 405}, name
        assert client.post(path, {"reason": "x"}).status_code in {404, 405}, name
        is_refused = 404 in {client.get(path).status_code, client.post(path).status_code}
        assert is_refused, name
    assert list(before) == was


@pytest.mark.parametrize("role", Role)
def test_the_pages_of_a_role_open_for_it(
    role: Role, rows: dict[str, object], browser: SignIn
) -> None:
    client = browser(staff("somebody", role))
    opened = 0
    for name in OURS:
        is_page = name.endswith(("_changelist", "_change", "_new", "_edit", "_finer"))
        if role not in whose(name) or not is_page:
            continue
        answer = client.get(path_of(name, rows))
        is_missing = name.endswith("_change") and name.split("_")[1] not in rows
        assert answer.status_code in ({404} if is_missing else {200, 405}), name
        opened += answer.status_code == 200
    assert opened


@pytest.mark.parametrize("role", [None, *Role])
def test_nobody_finds_the_admins_own_forms(role: Role | None, browser: SignIn) -> None:
    client: Client = browser(staff("somebody", role)) if role else browser()
    for path in ("reports/report/add/", "auth/user/add/", "auth/group/", "autocomplete/"):
        assert client.get(f"/admin/{path}").status_code != 200, path


def _client_pages(client: Client, paths: list[str]) -> dict[str, str]:
    """What each page says, without what differs at every request."""
    found = {}
    for path in paths:
        answer = client.get(path)
        said = answer.content.decode()
        token = answer.cookies.get("csrftoken")
        for part in said.split('name="csrfmiddlewaretoken" value="')[1:]:
            said = said.replace(part.partition('"')[0], "")
        assert token is None or token.value not in said
        found[path] = f"{answer.status_code} {said}"
    return found


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.MODERATOR, Role.LEAD, Role.AUDITOR, Role.ADMIN])
def test_nothing_that_anybody_else_sees_tells_of_what_is_sealed(
    role: Role, browser: SignIn
) -> None:
    """Body, search, counts, facets, filters, history: the same before and after."""
    ordinary = a_report()
    client = browser(staff("somebody", role))
    device, hidden = str(ordinary.subject_device), str(ordinary.subject_participant)
    reports = "/admin/reports/report/"
    paths = [
        "/admin/",
        reports,
        f"{reports}?state=all&_facets=True",
        f"{reports}?queue=child_safety",
        f"{reports}?rule=grooming",
        f"{reports}?age=overdue",
        f"{reports}?q={device}",
        f"{reports}?q={hidden}",
        "/admin/reports/sanction/",
        f"/admin/reports/sanction/?q={device}",
        "/admin/reports/appeal/?state=all",
        "/admin/reports/notice/",
        "/admin/reports/bankentry/",
        "/admin/reports/wave/new/?rule=grooming",
        f"/admin/reports/reportermeasure/{BO.device}/",
        "/admin/reports/policy/",
        "/admin/autocomplete/?term=a&app_label=reports&model_name=report&field_name=id",
    ]
    page = f"{reports}{ordinary.pk}/"
    before = _client_pages(client, [*paths, page])

    a_report(Rule.GROOMING)
    a_finding(scores=())
    sealed = Report.objects.exclude(pk=ordinary.pk)
    sealed.update(queue="child_safety", is_safety_floor=True)
    Sanction.objects.update(queue="child_safety")
    assert sealed.count() == 2

    assert _client_pages(client, [*paths, page]) == before


def test_a_sealed_strike_weighs_nothing_where_others_read_it(guardian: User) -> None:
    a_finding()
    Sanction.objects.update(
        queue="child_safety",
        strike="confirmed",
        strike_weight=3,
        strike_expires_at=timezone.now() + timedelta(days=9),
    )
    Report.objects.update(queue="child_safety", is_safety_floor=True)
    factors = {one["name"]: one["points"] for one in a_report().factors}
    assert factors["strikes"] == 0.0
    sealed = {one["name"]: one["points"] for one in a_report(Rule.GROOMING).factors}
    assert sealed["strikes"] > 0.0
