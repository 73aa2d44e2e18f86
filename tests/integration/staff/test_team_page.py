"""Leads see the team's exposure and the alarms as numbers; nobody is scored by skips."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.evidence_room import access, opt_outs, viewing
from reports.incoming import findings
from reports.models import OwnLimits, Report
from reports.reviewing import claims
from reports.roles import Role
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, _fresh, a_finding
from tests.report_cases import finding, frame, staff


def _look(report: Report, user: User) -> None:
    now = timezone.now()
    report.refresh_from_db()
    claims.claim(report.pk, version=report.version, acting_user=user, now=now)
    opened = viewing.open_original(report.evidence.get().pk, acting_user=user, now=now)
    viewing.mark_served(opened.view, now=now)


@pytest.mark.parametrize("who", ["mod", "guardian", "auditor", "chief"])
def test_for_others_it_does_not_exist(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    assert client.get("/admin/team/").status_code == 404
    assert "/admin/team/" not in client.get("/admin/").content.decode()


def test_leads_see_numbers(mod: User, lead: User, browser: SignIn) -> None:
    _look(a_finding(), mod)
    page = browser(lead).get("/admin/team/").content.decode()
    table = page.partition('data-testid="team-exposure"')[2].partition("</table>")[0]
    assert '<td>mod</td><td class="is-number">1</td><td class="is-number">0</td>' in table


def test_sealed_exposure_is_told_only_to_who_may_know_of_it(
    guardian: User, lead: User, browser: SignIn
) -> None:
    now = timezone.now()
    other = staff("other-guardian", Role.CHILD_SAFETY)
    sealed = finding(is_child_safety=True, found_at=now, snapshot=_fresh(), evidence=(frame(1),))
    report = Report.objects.get(pk=findings.record(sealed).report)
    items = [item.pk for item in report.evidence.all()]
    asked = access.ask(report.pk, items, reason="age", acting_user=guardian, now=now)
    access.approve(asked.pk, acting_user=other, now=now)
    _look(report, guardian)

    assert "<td>guardian</td>" not in browser(lead).get("/admin/team/").content.decode()
    both = staff("lead-of-guardians", Role.LEAD, Role.CHILD_SAFETY)
    page = browser(both).get("/admin/team/").content.decode()
    assert '<td>guardian</td><td class="is-number">1</td><td class="is-number">1</td>' in page


def test_neither_skips_nor_opt_outs_of_anybody_are_on_it(
    mod: User, lead: User, browser: SignIn
) -> None:
    report = a_finding()
    now = timezone.now()
    claims.claim(report.pk, version=report.version, acting_user=mod, now=now)
    claims.skip(report.pk, reason="", acting_user=mod, now=now)
    opt_outs.choose([Rule.BLACKMAIL], acting_user=mod, now=now)

    page = browser(lead).get("/admin/team/").content.decode()

    assert "<td>mod</td>" not in page
    assert "lackmail" not in page


@pytest.mark.parametrize("who", ["mod", "guardian", "auditor", "chief"])
def test_nobody_but_a_lead_lowers_limits(
    who: str, lead: User, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    form = {"account": lead.username, "items": "1", "severe": "1", "minutes": "1"}
    for path in ("limits/", "limits/restore/"):
        assert client.post(f"/admin/team/{path}", form).status_code == 404
        assert client.get(f"/admin/team/{path}").status_code in {404, 405}
    assert not OwnLimits.objects.exists()


def test_a_lead_lowers_limits_and_the_person_reads_it(
    mod: User, lead: User, browser: SignIn
) -> None:
    leading, theirs = browser(lead), browser(mod)
    assert 'data-testid="own-limits"' not in theirs.get("/admin/me/").content.decode()
    form = {"account": "mod", "items": "5", "severe": "2", "minutes": "10", "note": "Take <care>."}
    for wrong in ({"items": "100000"}, {"account": "lead"}, {"account": "nobody"}, {"items": "-1"}):
        leading.post("/admin/team/limits/", form | wrong)
    assert not OwnLimits.objects.exists()

    leading.post("/admin/team/limits/", form)

    own = theirs.get("/admin/me/").content.decode()
    assert "lead has set lower limits for you." in own
    assert "Take &lt;care&gt;." in own
    assert "0 of 5" in own
    assert "<td>mod" in leading.get("/admin/team/").content.decode()
    leading.post("/admin/team/limits/restore/", {"account": "mod"})
    again = leading.post("/admin/team/limits/restore/", {"account": "mod"})
    assert again.status_code == 404
    assert 'data-testid="own-limits"' not in theirs.get("/admin/me/").content.decode()
