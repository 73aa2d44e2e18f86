"""About you: what may be chosen and undone, and from where."""

import json
from uuid import uuid4

import pytest

from chat import preferences
from chat.messages import Mode, Seek
from chat.models import Block, Device, Participant, Preferences
from tests.integration.chat.me.cases import HOSTILE, WISH, Browser, reported_by

CHANGING = ("/me/delete/", "/me/unblock/", "/me/checking/", "/me/preferences/")


@pytest.mark.parametrize("path", CHANGING)
@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.example"])
def test_what_no_page_of_ours_sends_changes_nothing(
    ada: Browser, path: str, origin: str | None
) -> None:
    ada.enter()
    answer = ada.post(path, WISH, origin)
    assert (answer.status_code, json.loads(answer.content)) == (403, {"code": "forbidden_origin"})
    assert Participant.objects.filter(left_at=None).count() == 1
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("path", CHANGING)
def test_nothing_is_changed_by_looking(ada: Browser, path: str) -> None:
    ada.enter()
    assert ada.client.get(path).status_code == 405


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
