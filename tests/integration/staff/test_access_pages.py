"""Asking for sealed evidence and answering, on the pages; for others they don't exist (I11)."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reports.evidence_room import access
from reports.house_rules.policies import current
from reports.incoming import findings
from reports.known_pictures import banks
from reports.models import AccessRequest, Report
from reports.reviewing import review
from reports.rules import Rule
from reports.sanctions.ladder import Length
from tests.integration.staff.conftest import SignIn, _fresh, address, claimed
from tests.report_cases import finding, frame

LIST = "/admin/reports/accessrequest/"


@pytest.fixture
def sealed(db: None) -> Report:
    now = timezone.now()
    evidence = (frame(1), frame(2))
    found = finding(is_child_safety=True, found_at=now, snapshot=_fresh(), evidence=evidence)
    return Report.objects.get(pk=findings.record(found).report)


def _ask(client: Client, report: Report, **changes: object) -> AccessRequest:
    items = [str(item.pk) for item in report.evidence.all()]
    asked = {"item": items, "reason": "The age is unclear.", **changes}
    response = client.post(f"{LIST}ask/{report.pk}/", asked)
    assert response.status_code == 303
    return AccessRequest.objects.latest("pk")


def _open(client: Client, report: Report) -> int:
    item = report.evidence.order_by("sha256").first()
    assert item is not None
    path = f"{address(report)}evidence/{item.pk}/original/"
    return client.post(path, {"purpose": "decide"}).status_code


@pytest.mark.parametrize("who", ["mod", "lead", "auditor", "chief"])
def test_for_others_neither_pages_nor_links_exist(
    who: str, sealed: Report, guardian: User, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    asked = _ask(browser(guardian), sealed)
    client = browser(request.getfixturevalue(who))

    for path in (LIST, f"{LIST}{asked.public_id}/"):
        assert client.get(path).status_code == 404
    for act in ("approve", "refuse", "revoke"):
        real = client.post(f"{LIST}{asked.public_id}/{act}/")
        assert real.status_code == 404
        assert client.post(f"{LIST}999/{act}/").content == real.content
    assert client.post(f"{LIST}ask/{sealed.pk}/", {"reason": "x"}).status_code == 404
    assert b"accessrequest" not in client.get("/admin/").content
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_one_asks_another_answers_and_it_opens(
    sealed: Report,
    guardian: User,
    another_guardian: Callable[[], User],
    browser: SignIn,
) -> None:
    asking, answering = browser(guardian), browser(another_guardian())
    claimed(asking, sealed)
    covered = asking.get(address(sealed)).content.decode()
    assert "/original/" not in covered
    assert 'data-testid="access-ask"' in covered
    assert _open(asking, sealed) == 403

    asked = _ask(asking, sealed)
    assert 'data-testid="access-waiting"' in asking.get(address(sealed)).content.decode()
    assert 'data-testid="access-waits"' in asking.get(f"{LIST}{asked.public_id}/").content.decode()
    assert "The age is unclear." in answering.get(f"{LIST}{asked.public_id}/").content.decode()
    assert b'data-testid="access-row"' in answering.get(LIST).content
    answering.post(f"{LIST}{asked.public_id}/approve/")

    page = asking.get(address(sealed)).content.decode()
    assert page.count("/original/") == 2
    assert 'data-testid="access-standing"' in page
    assert _open(asking, sealed) == 200
    assert _open(answering, sealed) == 403

    answering.post(f"{LIST}{asked.public_id}/revoke/")
    assert _open(asking, sealed) == 403


def test_the_asker_is_told_that_another_has_to_answer(
    sealed: Report, guardian: User, browser: SignIn
) -> None:
    client = browser(guardian)
    asked = _ask(client, sealed)

    told = client.post(f"{LIST}{asked.public_id}/approve/", follow=True)

    assert "another person has to answer" in told.content.decode()
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_a_request_needs_a_reason_and_items(
    sealed: Report, guardian: User, browser: SignIn
) -> None:
    client = browser(guardian)
    wrongs: list[dict[str, object]] = [{"reason": ""}, {"item": []}, {"item": ["no id"]}]
    for wrong in wrongs:
        usual = {"item": [str(item.pk) for item in sealed.evidence.all()], "reason": "why"}
        assert client.post(f"{LIST}ask/{sealed.pk}/", usual | wrong).status_code == 303
    assert not AccessRequest.objects.exists()


def test_who_waits_for_an_answer_is_counted_in_the_sidebar_of_the_others(
    sealed: Report,
    guardian: User,
    another_guardian: Callable[[], User],
    browser: SignIn,
) -> None:
    _ask(browser(guardian), sealed)

    def badge(user: User) -> bool:
        page = browser(user).get("/admin/").content.decode()
        return "bg-orange-100" in page.partition(LIST)[2][:900]

    assert badge(another_guardian())
    assert not badge(guardian)


def test_what_lapsed_or_expired_leaves_the_list_and_stays_findable(
    sealed: Report, guardian: User, browser: SignIn
) -> None:
    client = browser(guardian)
    asked = _ask(client, sealed)
    AccessRequest.objects.filter(pk=asked.pk).update(lapses_at=timezone.now())

    assert b'data-testid="access-row"' not in client.get(LIST).content
    everything = client.get(LIST, {"state": "all"}).content.decode()
    assert "Not answered in time" in everything
    with pytest.raises(access.AnsweredError):
        access.revoke(asked.pk, acting_user=guardian, now=timezone.now())


def test_a_request_is_found_by_the_start_of_its_reports_id(
    sealed: Report, guardian: User, browser: SignIn
) -> None:
    client = browser(guardian)
    _ask(client, sealed)

    assert b'data-testid="access-row"' in client.get(LIST, {"q": str(sealed.pk)[:8]}).content
    for term in ("00000000", "' OR 1=1", "%"):
        assert b'data-testid="access-row"' not in client.get(LIST, {"q": term}).content


def test_a_sealed_frame_opens_on_a_banks_page_only_with_an_approval(
    sealed: Report, guardian: User, another_guardian: Callable[[], User], browser: SignIn
) -> None:
    now, other = timezone.now(), another_guardian()
    claimed(browser(guardian), sealed)
    sealed.refresh_from_db()
    review.confirm(
        sealed.pk,
        version=sealed.version,
        policy=current(Rule.NUDITY, is_child_safety=True),
        length=Length.DAYS_30,
        reason="seen",
        acting_user=guardian,
        now=now,
    )
    item = sealed.evidence.order_by("sha256").first()
    assert item is not None
    entry = banks.propose(item.pk, reason="seen", acting_user=guardian, now=now)
    page, client = f"/admin/reports/bankentry/{entry.public_id}/", browser(other)
    assert "/original/" not in client.get(page).content.decode()
    assert _open(client, sealed) == 403

    asked = access.ask(sealed.pk, [item.pk], reason="to agree", acting_user=other, now=now)
    access.approve(asked.pk, acting_user=guardian, now=now)

    assert "/original/" in client.get(page).content.decode()
    assert _open(client, sealed) == 200
