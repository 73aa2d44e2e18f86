"""Notes: for the others, added only, on the record without their words."""

import json

import pytest
from django.contrib.auth.models import User

from reports.models import AuditEntry, Report, StaffNote
from tests.integration.staff.conftest import SignIn, a_report, address, claimed
from tests.integration.staff.test_report_page import FORMULA, HOSTILE, Tags

WORDS = "The same voice as yesterday evening."


def test_a_note_is_there_for_the_next_one_and_the_trail_keeps_quiet_about_its_words(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    report = a_report()

    browser(mod).post(address(report, "note"), {"text": WORDS})

    page = browser(other_mod).get(address(report)).content.decode()
    entry = AuditEntry.objects.get(verb="report.noted")
    assert WORDS in page
    assert (entry.actor, entry.object_id) == (mod.pk, str(report.pk))
    assert json.loads(entry.payload)["characters"] == len(WORDS)
    assert WORDS not in entry.payload


@pytest.mark.parametrize("who", ["auditor", "chief", "mod"])
def test_nobody_writes_on_what_does_not_exist_for_them(
    who: str, sealed: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.post(address(sealed, "note"), {"text": WORDS}).status_code == 404
    assert not StaffNote.objects.exists()


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\x00b"])
def test_a_note_that_does_not_fit_is_refused_and_said_so(
    text: str, mod: User, browser: SignIn
) -> None:
    report = a_report()

    response = browser(mod).post(address(report, "note"), {"text": text})

    assert response.status_code == 422
    assert b'role="alert"' in response.content
    assert not StaffNote.objects.exists()


def test_ten_megabytes_of_note_are_not_even_read(mod: User, browser: SignIn) -> None:
    report = a_report()

    response = browser(mod).post(address(report, "note"), {"text": "x" * 10_000_000})

    assert response.status_code in {400, 413}
    assert not StaffNote.objects.exists()


def test_hostile_notes_stay_words(mod: User, browser: SignIn) -> None:
    report = a_report()
    client = browser(mod)
    client.post(address(report, "note"), {"text": HOSTILE})
    client.post(address(report, "note"), {"text": FORMULA})

    page = client.get(address(report)).content.decode()
    part = client.post(address(report, "note"), {"text": HOSTILE, "part": "1"}).content.decode()

    for shown, times in ((Tags(page), 1), (Tags(part), 2)):
        assert shown.text.count(HOSTILE) == times
        assert shown.text.count(FORMULA) == 1
        assert all("onerror" not in attributes for _tag, attributes in shown.tags)


def test_a_note_makes_nobody_lose_the_report_they_decide(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    report = claimed(client, found)
    browser(other_mod).post(address(report, "note"), {"text": WORDS})

    client.post(address(report, "dismiss"), {"version": report.version, "reason": "A photograph."})

    report.refresh_from_db()
    assert report.outcome == "dismissed"


def test_reading_the_address_of_notes_writes_nothing(mod: User, browser: SignIn) -> None:
    assert browser(mod).get(address(a_report(), "note")).status_code == 405
    assert not StaffNote.objects.exists()
