"""Moderators at work, each on a thread and a connection: claim the next one, decide, again.

`python -m tests.bench.queues.shift BEGIN_AT ROUNDS PAUSE_S NAME …` prints one line of JSON: the ids
that were claimed, and the ms of each claim and of each decision. Everybody claims at the same
instants of the clock (unix seconds), PAUSE_S apart, on all processes of a bench, and decides at
the same instants in the middle between them.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import django


@dataclass(slots=True)
class Work:
    """What one moderator did. Of a claim `trail_ms` went by in the statement that waits for the
    audit trail, writes to it and commits, and `own_ms` is what the thread itself computed."""

    claimed: list[str] = field(default_factory=list)
    claim_ms: list[float] = field(default_factory=list)
    trail_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    decision_ms: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Work a shift and print what was done."""
    begin_at, rounds, pause_s, *names = arguments
    django.setup()
    with ThreadPoolExecutor(len(names)) as threads:
        done = threads.map(
            lambda name: work(name, float(begin_at), int(rounds), float(pause_s)), names
        )
    print(json.dumps([asdict(one) for one in done]))
    return 0


def work(name: str, begin_at: float, rounds: int, pause_s: float) -> Work:
    """One moderator's rounds."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - Django is set up by then
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from reports.reviewing import claims, review  # noqa: PLC0415

    done, user = Work(), User.objects.get(username=name)

    def time_trail(execute: Callable[..., object], *statement: object) -> object:
        began_s = time.perf_counter()
        answer = execute(*statement)
        if "reports_audit_append" in str(statement[0]):
            done.trail_ms.append((time.perf_counter() - began_s) * 1000)
        return answer

    for turn in range(rounds):
        _wait_until(begin_at + turn * pause_s)
        began_s, own_s = time.perf_counter(), time.thread_time()
        with connection.execute_wrapper(time_trail):
            report = claims.claim_next(acting_user=user, now=timezone.now())
        done.claim_ms.append((time.perf_counter() - began_s) * 1000)
        done.own_ms.append((time.thread_time() - own_s) * 1000)
        assert report is not None
        done.claimed.append(str(report.pk))
        _wait_until(begin_at + (turn + 0.5) * pause_s)
        began_s = time.perf_counter()
        review.dismiss(
            report.pk,
            version=report.version,
            reason="nothing of the kind",
            acting_user=user,
            now=timezone.now(),
        )
        done.decision_ms.append((time.perf_counter() - began_s) * 1000)
    return done


def _wait_until(at: float) -> None:
    time.sleep(max(0.0, at - time.time()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
