"""What a seek costs while a thousand to a million people wait, on a real Redis.

`python -m tests.bench.pairing [--sizes N …]` prints one JSON line per figure:

- `seek_ops_per_s`: seeks per second of one Redis core at the largest size, from the time that
  Redis itself measures per call. Baseline: a scan in Python over everybody who waits, which gives
  the same answers, at the smallest size.
- `seek_p99_growth`: the 99th percentile at the largest size over that at the smallest. Baseline:
  the growth of the scan from the smallest size to ten times that.
- `renewal_us`: the time of Redis for the lease of one who waits, a hundred renewed together, at the
  largest size. Baseline: each in a call of its own.
- `bytes_per_waiter`: Redis' memory per person who waits with three interests and a language, at
  the largest size. Baseline: the same in a hash per person and a sorted set per interest.

Interests follow Zipf's law over 5,000 names, languages over ten. All who wait share one device, so
that they are never paired with each other, and each newcomer has one of their own; whoever is
claimed is given back. So the number of people who wait stays what it is.
"""

import argparse
import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django
import redis
from django.conf import settings

from chat.interests import Interest, weight
from chat.messages import Mode
from chat.renewals import TOGETHER_MAX
from chat.stores import keys, pairing
from chat.stores.pairing import Patience, Search
from chat.stores.scripts import pool_lua
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.bench.figures import percentile, publish
from tests.pairing_model import Pool
from tests.services import services

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SEEKS = 20_000
SCANS = 40
RENEWALS = 1_000
PIPELINE = 500
NAMES = 5_000
LANGUAGES = ("en", "es", "hi", "id", "pt", "fr", "de", "ru", "ja", "ar")
NOW_MS = 1_800_000_000_000
LEASE_S = 24 * 3600
"""Nobody renews a lease here, and filling takes longer than one."""
FLUSHED_WITHIN_S = 60.0
LOGGED_US = 15
"""Redis logs what a script calls, too, and the log takes time: only what takes as long as this is
logged, which no single command does and every seek."""
PATIENCE = Patience(common_ms=2_000, language_ms=4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """At one size. Times of a seek in µs, as Redis took them."""

    waiting: int
    p50_us: float
    p99_us: float
    mean_us: float
    renewal_us: float
    renewal_alone_us: float
    bytes_per_waiter: float


class Crowd:
    """People who come, by chance and by Zipf."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._ranks = list(itertools.accumulate(1 / rank for rank in range(1, NAMES + 1)))
        self._tongues = list(itertools.accumulate(1 / rank for rank in range(1, 11)))
        self._home = DeviceId(self._uuid())

    def waiting(self) -> Search:
        """Somebody who just came, on the device that all who wait share."""
        return self._search(self._home, NOW_MS)

    def newcomer(self) -> Search:
        """Somebody on a device of their own, five seconds later, so that everybody has widened."""
        return self._search(DeviceId(self._uuid()), NOW_MS + 5_000)

    def conversation(self) -> ConversationId:
        return ConversationId(self._uuid())

    def _search(self, device: DeviceId, since_ms: int) -> Search:
        drawn = set(self._random.choices(range(NAMES), cum_weights=self._ranks, k=3))
        interests = tuple(
            Interest(name=f"interest {rank:04d}", weight=weight(20 * NAMES // (rank + 1)))
            for rank in sorted(drawn, reverse=True)
        )
        return Search(
            person=Person(participant=ParticipantId(self._uuid()), device=device),
            pool="adult",
            mode=Mode.TEXT,
            epoch=1,
            since_ms=since_ms,
            languages=tuple(self._random.choices(LANGUAGES, cum_weights=self._tongues)),
            interests=interests,
        )

    def _uuid(self) -> UUID:
        return UUID(bytes=self._random.randbytes(16), version=4)


class Bench:
    """A pool on a real Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._seek = client.script_load(pool_lua("seek_partner").text)
        self._renew = client.script_load(pool_lua("renew_searches").text)
        self._some: list[Search] = []
        self._release = client.script_load(pool_lua("release_claim").text)
        self._base = keys.pool_base("adult:text")

    def fill(self, crowd: Crowd, waiting: int) -> float:
        """Let so many wait; the bytes that each takes."""
        before = self._memory()
        self._some = []
        for batch in _batches(waiting):
            with self._client.pipeline(transaction=False) as pipe:
                for _ in range(batch):
                    search = crowd.waiting()
                    if len(self._some) < RENEWALS:
                        self._some.append(search)
                    arguments = _arguments(search, crowd.conversation(), NOW_MS)
                    pipe.evalsha(self._seek, 1, self._base, *arguments)
                pipe.execute()
        return (self._memory() - before) / waiting

    def measure(self, crowd: Crowd, waiting: int, bytes_per_waiter: float) -> Measured:
        """Seeks of newcomers; the partner is given back and the newcomer leaves each time."""
        took_us: list[int] = []
        for batch in _batches(SEEKS):
            took_us += self._newcomers(crowd, batch)
        return Measured(
            waiting=waiting,
            p50_us=percentile(took_us, 50),
            p99_us=percentile(took_us, 99),
            mean_us=statistics.fmean(took_us),
            renewal_us=self._renewal_us(TOGETHER_MAX),
            renewal_alone_us=self._renewal_us(1),
            bytes_per_waiter=bytes_per_waiter,
        )

    def _newcomers(self, crowd: Crowd, count: int) -> list[int]:
        took_us = []
        self._client.config_set("slowlog-max-len", 4)
        self._client.config_set("slowlog-log-slower-than", LOGGED_US)
        for _ in range(count):
            search = crowd.newcomer()
            conversation = crowd.conversation()
            arguments = _arguments(search, conversation, NOW_MS + 5_000)
            self._client.slowlog_reset()
            answer = self._client.evalsha(self._seek, 1, self._base, *arguments)
            logged = [e for e in self._client.slowlog_get(4) if b"EVALSHA" in e["command"]]
            took_us.append(int(logged[0]["duration"]) if logged else LOGGED_US)
            if answer[0] == b"claimed":
                given_back = (answer[1], conversation.bytes, "w", NOW_MS + 5_000, LEASE_S)
                self._client.evalsha(self._release, 1, self._base, *given_back)
            self._client.delete(keys.seeker("adult:text", search.person.participant))
        self._client.config_set("slowlog-log-slower-than", 10_000)
        return took_us

    def _renewal_us(self, together: int) -> float:
        self._client.config_resetstat()
        for first in range(0, len(self._some), together):
            words = [
                word
                for search in self._some[first : first + together]
                for word in (search.person.participant.bytes, search.epoch)
            ]
            self._client.evalsha(self._renew, 1, self._base, LEASE_S, *words)
        spent: dict[str, Any] = self._client.info("commandstats")["cmdstat_evalsha"]
        return float(spent["usec"]) / len(self._some)

    def _memory(self) -> int:
        return int(self._client.info("memory")["used_memory"])


def _arguments(search: Search, conversation: ConversationId, now_ms: int) -> list[bytes]:
    return pairing.seek_arguments(search, conversation, now_ms, PATIENCE, lease_s=LEASE_S)


def scan_us(crowd: Crowd, waiting: int) -> float:
    """The mean time of a seek by scanning, the same answers (tests/pairing_model.py), in µs."""
    pool = Pool(patience=PATIENCE)
    for _ in range(waiting):
        pool.wait(crowd.waiting(), NOW_MS)
    took_s = 0.0
    for _ in range(SCANS):
        search = crowd.newcomer()
        began_s = time.perf_counter()
        pool.seek(search, crowd.conversation(), NOW_MS + 5_000)
        took_s += time.perf_counter() - began_s
        pool.seekers.pop(search.person.participant)
    return took_s / SCANS * 1e6


def sorted_set_bytes(client: redis.Redis, crowd: Crowd, waiting: int) -> float:
    """What a hash per person and a sorted set per interest, language and all take per person."""
    before = int(client.info("memory")["used_memory"])
    for batch in _batches(waiting):
        with client.pipeline(transaction=False) as pipe:
            for _ in range(batch):
                search = crowd.waiting()
                who = str(search.person.participant)
                fields: dict[Any, Any] = {
                    "device": str(search.person.device),
                    "since_ms": NOW_MS,
                    "epoch": 1,
                }
                pipe.hset(f"seeker:{who}", mapping=fields)
                pipe.expire(f"seeker:{who}", 24 * 3600)
                names = [interest.name for interest in search.interests]
                for name in ("all", *names, *search.languages):
                    pipe.zadd(f"waiting:{name}", {who: NOW_MS})
            pipe.execute()
    return (int(client.info("memory")["used_memory"]) - before) / waiting


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser(description="What a seek costs while many wait.")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=FLUSHED_WITHIN_S) as client:
        measured = []
        for size in options.sizes:
            client.flushall()
            crowd, bench = Crowd(size), Bench(client)
            measured.append(bench.measure(crowd, size, bench.fill(crowd, size)))
            print(measured[-1], file=sys.stderr)
        client.flushall()
        baseline_bytes = sorted_set_bytes(client, Crowd(0), min(100_000, options.sizes[-1]))
    smallest = options.sizes[0]
    scans_us = [scan_us(Crowd(0), size) for size in (smallest, 10 * smallest)]
    _publish(measured, scans_us, baseline_bytes)
    return 0


def _publish(measured: list[Measured], scans_us: list[float], baseline_bytes: float) -> None:
    first, last = measured[0], measured[-1]
    publish(
        "seek_ops_per_s",
        1e6 / last.mean_us,
        "1/s",
        baseline="a scan in Python",
        baseline_value=1e6 / scans_us[0],
        p50_us={m.waiting: m.p50_us for m in measured},
    )
    publish(
        "seek_p99_growth",
        last.p99_us / first.p99_us,
        "ratio",
        baseline="the scan, tenfold",
        baseline_value=scans_us[1] / scans_us[0],
        p99_us={m.waiting: m.p99_us for m in measured},
    )
    publish(
        "renewal_us",
        last.renewal_us,
        "µs",
        baseline="each in a call of its own",
        baseline_value=last.renewal_alone_us,
    )
    publish(
        "bytes_per_waiter",
        last.bytes_per_waiter,
        "B",
        baseline="a hash per person, a sorted set per interest",
        baseline_value=baseline_bytes,
    )


def _batches(total: int) -> Iterator[int]:
    for first in range(0, total, PIPELINE):
        yield min(PIPELINE, total - first)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
