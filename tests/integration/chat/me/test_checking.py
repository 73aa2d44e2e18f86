"""About you: whether frames may be kept to check the machine, and taking it back."""

import pytest
import redis
from pytest_django import Settings

from chat.models import Participant
from moderation.stores import keys, prevalence
from reports.ids import DeviceId
from reports.models import Ending, PrevalenceFrame
from reports.snapshots import Person
from tests.integration.chat.me.cases import Browser
from tests.prevalence_cases import draw, is_kept

CHECKING = "/me/checking/"


@pytest.fixture(autouse=True)
def _drawn(settings: Settings) -> None:
    settings.PREVALENCE_FRAMES_PER_HOUR = 1.0


def has_agreed(client: redis.Redis, person: Person) -> bool:
    """What the page was told, which is what the workers go by."""
    row = Participant.objects.get(id=person.participant)
    is_told = prevalence.has_agreed(client, person.participant)
    assert is_told == (row.prevalence_agreed_at is not None)
    return is_told


def test_nobody_has_agreed_by_entering(ada: Browser, redis_client: redis.Redis) -> None:
    adas = ada.enter()
    assert "me-checking-agree" in ada.page()
    assert not has_agreed(redis_client, adas)


def test_nobody_is_asked_where_the_operator_wants_nothing(
    ada: Browser, redis_client: redis.Redis, settings: Settings
) -> None:
    settings.PREVALENCE_FRAMES_PER_HOUR = 0.0
    adas = ada.enter()
    assert "me-checking" not in ada.page()
    assert ada.post(CHECKING, {"agree": "yes"}).status_code == 303
    assert not has_agreed(redis_client, adas)


def test_a_consent_is_ones_own_and_for_one_stay(
    ada: Browser, bo: Browser, redis_client: redis.Redis
) -> None:
    adas, bos = ada.enter(), bo.enter()
    assert ada.post(CHECKING, {"agree": "yes"}).status_code == 303
    assert has_agreed(redis_client, adas)
    assert not has_agreed(redis_client, bos)
    lasts_s = redis_client.ttl(keys.prevalence_consent(adas.participant))
    assert 0 < lasts_s <= 24 * 3600
    assert ada.stored()["stays"][0]["prevalence_agreed_at"] is not None
    assert "me-checking-on" in ada.page()
    again = ada.enter()
    assert again.participant != adas.participant
    assert not has_agreed(redis_client, again)


def test_who_has_not_entered_agrees_to_nothing(ada: Browser, redis_client: redis.Redis) -> None:
    assert ada.post(CHECKING, {"agree": "yes"}).status_code == 303
    assert redis_client.keys("*consent*") == []


@pytest.mark.parametrize("by", [(CHECKING, {"agree": "no"}), ("/me/delete/", {})])
def test_what_is_kept_is_forgotten_when_it_is_taken_back_or_deleted(
    by: tuple[str, dict[str, str]], ada: Browser, bo: Browser, redis_client: redis.Redis
) -> None:
    adas, bos = own_person(ada), own_person(bo)
    ada.post(CHECKING, {"agree": "yes"})
    mine, theirs = draw(redis_client, person=adas), draw(redis_client, person=bos)
    assert ada.stored()["frames_kept_to_check_the_machine"] == 1

    assert ada.post(*by).status_code in {200, 303}

    assert (is_kept(mine.pk), is_kept(theirs.pk)) == (False, True)
    endings = dict(PrevalenceFrame.objects.values_list("pk", "ending"))
    assert endings == {mine.pk: Ending.WITHDRAWN, theirs.pk: ""}
    assert not prevalence.has_agreed(redis_client, adas.participant)


def test_a_later_stay_takes_back_what_an_earlier_one_gave(
    ada: Browser, redis_client: redis.Redis
) -> None:
    adas = own_person(ada)
    frame = draw(redis_client, person=adas)
    ada.enter()
    assert "me-checking-stop" in ada.page()
    ada.post(CHECKING, {"agree": "no"})
    assert not is_kept(frame.pk)
    assert not prevalence.has_agreed(redis_client, adas.participant)


def own_person(browser: Browser) -> Person:
    """Who entered in that browser, as their device and participant are known."""
    entered = browser.enter()
    row = Participant.objects.get(id=entered.participant)
    return Person(participant=entered.participant, device=DeviceId(row.device_id))
