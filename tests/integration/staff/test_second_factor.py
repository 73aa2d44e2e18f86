"""Signing in: a password alone opens nothing."""

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

from tests.integration.staff.conftest import SignIn, verbs

FACTOR = "/admin/second-factor/"
FULL_WIDTH_DIGITS = "\uff11\uff12\uff13\uff14\uff15\uff16"


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"


def _code(device: TOTPDevice, step: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + 30 * step
    return f"{totp.token():06d}"


def enrol(client: Client, user: User) -> TOTPDevice:
    client.get(FACTOR)
    device = TOTPDevice.objects.get(user=user)
    response = client.post(FACTOR, {"code": _code(device)})
    assert response.status_code == 302
    device.refresh_from_db()
    return device


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/reports/report/", "/admin/reports/auditentry/", "/admin/password_change/"],
)
def test_no_page_opens_on_the_password_alone(path: str, mod: User, browser: SignIn) -> None:
    client = browser(mod)

    response = client.get(path, follow=True)

    assert response.redirect_chain[-1][0].startswith(FACTOR)


def test_no_act_is_done_on_the_password_alone(mod: User, browser: SignIn) -> None:
    response = browser(mod).post("/admin/reports/report/next/")

    assert response.status_code == 302
    assert "login" in response.headers["Location"]


def test_a_guest_sees_no_key(db: None, browser: SignIn) -> None:
    response = browser().get(FACTOR)

    assert response.headers["Location"] == "/admin/login/"
    assert not TOTPDevice.objects.exists()


@pytest.mark.parametrize(
    "code", ["", "12345", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "000000 OR 1=1"]
)
def test_a_wrong_code_opens_nothing(code: str, mod: User, browser: SignIn) -> None:
    client = browser(mod)
    client.get(FACTOR)

    response = client.post(FACTOR, {"code": code})

    assert response.status_code == 200
    assert b'role="alert"' in response.content
    assert client.get("/admin/").status_code == 302


def test_enrolling_shows_the_key_once_and_opens_the_door(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    page = client.get(FACTOR)
    assert b"<svg" in page.content
    assert "no-store" in page.headers["Cache-Control"]

    enrol(client, mod)

    assert client.get("/admin/").status_code == 200
    assert "staff.second_factor_enrolled" in verbs()
    assert verbs()[-1] == "staff.signed_in"
    again = browser(mod).get(FACTOR)
    assert b"<svg" not in again.content


def test_a_code_works_once(mod: User, browser: SignIn) -> None:
    device = enrol(browser(mod), mod)
    thief = browser(mod)

    thief.post(FACTOR, {"code": _code(device)})

    assert thief.get("/admin/").status_code == 302
    assert verbs()[-1] == "staff.second_factor_refused"


def test_guessing_is_slowed_down(mod: User, browser: SignIn) -> None:
    device = enrol(browser(mod), mod)
    client = browser(mod)
    wrong = f"{(int(_code(device, 1)) + 7) % 1_000_000:06d}"

    client.post(FACTOR, {"code": wrong})
    client.post(FACTOR, {"code": _code(device, 1)})

    assert client.get("/admin/").status_code == 302


def test_the_next_code_signs_in_again(mod: User, browser: SignIn) -> None:
    device = enrol(browser(mod), mod)
    client = browser(mod)

    response = client.post(f"{FACTOR}?next=/admin/reports/report/", {"code": _code(device, 1)})

    assert response.headers["Location"] == "/admin/reports/report/"
    assert client.get("/admin/").status_code == 200


def test_it_sends_nobody_to_another_site(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    client.get(FACTOR)
    device = TOTPDevice.objects.get(user=mod)

    response = client.post(
        FACTOR, {"code": _code(device), "next": "https://elsewhere.example/admin/"}
    )

    assert response.headers["Location"] == "/admin/recovery-codes/"
    again = browser(mod)
    device.refresh_from_db()
    response = again.post(
        FACTOR, {"code": _code(device, 1), "next": "https://elsewhere.example/admin/"}
    )
    assert response.headers["Location"] == "/admin/"


def test_another_accounts_device_is_no_key(mod: User, other_mod: User, browser: SignIn) -> None:
    device = enrol(browser(mod), mod)
    enrol(browser(other_mod), other_mod)
    thief = browser(other_mod)

    thief.post(FACTOR, {"code": _code(device, 1)})

    assert thief.get("/admin/").status_code == 302


def test_one_can_go_away_without_the_code(mod: User, browser: SignIn) -> None:
    client = browser(mod)

    client.post(FACTOR, {"leave": "yes"})

    assert "_auth_user_id" not in client.session


def test_switched_off_the_password_is_enough(
    mod: User, browser: SignIn, settings: Settings
) -> None:
    settings.STAFF_SECOND_FACTOR = "off"

    assert browser(mod).get("/admin/").status_code == 200
    assert verbs()[-1] == "staff.signed_in"
