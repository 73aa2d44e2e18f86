"""About you: what is stored, all of it and nobody else's; what can be undone; what stays."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from chat import database, encounters, preferences
from chat.database import DatabaseUnavailable
from chat.encounters import Talked
from chat.messages import Mode, Seek
from chat.models import Block, Device, Encounter, Participant, Preferences
from reports import appeals, intake
from reports.models import Outcome, Report, Reporter, Sanction, State
from reports.roles import Role
from reports.rules import Rule
from reports.snapshots import Person
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.meeting import bar, open_control, person
from tests.report_cases import snapshot, staff, user_report

ORIGIN = "http://localhost:8000"
NOW = datetime.now(UTC)
HOSTILE = '"><img src=x onerror=hacked=1><script>'
WISH = {
    "type": "seek",
    "mode": "video",
    "interests": ["jazz", HOSTILE],
    "languages": ["en", "hi"],
    "only_common": True,
}


class Browser:
    """Somebody's browser: what they see of themselves, and what they may do."""

    def __init__(self) -> None:
        self.client = Client()

    def enter(self) -> Person:
        body = {"birth_date": "1990-05-17", "accept_terms": "1", "languages": ["en"]}
        answer = self.post("/api/enter", body)
        assert answer.status_code == 201
        return person(json.loads(answer.content)["participant"])

    def post(self, path: str, body: Any, origin: str | None = ORIGIN) -> HttpResponse:
        headers = {} if origin is None else {"origin": origin}
        if path.startswith("/me/") and not path.endswith("preferences/"):
            return self.client.post(path, body, headers=headers)  # type: ignore[return-value]
        return self.client.post(  # type: ignore[return-value]
            path, json.dumps(body), content_type="application/json", headers=headers
        )

    def page(self) -> str:
        answer = self.client.get("/me/")
        assert answer.status_code == 200
        return answer.content.decode()

    def stored(self) -> Any:
        answer = self.client.get("/me/", {"format": "json"})
        assert answer.status_code == 200
        return json.loads(answer.content)["stored"]


@pytest.fixture
def ada(transactional_db: None, redis_url: str) -> Browser:
    return Browser()


@pytest.fixture
def bo(transactional_db: None, redis_url: str) -> Browser:
    return Browser()


def reported_by(reporter: Person, subject: Person, **changes: object) -> Report:
    receipt = intake.receive(
        user_report(
            rule=Rule.HARASSMENT,
            note="was rude",
            snapshot=snapshot(subject=subject, partner=reporter),
            reported_at=NOW,
        )
    )
    report = Report.objects.get(pk=receipt.report)
    for name, value in changes.items():
        setattr(report, name, value)
    report.save()
    return report


def decided(outcome: Outcome) -> dict[str, object]:
    return {
        "outcome": outcome,
        "state": State.CLOSED,
        "closed_at": NOW,
        "closed_by": staff(f"mod-{uuid4().hex[:6]}", Role.MODERATOR),
    }


# Who may look, and who may ask


def test_a_browser_that_is_not_known_is_shown_nothing(ada: Browser) -> None:
    assert "stores nothing about this browser" in ada.page()
    assert ada.stored() is None


@pytest.mark.parametrize("path", ["/me/delete/", "/me/unblock/", "/me/preferences/"])
@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.example"])
def test_what_no_page_of_ours_sends_changes_nothing(
    ada: Browser, path: str, origin: str | None
) -> None:
    ada.enter()
    answer = ada.post(path, WISH, origin)
    assert (answer.status_code, json.loads(answer.content)) == (403, {"code": "forbidden_origin"})
    assert Participant.objects.filter(left_at=None).count() == 1
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("path", ["/me/delete/", "/me/unblock/", "/me/preferences/"])
def test_nothing_is_changed_by_looking(ada: Browser, path: str) -> None:
    ada.enter()
    assert ada.client.get(path).status_code == 405


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
    encounters.note(
        Talked(
            person=adas,
            partner=bos.device,
            partner_address="203.0.113.7",
            minutes=7,
            is_goodbye=True,
        ),
        NOW,
    )
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
        receipt,
        f"/statement/{code}/",
        "your appeal is being looked at",
        "We agreed",
        "Somebody you met on",
    ):
        assert words in page


def test_nothing_of_anybody_else_is_there(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    encounters.note(
        Talked(
            person=adas,
            partner=bos.device,
            partner_address="203.0.113.7",
            minutes=7,
            is_goodbye=True,
        ),
        NOW,
    )
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


# Preferences


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**WISH, "mode": "smell"},
        {**WISH, "interests": ["x" * 41]},
        {**WISH, "languages": ["e"]},
        {"type": "leave"},
        {**WISH, "pad": "x" * 20_000},
    ],
)
def test_a_wish_that_the_protocol_refuses_is_not_kept(ada: Browser, body: object) -> None:
    ada.enter()
    assert ada.post("/me/preferences/", body).status_code == 400
    assert not Preferences.objects.exists()


def test_who_has_not_entered_has_no_preferences(ada: Browser) -> None:
    assert ada.post("/me/preferences/", WISH).status_code == 401


def test_a_character_that_no_database_keeps_does_no_harm(ada: Browser) -> None:
    ada.enter()
    assert ada.post("/me/preferences/", {**WISH, "interests": ["a\x00b"]}).status_code == 200


def test_the_page_begins_with_what_was_chosen_last(ada: Browser) -> None:
    adas = ada.enter()
    assert 'data-wish=""' in ada.client.get("/").content.decode()
    for mode in ("text", "video"):
        ada.post("/me/preferences/", {**WISH, "mode": mode})
    assert "jazz" in ada.client.get("/").content.decode()
    assert preferences.load(adas.participant) == Seek(
        mode=Mode.VIDEO,
        interests=("jazz", HOSTILE),
        languages=("en", "hi"),
        only_common=True,
    )


# The block list


def test_a_block_of_ones_own_can_be_undone_and_no_other(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    own = Block.objects.create(
        device_id=adas.device, blocked_id=Device.objects.create().id, conversation=uuid4()
    )
    theirs = Block.objects.create(
        device_id=bos.device, blocked_id=adas.device, conversation=uuid4()
    )
    for block in (theirs.pk, 10**17, "1e3", "", "-1", "9" * 40, own.pk):
        assert ada.post("/me/unblock/", {"block": block}).status_code == 303
    assert list(Block.objects.values_list("pk", flat=True)) == [theirs.pk]


def test_who_was_reported_stays_away(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    block = Block.objects.create(device_id=adas.device, blocked_id=bos.device, conversation=uuid4())
    reported_by(adas, bos)
    assert "You reported them" in ada.page()
    ada.post("/me/unblock/", {"block": block.pk})
    assert Block.objects.exists()


# Deleting


def test_deleting_keeps_bars_strikes_marks_blocks_and_reports(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    ada.post("/me/preferences/", WISH)
    encounters.note(
        Talked(person=adas, partner=bos.device, partner_address=None, minutes=7, is_goodbye=False),
        NOW,
    )
    for one, other in ((adas, bos), (bos, adas)):
        Block.objects.create(device_id=one.device, blocked_id=other.device, conversation=uuid4())
    reported_by(adas, bos)
    reported_by(bos, adas)
    bar(str(adas.participant))
    Device.objects.filter(id=adas.device).update(under_age_at=NOW)
    kept = (Block.objects.count(), Report.objects.count(), Sanction.objects.count())

    answer = ada.post("/me/delete/", {})

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies["parley_participant"].value
    assert "parley_device" not in answer.cookies
    assert list(Participant.objects.values_list("id", flat=True)) == [bos.participant]
    assert not Preferences.objects.exists()
    assert not Encounter.objects.exists()
    assert kept == (Block.objects.count(), Report.objects.count(), Sanction.objects.count())
    assert Device.objects.get(id=adas.device).under_age_at is not None
    body = {"birth_date": "1990-05-17", "accept_terms": "1", "languages": []}
    assert ada.post("/api/enter", body).status_code == 403


def test_deleting_says_the_same_to_everybody(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    reported_by(bos, adas, is_on_legal_hold=True)
    assert ada.post("/me/delete/", {}).content == bo.post("/me/delete/", {}).content


def test_who_the_law_obliges_us_to_keep_is_kept_but_gone(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    ada.enter()
    reported_by(bos, adas, is_on_legal_hold=True)
    ada.post("/me/delete/", {})
    row = Participant.objects.get(device=adas.device)
    assert row.id == adas.participant
    assert row.left_at is not None


def test_deleting_twice_is_the_same_as_once(ada: Browser) -> None:
    ada.enter()
    for _ in range(2):
        assert ada.post("/me/delete/", {}).status_code == 200
    assert ada.stored()["stays"] == []


def test_deleting_closes_the_live_socket(newcomer: Newcomer) -> None:
    ada = newcomer()
    control, welcome = open_control(ada)
    status, _ = ada.post("/me/delete/", {}, ada.url)
    assert status == 200
    assert control.expect_close() == 4401
    assert not Participant.objects.filter(id=UUID(str(welcome["participant"]))).exists()
