"""The report queue: who sees which rows, and who gets a report that two reach for."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reports.locks import lock_subject
from reports.models import Decision, Queue, Report, State
from reports.roles import Role
from reports.rules import Rule
from reports.snapshot_json import decode
from tests.e2e.waiting import wait_for
from tests.integration.staff.conftest import SignIn, a_report, address, claimed, verbs
from tests.races import at_once
from tests.report_cases import person, staff

QUEUE = "/admin/reports/report/"
NEXT = "/admin/reports/report/next/"
ROW = b'data-testid="report-row"'


def test_a_guest_is_sent_to_the_sign_in(db: None, browser: SignIn) -> None:
    response = browser().get(QUEUE)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_a_moderator_is_shown_no_row_and_no_count_of_what_is_sealed(
    mod: User, sealed: Report, browser: SignIn
) -> None:
    page = browser(mod).get(QUEUE)

    assert page.content.count(ROW) == 0
    assert b"hild safety" not in page.content
    assert str(sealed.pk).encode() not in page.content
    assert b"child_safety" not in browser(mod).get("/admin/").content


@pytest.mark.parametrize("term", ["{id}", "{short}", "{subject}", "{conversation}"])
def test_searching_does_not_find_what_is_sealed(
    term: str, mod: User, guardian: User, sealed: Report, browser: SignIn
) -> None:
    wanted = term.format(
        id=sealed.pk,
        short=str(sealed.pk)[:8],
        subject=sealed.subject_participant,
        conversation=sealed.conversation,
    )

    assert browser(mod).get(QUEUE, {"q": wanted}).content.count(ROW) == 0
    assert browser(guardian).get(QUEUE, {"q": wanted}).content.count(ROW) == 1


def test_asking_for_the_sealed_queue_shows_a_moderator_nothing(
    mod: User, sealed: Report, browser: SignIn
) -> None:
    page = browser(mod).get(QUEUE, {"queue": "child_safety"})

    assert page.content.count(ROW) == 0


def test_rows_stand_in_the_order_of_urgency(mod: User, browser: SignIn) -> None:
    mild = a_report(Rule.SPAM, subject=person(3))
    grave = a_report(Rule.THREAT, subject=person(4))

    page = browser(mod).get(QUEUE).content.decode()

    assert page.index(str(grave.pk)) < page.index(str(mild.pk))


def test_a_longer_list_asks_the_database_no_more(
    mod: User, browser: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in = browser(mod)
    for number in range(12):
        a_report(subject=person(20 + number), partner=person(50 + number))

    with django_assert_max_num_queries(12):
        page = signed_in.get("/admin/reports/report/")

    assert page.content.decode().count('data-testid="report-row"') == 12


def test_the_list_can_be_narrowed(mod: User, browser: SignIn) -> None:
    a_report(Rule.SPAM, subject=person(3))
    threat = a_report(Rule.THREAT, subject=person(4))
    client = browser(mod)

    by_rule = client.get(QUEUE, {"rule": "threat"})
    by_source = client.get(QUEUE, {"source": "machine"})
    by_receipt = client.get(QUEUE, {"q": threat.reporters.get().receipt})

    assert by_rule.content.count(ROW) == 1
    assert by_source.content.count(ROW) == 0
    assert str(threat.pk).encode() in by_receipt.content
    assert by_receipt.content.count(ROW) == 1


def test_next_takes_the_most_urgent_report(mod: User, browser: SignIn) -> None:
    a_report(Rule.SPAM, subject=person(3))
    grave = a_report(Rule.THREAT, subject=person(4))

    response = browser(mod).post(NEXT)

    assert response.headers["Location"] == address(grave)
    grave.refresh_from_db()
    assert (grave.state, grave.claimed_by) == (State.CLAIMED, mod)


def test_next_never_hands_a_moderator_what_is_sealed(
    mod: User, sealed: Report, browser: SignIn
) -> None:
    response = browser(mod).post(NEXT)

    assert response.headers["Location"] == QUEUE
    sealed.refresh_from_db()
    assert sealed.state == State.OPEN


def test_next_without_anything_waiting_says_so(mod: User, browser: SignIn) -> None:
    page = browser(mod).post(NEXT, follow=True)

    assert b"Nothing waits" in page.content


@pytest.mark.parametrize("act", ["claim", "skip", "confirm", "dismiss", "escalate", "heartbeat"])
def test_reading_an_address_changes_nothing(
    act: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    before, known = found.version, len(verbs())

    response = client.get(address(found, act))

    assert response.status_code == 405
    found.refresh_from_db()
    assert found.version == before
    assert verbs()[known:] == []


def test_a_form_without_the_token_is_refused(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod, checks_tokens=True)

    response = client.post(address(found, "claim"), {"version": found.version})

    assert response.status_code == 403
    found.refresh_from_db()
    assert found.state == State.OPEN


def test_a_claim_on_an_old_version_names_who_was_faster(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    seen = found.version
    browser(other_mod).post(address(found, "claim"), {"version": seen})

    page = browser(mod).post(address(found, "claim"), {"version": seen}, follow=True)

    assert b"other-mod was faster" in page.content
    found.refresh_from_db()
    assert found.claimed_by == other_mod


def test_of_many_who_claim_at_once_one_gets_it(transactional_db: None, browser: SignIn) -> None:
    report = a_report()
    accounts = [staff(f"mod-{number}", Role.MODERATOR) for number in range(4)]
    clients = [browser(account) for account in accounts]

    claim = address(report, "claim")
    at_once(*(partial(client.post, claim, {"version": report.version}) for client in clients))

    report.refresh_from_db()
    assert report.state == State.CLAIMED
    assert Decision.objects.filter(report=report, kind="claimed").count() == 1
    assert verbs().count("report.claimed") == 1


def test_what_is_sealed_between_the_look_and_the_act_is_missing(
    transactional_db: None, browser: SignIn
) -> None:
    report = claimed(browser(staff("mod-1", Role.MODERATOR)), a_report())
    signed_in = browser(User.objects.get(username="mod-1"))
    form = {"version": report.version, "reason": "nothing"}
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        lock_subject(decode(report.snapshot).subject)
        answer = other.submit(_sent, signed_in, address(report, "dismiss"), form)
        wait_for(_somebody_waits_for_a_lock, timeout_s=10, what="the act waits for the subject")
        report.queue, report.is_safety_floor = Queue.CHILD_SAFETY, True
        report.save()
    assert answer.result(timeout=10) == 404


def _sent(client: Client, path: str, form: dict[str, Any]) -> int:
    try:
        return int(client.post(path, form).status_code)
    finally:
        connection.close()


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        count: int = cursor.fetchone()[0]
    return count > 0


def test_skipping_gives_it_back_and_is_not_offered_again_at_once(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    client.post(NEXT)

    client.post(address(found, "skip"))
    again = client.post(NEXT)

    found.refresh_from_db()
    assert (found.state, found.claimed_by) == (State.OPEN, None)
    assert again.headers["Location"] == QUEUE


@pytest.mark.parametrize("name", ["rule", "queue", "source", "q", "state", "holder"])
def test_a_nul_in_the_address_is_a_missing_page(name: str, mod: User, browser: SignIn) -> None:
    for pages in ("report", "sanction", "notice", "bankentry", "policy"):
        answer = browser(mod).get(f"/admin/reports/{pages}/?{name}=%00")
        assert answer.status_code == 404
