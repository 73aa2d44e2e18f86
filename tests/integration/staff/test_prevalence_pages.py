"""The sample for prevalence in the browser: covered, blind, and not there for others."""

import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from reports.models import AuditEntry, Ending, PrevalenceFrame, Report
from reports.roles import Role
from tests.integration.staff.conftest import SignIn
from tests.prevalence_cases import draw
from tests.report_cases import MALLORY, staff

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = "/admin/reports/prevalenceframe/"


@pytest.fixture(autouse=True)
def _drawn(settings: Settings) -> None:
    settings.PREVALENCE_FRAMES_PER_HOUR = 1.0


def take(client: Client) -> PrevalenceFrame:
    client.post(f"{SAMPLE}next/")
    return PrevalenceFrame.objects.get(held_by__isnull=False)


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.AUDITOR, Role.ADMIN])
def test_for_others_it_is_not_there(role: Role, redis_client: redis.Redis, browser: SignIn) -> None:
    client, row = browser(staff("somebody", role)), draw(redis_client)
    assert SAMPLE not in client.get("/admin/").content.decode()
    for address in ("", f"{row.pk}/", f"{row.pk}/mosaic/"):
        assert client.get(f"{SAMPLE}{address}").status_code == 404
    for address in ("next/", f"{row.pk}/answer/", f"{row.pk}/original/", f"{row.pk}/give-back/"):
        assert client.post(f"{SAMPLE}{address}", {"verdict": "none"}).status_code == 404


def test_one_frame_is_judged_without_a_word_about_it(
    redis_client: redis.Redis, mod: User, browser: SignIn
) -> None:
    draw(redis_client, score=0.37)
    client = browser(mod)
    row = take(client)
    page = client.get(f"{SAMPLE}{row.pk}/").content.decode()
    for told in (str(MALLORY.participant), str(MALLORY.device), "0.37", "BUTTOCKS", "buttocks"):
        assert told not in page
    assert f"{SAMPLE}{row.pk}/mosaic/" in page
    assert "image/jpeg" not in page
    assert client.post(f"{SAMPLE}{row.pk}/answer/", {"verdict": "broken"}).status_code == 422
    assert client.post(f"{SAMPLE}{row.pk}/answer/", {"verdict": "none"}).status_code == 303
    row.refresh_from_db()
    assert row.ending == Ending.ANSWERED


def test_a_frame_is_served_like_evidence(
    redis_client: redis.Redis, mod: User, lead: User, browser: SignIn
) -> None:
    draw(redis_client)
    client = browser(mod)
    row = take(client)
    original = f"{SAMPLE}{row.pk}/original/"
    assert browser(lead).post(original).status_code == 403
    assert client.get(original).status_code == 405
    assert client.post(original, {"look": "colour"}).status_code == 403
    answer = client.post(original)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("no-store")
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(verb="prevalence.served").count() == 1
    tiles = client.get(f"{SAMPLE}{row.pk}/mosaic/")
    assert tiles.headers["Cache-Control"].startswith("no-store")


def test_a_child_can_be_named_by_everybody_who_judges(
    redis_client: redis.Redis, mod: User, browser: SignIn
) -> None:
    draw(redis_client)
    client = browser(mod)
    row = take(client)
    client.post(f"{SAMPLE}{row.pk}/answer/", {"verdict": "broken", "policy": "minor"})
    report = Report.objects.get()
    assert client.get(f"/admin/reports/report/{report.pk}/").status_code == 404
    assert str(report.pk) not in client.get(SAMPLE, follow=True).content.decode()
