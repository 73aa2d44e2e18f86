"""Several acts on one report: the other side, and those who reported."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from reports.models import (
    AuditEntry,
    Decision,
    DecisionKind,
    Opener,
    Outcome,
    Report,
    ReporterMeasure,
    Sanction,
    State,
)
from reports.models.sealing import Queue
from reports.rules import Rule
from reports.snapshot_json import decode
from reports.snapshots import Speaker
from tests.integration.staff.conftest import (
    SignIn,
    a_finding,
    a_report,
    address,
    claimed,
    verbs,
)
from tests.report_cases import BO, MALLORY, person

OTHER = {
    "other-policy": "sexual-pressure",
    "other-sanction": "24_hours",
    "other-reason": "Pressed her for it.",
}


def _form(report: Report, **changes: str) -> dict[str, str]:
    return {"version": str(report.version), **OTHER, **changes}


def test_the_other_side_gets_a_report_a_sanction_and_a_statement_of_its_own(
    mod: User, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, a_report())

    answer = client.post(address(report, "other-side"), _form(report))

    report.refresh_from_db()
    other = Report.objects.exclude(pk=report.pk).get()
    sanction = Sanction.objects.get()
    assert answer.headers["Location"] == address(report)
    assert (report.state, report.claimed_by) == (State.CLAIMED, mod)
    assert (other.state, other.outcome, other.opened_by) == (
        State.CLOSED,
        Outcome.CONFIRMED,
        Opener.STAFF,
    )
    assert (sanction.participant, sanction.device) == (BO.participant, BO.device)
    assert sanction.report == other
    assert sanction.statement.dsa["source_type"] == "SOURCE_VOLUNTARY"
    assert other.factors


def test_the_context_is_seen_from_there(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_report())
    client.post(address(report, "other-side"), _form(report))

    seen = decode(Report.objects.exclude(pk=report.pk).get().snapshot)

    assert (seen.subject, seen.partner) == (BO, MALLORY)
    assert [line.speaker for line in seen.lines] == [Speaker.PARTNER]
    assert seen.scores == ()


def test_both_are_decided_and_both_are_on_the_record(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_report())
    client.post(address(report, "other-side"), _form(report))
    report.refresh_from_db()

    client.post(
        address(report, "confirm"),
        {
            "version": report.version,
            "policy": "harassment",
            "sanction": "10_minutes",
            "reason": "Insults.",
        },
    )

    barred = set(Sanction.objects.values_list("participant", flat=True))
    assert barred == {BO.participant, MALLORY.participant}
    assert verbs().count("report.other_side") == 1
    assert verbs().count("report.confirmed") == 2
    payloads = "".join(AuditEntry.objects.values_list("payload", flat=True))
    assert "Pressed her" not in payloads


def test_the_same_form_twice_sanctions_the_other_side_once(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_report())
    form = _form(report)

    for _ in range(2):
        client.post(address(report, "other-side"), form)

    assert Sanction.objects.count() == 1
    assert Decision.objects.filter(kind=DecisionKind.OTHER_SIDE).count() == 1


def test_dismissing_the_report_leaves_the_other_side_where_it_is(
    mod: User, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, a_report())
    client.post(address(report, "other-side"), _form(report))
    report.refresh_from_db()

    client.post(address(report, "dismiss"), {"version": report.version, "reason": "He lied."})

    assert Sanction.objects.get().lifted_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"other-policy": ""},
        {"other-policy": "nudity-age-doubt"},
        {"other-sanction": "for_ever"},
        {"other-sanction": "as_is"},
        {"other-sanction": ""},
        {"other-reason": ""},
        {"other-reason": "x" * 2001},
    ],
)
def test_a_forged_choice_does_nothing(wrong: dict[str, str], mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_report())

    page = client.post(address(report, "other-side"), _form(report, **wrong), follow=True)

    assert b"Choose policy and length" in page.content
    assert not Sanction.objects.exists()
    assert Report.objects.count() == 1


def test_who_does_not_hold_the_report_does_nothing(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    unclaimed = a_report()
    browser(mod).post(address(unclaimed, "other-side"), _form(unclaimed))
    held = claimed(browser(other_mod), unclaimed)

    page = browser(mod).post(address(held, "other-side"), _form(held), follow=True)

    assert b"other-mod was faster" in page.content
    assert not Sanction.objects.exists()


def test_a_camera_check_has_no_other_side(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_finding(partner=None, mode="check"))

    page = client.post(address(report, "other-side"), _form(report), follow=True).content

    assert b"no other side" in page
    assert b'data-testid="other-side"' not in page
    assert Sanction.objects.count() == 1


def test_what_somebody_else_has_in_hand_about_the_other_side_is_left_to_them(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, a_report())
    theirs = a_report(
        Rule.SPAM,
        conversation=decode(report.snapshot).conversation,
        subject=BO,
        partner=MALLORY,
    )
    claimed(browser(other_mod), theirs)

    page = client.post(address(report, "other-side"), _form(report), follow=True)

    report.refresh_from_db()
    assert b"other-mod was faster" in page.content
    assert not Sanction.objects.exists()
    assert "report.other_side" not in verbs()
    assert report.state == State.CLAIMED


def test_what_is_sealed_stays_sealed_for_the_other_side(
    guardian: User, mod: User, sealed: Report, browser: SignIn
) -> None:
    client = browser(guardian)
    report = claimed(client, sealed)
    client.post(address(report, "other-side"), _form(report, **{"other-policy": "grooming"}))

    other = Report.objects.exclude(pk=report.pk).get()
    assert (other.queue, other.sanctions.get().queue) == (Queue.CHILD_SAFETY, Queue.CHILD_SAFETY)
    assert browser(mod).get(address(other)).status_code == 404
    assert b"Of the same conversation" in client.get(address(report)).content


def test_a_report_about_both_sides_says_so_to_who_may_know(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    report = claimed(client, a_report())
    client.post(address(report, "other-side"), _form(report))
    other = Report.objects.exclude(pk=report.pk).get()

    assert address(other).encode() in client.get(address(report)).content
    assert address(report).encode() in client.get(address(other)).content


@pytest.mark.parametrize("act", ["invalidated", "warned", "muted"])
def test_a_lead_deals_with_a_reporter_without_leaving_the_report(
    act: str, lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    report = claimed(client, a_report())
    number = 1

    form = {"version": report.version, "reason": "Made it up."}
    answer = client.post(address(report, f"reporters/{number}/{act}"), form)
    client.post(address(report, f"reporters/{number}/{act}"), form)

    report.refresh_from_db()
    assert answer.headers["Location"] == address(report)
    assert ReporterMeasure.objects.get().device == BO.device
    assert report.state == State.CLAIMED


@pytest.mark.parametrize("who", ["mod", "auditor"])
def test_the_first_line_is_neither_offered_nor_granted_what_leads_do(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    report = a_report()
    number = 1

    answer = client.post(
        address(report, f"reporters/{number}/muted"), {"version": 1, "reason": "Made it up."}
    )

    assert answer.status_code == 404
    assert not ReporterMeasure.objects.exists()
    assert b'data-testid="reporter-muted"' not in client.get(address(report)).content


@pytest.mark.parametrize(
    "forged", ["reporters/0/muted", "reporters/2/muted", "reporters/999/muted", "reporters/1/ban"]
)
def test_a_forged_reporter_or_act_is_a_missing_page(
    forged: str, lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    report = claimed(client, a_report())
    a_report(Rule.SPAM, subject=person(7), partner=person(8))
    form: dict[str, Any] = {"version": report.version, "reason": "Made it up."}

    assert client.post(address(report, forged), form).status_code == 404
    assert not ReporterMeasure.objects.exists()


def test_what_is_sealed_of_the_other_side_is_not_told_here(
    mod: User, guardian: User, browser: SignIn
) -> None:
    client = browser(guardian)
    report = claimed(client, a_report())
    sent = {**_form(report), "other-policy": "grooming"}
    client.post(address(report, "other-side"), sent)
    assert Report.objects.exclude(pk=report.pk).get().queue == "child_safety"
    told = "The other side as well"
    assert told in client.get(address(report)).content.decode()
    assert told not in browser(mod).get(address(report)).content.decode()
