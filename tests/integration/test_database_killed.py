"""PostgreSQL is killed in the middle of everything and stays away: nothing is lost, doubled or
claimed.

OUTAGE_S=60 makes it a minute; `make bench-outage` is that.
"""

import os
from pathlib import Path

import pytest
import redis

from tests.outages.ledger import expect_everything_once, expect_plain_refusals
from tests.outages.rehearsal import rehearse
from tests.services import TestServices

AWAY_S = float(os.environ.get("OUTAGE_S", "3"))


@pytest.mark.timeout(240)
@pytest.mark.django_db(transaction=True)
def test_what_is_written_meanwhile_is_refused_aloud_and_taken_once(
    services: TestServices, redis_client: redis.Redis, tmp_path: Path
) -> None:
    del redis_client  # asked for, so that it is empty
    play = rehearse(services, tmp_path, away_s=AWAY_S, connect_timeout_s=1)

    expect_everything_once(play)
    expect_plain_refusals(play)
    assert play.readiness
    assert set(play.readiness) == {(503, "down")}
    assert play.slowest_pong_s < 1
