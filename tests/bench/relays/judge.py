"""A judge without models for `make bench-relay`: takes its turn after turn and clears every sample.

It beats as a worker does, takes the most urgent stream, its sample from the mailbox, and publishes
a CLEAR for exactly what was handed in. Only looking at the picture is left out: that costs a core
of its own, and `make bench-screening` measures it.
"""

import time

import django

from chat.clock import now_ms
from moderation.stores import heartbeat, mailbox, turns, verdicts
from moderation.stores.client import connect
from moderation.stores.turns import ShiftId, Turn
from tests.rehearsal import verdict_on

SHIFT = ShiftId("bench")
BEAT_MS = 1000
IDLE_S = 0.004


def main() -> None:
    """Clear what comes until the process is ended."""
    django.setup()
    beaten_ms = 0
    with connect() as redis:
        while True:
            if now_ms() - beaten_ms >= BEAT_MS:
                beaten_ms = now_ms()
                heartbeat.beat(redis, "bench", beaten_ms)
            turn = turns.take(redis, SHIFT, now_ms())
            if not isinstance(turn, Turn):
                time.sleep(IDLE_S)
                continue
            sample = mailbox.claim(redis, turn.stream)
            if sample is not None:
                verdicts.publish(redis, verdict_on(sample, 0), sample.node)


if __name__ == "__main__":
    main()
