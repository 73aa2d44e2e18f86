"""The desk: from one decision to the next report, once, and told the truth on the way."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from reports.models import Decision, DecisionKind, Macro, Outcome, Report, Sanction, State
from reports.roles import Role
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, a_finding, a_report, address, claimed, verbs
from tests.report_cases import person, staff

QUEUE = "/admin/reports/report/"
NEXT = "/admin/reports/report/next/"
CONFIRM = {"policy": "nudity", "sanction": "as_is", "reason": "Plainly visible.", "go_on": "1"}


@pytest.fixture
def two() -> tuple[Report, Report]:
    """A grave report, and a lesser one behind it."""
    return a_report(Rule.HATE, subject=person(4)), a_report(Rule.SPAM, subject=person(3))


def _taken(client: Client) -> Report:
    """The report that Next leads to."""
    location = client.post(NEXT).headers["Location"]
    return Report.objects.get(pk=location.rstrip("/").rpartition("/")[2])


def _decide(client: Client, report: Report, act: str, **fields: str) -> str:
    """Where the act leads."""
    response = client.post(
        address(report, act), {"version": report.version, "reason": "So it is.", **fields}
    )
    return str(response.headers["Location"])


def _warn(client: Client, report: Report, policy: str) -> HttpResponse:
    """What a warning under this policy is answered with."""
    fields = {"policy": policy, "sanction": "warning", "reason": "So it is."}
    return client.post(address(report, "confirm"), {"version": report.version, **fields})  # type: ignore[return-value]


@pytest.mark.parametrize("act", ["confirm", "dismiss", "escalate", "skip"])
def test_after_an_act_the_next_report_is_there_and_claimed(
    act: str, mod: User, two: tuple[Report, Report], browser: SignIn
) -> None:
    client = browser(mod)
    first = _taken(client)

    where = _decide(client, first, act, policy="hate", sanction="24_hours", go_on="1")

    assert where == address(two[1])
    two[1].refresh_from_db()
    assert (two[1].state, two[1].claimed_by) == (State.CLAIMED, mod)


def test_who_does_not_want_the_next_one_stays(
    mod: User, two: tuple[Report, Report], browser: SignIn
) -> None:
    client = browser(mod)
    first = _taken(client)

    where = _decide(client, first, "dismiss")

    two[1].refresh_from_db()
    assert where == address(first)
    assert two[1].state == State.OPEN


def test_the_next_one_is_never_a_sealed_one_for_a_moderator(
    mod: User, sealed: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, a_report(Rule.SPAM, subject=person(3)))

    where = _decide(client, report, "dismiss", go_on="1")

    sealed.refresh_from_db()
    assert where == address(report)
    assert sealed.state == State.OPEN


def test_next_leads_back_to_the_report_in_hand(
    mod: User, two: tuple[Report, Report], browser: SignIn
) -> None:
    client = browser(mod)

    assert _taken(client) == two[0]
    assert _taken(client) == two[0]
    two[1].refresh_from_db()
    assert two[1].state == State.OPEN


def test_a_form_sent_twice_decides_once_and_both_answers_lead_on(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    other = a_report(Rule.SPAM, subject=person(3))
    report = claimed(client, found)
    form = {"version": str(report.version), **CONFIRM}

    answers = [client.post(address(report, "confirm"), form) for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [address(other)] * 2
    assert Decision.objects.filter(report=report, kind=DecisionKind.CONFIRMED).count() == 1
    assert verbs().count("report.confirmed") == 1
    assert verbs().count("sanction.confirmed") == 1


def test_a_new_sanction_sent_twice_is_one(
    mod: User, two: tuple[Report, Report], browser: SignIn
) -> None:
    client = browser(mod)
    first = _taken(client)
    for _ in range(2):
        _decide(client, first, "confirm", policy="hate", sanction="24_hours", go_on="1")

    assert Sanction.objects.filter(report=first).count() == 1


def test_whoever_was_too_late_is_told_to_whom_and_gets_the_next(
    mod: User, other_mod: User, two: tuple[Report, Report], browser: SignIn
) -> None:
    seen = two[0].version
    claimed(browser(other_mod), two[0])
    client = browser(mod)

    page = client.post(address(two[0], "claim"), {"version": seen}, follow=True)

    assert b"other-mod was faster" in page.content
    assert page.redirect_chain[-1][0] == address(two[1])


def test_a_claim_that_ran_out_comes_back_with_its_age(
    mod: User, other_mod: User, two: tuple[Report, Report], browser: SignIn
) -> None:
    first = _taken(browser(mod))
    Report.objects.filter(pk=first.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))

    again = _taken(browser(other_mod))

    assert again == first
    assert (again.opened_at, again.rank, again.due_at) == (
        first.opened_at,
        first.rank,
        first.due_at,
    )


@pytest.mark.parametrize("reason", ["x" * 3000, "a\x00b"])
def test_skipping_needs_no_reason_that_fits(
    reason: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    claimed(client, found)

    response = client.post(address(found, "skip"), {"reason": reason})

    found.refresh_from_db()
    assert (response.status_code, found.state) == (303, State.OPEN)
    assert Decision.objects.get(kind=DecisionKind.SKIPPED).reason == ""


def test_a_macro_fills_in_the_form_also_without_a_script(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)
    macro = Macro.objects.get(code="plainly-visible")

    page = client.get(address(report), {"macro": macro.pk}).content.decode()

    assert "Intimate parts of the body are plainly visible" in page.split("<textarea")[1]
    assert '<option value="as_is" selected>' in page
    assert f'href="?macro={macro.pk}" data-key="1"' in page


def test_a_macro_speaks_the_readers_language(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, found)

    page = client.get(address(report), headers={"Accept-Language": "es"}).content.decode()

    assert "partes íntimas" in page
    assert "Intimate parts" not in page


@pytest.mark.parametrize("forged", ["0", "-1", "x", "9" * 40, "1 OR 1=1"])
def test_a_forged_macro_fills_in_nothing(
    forged: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)

    page = client.get(address(report), {"macro": forged})

    assert page.status_code == 200
    assert b">\r\n</textarea>" in page.content or b">\n</textarea>" in page.content


def test_the_ladder_is_offered_by_what_was_confirmed_before(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    offered = []
    for _ in range(3):
        report = claimed(client, a_report(Rule.HARASSMENT))
        page = client.get(address(report)).content.decode()
        offered.append(page.split('data-act="confirm"')[1].split("</a>")[0])
        _decide(client, report, "confirm", policy="harassment", sanction="warning")

    for words, macro in zip(("Warning", "10 minutes", "24 hours"), offered, strict=True):
        assert words in macro


@pytest.mark.parametrize("policy", ["violence", "threat", "blackmail"])
def test_a_warning_that_is_too_little_for_the_policy_is_refused_in_words(
    policy: str, mod: User, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, a_report(Rule.HARASSMENT))

    page = client.get(address(report)).content.decode()
    answer = _warn(client, report, policy)

    fitting = page.split('data-warning-fits="')[1].split('"')[0].split()
    assert policy not in fitting
    assert "harassment" in fitting
    assert answer.status_code == 422
    assert "a warning is for what was said" in answer.content.decode()
    assert not Sanction.objects.exists()


def test_a_bar_that_stands_is_not_offered_to_be_a_warning_nor_by_a_macro(
    mod: User, found: Report, browser: SignIn
) -> None:
    Macro.objects.filter(code="plainly-visible").update(length="warning")
    client = browser(mod)
    page = client.get(address(claimed(client, found))).content.decode()

    assert 'value="warning"' not in page.split('data-testid="sanction"')[1].split("</select>")[0]
    assert "Warning" not in page.split('data-act="confirm"')[1].split("</a>")[0]


def test_a_hold_has_no_length_that_a_key_could_choose(
    guardian: User, sealed: Report, browser: SignIn
) -> None:
    client = browser(guardian)
    page = client.get(address(claimed(client, sealed))).content.decode()

    assert "choose the length" in page.split('data-act="confirm"')[1].split("</a>")[0]


def test_only_what_may_be_done_has_a_key(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    page = browser(mod).get(address(found)).content
    claimed(browser(other_mod), found)
    held = browser(mod).get(address(found)).content

    assert b'data-key="c"' in page
    for key in (b'data-key="c"', b'data-key="y"', b'data-key="s"', b'data-key="d"'):
        assert key not in held


def test_what_a_decision_was_about_stays_one_click_away(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_finding())
    a_report(Rule.SPAM, subject=person(3))

    page = client.post(
        address(report, "dismiss"),
        {"version": report.version, "reason": "A photograph.", "go_on": "1"},
        follow=True,
    ).content.decode()

    report.refresh_from_db()
    assert report.outcome == Outcome.DISMISSED
    assert f'<a class="staff-link" href="{address(report)}">' in page


def test_triage_is_offered_neither_what_confirms_nor_the_other_side(
    db: None, browser: SignIn
) -> None:
    client = browser(staff("tess", Role.TRIAGE))
    report = claimed(client, a_report(Rule.HARASSMENT))

    page = client.get(address(report)).content

    assert b'data-act="dismiss"' in page
    for absent in (b'data-act="confirm"', b'data-testid="other-side"', b'data-testid="confirm"'):
        assert absent not in page
    other = {
        "version": report.version,
        "other-policy": "spam",
        "other-sanction": "24_hours",
        "other-reason": "So it is.",
    }
    client.post(address(report, "other-side"), other)
    assert not Sanction.objects.exists()
    assert Report.objects.count() == 1
