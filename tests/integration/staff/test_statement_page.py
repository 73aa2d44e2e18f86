"""The statement of reasons: for whoever has the code, and telling them no more than theirs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reports.house_rules import policies
from reports.models import Appeal, Report, Sanction, Statement
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from tests.integration.staff.conftest import SignIn, a_report, verbs
from tests.report_cases import BO, MALLORY


@pytest.fixture
def statement(found: Report) -> Statement:
    return Sanction.objects.get(report=found).statement


def _page(statement: Statement, act: str = "") -> str:
    return f"/statement/{statement.code}/{act}{'/' if act else ''}"


@pytest.mark.parametrize("act", ["", "appeal/", "pressed/"])
@pytest.mark.parametrize("code", ["x", "A" * 22, "a" * 400])
def test_an_unknown_code_is_a_missing_page(db: None, client: Client, code: str, act: str) -> None:
    send = client.post if act == "pressed/" else client.get

    assert send(f"/statement/{code}/{act}").status_code == 404


def test_it_says_rule_facts_and_who_decided(client: Client, statement: Statement) -> None:
    page = client.get(_page(statement))

    text = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    for words in ("Nudity on camera", "A machine", "automatic", 'data-testid="statement"'):
        assert words in text
    assert 'data-state="in_force"' in text


def test_it_names_neither_partner_nor_lines_nor_report(
    client: Client, statement: Statement, found: Report
) -> None:
    a_report(note="was rude", conversation=found.conversation)

    text = client.get(_page(statement)).content.decode()

    for secret in (str(BO.participant), str(BO.device), "hello there", "was rude", str(found.pk)):
        assert secret not in text
    assert "reported" not in text.lower()


def test_with_a_report_and_without_one_it_reads_the_same(client: Client, lead: User) -> None:
    now, policy = timezone.now(), policies.current(Rule.HARASSMENT, is_child_safety=False)
    texts = []
    for report in (None, a_report(Rule.HARASSMENT)):
        sanction = enforcement.impose(
            person=MALLORY,
            policy=policy,
            length=Length.HOURS_24,
            reason="as the lines show",
            acting_user=lead,
            now=now,
            report=report,
        )
        told = client.get(_page(sanction.statement), {"format": "json"}).json()
        page = client.get(_page(sanction.statement)).content.decode()
        token = page.partition('csrfmiddlewaretoken" value="')[2][:64]
        texts.append((told["facts"], page.replace(told["code"], "").replace(token, "")))

    assert texts[0] == texts[1]


@pytest.mark.parametrize("way", ["query", "header"])
def test_it_can_be_polled(way: str, client: Client, statement: Statement) -> None:
    if way == "query":
        response = client.get(_page(statement), {"format": "json"})
    else:
        response = client.get(_page(statement), headers={"accept": "application/json"})

    until = statement.sanction.until
    assert until is not None
    told = response.json()
    assert told["code"] == statement.code
    assert (told["rule"], told["state"]) == ("nudity", "in_force")
    assert told["until"] == until.isoformat()
    assert "no-store" in response.headers["Cache-Control"]


def test_the_waiting_page_is_told_what_the_person_did_already(
    client: Client, statement: Statement
) -> None:
    def told() -> tuple[str, bool, bool]:
        answer = client.get(_page(statement), {"format": "json"}).json()
        return answer["title"], answer["pressed"], answer["appealed"]

    assert told() == ("Nudity on camera", False, False)
    client.post(_page(statement, "pressed"))
    client.post(_page(statement, "appeal"), {"text": "A photograph."})
    assert told() == ("Nudity on camera", True, True)


def test_who_sent_an_appeal_is_taken_to_what_became_of_it(
    client: Client, statement: Statement
) -> None:
    response = client.post(_page(statement, "appeal"), {"text": "A photograph."})

    assert response.headers["Location"] == f"{_page(statement)}#appeal-section"
    assert b'id="appeal-section"' in client.get(_page(statement)).content


def test_it_says_so_when_it_is_over(client: Client, statement: Statement) -> None:
    past = timezone.now() - timedelta(minutes=1)
    Sanction.objects.filter(pk=statement.sanction_id).update(
        starts_at=past - timedelta(minutes=10), until=past
    )

    assert client.get(_page(statement), {"format": "json"}).json()["state"] == "over"
    assert b'data-state="over"' in client.get(_page(statement)).content


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_an_appeal_of_the_wrong_size_is_not_kept(
    text: str, client: Client, statement: Statement
) -> None:
    response = client.post(_page(statement, "appeal"), {"text": text})

    assert response.status_code == 422
    assert b'role="alert"' in response.content
    assert not Appeal.objects.exists()


def test_a_form_of_another_site_is_refused(browser: SignIn, statement: Statement) -> None:
    client = browser(checks_tokens=True)

    for act in ("appeal", "pressed"):
        assert client.post(_page(statement, act), {"text": "x"}).status_code == 403
    assert not Appeal.objects.exists()


def test_an_appeal_is_written_once(client: Client, statement: Statement) -> None:
    first = client.post(_page(statement, "appeal"), {"text": "<i>a photograph</i>"}, follow=True)
    second = client.post(_page(statement, "appeal"), {"text": "once more"})

    assert b'data-state="open"' in first.content
    assert b"&lt;i&gt;a photograph" in first.content
    assert second.status_code == 409
    assert Appeal.objects.get().text == "<i>a photograph</i>"


def test_a_hostile_character_breaks_nothing(client: Client, statement: Statement) -> None:
    response = client.post(
        _page(statement, "appeal"),
        {"text": "nul\x00 and \ud800 lone".encode("utf-8", "surrogatepass")},
    )

    assert response.status_code in {302, 422}


def test_reading_the_tap_does_nothing(client: Client, statement: Statement) -> None:
    assert client.get(_page(statement, "pressed")).status_code == 405
    statement.refresh_from_db()
    assert statement.pressed_at is None


def test_one_tap_tells_staff_and_shows_help(
    client: Client, statement: Statement, found: Report, mod: User, browser: SignIn
) -> None:
    before = found.rank

    page = client.post(_page(statement, "pressed"), follow=True)
    client.post(_page(statement, "pressed"))

    statement.refresh_from_db()
    found.refresh_from_db()
    assert statement.pressed_at is not None
    assert verbs().count("statement.pressed") == 1
    assert found.rank == pytest.approx(before + 15)
    assert b'data-testid="statement-help"' in page.content
    assert b"takeitdown.ncmec.org" in page.content
    assert b"says: somebody asked me to" in browser(mod).get("/admin/reports/report/").content


def test_somebody_who_may_be_young_is_shown_help_at_once(client: Client, sealed: Report) -> None:
    statement = Sanction.objects.get(report=sealed).statement

    assert b'data-testid="statement-help"' in client.get(_page(statement)).content


def test_a_warning_says_that_it_bars_nobody_and_until_when_it_counts(
    client: Client, mod: User, lead: User, browser: SignIn
) -> None:
    now = timezone.now()
    warning = enforcement.impose(
        person=MALLORY,
        policy=policies.current(Rule.HARASSMENT, is_child_safety=False),
        length=Length.WARNING,
        reason="as the lines show",
        acting_user=lead,
        now=now,
        report=a_report(Rule.HARASSMENT),
    )
    told = client.get(_page(warning.statement), {"format": "json"}).json()
    page = client.get(_page(warning.statement)).content.decode()
    staff_page = browser(mod).get(f"/admin/reports/sanction/{warning.pk}/").content.decode()

    assert (told["state"], told["until"]) == ("warned", None)
    assert 'data-state="warned"' in page
    assert 'data-testid="appeal-send"' in page
    assert 'data-testid="statement-until"' not in page
    counts_until = (now + timedelta(days=180)).date()
    assert f"It counts until {counts_until.day} {counts_until:%B %Y}" in page
    assert "reported" not in page.lower()
    assert "not yet" in staff_page.split('data-testid="sanction-told"')[1].split("</dd>")[0]
