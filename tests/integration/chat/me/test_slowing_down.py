"""About you, asked for too often: words for people, JSON for programs, and when to come again."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from chat.admission import cookies
from chat.admission.cookies import DeviceCookie
from chat.models import Block, Device
from reports.ids import DeviceId

HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.5"
HEADERS = {"origin": "http://localhost:8000"}

pytestmark = pytest.mark.usefixtures("redis_client")


@pytest.fixture(autouse=True)
def few(transactional_db: None, settings: Settings) -> None:
    for act in ("LOOKS", "CHANGES"):
        setattr(settings, f"{act}_DEVICE_BURST", 2)
        setattr(settings, f"{act}_PREFIX_BURST", 3)
        setattr(settings, f"{act}_DEVICE_PER_MIN", 2.0)
        setattr(settings, f"{act}_PREFIX_PER_MIN", 2.0)


def browser(device: UUID | None = None) -> Client:
    client = Client()
    cookie = DeviceCookie(device=DeviceId(device or uuid4()), is_under_age=False)
    client.cookies[cookies.DEVICE_COOKIE] = cookies.device_value(cookie)
    return client


def look(client: Client, address: str = HERE, **query: str) -> int:
    return int(client.get("/me/", query, REMOTE_ADDR=address).status_code)


def test_looking_is_limited_for_a_browser_and_for_a_network() -> None:
    ada = browser()
    assert [look(ada) for _ in range(12)] == [200, 200] + [429] * 10
    # Ten refusals took nothing of the neighbours', who have one left.
    assert [look(browser()) for _ in range(2)] == [200, 429]
    assert look(browser(), ELSEWHERE) == 200


def test_a_program_is_told_when_and_a_person_in_words() -> None:
    ada = browser()
    for _ in range(2):
        look(ada)
    page = ada.get("/me/", REMOTE_ADDR=HERE)
    file = ada.get("/me/", {"format": "json"}, REMOTE_ADDR=HERE)
    for answer in (page, file):
        assert answer.status_code == 429
        assert 25 < int(answer["Retry-After"]) <= 30
        assert answer["Cache-Control"] == "no-store"
    assert f"Wait {page['Retry-After']} seconds" in page.content.decode()
    assert json.loads(file.content)["code"] == "slow_down"
    assert 25 < json.loads(file.content)["retry_after_s"] <= 30


def test_a_form_that_came_too_often_changes_nothing_and_can_be_sent_again() -> None:
    device = Device.objects.create()
    ada = browser(device.id)
    block = Block.objects.create(
        device=device, blocked_id=Device.objects.create().id, conversation=uuid4()
    )
    for _ in range(2):
        ada.post("/me/unblock/", {"block": "0"}, headers=HEADERS, REMOTE_ADDR=HERE)

    refused = ada.post("/me/unblock/", {"block": block.pk}, headers=HEADERS, REMOTE_ADDR=HERE)

    assert refused.status_code == 429
    assert f'name="block" value="{block.pk}"' in refused.content.decode()
    assert Block.objects.exists()


def test_the_page_s_own_script_is_answered_in_json() -> None:
    ada = browser()
    for _ in range(3):
        answer = ada.post(
            "/me/preferences/",
            "{}",
            content_type="application/json",
            headers=HEADERS,
            REMOTE_ADDR=HERE,
        )
    assert answer.status_code == 429
    assert json.loads(answer.content)["code"] == "slow_down"


def test_while_nobody_can_count_nothing_is_shown_or_changed(
    settings: Settings, tmp_path: Path
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    ada = browser()
    assert look(ada) == 503
    assert ada.post("/me/delete/", headers=HEADERS, REMOTE_ADDR=HERE).status_code == 503


def test_who_has_no_cookie_is_nobody_and_costs_nothing() -> None:
    guest = Client()
    assert [look(guest) for _ in range(6)] == [200] * 6
    assert look(browser()) == 200
