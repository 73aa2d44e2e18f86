"""The forms that anybody with a statement's code may send: how often, and what a refusal says."""

from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from chat.admission import cookies
from chat.admission.cookies import DeviceCookie
from reports.ids import DeviceId
from reports.models import Appeal, Report, Sanction, Statement

HERE = "203.0.113.7"
NEIGHBOUR = "203.0.113.88"
ELSEWHERE = "198.51.100.5"
HOSTILE = '"><script>hacked()</script>'

pytestmark = pytest.mark.usefixtures("redis_client")


@pytest.fixture
def statement(found: Report) -> Statement:
    return Sanction.objects.get(report=found).statement


@pytest.fixture(autouse=True)
def few(settings: Settings) -> None:
    settings.APPEALS_DEVICE_BURST, settings.APPEALS_PREFIX_BURST = 2, 3
    settings.APPEALS_DEVICE_PER_MIN = settings.APPEALS_PREFIX_PER_MIN = 2.0


def browser(*, is_known: bool = True) -> Client:
    """A browser, with the cookie of a device if it is known."""
    client = Client()
    if is_known:
        device = DeviceCookie(device=DeviceId(uuid4()), is_under_age=False)
        client.cookies[cookies.DEVICE_COOKIE] = cookies.device_value(device)
    return client


def send(
    client: Client, statement: Statement, act: str, address: str = HERE, **fields: str
) -> HttpResponse:
    path = f"/statement/{statement.code}/{act}/"
    return client.post(path, fields, REMOTE_ADDR=address)  # type: ignore[return-value]


def is_refused(answer: HttpResponse) -> bool:
    """Whether it is the page that says when to come again."""
    if answer.status_code != 429:
        return False
    wait_s = int(answer["Retry-After"])
    assert 25 < wait_s <= 30
    assert f"Wait {wait_s} seconds" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    return True


@pytest.mark.parametrize("act", ["appeal", "pressed"])
def test_the_form_after_the_last_one_is_refused_and_told_when(
    act: str, statement: Statement
) -> None:
    ada = browser()
    assert not any(is_refused(send(ada, statement, act)) for _ in range(2))
    assert is_refused(send(ada, statement, act))
    assert not is_refused(send(browser(), statement, act, NEIGHBOUR))


def test_nothing_of_a_refused_form_is_done_or_lost(statement: Statement) -> None:
    ada = browser()
    for _ in range(2):
        send(ada, statement, "appeal", text="")

    refused = send(ada, statement, "appeal", text=f"It was a photograph. {HOSTILE}")

    page = refused.content.decode()
    assert is_refused(refused)
    assert not Appeal.objects.exists()
    assert HOSTILE not in page
    kept = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert is_refused(send(ada, statement, "appeal", ELSEWHERE, text=unescape(kept)))
    again = send(browser(), statement, "appeal", ELSEWHERE, text=unescape(kept))
    assert again.status_code == 302
    assert Appeal.objects.get().text == f"It was a photograph. {HOSTILE}"


def test_a_network_is_refused_whatever_the_header_claims(statement: Statement) -> None:
    answers = [
        browser(is_known=False).post(
            f"/statement/{statement.code}/pressed/",
            REMOTE_ADDR=f"203.0.113.{number}",
            headers={"x-forwarded-for": f"192.0.{number}.1"},
        )
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert not is_refused(send(browser(is_known=False), statement, "pressed", ELSEWHERE))


def test_a_browser_that_is_refused_uses_up_nothing_of_its_neighbours(statement: Statement) -> None:
    mallory = browser()
    refused = [is_refused(send(mallory, statement, "appeal")) for _ in range(12)]
    assert refused == [False] * 2 + [True] * 10
    assert not is_refused(send(browser(), statement, "appeal", NEIGHBOUR))


def test_who_wrote_too_many_appeals_can_still_say_that_they_were_pressed(
    statement: Statement,
) -> None:
    ada = browser()
    for _ in range(3):
        send(ada, statement, "appeal")
    assert send(ada, statement, "pressed").status_code == 302
    statement.refresh_from_db()
    assert statement.pressed_at is not None


def test_codes_cannot_be_tried_faster_than_forms_are_sent(statement: Statement) -> None:
    ada = browser()
    statuses = [
        ada.post(f"/statement/{number}/pressed/", REMOTE_ADDR=HERE).status_code
        for number in range(3)
    ]
    assert statuses == [404, 404, 429]


def test_a_refusal_names_help_that_needs_no_waiting(statement: Statement) -> None:
    ada = browser()
    for _ in range(2):
        send(ada, statement, "pressed")
    assert b'href="/help/"' in send(ada, statement, "pressed").content


def test_while_nobody_can_count_no_form_is_taken_and_it_says_so(
    statement: Statement, settings: Settings, tmp_path: Path
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    for act in ("appeal", "pressed"):
        answer = send(browser(), statement, act, text="A photograph.")
        assert answer.status_code == 503
        assert "Send it again in a moment" in answer.content.decode()

    statement.refresh_from_db()
    assert statement.pressed_at is None
    assert not Appeal.objects.exists()


def test_reading_a_statement_costs_nothing_of_it(statement: Statement) -> None:
    ada = browser()
    for _ in range(6):
        assert ada.get(f"/statement/{statement.code}/", REMOTE_ADDR=HERE).status_code == 200
    assert not is_refused(send(ada, statement, "pressed"))
