"""What the random sample says: shares with intervals, and nothing of what is sealed to others."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reports.measures import prevalence
from reports.measures.intervals import wilson
from reports.measures.scope import scope_of
from reports.models import Ending, PrevalenceAnswer, PrevalenceFrame, TransparencyMonth
from reports.public import transparency
from reports.roles import Role
from tests.report_cases import NOW, staff

pytestmark = pytest.mark.django_db
FEBRUARY = datetime(2026, 2, 10, 12, tzinfo=UTC)


def judged(
    count: int, policy: str = "", *, score: float = 0.0, at: datetime = NOW, **fields: object
) -> list[PrevalenceFrame]:
    """Frames that ended so."""
    usual: dict[str, object] = {"ending": Ending.ANSWERED, **fields}
    return PrevalenceFrame.objects.bulk_create(
        PrevalenceFrame(
            id=uuid4(),
            captured_at=at - timedelta(hours=1),
            score=score,
            model_version="m",
            thresholds_version="t",
            sha256="0" * 64,
            ended_at=at,
            policy=policy,
            **usual,
        )
        for _ in range(count)
    )


def sample(mod: User) -> None:
    """Forty frames: one of nudity, one sealed; one disputed; one that one person found nude."""
    judged(36, score=0.05)
    judged(1, score=0.45, is_disputed=True)
    judged(1, score=0.35)
    judged(1, "nudity", score=0.25)
    judged(1, "minor", score=0.3, ending=Ending.REPORTED, is_sealed=True)
    (unfinished,) = judged(1, ending=Ending.UNANSWERED)
    judged(7, ending=Ending.WITHDRAWN)
    judged(3, ending=Ending.LOST)
    PrevalenceAnswer.objects.create(frame=unfinished, policy="nudity", answered_by=mod, at=NOW)


def test_the_share_is_of_what_was_judged_with_wilsons_interval(mod: User) -> None:
    sample(mod)
    later = NOW + timedelta(seconds=1)
    table = prevalence.overlooked(scope_of(mod, days=7, now=later))
    found = wilson(1, 39)
    assert found is not None
    shares = tuple(round(value, 4) for value in (found.value, found.low, found.high))
    assert table.rows == (("all", 39, 1, 1, 1, *shares), ("nudity", 39, 1, None, None, *shares))


def test_what_is_sealed_is_counted_for_the_child_safety_role_alone(mod: User) -> None:
    sample(mod)
    later = NOW + timedelta(seconds=1)
    guardian = staff("guardian", Role.CHILD_SAFETY)
    rows = prevalence.overlooked(scope_of(guardian, days=7, now=later)).rows
    assert [row[:3] for row in rows] == [("all", 40, 2), ("minor", 40, 1), ("nudity", 40, 1)]


def test_other_thresholds_tell_what_they_would_have_missed_and_cost(mod: User) -> None:
    sample(mod)
    later = NOW + timedelta(seconds=1)
    rows = prevalence.at_thresholds(scope_of(mod, days=7, now=later)).rows
    assert [(row[0], row[1], row[2], row[6], row[7]) for row in rows] == [
        ("0.2", 1, 0, 38, 2),
        ("0.3", 1, 1, 38, 2),
        ("0.4", 1, 1, 38, 1),
        ("0.5", 1, 1, 38, 0),
        ("0.6", 1, 1, 38, 0),
    ]


def test_without_a_sample_there_is_no_number(mod: User) -> None:
    scope = scope_of(mod, days=7, now=NOW)
    assert prevalence.overlooked(scope).rows == prevalence.at_thresholds(scope).rows == ()


@pytest.mark.parametrize(("count", "is_told"), [(97, False), (98, True), (171, True)])
def test_the_public_is_told_a_share_from_a_hundred_on(count: int, is_told: bool) -> None:
    judged(count, at=FEBRUARY)
    judged(2, "nudity", at=FEBRUARY)
    month = date(2026, 2, 1)
    figures = transparency.figures(month)
    TransparencyMonth.objects.create(month=month, figures=figures, published_at=NOW)
    page = Client().get("/transparency/").content.decode()
    assert (figures["prevalence"] is not None) == is_told
    assert ("transparency-prevalence" in page) == is_told
    if is_told:
        assert figures["prevalence"]["judged_at_least"] == 100
        assert figures["prevalence"]["low"] < figures["prevalence"]["share"]


def test_a_month_that_was_published_before_has_its_page_all_the_same() -> None:
    month = date(2026, 2, 1)
    figures = transparency.figures(month)
    del figures["prevalence"]
    TransparencyMonth.objects.create(month=month, figures=figures, published_at=NOW)
    assert "transparency-prevalence" not in Client().get("/transparency/").content.decode()
