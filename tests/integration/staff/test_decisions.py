"""Deciding in the browser: confirm, dismiss, escalate, and who may not."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.models import Outcome, Report, Sanction, State, Strike
from reports.models.sealing import Queue
from tests.integration.staff.conftest import SignIn, a_report, address, claimed, verbs

CONFIRM = {"policy": "nudity", "sanction": "as_is", "reason": "Plainly visible."}


def _with_version(report: Report, **fields: str) -> dict[str, str]:
    return {"version": str(report.version), **fields}


@pytest.mark.parametrize("act", ["confirm", "dismiss", "escalate"])
@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_nothing_is_decided_without_a_fitting_reason(
    act: str, reason: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)

    response = client.post(
        address(report, act), _with_version(report, **(CONFIRM | {"reason": reason}))
    )

    report.refresh_from_db()
    assert response.status_code == 422
    assert b'role="alert"' in response.content
    assert report.state == State.CLAIMED


@pytest.mark.parametrize(
    "wrong", [{"policy": "no-such"}, {"policy": ""}, {"sanction": "1000_years"}, {"sanction": ""}]
)
def test_a_forged_choice_is_refused(
    wrong: dict[str, str], mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)

    response = client.post(address(report, "confirm"), _with_version(report, **(CONFIRM | wrong)))

    report.refresh_from_db()
    assert response.status_code == 422
    assert report.state == State.CLAIMED


def test_a_moderator_can_neither_bar_for_ever_nor_use_sealed_policies(
    mod: User, lead: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)
    page = client.get(address(report)).content

    assert b"for_ever" not in page
    assert b"nudity-age-doubt" not in page
    for forged in ({"sanction": "for_ever"}, {"policy": "nudity-age-doubt"}):
        fields = _with_version(report, **(CONFIRM | forged))
        assert client.post(address(report, "confirm"), fields).status_code == 422
    report.refresh_from_db()
    assert report.state == State.CLAIMED


def test_the_version_that_was_seen_decides(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    mine = browser(mod)
    report = claimed(mine, found)
    Report.objects.filter(pk=report.pk).update(claimed_until=timezone.now())
    claimed(browser(other_mod), report)

    page = mine.post(
        address(report, "dismiss"),
        {"version": str(report.version - 1), "reason": "Too late."},
        follow=True,
    )

    report.refresh_from_db()
    assert b"other-mod was faster" in page.content
    assert (report.state, report.claimed_by) == (State.CLAIMED, other_mod)


@pytest.mark.parametrize("version", ["", "-1", "one", "9" * 30])
def test_a_forged_version_decides_nothing(
    version: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    claimed(client, found)

    response = client.post(address(found, "confirm"), CONFIRM | {"version": version})

    found.refresh_from_db()
    assert response.status_code in {404, 422}
    assert found.state == State.CLAIMED


def test_confirming_counts_the_strike_and_changes_the_statement(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)

    page = client.post(address(report, "confirm"), _with_version(report, **CONFIRM), follow=True)

    sanction = Sanction.objects.get(report=report)
    report.refresh_from_db()
    assert (report.state, report.outcome) == (State.CLOSED, Outcome.CONFIRMED)
    assert (sanction.strike, sanction.decided_by) == (Strike.CONFIRMED, mod)
    assert b'data-state="closed"' in page.content
    assert not sanction.statement.is_automated


def test_the_machines_answer_is_proposed(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    page = client.get(address(claimed(client, found))).content.decode()

    assert '<option value="nudity" selected>' in page
    assert '<option value="as_is" selected>' in page


def test_dismissing_lifts_at_once(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, found)

    client.post(address(report, "dismiss"), _with_version(report, reason="A photograph."))

    sanction = Sanction.objects.get(report=report)
    assert sanction.lifted_at is not None
    assert sanction.lifted_by == mod
    assert "sanction.lifted" in verbs()


def test_sealing_takes_the_report_out_of_the_moderators_sight(
    mod: User, guardian: User, browser: SignIn
) -> None:
    client, report = browser(mod), a_report()
    report = claimed(client, report)

    response = client.post(
        address(report, "escalate"),
        _with_version(report, reason="She sounds young.", to="child_safety"),
    )

    report.refresh_from_db()
    assert report.queue == Queue.CHILD_SAFETY
    assert response.headers["Location"] == "/admin/reports/report/"
    assert client.get(address(report)).status_code == 404
    assert browser(guardian).get(address(report)).status_code == 200


def test_a_sealed_report_is_dismissed_by_two(
    guardian: User, sealed: Report, browser: SignIn, another_guardian: Callable[[], User]
) -> None:
    first, second = browser(guardian), browser(another_guardian())
    report = claimed(first, sealed)

    page = first.post(
        address(report, "dismiss"), _with_version(report, reason="An adult."), follow=True
    )
    report.refresh_from_db()
    assert b"second person" in page.content
    assert report.state == State.OPEN
    assert Sanction.objects.get(report=report).lifted_at is None

    report = claimed(second, report)
    second.post(address(report, "dismiss"), _with_version(report, reason="Agreed."))
    report.refresh_from_db()
    assert report.outcome == Outcome.DISMISSED
    assert Sanction.objects.get(report=report).lifted_at is not None


def test_an_escalated_report_is_for_leads(
    mod: User, other_mod: User, lead: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)
    client.post(address(report, "escalate"), _with_version(report, reason="Unsure."))

    page = browser(other_mod).get(address(report))

    assert b'data-testid="claim"' not in page.content
    assert claimed(browser(lead), report).claimed_by == lead


def test_the_desk_says_when_a_lighter_policy_waits_for_a_second_person(
    browser: SignIn, guardian: User, another_guardian: Callable[[], User], sealed: Report
) -> None:
    another = another_guardian()
    first, second = browser(guardian), browser(another)
    report = claimed(first, sealed)
    assert "takes two people" in first.get(address(report)).content.decode()
    form = {"policy": "spam", "sanction": "10_minutes", "reason": "an advert"}
    said = first.post(address(report, "confirm"), {**form, "version": report.version}, follow=True)
    assert b"Proposed. This policy is lighter" in said.content
    report = claimed(second, report)
    page = second.get(address(report)).content.decode()
    assert f"{guardian.username} has proposed to confirm it as" in page
    assert '<option value="spam" selected' in page
    second.post(address(report, "confirm"), {**form, "version": report.version})
    report.refresh_from_db()
    assert (report.outcome, report.closed_by) == ("confirmed", another)
