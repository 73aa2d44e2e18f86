"""The reports room when it is full: 200,000 reports and a million audit entries in PostgreSQL.

`python -m tests.bench.queue [--reports N] [--entries N ...] [--rounds N]` prints:

- `claim_p95_ms`: claim-next, 20 moderators pressing in the same instant, round after round, on
  four processes; `alone_p95`: one moderator by themself; `trail_p95`: of a claim, in the statement
  that waits for the audit trail, writes and commits; `own_p50`: what the process itself computed.
  Baseline: the bare SQL of a claim, one after the other. `double_claims` counts reports that two
  of them got.
- `decision_p95_ms`: one moderator's decisions, one after the other; `at_once_p95` are those of 20
  in the same instant. Baseline: one row written and committed.
- `queue_page_p95_ms`, `report_page_p95_ms`, and of the measures over 90 days
  `<page>_measures_p95_ms`: the pages as the server makes them, with middleware, templates and all
  queries; baseline: the same with a hundred reports.
- `verify_entries_per_s`: a walk along the audit trail, and `tests.bench.audit`'s other figures.

PostgreSQL, benches and moderators share one machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import django
from django.core.management import call_command

from tests.bench.figures import percentile, publish, time_in_turns
from tests.bench.queues import shift
from tests.services import services

MODERATORS = 20
PROCESSES = 4
PAUSE_S = 2.0
LEAD_S = 12.0
"""Until every process has started."""
PAGES = ALONE = 60
MEASURES = 12
QUEUE_PAGE = "/admin/reports/report/"
MEASURES_PAGE = "/admin/measures/{}/?days=90"

CLAIM_SQL = """
UPDATE reports_report SET version = version + 1 WHERE id = (
    SELECT id FROM reports_report WHERE state = 'open' AND queue = 'standard'
    ORDER BY rank DESC LIMIT 1 FOR UPDATE SKIP LOCKED
)
"""


def main(arguments: Sequence[str]) -> int:
    """Fill the room, and measure."""
    parser = argparse.ArgumentParser(description="A full reports room.")
    parser.add_argument("--reports", type=int, default=200_000)
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    call_command("migrate", verbosity=0)
    _run(options.reports, options.entries, options.rounds)
    return 0


def _run(reports: int, entries: Sequence[int], rounds: int) -> None:
    from reports.roles import Role  # noqa: PLC0415
    from tests.bench import audit  # noqa: PLC0415
    from tests.bench.queues.filling import multiply, receive  # noqa: PLC0415
    from tests.report_cases import staff  # noqa: PLC0415

    names = [f"moderator-{number}" for number in range(MODERATORS)]
    users = [staff(name, Role.MODERATOR) for name in names]
    receive()
    few = _pages_ms(users[0])
    multiply(reports)
    audit.publish_walks(entries)
    many = _pages_ms(users[0])
    for name, before in few.items():
        values = many[name]
        publish(
            f"{name}_p95_ms",
            percentile(values, 95),
            "ms",
            baseline="the same page with a hundred reports",
            baseline_value=percentile(before, 95),
            p50=round(percentile(values, 50), 2),
            reports=reports,
        )
    _publish_shift(names, rounds)


def _pages_ms(user: Any) -> dict[str, list[float]]:
    """The ms of the queue's page and of the page of a claimed report, in turns; of the measures."""
    from django.utils import timezone  # noqa: PLC0415

    from reports.measures.catalogue import Page  # noqa: PLC0415
    from reports.reviewing import claims  # noqa: PLC0415

    now = timezone.now()
    held = claims.claim_next(acting_user=user, now=now)
    assert held is not None
    pages = {"queue_page": QUEUE_PAGE, "report_page": f"{QUEUE_PAGE}{held.pk}/"}
    measures = {f"{page}_measures": MEASURES_PAGE.format(page) for page in Page}
    took_ms = _visit(user, pages, PAGES) | _visit(user, measures, MEASURES)
    claims.skip(held.pk, reason="", acting_user=user, now=now)
    return took_ms


def _visit(user: Any, pages: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    from django.test import Client  # noqa: PLC0415

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(user)
    steps = [partial(_get, browser, path) for path in pages.values()]
    return dict(zip(pages, time_in_turns(steps, rounds), strict=True))


def _get(browser: Any, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def _publish_shift(names: Sequence[str], rounds: int) -> None:
    work = _shift(names, rounds)
    claimed, claims, trails, own, decisions = (
        list(chain.from_iterable(one[what] for one in work))
        for what in ("claimed", "claim_ms", "trail_ms", "own_ms", "decision_ms")
    )
    alone = shift.work(names[0], time.time(), ALONE, 0.0)
    bare_ms, commit_ms = _bare_ms()
    publish(
        "claim_p95_ms",
        percentile(claims, 95),
        "ms",
        baseline="the bare SQL of a claim, one at a time",
        baseline_value=percentile(bare_ms, 95),
        p50=round(percentile(claims, 50), 2),
        alone_p95=round(percentile(alone.claim_ms, 95), 2),
        trail_p95=round(percentile(trails, 95), 2),
        own_p50=round(percentile(own, 50), 2),
        claims=len(claims),
        moderators=len(names),
    )
    publish(
        "double_claims",
        len(claimed) - len(set(claimed)),
        "reports",
        baseline="claims",
        baseline_value=len(claimed),
    )
    publish(
        "decision_p95_ms",
        percentile(alone.decision_ms, 95),
        "ms",
        baseline="one row written and committed, one at a time",
        baseline_value=percentile(commit_ms, 95),
        p50=round(percentile(alone.decision_ms, 50), 2),
        at_once_p95=round(percentile(decisions, 95), 2),
    )


def _shift(names: Sequence[str], rounds: int) -> list[Any]:
    begin_at = time.time() + LEAD_S
    settings = [str(begin_at), str(rounds), str(PAUSE_S)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.queues.shift", *settings, *names[part::PROCESSES]],
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in range(PROCESSES)
    ]
    done = []
    for process in processes:
        output, _ = process.communicate(timeout=LEAD_S + rounds * PAUSE_S + 120)
        assert process.returncode == 0
        done += json.loads(output)
    return done


def _bare_ms() -> tuple[list[float], list[float]]:
    from django.db import connection, transaction  # noqa: PLC0415

    took_ms: tuple[list[float], list[float]] = ([], [])
    statements = (CLAIM_SQL, "UPDATE auth_user SET first_name = 'x' WHERE id = 1")
    for _ in range(100):
        for values, statement in zip(took_ms, statements, strict=True):
            began_s = time.perf_counter()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
            values.append((time.perf_counter() - began_s) * 1000)
    return took_ms


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
