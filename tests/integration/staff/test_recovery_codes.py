"""Who has lost their authenticator: ten codes on paper, each good once."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from pytest_django.fixtures import Settings

from reports import accounts
from tests.integration.staff.conftest import SignIn, verbs
from tests.integration.staff.test_second_factor import FACTOR, enrol

CODES = "/admin/recovery-codes/"


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"


def made(client: Client) -> list[str]:
    page: Any = client.post(CODES)
    assert "no-store" in page.headers["Cache-Control"]
    return re.findall(r'data-testid="recovery-code">([a-z2-7]{8})<', page.content.decode())


def opens(client: Client, code: str) -> bool:
    client.post(FACTOR, {"code": code})
    return client.get("/admin/").status_code == 200


def test_nobody_makes_codes_on_the_password_alone(mod: User, browser: SignIn) -> None:
    assert browser(mod).post(CODES).status_code == 302
    assert not StaticToken.objects.exists()


def test_looking_makes_none_and_shows_none(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    enrol(client, mod)
    codes = made(client)
    assert len(set(codes)) == 10
    page = client.get(CODES).content.decode()
    assert not any(code in page for code in codes)
    assert "staff.recovery_codes_issued" in verbs()


def test_a_code_opens_the_door_once(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    enrol(client, mod)
    code = made(client)[0]
    assert opens(browser(mod), f" {code[:4].upper()} {code[4:]} ")
    assert verbs()[-2:] == ["staff.recovery_code_used", "staff.signed_in"]
    assert not opens(browser(mod), code)
    assert verbs()[-1] == "staff.second_factor_refused"


def test_guessing_codes_is_slowed_down(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    enrol(client, mod)
    codes = made(client)
    stranger = browser(mod)
    assert not opens(stranger, "aaaaaaaa")
    assert not opens(stranger, codes[0])


def test_new_codes_end_the_ones_before(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    enrol(client, mod)
    first = made(client)
    assert len(made(client)) == 10
    assert not opens(browser(mod), first[0])


def test_anothers_code_is_no_key(mod: User, other_mod: User, browser: SignIn) -> None:
    mine, theirs = browser(mod), browser(other_mod)
    enrol(mine, mod)
    enrol(theirs, other_mod)
    assert not opens(browser(other_mod), made(mine)[0])


def test_who_loses_everything_starts_anew(mod: User, chief: User, browser: SignIn) -> None:
    client = browser(mod)
    enrol(client, mod)
    code = made(client)[0]
    accounts.forget_second_factor(mod, acting_user=chief)
    assert not StaticToken.objects.exists()
    assert not opens(browser(mod), code)
