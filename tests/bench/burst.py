"""Everybody at once: N people with open sockets press Start in the same moment.

`python -m tests.bench.burst [--sizes N …]` prints `burst_N_p95_ms` per size: from the moment the
seek leaves until `paired` is there, both sides of every pair, through one web process with
everything on, PostgreSQL and Redis, on one machine with the clients. Baseline, in the same run: the
same sockets ping at once, from ping to pong. The run fails when anybody misses their `paired`, or
a conversation has other than two sides.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import call_command

from tests.bench.figures import percentile, publish
from tests.crowd import SEEK, enter_all, open_all
from tests.e2e.wire import Stranger
from tests.integration.chat.house import open_houses
from tests.services import services

SIZES = (100, 400, 2_000)
ROUNDS = 3
PAIRED_WITHIN_S = 30.0
PING = '{"type":"ping"}'


async def _burst(strangers: list[Stranger]) -> tuple[list[float], list[float]]:
    """The ms to `paired` and to `pong`, of `ROUNDS` rounds."""
    guests = await open_all(strangers)
    paired_ms: list[float] = []
    pong_ms: list[float] = []
    for _ in range(ROUNDS):
        pong_ms += await asyncio.gather(*(guest.ask(PING, "pong") for guest in guests))
        async with asyncio.timeout(PAIRED_WITHIN_S):
            paired_ms += await asyncio.gather(*(guest.ask(SEEK, "paired") for guest in guests))
        sides = Counter(guest.paired["conversation"] for guest in guests)
        assert set(sides.values()) == {2}, "somebody is in no pair, or in two"
        await asyncio.gather(*(guest.leave() for guest in guests))
    return paired_ms, pong_ms


def _run(size: int, folder: Path) -> None:
    with open_houses(services, folder, 1, LIMITS) as (house,):
        paired_ms, pong_ms = asyncio.run(_burst(enter_all(house.url, size)))
    publish(
        f"burst_{size}_p95_ms",
        percentile(paired_ms, 95),
        "ms",
        baseline="the same sockets ping at once, p95 to pong",
        baseline_value=percentile(pong_ms, 95),
        p50=round(percentile(paired_ms, 50), 2),
        samples=len(paired_ms),
    )


LIMITS = {
    "ENTER_PREFIX_BURST": "10000",
    "TERMS_PREFIX_BURST": "10000",
    "CONNECTIONS_PREFIX_BURST": "10000",
    "SEARCHES_PREFIX_BURST": "10000",
    "NEW_IDENTITIES_PER_HOUR": "10000",
    "SANCTION_LEASE_S": "30",
}
"""The limits per address that a bench from one address has to raise."""


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser(description="N people seek at once.")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory(prefix="parley-burst-") as folder:
        for size in options.sizes:
            _run(size, Path(folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
