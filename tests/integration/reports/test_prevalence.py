"""The sample for prevalence: two people for a breach, nothing for anybody, and then it is gone."""

from datetime import timedelta

import pytest
import redis
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from moderation import tasks
from moderation.stores import keys, prevalence
from reports import retention
from reports import tasks as reports_tasks
from reports.evidence_room import exposure
from reports.house_rules.policies import current
from reports.house_rules.retention_rules import Kept
from reports.models import (
    AuditEntry,
    Ending,
    Evidence,
    Opener,
    Policy,
    PrevalenceAnswer,
    PrevalenceFrame,
    PrevalenceView,
    Queue,
    Report,
    Sanction,
)
from reports.prevalence import frames, judging, viewing
from reports.prevalence.memory import frame_memory
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from tests.prevalence_cases import draw, is_kept, jpeg
from tests.report_cases import BO, MALLORY, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_folders(sealed_folders: None) -> None:
    """In every story here."""


@pytest.fixture
def mod() -> User:
    return staff("mod", Role.MODERATOR)


@pytest.fixture
def other() -> User:
    return staff("other", Role.MODERATOR)


def nudity() -> Policy:
    return current(Rule.NUDITY, is_child_safety=False)


def judge(user: User, policy: Policy | None) -> PrevalenceFrame:
    """The account takes the next frame and answers."""
    now = timezone.now()
    row = judging.take_next(acting_user=user, now=now)
    assert row is not None
    return judging.answer(
        row.pk,
        policy,
        memory=frame_memory(),
        keyring=viewing.keyring(),
        acting_user=user,
        now=now,
    )


def test_what_breaks_nothing_is_destroyed_at_once_with_proof(
    redis_client: redis.Redis, mod: User
) -> None:
    drawn = draw(redis_client)
    row = judge(mod, None)
    assert (row.ending, row.policy, row.sha256) == (Ending.ANSWERED, "", drawn.sha256)
    assert not is_kept(row.pk)
    proof = AuditEntry.objects.get(verb="prevalence.destroyed")
    assert f'"sha256":"{drawn.sha256}"' in proof.payload.replace(" ", "")


def test_one_person_alone_finds_no_breach(redis_client: redis.Redis, mod: User) -> None:
    draw(redis_client)
    row = judge(mod, nudity())
    assert row.ending == ""
    assert is_kept(row.pk)
    assert judging.take_next(acting_user=mod, now=timezone.now()) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        PrevalenceAnswer.objects.create(frame=row, policy="", answered_by=mod, at=timezone.now())


@pytest.mark.parametrize("agrees", [True, False])
def test_two_people_find_one_only_together(
    agrees: bool, redis_client: redis.Redis, mod: User, other: User
) -> None:
    draw(redis_client)
    judge(mod, nudity())
    row = judge(other, nudity() if agrees else None)
    assert (row.ending, row.is_disputed) == (Ending.ANSWERED, not agrees)
    assert row.policy == ("nudity" if agrees else "")
    assert not is_kept(row.pk)
    assert not Report.objects.exists()
    assert not Sanction.objects.exists()


def test_what_lacks_a_second_answer_comes_first(
    redis_client: redis.Redis, mod: User, other: User
) -> None:
    half = draw(redis_client)
    judge(mod, nudity())
    draw(redis_client, at=timezone.now() - timedelta(days=2))
    row = judging.take_next(acting_user=other, now=timezone.now())
    assert row is not None
    assert row.pk == half.pk


def test_nobody_judges_what_another_one_holds(
    redis_client: redis.Redis, mod: User, other: User
) -> None:
    row, now = draw(redis_client), timezone.now()
    assert judging.take_next(acting_user=mod, now=now) == row
    assert judging.take_next(acting_user=other, now=now) is None
    late = now + judging.HELD_FOR
    assert judging.take_next(acting_user=other, now=late) == row
    with pytest.raises(judging.NotHeldError):
        judging.give_back(row.pk, acting_user=mod, now=late)


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.AUDITOR, Role.ADMIN])
def test_who_opens_no_originals_judges_none(redis_client: redis.Redis, role: Role) -> None:
    draw(redis_client)
    with pytest.raises(NotAllowedError):
        judging.take_next(acting_user=staff("somebody", role), now=timezone.now())


def test_a_child_in_the_picture_is_a_sealed_report_by_the_persons_act(
    redis_client: redis.Redis, mod: User
) -> None:
    drawn = draw(redis_client)
    row = judge(mod, current(Rule.MINOR, is_child_safety=True))
    report = Report.objects.get()
    assert (report.queue, report.opened_by) == (Queue.CHILD_SAFETY, Opener.STAFF)
    assert report.subject_participant == MALLORY.participant
    assert report.partner_participant is None
    assert Evidence.objects.get().sha256 == drawn.sha256
    assert (row.ending, row.is_sealed, row.report_id) == (Ending.REPORTED, True, report.pk)
    assert not is_kept(row.pk)
    assert not Sanction.objects.exists()
    assert not Report.objects.visible_to(mod).exists()


def test_a_threat_to_life_is_a_report_like_any_other(redis_client: redis.Redis, mod: User) -> None:
    draw(redis_client)
    judge(mod, current(Rule.THREAT, is_child_safety=False))
    report = Report.objects.get()
    assert (report.queue, report.is_safety_floor) == (Queue.STANDARD, True)


def test_nothing_is_left_to_report_once_it_was_taken_back(
    redis_client: redis.Redis, mod: User
) -> None:
    row, now = draw(redis_client), timezone.now()
    judging.take_next(acting_user=mod, now=now)
    redis_client.delete(keys.prevalence_frame(row.pk))
    with pytest.raises(judging.GoneError):
        judging.answer(
            row.pk,
            current(Rule.MINOR, is_child_safety=True),
            memory=frame_memory(),
            keyring=viewing.keyring(),
            acting_user=mod,
            now=now,
        )
    assert not Report.objects.exists()
    assert not PrevalenceAnswer.objects.exists()


def test_what_nobody_judges_is_destroyed_in_time_and_nothing_earlier(
    redis_client: redis.Redis, mod: User
) -> None:
    kept_for = retention.rules().times[Kept.PREVALENCE]
    now = timezone.now()
    old = draw(redis_client, at=now - kept_for)
    young = draw(redis_client, at=now - kept_for + timedelta(hours=1), person=BO)
    reports_tasks.sweep_prevalence()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.ending, young.ending) == (Ending.UNANSWERED, "")
    assert (is_kept(old.pk), is_kept(young.pk)) == (False, True)
    assert not Report.objects.exists()
    assert judging.take_next(acting_user=mod, now=now) == young


def test_what_the_memory_lost_is_written_down(redis_client: redis.Redis) -> None:
    row = draw(redis_client)
    redis_client.flushall()
    reports_tasks.sweep_prevalence()
    row.refresh_from_db()
    assert row.ending == Ending.LOST


def test_the_memory_forgets_by_itself_where_no_sweep_runs(redis_client: redis.Redis) -> None:
    row = draw(redis_client)
    longest_s = frames.LONGEST.total_seconds()
    assert 0 < redis_client.ttl(keys.prevalence_frame(row.pk)) <= longest_s
    assert longest_s == keys.PREVALENCE_TTL_S


def test_a_frame_is_taken_in_once_and_none_that_was_taken_back(redis_client: redis.Redis) -> None:
    row = draw(redis_client)
    redis_client.zadd(keys.prevalence_new(), {str(row.pk): 1})
    tasks.take_in_prevalence()
    assert PrevalenceFrame.objects.count() == 1
    assert prevalence.find_new(redis_client) == []


def test_it_is_shown_in_tiles_then_grey_then_colours_on_the_record(
    redis_client: redis.Redis, mod: User
) -> None:
    row, now, memory = draw(redis_client), timezone.now(), frame_memory()
    with pytest.raises(viewing.NotTakenError):
        viewing.open_mosaic(row.pk, memory, acting_user=mod, now=now)
    judging.take_next(acting_user=mod, now=now)
    tiles = viewing.open_mosaic(row.pk, memory, acting_user=mod, now=now)
    with pytest.raises(viewing.NotGreyYetError):
        viewing.open_original(row.pk, memory, in_colour=True, acting_user=mod, now=now)
    grey = viewing.open_original(row.pk, memory, in_colour=False, acting_user=mod, now=now)
    with pytest.raises(viewing.NotGreyYetError):
        viewing.open_original(row.pk, memory, in_colour=True, acting_user=mod, now=now)
    viewing.mark_served(grey.view, now=now)
    colour = viewing.open_original(row.pk, memory, in_colour=True, acting_user=mod, now=now)
    assert len({tiles.data, grey.data, colour.data, jpeg()}) == 4
    opened = AuditEntry.objects.filter(verb="prevalence.opened", object_id=str(row.pk))
    assert opened.count() == PrevalenceView.objects.count() == 3
    assert AuditEntry.objects.filter(verb="prevalence.served").count() == 1


def test_what_is_shown_counts_and_is_limited(
    redis_client: redis.Redis, mod: User, settings: object
) -> None:
    settings.EXPOSURE_DAY_ITEMS = 1  # type: ignore[attr-defined]
    now = timezone.now()
    for _ in range(2):
        draw(redis_client)
    first = judging.take_next(acting_user=mod, now=now)
    assert first is not None
    shown = viewing.open_original(
        first.pk, frame_memory(), in_colour=False, acting_user=mod, now=now
    )
    viewing.mark_served(shown.view, now=now)
    assert exposure.standing(mod, now).today.items == {first.pk}
    judge(mod, None)
    second = judging.take_next(acting_user=mod, now=now)
    assert second is not None
    with pytest.raises(exposure.LimitError):
        viewing.open_original(second.pk, frame_memory(), in_colour=False, acting_user=mod, now=now)
    exposure.cover(mod, now, item=first.pk)
    assert PrevalenceView.objects.get().covered_at is not None


def test_every_step_is_on_the_record(redis_client: redis.Redis, mod: User) -> None:
    row, now = draw(redis_client), timezone.now()
    judging.take_next(acting_user=mod, now=now)
    judging.give_back(row.pk, acting_user=mod, now=now)
    judge(mod, None)
    entries = AuditEntry.objects.filter(object_id=str(row.pk)).order_by("sequence")
    assert list(entries.values_list("verb", "actor")) == [
        ("prevalence.sealed", None),
        ("prevalence.taken", mod.pk),
        ("prevalence.given_back", mod.pk),
        ("prevalence.taken", mod.pk),
        ("prevalence.destroyed", None),
        ("prevalence.answered", mod.pk),
    ]


def test_the_database_knows_nobody(redis_client: redis.Redis) -> None:
    draw(redis_client)
    (values,) = PrevalenceFrame.objects.values()
    said = f"{values}{list(AuditEntry.objects.values_list('payload', flat=True))}"
    assert str(MALLORY.participant) not in said
    assert str(MALLORY.device) not in said
