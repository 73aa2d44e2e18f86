"""PostgreSQL is killed and stays away for a minute: what people notice, and when all is well again.

`python -m tests.bench.outage [--away S]` plays `tests.outages.rehearsal`, as the integration tests
do for some seconds. It fails when anything was lost, written twice, or said to be saved and was
not. It prints `outage_refusals`, `outage_slowest_pong_ms`, and how long after PostgreSQL answers
again the web process is ready, everything refused has been taken, and the machine's findings are
recorded.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import call_command

from tests.bench.figures import publish
from tests.services import services


def main(arguments: Sequence[str]) -> int:
    """Play it once."""
    parser = argparse.ArgumentParser(description="PostgreSQL away, and back.")
    parser.add_argument("--away", type=float, default=60.0, help="seconds")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    call_command("migrate", verbosity=0)
    from tests.outages import ledger, rehearsal  # noqa: PLC0415  models need Django to be set up

    with tempfile.TemporaryDirectory(prefix="parley-outage-") as folder:
        play = rehearsal.rehearse(services, Path(folder), away_s=options.away, connect_timeout_s=3)
    ledger.expect_everything_once(play)
    ledger.expect_plain_refusals(play)
    refused = sum(len(writer.refused) for writer in play.writers)
    publish(
        "outage_slowest_pong_ms",
        play.slowest_pong_s * 1000,
        "ms",
        baseline="just before",
        baseline_value=play.pong_before_s * 1000,
        refusals=refused,
    )
    for name, took_s in (
        ("outage_ready_again_s", play.ready_again_s),
        ("outage_all_taken_s", play.all_taken_s),
        ("outage_findings_recorded_s", play.findings_recorded_s),
    ):
        publish(name, took_s, "s", baseline="PostgreSQL was away", baseline_value=options.away)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
