"""About you: what goes when it is deleted, and what stays."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from chat.models import Block, Device, Encounter, Participant, Preferences
from reports.models import HoldBasis, LegalHold, Report, Sanction
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.me.cases import NOW, WISH, Browser, reported_by, talk
from tests.integration.chat.meeting import bar, open_control


def test_deleting_keeps_bars_strikes_marks_blocks_and_reports(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    ada.post("/me/preferences/", WISH)
    talk(adas, bos)
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


def held(report: Report, until: datetime | None = None) -> None:
    LegalHold.objects.create(
        report=report, basis=HoldBasis.AUTHORITY, reason="a court asks", placed_at=NOW, until=until
    )


def test_deleting_says_the_same_to_everybody(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    held(reported_by(bos, adas))
    assert ada.post("/me/delete/", {}).content == bo.post("/me/delete/", {}).content


def test_who_the_law_obliges_us_to_keep_is_kept_but_gone(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    ada.enter()
    held(reported_by(bos, adas))
    ada.post("/me/delete/", {})
    row = Participant.objects.get(device=adas.device)
    assert row.id == adas.participant
    assert row.left_at is not None


def test_a_hold_that_is_over_keeps_nobody(ada: Browser, bo: Browser) -> None:
    adas, bos = ada.enter(), bo.enter()
    held(reported_by(bos, adas), until=timezone.now() - timedelta(seconds=1))
    ada.post("/me/delete/", {})
    assert not Participant.objects.filter(device=adas.device).exists()


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
