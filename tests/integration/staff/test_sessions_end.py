"""A session of staff ends: when nobody is there, and after a working day in any case."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from config.staff_sessions import SEEN, SINCE
from reports.models import AuditEntry
from tests.integration.staff.conftest import SignIn, a_report, address, claimed, verbs

HOME = "/admin/"


def moved_back(client: Client, name: str, seconds: float) -> None:
    """As if that had been so long ago."""
    session = client.session
    session[name] = (timezone.now() - timedelta(seconds=seconds)).timestamp()
    session.save()


def is_in(client: Client, path: str = HOME, **headers: Any) -> bool:
    return client.get(path, headers=headers).status_code == 200


def test_who_was_away_signs_in_again(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    assert is_in(client)
    moved_back(client, SEEN, settings.STAFF_IDLE_S - 5)
    assert is_in(client)
    moved_back(client, SEEN, settings.STAFF_IDLE_S + 1)
    assert not is_in(client)
    assert not is_in(client)
    entry = AuditEntry.objects.get(verb="staff.session_ended")
    assert (entry.actor, entry.payload) == (mod.pk, '{"why":"idle"}')


def test_who_is_busy_signs_in_again_after_a_day(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    assert is_in(client)
    moved_back(client, SINCE, settings.STAFF_SESSION_S + 1)
    assert not is_in(client)
    assert verbs()[-1] == "staff.session_ended"


def test_an_act_in_an_ended_session_is_not_done(mod: User, browser: SignIn) -> None:
    report, client = a_report(), browser(mod)
    assert is_in(client)
    moved_back(client, SEEN, settings.STAFF_IDLE_S + 1)
    client.post(address(report, "claim"), {"version": report.version})
    report.refresh_from_db()
    assert report.claimed_by is None


@pytest.mark.parametrize("by_itself", ["heartbeat", "news"])
def test_what_a_page_asks_for_by_itself_is_no_sign_of_a_person(
    by_itself: str, mod: User, browser: SignIn
) -> None:
    report, client = a_report(), browser(mod)
    claimed(client, report)
    moved_back(client, SEEN, settings.STAFF_IDLE_S - 5)
    was = client.session[SEEN]
    if by_itself == "heartbeat":
        assert client.post(address(report, "heartbeat")).status_code == 200
    else:
        assert is_in(client, **{"sec-fetch-dest": "empty"})
    assert client.session[SEEN] == was
    assert is_in(client)
    assert client.session[SEEN] > was


def test_signing_in_is_a_new_beginning(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    assert is_in(client)
    moved_back(client, SINCE, settings.STAFF_SESSION_S - 5)
    client.force_login(mod)
    request_since = client.session.get(SINCE)
    assert is_in(client)
    since = client.session[SINCE]
    assert request_since is None or since >= request_since
    assert timezone.now().timestamp() - since < 60
