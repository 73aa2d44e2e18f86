"""Each measure, against what a person counts in the table of `history`."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from reports.evidence_room import evidence
from reports.measures import backlog, outcomes, precision, times, volume, work
from reports.measures.catalogue import Page, measures
from reports.measures.scope import scope_of
from reports.models import Basis, EvidenceView, Rendition
from reports.roles import NotAllowedError
from tests.integration.measures.history import History, rows, week_of
from tests.report_cases import NOW, frame

MINUTE_S, HOUR_S = 60, 3600


def test_reports_are_counted_by_day_and_source(week: History, mod: User) -> None:
    assert volume.by_day(week_of(mod)).rows == (
        ("2026-02-23", 0, 0),
        ("2026-02-24", 0, 0),
        ("2026-02-25", 0, 0),
        ("2026-02-26", 2, 0),
        ("2026-02-27", 0, 1),
        ("2026-02-28", 0, 1),
        ("2026-03-01", 2, 0),
    )


def test_reports_are_counted_by_rule_and_source(week: History, mod: User) -> None:
    assert volume.by_rule(week_of(mod)).rows == (("nudity", 4, 0), ("harassment", 0, 2))


def test_the_backlog_is_what_came_in_less_what_was_closed(week: History, mod: User) -> None:
    assert backlog.by_day(week_of(mod)).rows == (
        ("2026-02-23", 0, 0, 0),
        ("2026-02-24", 0, 0, 0),
        ("2026-02-25", 0, 0, 0),
        ("2026-02-26", 2, 2, 0),
        ("2026-02-27", 1, 1, 0),
        ("2026-02-28", 1, 0, 1),
        ("2026-03-01", 2, 1, 2),
    )


def test_what_waited_before_the_period_is_in_the_backlog(week: History, mod: User) -> None:
    later = scope_of(mod, days=7, now=NOW + timedelta(days=7))

    assert rows(backlog.by_day(later), "opened", "closed", "waiting") == [(0, 0, 2)] * 7


def test_what_waits_is_told_by_age_and_by_whether_it_is_late(week: History, mod: User) -> None:
    assert backlog.by_age(week_of(mod)).rows == (
        ("0-1h", 0, 0),
        ("1-4h", 1, 0),
        ("4-24h", 0, 0),
        ("1-3d", 0, 1),
        ("3d", 0, 0),
    )


def test_times_are_quantiles_and_what_waits_counts_so_far(week: History, mod: User) -> None:
    found = {row[0]: row[1:] for row in times.to_act(week_of(mod)).rows}

    # Harassment: viewed after 5 min and not yet after 26 h; decided after 2 h, not yet after 26 h.
    n, waiting, view_p50, view_p90, _view_p95, action_p50, *_others = found["harassment"]
    assert (n, waiting) == (2, 1)
    assert view_p50 == round((5 * MINUTE_S + 26 * HOUR_S) / 2)
    assert view_p90 == 5 * MINUTE_S + round(0.9 * (26 * HOUR_S - 5 * MINUTE_S))
    assert action_p50 == 14 * HOUR_S
    # Nudity: decided after 20, 60, 60 min, and not yet after 120.
    assert found["nudity"][:2] == (4, 1)
    assert found["nudity"][5] == HOUR_S
    assert found["all"][:2] == (6, 2)


def test_in_time_is_what_was_decided_before_it_was_due(week: History, mod: User) -> None:
    # `unsure` is neither decided nor due; `late` is past due.
    found = rows(times.in_time(week_of(mod)), "rule", "n", "in_time")

    assert found == [("all", 5, 4), ("nudity", 3, 3), ("harassment", 2, 1)]


def test_overturned_is_granted_of_decided_appeals(week: History, mod: User) -> None:
    found = rows(outcomes.overturned_by_policy(week_of(mod)), "policy", "n", "granted", "share")

    assert found == [("harassment", 1, 1, 1.0), ("nudity", 1, 0, 0.0)]


def test_overturned_tells_the_machine_from_staff(week: History, mod: User) -> None:
    found = rows(outcomes.overturned_by_maker(week_of(mod)), "maker", "n", "granted")

    assert found == [("automatic", 0, 0), ("both", 1, 0), ("person", 1, 1)]


def test_overturned_names_people_to_leads_alone(week: History, mod: User, lead: User) -> None:
    found = rows(outcomes.overturned_by_person(week_of(lead)), "person", "n", "granted")

    assert outcomes.overturned_by_person(week_of(mod)).rows == ()
    assert found == [("mod", 1, 0), ("other-mod", 1, 1)]


def test_automation_is_told_by_who_decided_so_far(week: History, mod: User) -> None:
    # breast and again were confirmed, mistake dismissed by a person; rude was sanctioned by one.
    assert sorted(outcomes.automation(week_of(mod)).rows) == [
        ("harassment", 0, 0, 1, 0),
        ("nudity", 1, 2, 0, 0),
    ]


def test_repeat_offence_finds_the_sanction_of_weeks_ago(week: History, mod: User) -> None:
    found = rows(outcomes.repeated(week_of(mod)), "policy", "n", "repeated")

    # Lifted ones (mistake, rude) are nobody's offence.
    assert found == [("nudity", 2, 1)]


def test_precision_is_upheld_of_decided_by_label_and_version(week: History, mod: User) -> None:
    found = rows(
        precision.by_label(week_of(mod)),
        *("label", "followed", "thresholds", "model", "undecided", "n", "upheld"),
    )

    assert found == [
        ("FEMALE_BREAST_EXPOSED", "cut", "7", "320n@1", 0, 3, 2),
        ("FEMALE_BREAST_EXPOSED", "asked", "7", "320n@1", 1, 0, 0),
    ]


def test_what_an_appeal_took_back_is_not_upheld(week: History, mod: User) -> None:
    found = rows(precision.of_reporters(week_of(mod)), "rule", "n", "upheld", "share")

    assert found == [("all", 1, 0, 0.0), ("harassment", 1, 0, 0.0)]


def test_skips_are_counted_for_each_claim(week: History, mod: User) -> None:
    assert rows(work.skipped(week_of(mod)), "rule", "n", "skipped") == [
        ("all", 4, 1),
        ("harassment", 2, 1),
        ("nudity", 2, 0),
    ]


def test_exposure_is_what_was_served(week: History, mod: User, lead: User) -> None:
    item = evidence.seal(week.late, frame(), now=NOW)
    at = NOW - timedelta(hours=1)
    for rendition, served_at in (
        (Rendition.ORIGINAL, at),
        (Rendition.MOSAIC, at),
        (Rendition.MOSAIC, None),
    ):
        EvidenceView.objects.create(
            evidence=item,
            viewer=mod,
            rendition=rendition,
            basis=Basis.CLAIM if rendition == Rendition.ORIGINAL else Basis.REPORT,
            opened_at=at,
            served_at=served_at,
        )

    assert work.shown(week_of(mod)).rows[-1] == ("2026-03-01", 0, 1, 1)
    assert work.shown_by_person(week_of(lead)).rows == (("mod", 0, 1, 1),)
    assert work.shown_by_person(week_of(mod)).rows == ()


def test_what_is_sealed_is_counted_for_the_child_safety_team(week: History, guardian: User) -> None:
    scope = week_of(guardian)

    assert ("minor", 1, 0) in volume.by_rule(scope).rows
    assert rows(backlog.by_queue(scope), "queue", "waiting", "overdue") == [
        ("standard", 2, 1),
        ("child_safety", 1, 1),
        ("age_doubt", 0, 0),
    ]


@pytest.mark.parametrize("who", ["mod", "lead", "auditor"])
def test_no_number_changes_for_others_when_something_sealed_comes_in(
    who: str, week: History, request: pytest.FixtureRequest
) -> None:
    scope = week_of(request.getfixturevalue(who))
    every = [measure for page in Page for measure in measures(page, scope)]
    with_it = [measure(scope) for measure in every]

    week.under_age.decisions.all().delete()
    week.under_age.findings.all().delete()
    for sanction in week.under_age.sanctions.all():
        sanction.statement.delete()
        sanction.delete()
    week.under_age.delete()

    assert len(every) >= 13
    assert [measure(scope) for measure in every] == with_it


def test_who_has_no_right_gets_no_scope(db: None) -> None:
    runs_the_server = User.objects.create_superuser("chief", "", None)

    with pytest.raises(NotAllowedError):
        week_of(runs_the_server)
