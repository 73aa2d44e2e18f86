"""Deciding many reports at once, through the pages."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reports.models import Outcome, Report, Wave
from reports.reviewing import review
from reports.rules import Rule
from reports.snapshots import SnapshotLine, Speaker
from tests.integration.staff.conftest import SignIn, a_report, address
from tests.report_cases import person

LIST = "/admin/reports/wave/"
NEW = f"{LIST}new/"

pytestmark = pytest.mark.django_db


def ad(number: int) -> Report:
    text = "come to my channel, it is free and it is fun"
    said = SnapshotLine(at=timezone.now(), speaker=Speaker.SUBJECT, text=text, was_withheld=False)
    subject, partner = person(number), person(number + 500)
    return a_report(Rule.SPAM, subject=subject, partner=partner, lines=(said,))


def sent(client: Client, *reports: Report, **fields: str) -> Any:
    picks = [f"{report.pk}:{report.version}" for report in reports]
    usual = {"token": str(uuid4()), "act": "confirmed", "policy": "spam", "sanction": "24_hours"}
    answer: Any = client.post(NEW, usual | {"reason": "a wave", "report": picks} | fields)
    return answer


@pytest.mark.parametrize("who", ["mod", "auditor", "chief"])
def test_the_pages_exist_for_leads_alone(
    who: str, lead: User, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    report = ad(10)
    sent(browser(lead), ad(11))
    wave = Wave.objects.get()
    client = browser(request.getfixturevalue(who))
    for path in (LIST, NEW, f"{LIST}{wave.public_id}/"):
        assert client.get(path).status_code == 404
    assert sent(client, report).status_code == 404
    assert client.post(f"{LIST}{wave.public_id}/undo/", {"reason": "x"}).status_code == 404
    assert Report.objects.filter(outcome="").count() == 1


def test_a_lead_goes_from_one_report_to_all_like_it_and_undoes_it(
    lead: User, browser: SignIn
) -> None:
    reports, client = [ad(number) for number in (10, 11, 12)], browser(lead)
    page = client.get(address(reports[0])).content.decode()
    assert f"{NEW}?like={reports[0].pk}" in page
    chooser = client.get(NEW, {"like": str(reports[0].pk)}).content.decode()
    assert chooser.count('data-testid="wave-candidate"') == 3

    done = sent(client, *reports)

    assert done.status_code == 303
    assert Report.objects.filter(outcome=Outcome.CONFIRMED).count() == 3
    wave = Wave.objects.get()
    assert b'data-testid="wave-undo"' in client.get(f"{LIST}{wave.public_id}/").content
    client.post(f"{LIST}{wave.public_id}/undo/", {"reason": "a mistake"})
    assert Report.objects.filter(outcome="").count() == 3
    assert b'data-testid="wave-undo"' not in client.get(f"{LIST}{wave.public_id}/").content


@pytest.mark.parametrize("missing", ["policy", "sanction", "reason"])
def test_confirming_needs_policy_length_and_reason(
    missing: str, lead: User, browser: SignIn
) -> None:
    report = ad(10)
    answer = sent(browser(lead), report, **{missing: ""})
    assert answer.status_code == 422
    assert not Wave.objects.exists()


def test_dismissing_needs_its_reason_alone(lead: User, browser: SignIn) -> None:
    client, report = browser(lead), ad(10)
    fields = {"act": "dismissed", "policy": "", "sanction": ""}
    assert sent(client, report, **fields, reason="").status_code == 422
    assert sent(client, report, **fields).status_code == 303
    report.refresh_from_db()
    assert report.outcome == Outcome.DISMISSED


@pytest.mark.parametrize("policy", ["grooming", "threat", "no-such-policy"])
def test_a_policy_that_is_not_offered_is_refused(
    policy: str, guardian: User, browser: SignIn
) -> None:
    assert sent(browser(guardian), ad(10), policy=policy).status_code == 422
    assert not Wave.objects.exists()


def test_forged_picks_and_tokens_do_nothing(lead: User, browser: SignIn) -> None:
    report, client = ad(10), browser(lead)
    for fields in ({"token": "x"}, {"token": ""}, {"report": "x"}, {"report": f"{report.pk}:-1"}):
        assert sent(client, report, **fields).status_code == 404
    assert not Wave.objects.exists()


def test_a_form_sent_again_leads_to_the_same_wave(lead: User, browser: SignIn) -> None:
    report, client, token = ad(10), browser(lead), str(uuid4())
    first, again = (sent(client, report, token=token) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    assert Wave.objects.count() == 1


def test_what_somebody_holds_is_not_offered_and_is_named_when_sent(
    lead: User, mod: User, browser: SignIn
) -> None:
    held, client = ad(10), browser(lead)
    review.claim(held.pk, version=held.version, acting_user=mod, now=timezone.now())
    assert str(held.pk) not in client.get(NEW, {"rule": "spam"}).content.decode()
    sent(client, held)
    page = client.get(f"{LIST}{Wave.objects.get().public_id}/").content.decode()
    assert "mod holds it" in page


def test_a_sealed_report_is_like_none(lead: User, browser: SignIn) -> None:
    sealed = a_report(Rule.GROOMING)
    client = browser(lead)
    unknown = client.get(NEW, {"like": str(uuid4())})
    answer = client.get(NEW, {"like": str(sealed.pk)})
    assert answer.status_code == unknown.status_code == 404
    assert answer.content == unknown.content


def test_what_was_sealed_since_is_neither_listed_nor_counted(
    lead: User, mod: User, guardian: User, browser: SignIn
) -> None:
    sealed, client = ad(10), browser(lead)
    sent(client, sealed, ad(11))
    where = f"{LIST}{Wave.objects.get().public_id}/"
    client.post(f"{where}undo/", {"reason": "a mistake"})
    sealed.refresh_from_db()
    review.escalate(
        sealed.pk,
        version=sealed.version,
        reason="a child",
        acting_user=mod,
        now=timezone.now(),
        to_child_safety=True,
    )
    page = client.get(where).content.decode()
    assert str(sealed.pk)[:8] not in page
    assert 'data-testid="wave-count">1<' in page
    assert 'data-testid="wave-count">2<' in browser(guardian).get(where).content.decode()
