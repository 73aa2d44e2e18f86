"""Deciding many reports at once, through the pages."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from kombu import Connection

from reports.models import Outcome, Report, Wave
from reports.reviewing import claims, review, waves
from reports.rules import Rule
from reports.snapshots import SnapshotLine, Speaker
from reports.tasks import carry_out_wave, finish_waves
from tests.integration.staff.conftest import SignIn, a_report, address
from tests.report_cases import person

LIST = "/admin/reports/wave/"
NEW = f"{LIST}new/"
QUEUE = "/admin/reports/report/"
KEY = "0123456789abcdef"

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
    finish_waves()
    return answer


def undone(client: Client, wave: Wave) -> None:
    client.post(f"{LIST}{wave.public_id}/undo/", {"reason": "a mistake"})
    finish_waves()


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
    undone(client, wave)
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
    claims.claim(held.pk, version=held.version, acting_user=mod, now=timezone.now())
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
    undone(client, Wave.objects.get())
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
    assert 'data-testid="wave-undone">1<' in page
    assert 'data-testid="wave-undone">2<' in browser(guardian).get(where).content.decode()


def test_the_page_says_how_far_a_wave_is_and_it_can_be_stopped(lead: User, browser: SignIn) -> None:
    reports, client = [ad(10), ad(11)], browser(lead)
    picks = [f"{report.pk}:{report.version}" for report in reports]
    form = {"token": str(uuid4()), "act": "dismissed", "reason": "nothing", "report": picks}
    where = client.post(NEW, form).headers["Location"]

    waits = client.get(where).content.decode()
    assert 'data-left="2"' in waits
    assert 'value="0"' in waits.split("<progress")[1].split(">")[0]
    assert "data-soon" in waits
    undone(client, Wave.objects.get())
    stopped = client.get(where).content.decode()
    assert 'data-left="0"' in stopped
    assert waves.STOPPED in stopped
    assert Report.objects.filter(outcome="").count() == 2


def test_a_wave_is_written_down_also_when_no_worker_can_be_called(
    lead: User, browser: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Connection("redis://127.0.0.1:1/0") as nobody:
        send: Any = carry_out_wave.apply_async
        call = partial(send, connection=nobody)
        monkeypatch.setattr(carry_out_wave, "apply_async", call)
        answer = sent(browser(lead), ad(10))
    assert answer.status_code == 303
    assert Report.objects.get().outcome == Outcome.CONFIRMED


def test_only_who_decides_waves_has_boxes_to_tick_and_only_for_what_fits(
    lead: User, mod: User, browser: SignIn
) -> None:
    free, held = ad(10), ad(11)
    grave = a_report(Rule.THREAT, subject=person(12), partner=person(13))
    claims.claim(held.pk, version=held.version, acting_user=mod, now=timezone.now())

    shown = browser(lead).get(QUEUE).content.decode()

    boxes = [part.split('"')[0] for part in shown.split('name="pick" value="')[1:]]
    assert boxes == [str(free.pk)]
    assert str(grave.pk) in shown
    assert "pick" not in browser(mod).get(QUEUE).content.decode()


def test_no_length_is_chosen_beforehand(lead: User, browser: SignIn) -> None:
    ad(10)
    page = browser(lead).get(NEW, {"rule": Rule.SPAM}).content.decode()
    lengths = page.split('name="sanction"')[1].split("</select>")[0]
    assert lengths.split("<option ")[1].startswith('value=""')
    assert 'value="as_is" selected' not in lengths


def test_what_is_ticked_in_the_list_is_what_the_wave_offers(lead: User, browser: SignIn) -> None:
    ticked, client = [ad(10), ad(11)], browser(lead)
    other = ad(12)
    grave = a_report(Rule.THREAT, subject=person(13), partner=person(14))

    page = client.get(
        NEW, {"pick": [str(report.pk) for report in (*ticked, grave)]}
    ).content.decode()

    assert page.count('data-testid="wave-candidate"') == 2
    assert str(other.pk) not in page
    assert "1 is not for a wave" in page
    assert client.get(NEW, {"pick": "x"}).status_code == 404


def test_a_lead_goes_from_one_report_to_all_of_its_network(lead: User, browser: SignIn) -> None:
    client = browser(lead)
    reports = [ad(number) for number in (10, 11, 12)]
    Report.objects.filter(pk__in=[reports[0].pk, reports[1].pk]).update(subject_prefix=KEY)

    page = client.get(address(reports[0])).content.decode()
    chooser = client.get(NEW, {"network": KEY}).content.decode()

    assert "1 more from the same network" in page
    assert f"{NEW}?network={KEY}" in page
    assert chooser.count('data-testid="wave-candidate"') == 2
    assert f'<option value="{KEY}" selected>' in chooser
    assert (
        'data-testid="wave-candidate"' not in client.get(NEW, {"network": "\0x"}).content.decode()
    )
