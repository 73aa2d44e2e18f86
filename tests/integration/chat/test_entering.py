"""The door: who is let in, who is not, and what the browser is told."""

import asyncio
import http.client
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from channels.layers import get_channel_layer
from django.test import AsyncClient
from pytest_django.fixtures import Settings

from chat import nudges
from chat.admission import cookies
from chat.models import Device, Participant
from reports.events import participant_group
from tests.cast import UNDER_AGE_BORN
from tests.e2e.wire import Control, Stranger, dial
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import House
from tests.integration.chat.meeting import bar, open_control

ORIGIN = "http://localhost:8000"
ENTRY: dict[str, object] = {"birth_date": "1990-05-17", "accept_terms": "1", "languages": ["en"]}


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
@pytest.mark.parametrize("path", ["/api/enter", "/api/leave"])
def test_a_page_that_is_not_ours_is_refused(
    newcomer: Newcomer, origin: str | None, path: str
) -> None:
    guest = newcomer(entered=False)
    assert guest.post(path, ENTRY, origin) == (403, {"code": "forbidden_origin"})
    assert not list(guest.cookies)


def test_the_host_header_allows_no_origin(house: House) -> None:
    address = urlsplit(house.url)
    connection = http.client.HTTPConnection(address.netloc)
    headers = {"Host": "localhost", "Origin": "http://localhost", "Content-Type": "text/plain"}
    connection.request("POST", "/api/enter", json.dumps(ENTRY), headers)
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"birth_date", "accept_terms"}),
        ({**ENTRY, "accept_terms": "0"}, {"accept_terms"}),
        ({**ENTRY, "birth_date": "2990-01-01"}, {"birth_date"}),
        ({**ENTRY, "birth_date": "1800-01-01"}, {"birth_date"}),
        ({**ENTRY, "languages": "en"}, {"languages"}),
        ({**ENTRY, "pad": "x" * 5000}, {"body"}),
    ],
)
def test_a_wrong_entry_names_its_fields_and_makes_nobody(
    newcomer: Newcomer, body: dict[str, object], fields: set[str]
) -> None:
    guest = newcomer(entered=False)
    status, answer = guest.post("/api/enter", body, guest.url)
    assert (status, answer["code"], set(answer["fields"])) == (400, "bad_request", fields)
    assert not Participant.objects.exists()


def test_a_minor_is_not_let_in_nor_with_another_date_nor_after_clearing_the_mark(
    newcomer: Newcomer,
) -> None:
    guest = newcomer(entered=False)
    status, answer = guest.knock(UNDER_AGE_BORN.isoformat())
    assert (status, answer) == (403, {"code": "under_age", "help_url": "/help/"})
    assert guest.knock("1990-05-17")[0] == 403
    Device.objects.update(under_age_at=None)
    assert guest.knock("1990-05-17")[0] == 403  # the cookie knows, too
    assert not Participant.objects.exists()


def test_the_answer_of_a_minor_counts_for_who_has_lost_their_device_cookie(
    newcomer: Newcomer,
) -> None:
    ada = newcomer()
    control, _ = open_control(ada)
    devices = Device.objects.count()
    _forget(ada, cookies.DEVICE_COOKIE)

    status, answer = ada.knock(UNDER_AGE_BORN.isoformat())

    assert (status, answer["code"]) == (403, "under_age")
    assert control.expect_close() == 4401
    assert Device.objects.count() == devices
    assert not Participant.objects.filter(left_at=None).exists()


def test_an_eighteenth_birthday_counts_when_it_has_come_everywhere(newcomer: Newcomer) -> None:
    latest = (datetime.now(UTC) - timedelta(hours=12)).date()
    tomorrow = latest + timedelta(days=1)
    assert newcomer(entered=False).knock(_years_before(tomorrow))[0] == 403
    assert newcomer(entered=False).knock(_years_before(latest))[0] == 201


def test_a_minors_open_sockets_close(newcomer: Newcomer) -> None:
    ada = newcomer()
    control, _ = open_control(ada)
    assert ada.knock(UNDER_AGE_BORN.isoformat())[0] == 403
    assert control.expect_close() == 4401


def test_a_birth_date_is_kept_nowhere(newcomer: Newcomer, redis_client: redis.Redis) -> None:
    newcomer()
    for row in (*Device.objects.values(), *Participant.objects.values()):
        assert not any("1990" in str(value) for value in row.values())
    assert not any(b"1990-05" in _dump(redis_client, key) for key in redis_client.scan_iter())


def test_a_forged_device_is_a_new_one(newcomer: Newcomer) -> None:
    ada = newcomer()
    device = next(cookie for cookie in ada.cookies if cookie.name == cookies.DEVICE_COOKIE)
    assert device.value is not None
    device.value = device.value[:-1] + ("x" if device.value[-1] != "x" else "y")
    _forget(ada, cookies.PARTICIPANT_COOKIE)
    ada.enter()
    assert Device.objects.count() == 2


def test_entering_again_is_a_new_participant_on_the_same_device(newcomer: Newcomer) -> None:
    ada = newcomer()
    ada.enter()
    assert Device.objects.count() == 1
    assert Participant.objects.filter(left_at=None).count() == 1
    assert Participant.objects.count() == 2


def test_who_is_barred_is_told_why_and_where_to_appeal(newcomer: Newcomer) -> None:
    ada = newcomer()
    _, welcome = open_control(ada)
    code = bar(str(welcome["participant"]))
    status, answer = ada.knock("1990-05-17")
    assert (status, answer["code"], answer["rule"]) == (403, "barred", "nudity")
    assert datetime.fromisoformat(answer["until"]) > datetime.now(UTC)
    assert answer["statement"]["code"] == code
    assert code in answer["appeal_url"]


def test_leaving_forgets_the_participant_and_not_the_device(newcomer: Newcomer) -> None:
    ada = newcomer()
    control, _ = open_control(ada)
    old_cookies = ada.cookie_header
    assert ada.post("/api/leave", {}, ada.url)[0] == 200
    assert control.expect_close() == 4401
    assert [cookie.name for cookie in ada.cookies] == [cookies.DEVICE_COOKIE]
    stale = Control(dial(ada.url, "/ws/chat/", "parley.v1", old_cookies))
    assert stale.expect_close() == 4401


def test_the_cookies_are_for_the_server_only(house: House) -> None:
    address = urlsplit(house.url)
    connection = http.client.HTTPConnection(address.netloc)
    headers = {"Origin": house.url, "Content-Type": "application/json"}
    connection.request("POST", "/api/enter", json.dumps(ENTRY), headers)
    response = connection.getresponse()
    given = response.headers.get_all("Set-Cookie") or []
    connection.close()
    assert response.status == 201
    assert {line.split("=")[0] for line in given} == {
        cookies.PARTICIPANT_COOKIE,
        cookies.DEVICE_COOKIE,
    }
    assert all("HttpOnly" in line and "SameSite=Lax" in line for line in given)


@pytest.fixture
def page(transactional_db: None, redis_url: str) -> AsyncClient:
    return AsyncClient()


async def test_who_enters_again_is_sent_away_at_once_from_where_they_were(
    page: AsyncClient,
) -> None:
    assert await _status(page) == 201
    participant = cookies.read_participant(page.cookies[cookies.PARTICIPANT_COOKIE].value)
    assert participant is not None
    layer = get_channel_layer()
    assert layer is not None
    open_socket = await layer.new_channel()
    await layer.group_add(participant_group(participant), open_socket)

    assert await _status(page) == 201

    async with asyncio.timeout(5):
        assert await layer.receive(open_socket) == {"type": nudges.ADMISSION_REVOKED}


async def test_a_browser_that_knocks_too_often_is_slowed_down(
    page: AsyncClient, settings: Settings
) -> None:
    settings.ENTER_DEVICE_BURST = 2
    statuses = [await _status(page) for _ in range(4)]
    # The first has no device yet.
    assert statuses == [201, 201, 201, 429]
    response = await page.post(
        "/api/enter", ENTRY, content_type="application/json", headers={"origin": ORIGIN}
    )
    assert response.json()["code"] == "slow_down"
    assert 0 < response.json()["retry_after_s"] <= 60


async def test_a_neighbourhood_is_slowed_down_whatever_the_header_claims(
    page: AsyncClient, settings: Settings
) -> None:
    settings.ENTER_PREFIX_BURST = 3
    statuses = []
    for number in range(5):
        page.cookies.clear()
        statuses.append(await _status(page, forwarded=f"203.0.{number}.1"))
    assert statuses == [201, 201, 201, 429, 429]


async def test_behind_our_own_proxy_neighbourhoods_are_told_apart(
    page: AsyncClient, settings: Settings
) -> None:
    settings.ENTER_PREFIX_BURST = 1
    settings.TRUSTED_PROXIES = ("127.0.0.0/8",)
    page.cookies.clear()
    assert await _status(page, forwarded="203.0.113.1") == 201
    page.cookies.clear()
    assert await _status(page, forwarded="203.0.113.2") == 429
    assert await _status(page, forwarded="203.0.114.2") == 201


async def test_every_door_says_when_to_come_again(page: AsyncClient, settings: Settings) -> None:
    settings.TERMS_PREFIX_BURST = settings.ENTER_PREFIX_BURST = 1
    settings.TERMS_PREFIX_PER_MIN = settings.ENTER_PREFIX_PER_MIN = 2.0
    for _ in range(2):
        answers = [
            await page.get("/api/terms"),
            await _post(page, "/api/enter", ENTRY),
            await _post(page, "/api/leave", {}),
        ]
    for answer in answers:
        assert answer.status_code == 429
        assert answer.json()["code"] == "slow_down"
        assert 25 < answer.json()["retry_after_s"] <= 30
        assert 25 < int(answer["Retry-After"]) <= 31


async def test_a_browser_that_is_refused_uses_up_nothing_of_its_neighbours(
    page: AsyncClient, settings: Settings
) -> None:
    settings.ENTER_DEVICE_BURST = 1
    settings.ENTER_PREFIX_BURST = 3
    statuses = [await _status(page) for _ in range(12)]
    assert statuses == [201, 201] + [429] * 10
    page.cookies.clear()
    assert await _status(page) == 201


async def test_a_neighbourhood_has_its_share_of_new_browsers_and_known_ones_come_back(
    page: AsyncClient, settings: Settings
) -> None:
    settings.NEW_IDENTITIES_PER_HOUR = 2
    assert [await _status(page), await _status(page)] == [201, 201]  # the second is known
    page.cookies.clear()
    assert await _status(page) == 201
    known = page.cookies.output(header="", sep=";")
    page.cookies.clear()
    assert await _status(page) == 429
    page.cookies.load(known)
    assert await _status(page) == 201


async def _status(page: AsyncClient, forwarded: str = "") -> int:
    return int((await _post(page, "/api/enter", ENTRY, forwarded)).status_code)


async def _post(page: AsyncClient, path: str, body: dict[str, object], forwarded: str = "") -> Any:
    headers = {"origin": ORIGIN} | ({"x-forwarded-for": forwarded} if forwarded else {})
    return await page.post(path, body, content_type="application/json", headers=headers)


def _years_before(day: date) -> str:
    # A leap day 18 years before a day that is none does not exist; the day after it does.
    return (
        f"{day.year - 18}{day:-%m-%d}"
        if (day.month, day.day) != (2, 29)
        else f"{day.year - 18}-03-01"
    )


def _dump(client: redis.Redis, key: bytes) -> bytes:
    return bytes(client.dump(key) or b"") + key


def _forget(stranger: Stranger, name: str) -> None:
    found = next(cookie for cookie in stranger.cookies if cookie.name == name)
    stranger.cookies.clear(found.domain, found.path, found.name)
