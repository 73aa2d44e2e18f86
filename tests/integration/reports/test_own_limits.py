"""A lead lowers what one person is shown and never raises it; on the record, seen by the person."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from pytest_django.fixtures import Settings

from reports.evidence_room import exposure, own_limits, viewing
from reports.evidence_room.exposure import LimitError
from reports.evidence_room.own_limits import Day, EndError, HigherError, NothingLowerError
from reports.incoming import findings
from reports.models import AuditEntry, Evidence, OwnLimits
from reports.reviewing import claims
from reports.roles import NotAllowedError, Role
from tests.report_cases import NOW, finding, frame, staff

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def usual(settings: Settings) -> None:
    settings.EXPOSURE_DAY_ITEMS = 9
    settings.EXPOSURE_DAY_SEVERE = 3
    settings.EXPOSURE_DAY_S = 600


def lower(lead: User, account: User, items: int, severe: int = 3, seconds: int = 600) -> OwnLimits:
    day = Day(day_items=items, day_severe=severe, day_s=seconds)
    return own_limits.lower(
        account, day, until=NOW + WEEK, note="a hard week", acting_user=lead, now=NOW
    )


@pytest.mark.parametrize("day", [(10, 0, 0), (0, 4, 0), (0, 0, 601)])
def test_nobodys_limits_are_above_everybodys(
    day: tuple[int, int, int], lead: User, mod: User
) -> None:
    with pytest.raises(HigherError):
        lower(lead, mod, *day)
    with pytest.raises(NothingLowerError):
        lower(lead, mod, 9)
    assert not OwnLimits.objects.exists()


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.CHILD_SAFETY, Role.AUDITOR, Role.ADMIN])
def test_only_leads_lower_limits_and_nobody_their_own(role: Role, lead: User, mod: User) -> None:
    with pytest.raises(NotAllowedError):
        lower(staff("somebody", role), mod, 1)
    with pytest.raises(NotAllowedError):
        lower(lead, lead, 1)
    with pytest.raises(NotAllowedError):
        lower(lead, staff("an-auditor", Role.AUDITOR), 1)
    with pytest.raises(IntegrityError, match="own_limits_are_set_by_another"):
        OwnLimits.objects.create(
            account=lead, set_by=lead, set_at=NOW, day_items=1, day_severe=1, day_s=1
        )


def test_what_opens_keeps_to_them_until_they_are_over(lead: User, mod: User) -> None:
    findings.record(finding(evidence=tuple(frame(seed) for seed in range(3))))
    claims.claim_next(acting_user=mod, now=NOW)
    first, second, third = Evidence.objects.order_by("sha256")
    lower(lead, mod, 1)
    viewing.open_original(first.pk, acting_user=mod, now=NOW)
    with pytest.raises(LimitError, match="day_items"):
        viewing.open_original(second.pk, acting_user=mod, now=NOW)
    own_limits.restore(mod, acting_user=lead, now=NOW)
    assert viewing.open_original(second.pk, acting_user=mod, now=NOW)
    lower(lead, mod, 0)
    with pytest.raises(LimitError):
        viewing.open_original(third.pk, acting_user=mod, now=NOW)
    assert exposure.limits_of(mod, NOW + WEEK).day_items == 9


def test_they_never_raise_what_a_setting_lowered_since(
    lead: User, mod: User, settings: Settings
) -> None:
    lower(lead, mod, 8)
    settings.EXPOSURE_DAY_ITEMS = 2
    assert exposure.limits_of(mod, NOW).day_items == 2


def test_an_end_that_is_over_is_refused(lead: User, mod: User) -> None:
    day = Day(day_items=1, day_severe=1, day_s=60)
    with pytest.raises(EndError):
        own_limits.lower(mod, day, until=NOW, note="", acting_user=lead, now=NOW)


def test_the_trail_keeps_the_numbers_and_not_the_note(lead: User, mod: User) -> None:
    lower(lead, mod, 1)
    own_limits.restore(mod, acting_user=lead, now=NOW)
    entries = AuditEntry.objects.filter(verb__startswith="exposure.").order_by("sequence")
    assert [entry.verb for entry in entries] == [
        "exposure.limits_lowered",
        "exposure.limits_restored",
    ]
    assert {entry.actor_name for entry in entries} == {"lead"}
    kept = json.loads(entries[0].payload)
    assert kept == {
        "day_items": 1,
        "day_severe": 3,
        "day_s": 600,
        "until": (NOW + WEEK).isoformat(),
    }
