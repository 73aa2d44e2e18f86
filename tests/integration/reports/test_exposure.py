"""What staff were shown is counted, and the service that opens originals keeps to the limits."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from reports.evidence_room import exposure, opt_outs, viewing
from reports.evidence_room.exposure import LimitError
from reports.evidence_room.exposure_limits import Reason
from reports.incoming import findings, intake
from reports.models import (
    AuditEntry,
    Decision,
    DecisionKind,
    Evidence,
    EvidenceView,
    OptOut,
    Report,
)
from reports.reviewing import claims, review
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from tests.races import at_once
from tests.report_cases import NOW, finding, frame, person, snapshot, staff, user_report

pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def items(mod: User) -> list[Evidence]:
    """Five stills of a report that mod has claimed."""
    findings.record(finding(evidence=tuple(frame(seed) for seed in range(5))))
    assert claims.claim_next(acting_user=mod, now=NOW) is not None
    return list(Evidence.objects.order_by("sha256"))


def look(item: Evidence, user: User, now: datetime = NOW, *, in_colour: bool = False) -> int:
    glance = viewing.Glance(in_colour=in_colour)
    opened = viewing.open_original(item.pk, glance, acting_user=user, now=now)
    viewing.mark_served(opened.view, now=now)
    return opened.view


def today(user: User, now: datetime) -> tuple[int, int, float]:
    found = exposure.standing(user, now).today
    return len(found.items), len(found.severe), found.seconds


def test_mosaics_are_no_exposure(items: list[Evidence], mod: User) -> None:
    viewing.open_mosaic(items[0].pk, acting_user=mod, now=NOW)
    assert today(mod, at(60)) == (0, 0, 0.0)


def test_items_are_counted_once_and_seconds_by_the_servers_clock(
    items: list[Evidence], mod: User, other_mod: User
) -> None:
    look(items[0], mod, at(0))
    look(items[0], mod, at(10), in_colour=True)
    look(items[1], mod, at(20))
    exposure.cover(mod, at(50), item=items[1].pk)
    assert today(mod, at(500)) == (2, 0, 50.0)
    assert today(other_mod, at(500)) == (0, 0, 0.0)


def test_covering_another_item_ends_nothing_and_covering_twice_changes_nothing(
    items: list[Evidence], mod: User
) -> None:
    look(items[0], mod, at(0))
    exposure.cover(mod, at(10), item=items[1].pk)
    assert today(mod, at(20))[2] == 20.0
    exposure.cover(mod, at(30), item=items[0].pk)
    exposure.cover(mod, at(40), item=items[0].pk)
    assert today(mod, at(100))[2] == 30.0


@pytest.mark.parametrize("is_told", [True, False])
def test_a_page_left_open_counts_five_minutes_at_most(
    items: list[Evidence], mod: User, is_told: bool
) -> None:
    look(items[0], mod, at(0))
    if is_told:
        exposure.cover(mod, at(7200))
    assert today(mod, at(7300))[2] == 300.0


def test_deciding_covers_and_so_does_skipping(items: list[Evidence], mod: User) -> None:
    look(items[0], mod, at(0))
    claims.skip(items[0].report_id, reason="", acting_user=mod, now=at(25))
    assert today(mod, at(200))[2] == 25.0


def test_what_is_on_the_safety_floor_is_severe(items: list[Evidence], mod: User) -> None:
    Report.objects.update(is_safety_floor=True)
    look(items[0], mod)
    assert today(mod, at(1))[:2] == (1, 1)


def test_the_day_is_full(items: list[Evidence], mod: User, settings: Settings) -> None:
    settings.EXPOSURE_DAY_ITEMS = 2
    look(items[0], mod)
    look(items[1], mod)
    with pytest.raises(LimitError) as refused:
        look(items[2], mod)
    assert refused.value.full.reason is Reason.DAY_ITEMS
    assert refused.value.full.until == datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    assert EvidenceView.objects.count() == 2
    look(items[1], mod, in_colour=True)


def test_severe_originals_have_a_limit_of_their_own(
    items: list[Evidence], mod: User, settings: Settings
) -> None:
    settings.EXPOSURE_DAY_SEVERE = 1
    Report.objects.update(is_safety_floor=True)
    look(items[0], mod)
    with pytest.raises(LimitError, match="day_severe"):
        look(items[1], mod)


def test_a_break_is_forced_and_ends(items: list[Evidence], mod: User, settings: Settings) -> None:
    settings.EXPOSURE_STRETCH_ITEMS, settings.EXPOSURE_BREAK_S = 2, 120
    look(items[0], mod, at(0))
    look(items[1], mod, at(10))
    exposure.cover(mod, at(30))
    with pytest.raises(LimitError) as refused:
        look(items[2], mod, at(40))
    assert refused.value.full.reason is Reason.STRETCH_ITEMS
    assert refused.value.full.until == at(150)
    with pytest.raises(LimitError):
        look(items[2], mod, at(149))
    look(items[2], mod, at(150))


def test_looking_long_forces_a_break_also_from_the_same_item(
    items: list[Evidence], mod: User, settings: Settings
) -> None:
    settings.EXPOSURE_STRETCH_S = 60
    look(items[0], mod, at(0))
    exposure.cover(mod, at(60))
    with pytest.raises(LimitError, match="stretch_seconds"):
        look(items[0], mod, at(61))


def test_a_break_leaves_mosaics_decisions_and_others_alone(
    items: list[Evidence], mod: User, settings: Settings
) -> None:
    settings.EXPOSURE_STRETCH_ITEMS = 1
    look(items[0], mod)
    with pytest.raises(LimitError):
        look(items[1], mod)
    viewing.open_mosaic(items[1].pk, acting_user=mod, now=NOW)
    report = Report.objects.get()
    review.dismiss(report.pk, version=report.version, reason="none", acting_user=mod, now=NOW)


def test_an_opening_that_never_arrived_counts_as_an_item_and_no_time(
    items: list[Evidence], mod: User
) -> None:
    viewing.open_original(items[0].pk, acting_user=mod, now=NOW)
    assert today(mod, at(100)) == (1, 0, 0.0)


@pytest.mark.django_db(transaction=True)
def test_many_openings_at_once_do_not_slip_through(settings: Settings) -> None:
    settings.EXPOSURE_STRETCH_ITEMS = 2
    mod = staff("mod", Role.MODERATOR)
    findings.record(finding(evidence=tuple(frame(seed) for seed in range(5))))
    claims.claim_next(acting_user=mod, now=NOW)
    opened = at_once(
        *(partial(look, item, mod, NOW) for item in Evidence.objects.all()), losing=LimitError
    )
    assert sum(isinstance(one, LimitError) for one in opened) == 3
    assert EvidenceView.objects.count() == 2


def test_the_last_days_are_told_apart(items: list[Evidence], mod: User) -> None:
    look(items[0], mod, at(0))
    tomorrow = NOW + timedelta(days=1)
    days = exposure.days(mod, tomorrow, 3)
    assert [len(day.exposure.items) for day in days] == [0, 1, 0]


def test_next_never_offers_what_one_opted_out_of(mod: User, other_mod: User) -> None:
    for number, rule in enumerate((Rule.THREAT, Rule.SPAM, Rule.HARASSMENT)):
        subject = snapshot(subject=person(20 + number))
        intake.receive(user_report(rule=rule, snapshot=subject))
    opt_outs.choose([Rule.THREAT, Rule.HARASSMENT], acting_user=mod, now=NOW)
    got = [claims.claim_next(acting_user=mod, now=NOW) for _ in range(2)]
    assert [report and report.rule for report in got] == [Rule.SPAM, None]
    other = claims.claim_next(acting_user=other_mod, now=NOW)
    assert other is not None
    assert other.rule == Rule.THREAT


def test_nor_what_has_to_do_with_it_besides(mod: User) -> None:
    context = snapshot()
    findings.record(finding(snapshot=context))
    intake.receive(user_report(rule=Rule.SPAM, snapshot=context))
    assert Report.objects.get().rule == Rule.NUDITY
    opt_outs.choose([Rule.SPAM], acting_user=mod, now=NOW)
    assert claims.claim_next(acting_user=mod, now=NOW) is None
    opt_outs.choose([], acting_user=mod, now=NOW)
    assert claims.claim_next(acting_user=mod, now=NOW) is not None


def test_what_one_opted_out_of_can_still_be_claimed_on_purpose(mod: User) -> None:
    intake.receive(user_report(rule=Rule.THREAT))
    opt_outs.choose([Rule.THREAT], acting_user=mod, now=NOW)
    report = Report.objects.get()
    assert claims.claim(report.pk, version=report.version, acting_user=mod, now=NOW)


def test_the_trail_says_that_opt_outs_changed_and_not_which(mod: User) -> None:
    opt_outs.choose([Rule.BLACKMAIL], acting_user=mod, now=NOW)
    opt_outs.choose([Rule.BLACKMAIL], acting_user=mod, now=NOW)
    (entry,) = AuditEntry.objects.filter(verb="account.opt_outs_changed")
    assert entry.payload == "{}"


def test_who_does_not_review_opts_out_of_nothing(auditor: User) -> None:
    with pytest.raises(NotAllowedError):
        opt_outs.choose([Rule.SPAM], acting_user=auditor, now=NOW)


def test_a_rule_is_opted_out_of_once(mod: User) -> None:
    OptOut.objects.create(account=mod, rule="spam", since=NOW)
    with pytest.raises(IntegrityError, match="opted_out_of_a_rule_once"), transaction.atomic():
        OptOut.objects.create(account=mod, rule="spam", since=NOW)


def test_skipping_costs_nothing_and_is_kept(items: list[Evidence], mod: User) -> None:
    claims.skip(items[0].report_id, reason="too much", acting_user=mod, now=NOW)
    kept = Decision.objects.get(kind=DecisionKind.SKIPPED)
    assert (kept.decided_by, kept.reason) == (mod, "too much")
    assert exposure.standing(mod, NOW).full is None


def test_an_opening_that_waited_for_another_counts_it_whoever_read_the_clock_first(
    items: list[Evidence], mod: User, settings: Settings
) -> None:
    settings.EXPOSURE_DAY_ITEMS = 2
    look(items[0], mod, at(0.002))
    look(items[1], mod, at(0.001))
    with pytest.raises(LimitError):
        look(items[2], mod, at(0))


def test_covering_at_once_makes_nothing_unseen(
    items: list[Evidence], mod: User, settings: Settings
) -> None:
    settings.EXPOSURE_STRETCH_S = 3
    for number in range(3):
        look(items[0], mod, at(2 * number))
        exposure.cover(mod, at(2 * number), item=items[0].pk)
    with pytest.raises(LimitError, match="stretch_seconds"):
        look(items[0], mod, at(6))
