"""What a page answers while PostgreSQL is away. `tests/integration/test_database_killed.py` takes
it away."""

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.outages import OutageMiddleware, answer

AWAY = OperationalError("the server went away")
REPORT = "/admin/reports/report/00000000-0000-0000-0000-000000000001/confirm/"


def sent(path: str, **fields: str) -> HttpRequest:
    request = RequestFactory().post(path, {"csrfmiddlewaretoken": "t", **fields})
    request.session = SessionBase()
    return request


def page(response: HttpResponse) -> str:
    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"
    return response.content.decode()


def test_other_errors_are_left_alone() -> None:
    middleware = OutageMiddleware(lambda _request: HttpResponse())
    assert middleware.process_exception(sent(REPORT), IntegrityError()) is None


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/password_change/"])
def test_a_password_is_never_sent_back(path: str) -> None:
    said = page(answer(sent(path, username="mod", password="open sesame"), AWAY))
    assert "open sesame" not in said
    assert "send-again" not in said


def test_staff_read_that_nothing_was_decided_and_find_what_they_wrote() -> None:
    said = page(answer(sent(REPORT, reason="<b>Seen.", policy="nudity", version="3"), AWAY))
    assert "Nothing was decided" in said
    assert "&lt;b&gt;Seen.</textarea>" in said
    assert '<input type="hidden" name="version" value="3">' in said


def test_an_appeal_is_shown_to_who_wrote_it_and_goes_again() -> None:
    said = page(answer(sent("/statement/abc/appeal/", text="It was not me."), AWAY))
    assert "nothing was filed" in said
    assert 'name="text"' in said
    assert "It was not me.</textarea>" in said


def test_who_only_reads_is_told_to_load_the_page_again() -> None:
    request = RequestFactory().get("/admin/reports/report/")
    request.session = SessionBase()
    assert "you stay signed in" in page(answer(request, AWAY))


def test_scripts_get_a_line_and_programs_json() -> None:
    script = sent(REPORT)
    script.META["HTTP_SEC_FETCH_DEST"] = "empty"
    told = answer(script, AWAY)
    assert told.headers["Content-Type"].startswith("text/plain")
    assert page(told).startswith("Nothing was done")
    program = RequestFactory().get("/statement/abc/", headers={"accept": "application/json"})
    assert page(answer(program, AWAY)) == '{"code": "unavailable"}'
