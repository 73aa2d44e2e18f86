"""About you: what is stored is there, all of it and nobody else's."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chat import database
from chat.database import DatabaseUnavailable
from chat.models import Block, Device, Encounter
from reports.models import Outcome, Reporter
from reports.reviewing import appeals
from reports.rules import Rule
from tests.integration.chat.me.cases import HOSTILE, WISH, Browser, decided, reported_by, talk
from tests.integration.chat.meeting import bar

# Who may look


def test_a_browser_that_is_not_known_is_shown_nothing(ada: Browser) -> None:
    assert "stores nothing about this browser" in ada.page()
    assert ada.stored() is None


def test_a_forged_cookie_is_nobodys(ada: Browser) -> None:
    ada.enter()
    for name in ("parley_participant", "parley_device"):
        ada.client.cookies[name] = f"{uuid4().hex}.1:x:y"
    assert ada.stored() is None


def test_no_cache_keeps_it_and_nothing_may_run_in_it(ada: Browser) -> None:
    ada.enter()
    for query in ({}, {"format": "json"}):
        answer = ada.client.get("/me/", query)
        assert answer["Cache-Control"] == "no-store"
        assert "Cookie" in answer["Vary"]
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert answer["Content-Disposition"] == 'attachment; filename="parley-about-you.json"'


def test_who_looks_too_often_is_slowed_down(ada: Browser) -> None:
    ada.enter()
    answers = [ada.client.get("/me/") for _ in range(22)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) >= 1


def test_it_says_so_when_the_database_is_away(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object, **_fields: object) -> None:
        raise DatabaseUnavailable("no answer in time")

    ada.enter()
    monkeypatch.setattr(database, "run", away)
    answer = ada.client.get("/me/")
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    assert "cannot be read just now" in answer.content.decode()


# What is shown


def test_everything_is_there_as_a_page_and_as_a_file(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    assert ada.post("/me/preferences/", WISH).status_code == 200
    talk(adas, bos)
    Block.objects.create(
        device_id=adas.device, blocked_id=Device.objects.create().id, conversation=uuid4()
    )
    report = reported_by(adas, bos, **decided(Outcome.CONFIRMED))
    code = bar(str(adas.participant))
    appeals.write(code, "It was a photograph.", now=datetime.now(UTC))

    stored, page = ada.stored(), ada.page()

    assert stored["device"] == str(adas.device)
    assert stored["stays"][0]["participant"] == str(adas.participant)
    assert stored["stays"][0]["languages"] == ["en", "hi"]
    assert stored["preferences"]["interests"] == WISH["interests"]
    assert (stored["preferences"]["mode"], stored["preferences"]["only_common"]) == ("video", True)
    assert (stored["trust"]["level"], stored["encounters"][0]["minutes"]) == ("new", 7)
    assert len(stored["apart"]) == 1
    assert stored["decided"]["sanctions"][0]["appeal"] == "open"
    receipt = Reporter.objects.get(report=report).receipt
    assert stored["decided"]["reports"][0]["receipt"] == receipt
    assert stored["decided"]["reports"][0]["outcome"] == "upheld"
    for words in (
        str(adas.participant),
        "English, Hindi",
        receipt,
        f"/statement/{code}/",
        "your appeal is being looked at",
        "We agreed",
        "Somebody you met on",
    ):
        assert words in page


def test_nothing_of_anybody_else_is_there(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    talk(adas, bos)
    report = reported_by(adas, bos)
    Block.objects.create(device_id=adas.device, blocked_id=bos.device, conversation=uuid4())
    shown = ada.page() + json.dumps(ada.stored())
    row = Encounter.objects.get()
    for secret in (
        str(bos.device),
        str(bos.participant),
        str(report.pk),
        str(report.conversation),
        row.partner,
        row.prefix,
        "203.0.113",
        "was rude",
    ):
        assert secret not in shown


def test_nobody_learns_that_they_were_reported(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    Block.objects.create(device_id=bos.device, blocked_id=adas.device, conversation=uuid4())
    before = ada.stored()
    reported_by(bos, adas)
    after = ada.stored()
    for stored in (before, after):
        del stored["trust"]["score"]  # grows with every moment of age
    assert after == before


def test_hostile_strings_are_text(ada: Browser) -> None:
    ada.enter()
    ada.post("/me/preferences/", WISH)
    for page in (ada.page(), ada.client.get("/").content.decode()):
        assert HOSTILE not in page
        assert "<img" not in page


def test_a_file_of_hostile_strings_is_no_page(ada: Browser) -> None:
    ada.enter()
    ada.post("/me/preferences/", WISH)
    answer = ada.client.get("/me/?format=json")
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_who_is_barred_still_sees_what_is_stored(ada: Browser) -> None:
    adas = ada.enter()
    code = bar(str(adas.participant), Rule.NUDITY)
    assert f"/statement/{code}/" in ada.page()


def test_who_has_left_sees_what_is_stored_about_the_browser(ada: Browser) -> None:
    adas = ada.enter()
    assert ada.post("/api/leave", {}).status_code == 200
    stored = ada.stored()
    assert stored["device"] == str(adas.device)
    assert stored["stays"][0]["left_at"] is not None
    assert stored["preferences"] is None
