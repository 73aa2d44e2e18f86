"""How often one network may knock at the media socket, and what the others notice: nothing."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from config import children
from moderation.samples import Side
from tests.clients import MediaClient, dial, until
from tests.integration.chat.house import free_ports
from tests.integration.relay.conftest import Pair
from tests.integration.relay.processes import Process
from tests.services import TestServices

HERE = "203.0.113.7"
NEIGHBOUR = "203.0.113.88"
ELSEWHERE = "198.51.100.5"
BURST = 3


@pytest.fixture(autouse=True)
def narrow(settings: Settings) -> None:
    settings.ATTACHMENTS_PREFIX_BURST = BURST
    settings.ATTACHMENTS_PREFIX_PER_MIN = 6.0
    settings.TRUSTED_PROXIES = ("127.0.0.0/8",)


async def attempt(pair: Pair, token: str, forwarded_for: str) -> MediaClient:
    return MediaClient(await dial(pair.url(token), forwarded_for=forwarded_for))


async def guess(pair: Pair, forwarded_for: str) -> int | None:
    """The close code that a guessed token gets."""
    return await (await attempt(pair, "x" * 43, forwarded_for)).closed()


async def test_after_so_many_guesses_nobody_there_is_let_in_and_all_are_told_when(
    pair: Pair,
) -> None:
    assert [await guess(pair, HERE) for _ in range(BURST + 1)] == [4401] * BURST + [4429]

    refused = await attempt(pair, await pair.token(Side.A), NEIGHBOUR)

    assert await refused.closed() == 4429
    (told,) = refused.messages
    assert (told["type"], told["code"]) == ("error", "slow_down")
    assert 0 < told["retry_after_s"] <= 10


async def test_another_network_notices_nothing_and_a_refused_token_is_still_good(
    pair: Pair,
) -> None:
    token = await pair.token(Side.A)
    live = await attempt(pair, await pair.token(Side.B), HERE)
    await until(lambda: live.picture("you"), "attached")
    assert [await guess(pair, HERE) for _ in range(BURST)] == [4401, 4401, 4429]
    assert await (await attempt(pair, token, HERE)).closed() == 4429

    ada = await attempt(pair, token, ELSEWHERE)

    await until(lambda: ada.picture("you"), "attached")
    assert live.close_code is None


async def test_what_stands_in_front_of_our_proxy_s_word_is_hearsay(pair: Pair) -> None:
    codes = [await guess(pair, f"192.0.{number}.1, {HERE}") for number in range(BURST + 1)]
    assert codes == [4401] * BURST + [4429]


async def test_without_a_proxy_of_ours_the_header_counts_for_nothing(
    pair: Pair, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = ()
    codes = [await guess(pair, f"192.0.{number}.1") for number in range(BURST + 1)]
    assert codes == [4401] * BURST + [4429]


@pytest.mark.parametrize("part", [children.web, children.relay])
async def test_the_processes_as_they_are_shipped_believe_no_header(
    part: Callable[[], children.Program],
    services: TestServices,
    redis_url: str,
    settings: Settings,
    tmp_path: Path,
) -> None:
    (settings.PORT,) = free_ports(1)
    url = f"ws://127.0.0.1:{settings.PORT}/ws/media/?token={'x' * 43}"
    little = {"ATTACHMENTS_PREFIX_BURST": str(BURST), "ATTACHMENTS_PREFIX_PER_MIN": "6"}
    with Process(services, part().command[2:], tmp_path / "log", **little) as process:
        await until(lambda: process.answers(settings.PORT), "it is open", timeout_s=30)
        codes = [
            await MediaClient(await dial(url, forwarded_for=f"192.0.{number}.1")).closed()
            for number in range(BURST + 1)
        ]
        assert codes == [4401] * BURST + [4429], process.logged()


async def test_while_nobody_can_count_nobody_is_let_in(pair: Pair, services: TestServices) -> None:
    pid = services.pids()["redis"]
    os.kill(pid, signal.SIGSTOP)
    try:
        # A token that would be refused without asking Redis.
        assert await (await attempt(pair, "", HERE)).closed() == 4503
    finally:
        os.kill(pid, signal.SIGCONT)
