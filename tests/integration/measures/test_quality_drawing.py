"""Which decisions are drawn for a second look, and by whom."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from reports import tasks
from reports.incoming import findings
from reports.models import (
    AuditEntry,
    QualityItem,
    QualitySample,
    Queue,
)
from reports.reviewing import quality_drawing
from reports.reviewing.quality_drawing import NothingToDrawError, candidates, draw_for_day
from reports.reviewing.sampling import Stratum
from reports.roles import NotAllowedError
from tests.integration.measures.history import History
from tests.integration.measures.second_looks import DAY, WEEK, drawn
from tests.report_cases import NOW, finding, person, snapshot


def test_decided_dismissed_and_automatic_items_are_candidates_by_policy(week: History) -> None:
    automatic = findings.record(
        finding(found_at=NOW - DAY, evidence=(), snapshot=snapshot(subject=person(40)))
    ).report

    found = {each.report: each.stratum for each in candidates(Queue.STANDARD, WEEK)}

    # breast and rude were appealed, late and unsure have no decision, before is too long ago.
    assert found == {
        week.again.pk: Stratum(policy="nudity", kind="confirmed"),
        week.mistake.pk: Stratum(policy="nudity", kind="dismissed"),
        automatic: Stratum(policy="nudity", kind="automatic"),
    }
    assert [each.report for each in candidates(Queue.CHILD_SAFETY, WEEK)] == [week.under_age.pk]


def test_what_is_sealed_is_drawn_apart(week: History, mod: User, guardian: User) -> None:
    drawn()

    assert set(QualitySample.objects.values_list("queue", flat=True)) == {
        "standard",
        "child_safety",
    }
    assert [sample.queue for sample in QualitySample.objects.visible_to(mod)] == ["standard"]
    assert not QualityItem.objects.visible_to(mod).filter(report=week.under_age).exists()
    assert QualityItem.objects.visible_to(guardian).filter(report=week.under_age).exists()


def test_the_seed_is_kept_and_on_the_record(week: History) -> None:
    drawn()

    sample = QualitySample.objects.get(queue=Queue.STANDARD)
    entry = AuditEntry.objects.get(verb="quality.drawn", object_id=str(sample.pk))
    assert sample.seed == "seed"
    assert '"seed":"seed"' in entry.payload


def test_a_day_is_drawn_once_and_no_report_twice(week: History) -> None:
    drawn()

    assert draw_for_day(NOW.date(), "other", size=50, span=WEEK, now=NOW) == 0
    assert draw_for_day((NOW + DAY).date(), "other", size=50, span=WEEK, now=NOW) == 0


def test_the_daily_task_draws_yesterday_and_can_be_switched_off(
    sealed_folders: None, mod: User, settings: Settings
) -> None:
    yesterday = timezone.now() - DAY
    made = findings.record(finding(found_at=yesterday, evidence=())).report
    settings.QUALITY_SAMPLE_SIZE = 0
    tasks.draw_quality_samples()
    assert not QualitySample.objects.exists()

    settings.QUALITY_SAMPLE_SIZE = 20
    tasks.draw_quality_samples()
    tasks.draw_quality_samples()

    assert QualitySample.objects.get().day == yesterday.date()
    assert QualityItem.objects.get().report_id == made


def test_only_who_leads_quality_draws(week: History, mod: User, lead: User, auditor: User) -> None:
    for who in (mod, auditor):
        with pytest.raises(NotAllowedError):
            quality_drawing.draw_now("s", days=7, size=5, acting_user=who, now=NOW)

    quality_drawing.draw_now("s", days=7, size=5, acting_user=lead, now=NOW)

    assert QualitySample.objects.get().drawn_by == lead
    with pytest.raises(NothingToDrawError):
        quality_drawing.draw_now("s", days=7, size=5, acting_user=lead, now=NOW)
