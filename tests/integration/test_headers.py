"""What every page says to the browser, public and staff."""

import pytest
from django.test import AsyncClient, Client

from config import middleware


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/admin/login/", "/healthz", "/no/such/page"])
def test_no_page_runs_inline_scripts_or_can_be_framed(path: str) -> None:
    answer = Client().get(path)
    policy = answer["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in script
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_only_staff_pages_may_evaluate() -> None:
    assert "unsafe-eval" not in Client().get("/")["Content-Security-Policy"]
    assert "unsafe-eval" in Client().get("/admin/login/")["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/admin/login/"])
def test_camera_and_microphone_are_for_our_own_pages(path: str) -> None:
    answer = Client().get(path)
    assert answer["Permissions-Policy"] == middleware.PermissionsMiddleware.HEADER
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_a_wrong_address_is_answered_in_the_house_s_words() -> None:
    answer = Client().get("/no/such/page")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.django_db
async def test_the_texts_of_scripts_come_as_a_script_of_our_own() -> None:
    answer = await AsyncClient().get("/jsi18n/")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")


@pytest.mark.django_db
def test_a_static_file_is_served_and_lent_to_no_other_site() -> None:
    answer = Client().get("/static/site/base.css")
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer
    answer.close()
