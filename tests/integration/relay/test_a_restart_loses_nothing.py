"""SIGTERM, under both servers: everybody is sent away with 4012, and what was promised is done."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
import redis
import redis.asyncio
from asgiref.sync import sync_to_async
from django.db import connections

from chat import events
from chat.stores import keys
from moderation import tasks
from moderation.samples import Purpose, Side
from moderation.stores import media
from reports.ids import ReportId
from reports.incoming import intake as reports_intake
from reports.models import Evidence
from tests.clients import MediaClient, until
from tests.integration.chat.house import free_ports
from tests.integration.relay.conftest import NODE, Pair, new_pair
from tests.integration.relay.judge import TestJudge
from tests.integration.relay.processes import Process, daphne, uvicorn
from tests.report_cases import user_report
from tests.services import TestServices

T = TypeVar("T")


class Restart:
    """A relay process, and a pair that it carries."""

    def __init__(self, process: Process, pair: Pair, ada: MediaClient, bo: MediaClient) -> None:
        self.process = process
        self.pair = pair
        self.ada = ada
        self.bo = bo

    async def stop(self) -> None:
        """As the supervisor does it; both are told, and the process ends by itself."""
        self.process.terminate()
        assert await self.ada.closed() == await self.bo.closed() == 4012
        await until(lambda: not self.process.is_running, "the process ends", timeout_s=5)
        assert "Traceback" not in self.process.logged()


@pytest.fixture(params=[daphne, uvicorn])
def process(
    request: pytest.FixtureRequest, services: TestServices, redis_url: str, tmp_path: Path
) -> Iterator[tuple[Process, int]]:
    command: Callable[[int], list[str]] = request.param
    (port,) = free_ports(1)
    with Process(services, command(port), tmp_path / "relay.log") as process:
        yield process, port


@pytest.fixture
async def restart(
    process: tuple[Process, int], store: redis.asyncio.Redis, judge: TestJudge
) -> Restart:
    relay, port = process
    await until(lambda: relay.answers(port), "the relay is open", timeout_s=30)
    pair = await new_pair(f"ws://127.0.0.1:{port}", store, judge)
    ada, bo = await pair.both()
    await ada.film(lambda: len(bo.packets) > 5)
    return Restart(relay, pair, ada, bo)


def in_the_database(work: Callable[[], T]) -> Callable[[], T]:
    """`work`, which leaves no connection behind in the thread that did it."""

    def done() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    return done


@pytest.mark.django_db(transaction=True)
async def test_a_report_accepted_just_before_has_its_evidence(
    restart: Restart, redis_client: redis.Redis
) -> None:
    receipt = await sync_to_async(in_the_database(lambda: reports_intake.receive(user_report())))()
    conversation = restart.pair.conversation.id
    wanted = events.EvidenceWanted(conversation=conversation, side=Side.A, report=receipt.report)
    await events.publish(restart.pair.redis, NODE, wanted)
    await restart.stop()

    assert redis_client.llen("parley.celery.ops") == 1, "the task is on its way"
    run = in_the_database(lambda: tasks.attach_evidence.run(report=str(receipt.report)))
    await sync_to_async(run)()
    kept = in_the_database(lambda: list(Evidence.objects.values_list("report_id", flat=True)))
    assert await sync_to_async(kept)() == [UUID(str(receipt.report))]
    assert media.load(redis_client, ReportId(receipt.report)) is None


async def test_what_was_shown_last_is_handed_in_and_the_lease_is_given_up(
    restart: Restart, judge: TestJudge, redis_client: redis.Redis
) -> None:
    await restart.stop()
    await until(lambda: judge.taken_as(Purpose.FAREWELL), "ada's last seconds are judged")
    assert not redis_client.exists(keys.node_lease(NODE))
