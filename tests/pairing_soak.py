"""A million operations by chance, real Redis against the model: `make soak-pairing`.

Prints how far it is and stops at the first promise that is broken, with the seed that repeats it.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence

import django

from moderation.stores.client import connect_async
from tests.pairing_rehearsal import run_by_chance
from tests.services import services

ROUND = 5000


async def _soak(operations: int, first_seed: int) -> None:
    began_s, pairs = time.monotonic(), 0
    async with connect_async() as client:
        for number in range(operations // ROUND):
            seed = first_seed + number
            await client.flushdb()
            try:
                pairs += await run_by_chance(client, operations=ROUND, seed=seed)
            except AssertionError:
                print(f"a promise is broken: --seed {seed} --operations {ROUND}", file=sys.stderr)
                raise
            if (number + 1) % 20 == 0:
                done, took_s = (number + 1) * ROUND, time.monotonic() - began_s
                print(f"{done:,} operations, {pairs:,} pairs, {took_s:.0f} s", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run it; an AssertionError when a promise is broken."""
    parser = argparse.ArgumentParser(description="Pairing against its model, by chance.")
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    asyncio.run(_soak(options.operations, options.seed))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
