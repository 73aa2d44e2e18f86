"""From an approved entry to a cut: published by the ops worker, looked up beside the pictures."""

from dataclasses import replace
from datetime import timedelta
from inspect import signature
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest
import redis
import redis.asyncio
from django.contrib.auth.models import User
from django.utils import timezone

from moderation import tasks
from moderation.bank import publishing, snapshot
from moderation.bank.shelf import Shelf, open_or_build
from moderation.bank.snapshot import SnapshotError
from moderation.bank.watch import BankUnavailableError, BankWatch
from moderation.classifiers.screening import ScreeningClassifier
from moderation.dispatch import NOTE_BANK_HIT
from moderation.evidence import png
from moderation.hashing import views
from moderation.judging import Judge
from moderation.samples import Subject
from moderation.stores import banks as bank_store
from moderation.stores import bars, findings, keys, mailbox
from moderation.verdicts import Decision, Reason, Verdict
from reports.hashing import crops
from reports.hashing.sightings import KnownPicture
from reports.ids import ConversationId
from reports.models import BankEntry, BankHit
from tests.bank_cases import on_trial
from tests.integration.moderation.judged_room import RULES
from tests.integration.moderation.outbox import Outbox
from tests.moderation_cases import Picture, chelsea, coffee, film, sample
from tests.streams import SUBJECT

ENTRY = 41


def blue_first(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, :, ::-1])


def known(picture: Picture, *, is_active: bool = True, entry: int = ENTRY) -> KnownPicture:
    hashes = tuple(crops.crop_hashes(blue_first(picture)))
    return KnownPicture(entry=entry, is_active=is_active, hashes=hashes)


def shelf_of(folder: Path, *pictures: KnownPicture) -> Shelf:
    packed = snapshot.pack(pictures)
    return open_or_build(folder, snapshot.digest(packed), lambda: packed)


def put(client: redis.Redis, *pictures: KnownPicture, revision: int = 1) -> str:
    """Publish these pictures; the snapshot's digest."""
    packed = snapshot.pack(pictures)
    current = bank_store.Current(revision=revision, sha256=snapshot.digest(packed))
    bank_store.publish(client, current, packed)
    return current.sha256


def turned(picture: Picture) -> Picture:
    """Mirrored and turned, as a camera that sees it in a mirror on its side."""
    return np.ascontiguousarray(np.rot90(picture[:, ::-1]))


def cropped(picture: Picture, part: float) -> Picture:
    """The middle of a picture, `part` of each side, as large as before."""
    height, width = picture.shape[:2]
    top, left = round(height * (1 - part) / 2), round(width * (1 - part) / 2)
    middle = picture[top : height - top, left : width - left]
    return cv2.resize(middle, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


@pytest.fixture
def an_entry(db: None, sealed_folders: None, mod: User, lead: User) -> BankEntry:
    """An entry that two people agreed on, on trial."""
    return on_trial(mod, lead)


class Screen:
    """A judge with a shelf, and one stream."""

    def __init__(
        self, sync: redis.Redis, classifier: ScreeningClassifier, shelf: Shelf | None
    ) -> None:
        self.sync = sync
        self.outbox = Outbox()
        self.judge = Judge(
            client=sync,
            classifier=classifier,
            rules=RULES,
            send=self.outbox.send,
            shelf=lambda: shelf,
        )
        self.subject: Subject = replace(SUBJECT, conversation=ConversationId(uuid4()))

    async def show(self, client: redis.asyncio.Redis, picture: Picture) -> Verdict:
        submission = sample(film([picture]), subject=self.subject, deadline_ms=2**62)
        await mailbox.save(client, submission, submission.captured_ms)
        verdict = self.judge.judge_next(self.subject.stream)
        assert verdict is not None
        return verdict


async def test_a_known_picture_is_cut_at_once_and_the_person_is_out(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    tmp_path: Path,
) -> None:
    screen = Screen(redis_client, classifier, shelf_of(tmp_path, known(coffee())))
    verdict = await screen.show(async_redis, coffee())
    assert (verdict.decision, verdict.reasons) == (Decision.CUT, (Reason.KNOWN_PICTURE,))
    assert await bars.has(async_redis, screen.subject.participant, screen.subject.device)
    (finding_id,) = findings.pending(redis_client, 2**62)
    found = findings.load(redis_client, finding_id)
    assert found is not None
    assert found.match is not None
    assert found.match.entry == ENTRY
    assert found.match.distance <= 8
    assert (found.is_child_safety, found.cut) == (True, True)
    assert {item.kind.value for item in found.evidence} == {"frame", "segment"}


@pytest.mark.parametrize("part", [1.0, 0.95, 0.92, 0.9])
async def test_turned_mirrored_and_cropped_by_a_tenth_it_is_found(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    tmp_path: Path,
    part: float,
) -> None:
    screen = Screen(redis_client, classifier, shelf_of(tmp_path, known(coffee())))
    verdict = await screen.show(async_redis, cropped(turned(coffee()), part))
    assert verdict.decision is Decision.CUT


async def test_another_picture_passes(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    tmp_path: Path,
) -> None:
    screen = Screen(redis_client, classifier, shelf_of(tmp_path, known(coffee())))
    assert (await screen.show(async_redis, chelsea())).decision is Decision.CLEAR


async def test_an_entry_on_trial_is_noted_once_and_nothing_follows(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    tmp_path: Path,
) -> None:
    shelf = shelf_of(tmp_path, known(coffee(), is_active=False))
    screen = Screen(redis_client, classifier, shelf)
    for _ in range(3):
        assert (await screen.show(async_redis, coffee())).decision is Decision.CLEAR
    (order,) = screen.outbox.orders
    assert order.task == NOTE_BANK_HIT
    assert (order.kwargs["entry"], order.kwargs["was_clear"]) == (ENTRY, 1)
    assert set(order.kwargs) == set(signature(tasks.note_bank_hit).parameters) - {"_later"}
    assert not findings.pending(redis_client, 2**62)
    assert not await bars.has(async_redis, screen.subject.participant, screen.subject.device)


async def test_without_a_bank_that_can_be_verified_pictures_are_held(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    tmp_path: Path,
) -> None:
    sha256 = put(redis_client, known(coffee()))
    redis_client.setrange(keys.bank_snapshot(sha256), 20, b"\x00altered")
    watch = BankWatch(redis_client, tmp_path)
    watch.refresh()
    with pytest.raises(BankUnavailableError):
        watch.shelf()
    screen = Screen(redis_client, classifier, None)
    screen.judge = replace(screen.judge, shelf=watch.shelf)
    verdict = await screen.show(async_redis, chelsea())
    assert (verdict.decision, verdict.reasons) == (Decision.HOLD, (Reason.CLASSIFIER_FAILED,))


def test_a_copy_that_was_verified_outlives_one_that_was_not(
    redis_client: redis.Redis, tmp_path: Path
) -> None:
    watch = BankWatch(redis_client, tmp_path)
    first = put(redis_client, known(coffee()))
    watch.refresh()
    second = put(redis_client, known(chelsea()), revision=2)
    redis_client.setrange(keys.bank_snapshot(second), 20, b"\x00altered")
    watch.refresh()
    shelf = watch.shelf()
    assert shelf is not None
    assert shelf.sha256 == first


def test_a_newer_snapshot_is_taken_over_and_the_older_file_goes(
    redis_client: redis.Redis, tmp_path: Path
) -> None:
    watch = BankWatch(redis_client, tmp_path)
    watch.refresh()
    assert watch.shelf() is None
    put(redis_client, known(coffee()))
    watch.refresh()
    put(redis_client, known(coffee()), known(chelsea(), entry=2), revision=2)
    watch.refresh()
    shelf = watch.shelf()
    assert shelf is not None
    assert set(shelf.snapshot.entries.tolist()) == {ENTRY, 2}
    assert len(list(tmp_path.glob("*.bank"))) == 1


def test_redis_being_away_or_empty_leaves_the_copy_that_is_there(
    redis_client: redis.Redis, tmp_path: Path
) -> None:
    watch = BankWatch(redis_client, tmp_path)
    sha256 = put(redis_client, known(coffee()))
    watch.refresh()
    redis_client.flushall()
    watch.refresh()
    shelf = watch.shelf()
    assert shelf is not None
    assert shelf.sha256 == sha256


def test_a_process_that_begins_after_redis_was_emptied_has_the_last_copy(
    redis_client: redis.Redis, tmp_path: Path
) -> None:
    sha256 = put(redis_client, known(coffee()))
    BankWatch(redis_client, tmp_path).refresh()
    redis_client.flushall()
    watch = BankWatch(redis_client, tmp_path)
    watch.refresh()
    shelf = watch.shelf()
    assert shelf is not None
    assert shelf.sha256 == sha256


def test_a_process_that_could_not_look_yet_does_not_say_that_there_is_no_bank(
    redis_client: redis.Redis, tmp_path: Path
) -> None:
    with pytest.raises(BankUnavailableError):
        BankWatch(redis_client, tmp_path).shelf()


def test_a_file_that_was_altered_is_refused(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, known(coffee()))
    path = tmp_path / f"{shelf.sha256}.bank"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(SnapshotError):
        open_or_build(tmp_path, shelf.sha256, lambda: b"")


def test_the_second_process_of_a_machine_builds_nothing(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, known(coffee()))

    def fetch() -> bytes:
        raise AssertionError("it is there already")

    again = open_or_build(tmp_path, shelf.sha256, fetch)
    asked = shelf.snapshot.hashes[:1]
    assert again.find(asked) == shelf.find(asked)
    assert again.find(asked)[0].distance == 0


def test_a_picture_with_nothing_to_see_is_not_looked_up() -> None:
    assert views(np.full((480, 640, 3), 90, np.uint8)) == []


def test_evidence_and_a_judged_frame_have_the_same_hashes() -> None:
    """What staff pick from sealed evidence is what the judges will see again."""
    still = cv2.imdecode(np.frombuffer(png(blue_first(coffee())), np.uint8), cv2.IMREAD_COLOR)
    assert still is not None
    upright = [view.bits.hex() for view in views(blue_first(coffee()))[::8]]
    assert crops.crop_hashes(still.astype(np.uint8)) == upright


@pytest.mark.django_db
def test_what_is_unchanged_is_published_once_and_again_when_redis_forgot_it(
    redis_client: redis.Redis,
) -> None:
    assert publishing.publish(redis_client)
    assert not publishing.publish(redis_client)
    redis_client.flushall()
    assert publishing.publish(redis_client)
    assert redis_client.ttl(keys.bank_current()) > 0


@pytest.mark.django_db
def test_the_ops_worker_publishes_what_two_people_agreed_on(
    redis_client: redis.Redis, tmp_path: Path, an_entry: BankEntry
) -> None:
    watch = BankWatch(redis_client, tmp_path)
    BankEntry.objects.update(approved_at=timezone.now())
    tasks.publish_banks()
    watch.refresh()
    shelf = watch.shelf()
    assert shelf is not None
    assert set(shelf.snapshot.entries.tolist()) == {an_entry.pk}
    assert set(shelf.snapshot.in_force.tolist()) == {0}
    BankEntry.objects.update(approved_at=timezone.now() - timedelta(hours=24))
    tasks.publish_banks()
    watch.refresh()
    shelf = watch.shelf()
    assert shelf is not None
    assert set(shelf.snapshot.in_force.tolist()) == {1}


@pytest.mark.django_db
def test_a_note_becomes_a_hit_without_a_report(an_entry: BankEntry) -> None:
    tasks.note_bank_hit(
        entry=an_entry.pk,
        distance=5,
        orientation="upright",
        crop="100 %",
        conversation=str(uuid4()),
        participant=str(uuid4()),
        device=str(uuid4()),
        was_clear=1,
        at_ms=1_800_000_000_000,
    )
    hit = BankHit.objects.get()
    assert (hit.entry, hit.was_clear, hit.report) == (an_entry, True, None)
