"""The camera check on the wire: a real web process with its relay, Redis, and a worker."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings

from chat.clock import now_ms
from chat.session.checking import GIVE_UP_MS, CheckState
from chat.stores import checks, conversations, keys, tokens
from chat.stores.checks import Check
from moderation.model_files.fetching import fetch
from moderation.samples import Side
from moderation.stores import findings, heartbeat
from moderation.stores.client import connect_async
from moderation.verdicts import Missing
from reports.ids import ConversationId, DeviceId
from reports.rules import Rule
from tests.e2e.cameras import picture
from tests.e2e.configurations import FACES_AGAINST_THE_RULES
from tests.e2e.film import Frame, encode
from tests.e2e.projector import Projector
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Control, Media, Message, Stranger, dial
from tests.integration.chat.house import House, open_houses
from tests.integration.chat.meeting import nothing_came, open_control, person, seek
from tests.integration.relay.processes import Process, screening
from tests.services import TestServices

LIMITS = {"CHECKS_DEVICE_BURST": "4", "CHECKS_DEVICE_PER_MIN": "0.01"}
FRAMES = 20
UUID_CHARACTERS = 36
CHECKS_TRIED = 3


class Screening:
    """The one screening worker, by one file of thresholds at a time; None: the shipped ones."""

    def __init__(self, services: TestServices, folder: Path) -> None:
        self._services = services
        self._folder = folder
        self._worker: Process | None = None
        self._thresholds: str | None = None

    def go_on(self, client: redis.Redis, thresholds: str | None = None) -> None:
        """Have a worker that judges by `thresholds`, and wait until video is open."""
        if self._worker is not None and self._thresholds != thresholds:
            self.end()
        if self._worker is None:
            path = self._folder / "thresholds.toml"
            path.write_text(thresholds or "")
            named = {} if thresholds is None else {"MODERATION_THRESHOLDS": str(path)}
            log = self._folder / "worker.log"
            self._worker = Process(self._services, screening(), log, **named)
            self._thresholds = thresholds
        wait_until_open(client)

    def end(self) -> None:
        """Nobody judges any more."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()


@pytest.fixture(scope="module")
def door(
    services: TestServices, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A web process that asks for camera checks."""
    asking = {"CAMERA_CHECK": "on", "CHECKS_PREFIX_BURST": "1000"} | LIMITS
    with open_houses(services, tmp_path_factory.mktemp("door"), 1, asking) as houses:
        yield houses[0]


@pytest.fixture(scope="module")
def worker(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screening]:
    fetch(Path(settings.MODELS_DIR), Path(settings.BASE_DIR), lambda _line: None)
    worker = Screening(services, tmp_path_factory.mktemp("worker"))
    yield worker
    worker.end()


@pytest.fixture
def dark_house(door: House, transactional_db: None, redis_client: redis.Redis) -> Iterator[House]:
    """The house, with nobody in it; no test may make it fail."""
    before = len(door.logged())
    yield door
    assert "Traceback" not in door.logged()[before:]


@pytest.fixture
def house(dark_house: House, worker: Screening, redis_client: redis.Redis) -> House:
    """The house, open for video, judged by the shipped thresholds."""
    worker.go_on(redis_client)
    return dark_house


@pytest.fixture(scope="module")
def films() -> dict[str, Sequence[Frame]]:
    """What people hold into their cameras, encoded before anything is timed."""
    moving = [picture("astronaut", index / 40) for index in range(FRAMES)]
    return {
        "a face that moves": encode(moving),
        "a still photograph": encode([moving[0]] * FRAMES),
        "a covered camera": encode([np.zeros_like(moving[0])] * FRAMES),
        "nobody": encode([picture("coffee", index / 40) for index in range(FRAMES)]),
    }


def wait_until_open(client: redis.Redis) -> None:
    """Until a relay node and a worker are there, since Redis was emptied."""

    def is_open() -> bool:
        beats = heartbeat.is_alive(client, now_ms())
        return beats and bool(client.exists(keys.node_lease(settings.RELAY_NODE)))

    wait_for(is_open, timeout_s=60, what="somebody judges and somebody carries")


@contextmanager
def somebody(house: House) -> Iterator[tuple[Stranger, Control, Message]]:
    with Stranger(house.url) as stranger:
        stranger.enter()
        control, welcome = open_control(stranger)
        yield stranger, control, welcome


def begin(stranger: Stranger, control: Control) -> Media:
    """Ask for a check, and attach."""
    control.send("check")
    answer = control.expect("check")
    assert answer["state"] == "looking"
    return stranger.attach(answer["relay"])


def answer_of(control: Control, timeout_s: float = 30) -> Message:
    """The result of the check that goes on."""
    while (answer := control.expect("check", timeout_s=timeout_s))["state"] == "looking":
        pass
    return answer


def make_check(stranger: Stranger, control: Control, film: Sequence[Frame]) -> Message:
    """The result. On a full machine nobody may have judged in time, which is no failure of theirs:
    then they try again, as they are told to."""
    for _ in range(CHECKS_TRIED):
        media = begin(stranger, control)
        with Projector(media, film):
            answer = answer_of(control)
        if answer["missing"] != [Missing.SCREENING]:
            break
    return answer


Films = dict[str, Sequence[Frame]]


def test_nobody_looks_for_video_without_it_and_text_is_open(house: House) -> None:
    with somebody(house) as (_, control, welcome):
        assert welcome["camera_check"] == "needed"
        seek(control, "video")
        assert control.expect("error")["code"] == "camera_check"
        assert nothing_came(control, "searching")
        seek(control, "text")
        control.expect("searching")


def test_it_fails_and_says_for_want_of_what(house: House, films: Films) -> None:
    missing = {
        "a covered camera": "light",
        "a still photograph": "moving_picture",
        "nobody": "face",
    }
    with ExitStack() as stack:
        controls: dict[str, tuple[Control, Media]] = {}
        for shown in missing:
            stranger, control, _ = stack.enter_context(somebody(house))
            media = begin(stranger, control)
            stack.enter_context(Projector(media, films[shown]))
            controls[shown] = control, media
        for shown, (control, media) in controls.items():
            first, answer = control.expect("check"), answer_of(control)
            assert (first["state"], first["missing"][0]) == ("looking", missing[shown])
            assert (answer["state"], answer["missing"][0]) == ("failed", missing[shown])
            assert (answer["until"], answer["failures"]) == (None, 1)
            assert media.expect_close() == 1000
            seek(control, "video")
            assert control.expect("error")["code"] == "camera_check"


def test_a_face_that_moves_passes_within_seconds_and_its_device_meets_people(
    house: House, films: Films
) -> None:
    with somebody(house) as (stranger, control, _), somebody(house) as (other, another, _):
        media = begin(stranger, control)
        began_s = time.monotonic()
        with Projector(media, films["a face that moves"]):
            answer = answer_of(control)
        assert time.monotonic() - began_s < GIVE_UP_MS / 1000
        assert (answer["state"], answer["missing"], answer["failures"]) == ("passed", [], 0)
        assert answer["until"] is not None
        assert media.expect_close() == 1000
        assert media.packets == []
        again, welcome = open_control(stranger)
        assert welcome["camera_check"] == "passed"
        again.send("check")
        assert again.expect("check")["state"] == "passed"

        seek(another, "video")
        assert another.expect("error")["code"] == "camera_check"
        assert make_check(other, another, films["a face that moves"])["state"] == "passed"
        seek(again, "video")
        again.expect("searching")
        seek(another, "video")
        assert again.expect("paired")["mode"] == another.expect("paired")["mode"] == "video"


def test_a_pass_is_the_devices_and_stays_after_entering_anew(house: House, films: Films) -> None:
    with somebody(house) as (stranger, control, _):
        assert make_check(stranger, control, films["a face that moves"])["state"] == "passed"
        assert stranger.post("/api/leave", {}, house.url)[0] in {200, 204}
        stranger.enter()
        assert open_control(stranger)[1]["camera_check"] == "passed"


async def test_a_pass_counts_for_ten_minutes_by_the_clock(redis_url: str) -> None:
    device = DeviceId(uuid4())
    client = connect_async()
    await checks.let_pass(client, device, 1000, is_age_in_doubt=True)
    last_ms = 1000 + 10 * 60 * 1000 - 1
    passed = await checks.find_pass(client, device, last_ms)
    assert passed is not None
    assert passed.is_age_in_doubt
    assert await checks.find_pass(client, device, last_ms + 1) is None
    assert await checks.find_pass(client, DeviceId(uuid4()), 1000) is None
    assert 0 < await client.ttl(keys.camera_pass(device)) <= 600
    await client.aclose()


def test_failures_are_counted_for_the_device_until_it_passes(house: House, films: Films) -> None:
    with somebody(house) as (stranger, control, welcome):
        for _ in range(2):
            asyncio.run(fail(person(welcome["participant"]).device))
        begin(stranger, control)  # and send nothing
        answer = answer_of(control)
        assert (answer["missing"], answer["failures"]) == (["moving_picture"], 3)
        assert make_check(stranger, control, films["a face that moves"])["failures"] == 0


async def fail(device: DeviceId) -> None:
    async with connect_async() as client:
        await checks.note_failure(client, device)


def test_checks_of_a_device_are_limited_and_a_lost_socket_is_no_failure(house: House) -> None:
    with somebody(house) as (stranger, control, _):
        for _ in range(int(LIMITS["CHECKS_DEVICE_BURST"])):
            begin(stranger, control).close()
            answer = answer_of(control)
            assert (answer["missing"], answer["failures"]) == (["screening"], 0)
        control.send("check")
        refused = control.expect("error")
        assert refused["code"] == "slow_down"
        assert refused["retry_after_s"] > 0


def test_a_token_for_a_check_opens_no_conversation_and_the_other_way_round(
    house: House, films: Films
) -> None:
    with somebody(house) as (stranger, control, welcome), somebody(house) as (other, another, _):
        for one, socket in ((stranger, control), (other, another)):
            assert make_check(one, socket, films["a face that moves"])["state"] == "passed"
        seek(control, "video")
        control.expect("searching")
        seek(another, "video")
        conversation = ConversationId(UUID(control.expect("paired")["conversation"]))
        for token in asyncio.run(tokens_for_the_other_purpose(conversation, welcome)):
            path = f"/ws/media/?token={token}"
            media = Media(dial(house.url, path, "parley.media.v1", stranger.cookie_header))
            assert media.expect_close() == 4404


async def tokens_for_the_other_purpose(conversation: ConversationId, who: Message) -> list[str]:
    """Of a live conversation, as if for a check; and of a live check, as if for a conversation."""
    async with connect_async() as client:
        record = await conversations.load(client, conversation)
        assert record is not None
        check = Check(
            id=ConversationId(uuid4()),
            person=await sync_to_async(person)(who["participant"]),
            pool="adult",
            node=record.node,
            started_ms=1,
        )
        await checks.begin(client, check)
        talk, node = record.subject(Side.A), record.node
        return [
            await tokens.issue(client, talk, node, purpose=tokens.Purpose.CHECK),
            await tokens.issue(client, check.subject, node),
        ]


def test_a_dead_worker_lets_nobody_pass(
    dark_house: House, worker: Screening, redis_client: redis.Redis, films: Films
) -> None:
    worker.go_on(redis_client)
    with somebody(dark_house) as (stranger, control, _):
        media = begin(stranger, control)
        worker.end()
        with Projector(media, films["a face that moves"]):
            answer = answer_of(control)
        assert (answer["state"], answer["missing"]) == ("failed", ["screening"])
        assert answer["failures"] == 0
        wait_for(
            lambda: not heartbeat.is_alive(redis_client, now_ms()),
            timeout_s=10,
            what="the heartbeat has stopped",
        )
        control.send("check")
        assert control.expect("error")["code"] == "video_closed"


def test_a_result_is_told_although_the_nudge_got_lost(
    house: House, redis_client: redis.Redis
) -> None:
    with somebody(house) as (_, control, _):
        control.send("check")
        assert control.expect("check")["state"] == "looking"
        pattern = keys.camera_check(ConversationId(UUID(int=0)))[:-UUID_CHARACTERS] + "*"
        (key,) = [str(key, "ascii") for key in redis_client.scan_iter(pattern)]
        asyncio.run(fail_silently(ConversationId(UUID(key[-UUID_CHARACTERS:]))))
        answer = answer_of(control)
        assert (answer["state"], answer["missing"]) == ("failed", ["light"])


async def fail_silently(check: ConversationId) -> None:
    async with connect_async() as client:
        await checks.note(client, check, CheckState.FAILED, (Missing.LIGHT,))


def test_what_breaks_the_rules_is_found_and_bars_although_nobody_saw_it(
    dark_house: House, worker: Screening, redis_client: redis.Redis, films: Films
) -> None:
    worker.go_on(redis_client, FACES_AGAINST_THE_RULES)
    with somebody(dark_house) as (stranger, control, welcome):
        media = begin(stranger, control)
        with Projector(media, films["a face that moves"]):
            answer = answer_of(control)
        assert (answer["state"], answer["missing"]) == ("failed", ["lawful_picture"])
        assert media.expect_close() == 4403
        (pending,) = findings.pending(redis_client, 2**45)
        finding = findings.load(redis_client, pending)
        assert finding is not None
        assert finding.rule is Rule.NUDITY
        assert finding.snapshot.partner is None
        assert str(finding.snapshot.subject.participant) == welcome["participant"]
        seek(control, "text")
        assert control.expect("error")["code"] == "restricted"
