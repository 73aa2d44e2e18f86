"""A judge without models for `make bench-relay`: takes the relay's shifts, clears every sample.

It takes the tasks that the relay sent from the broker's queue, the samples from the mailbox, and
publishes a CLEAR for exactly what was handed in, as a worker does. Only looking at the picture is
left out: that costs a core of its own, and `make bench-screening` measures it.
"""

import contextlib
import logging
import time

import django
import redis
from celery import current_app
from kombu import Consumer, Message, Queue

from moderation.dispatch import SCREENING
from moderation.stores import heartbeat, mailbox, turns, verdicts
from moderation.stores.client import connect
from moderation.stores.turns import ShiftId, Turn
from tests.rehearsal import verdict_on

BEAT_EVERY_S = 1.0


def main() -> None:
    """Clear what comes until the process is ended."""
    django.setup()
    logging.disable(logging.INFO)
    with connect() as client, current_app.connection_for_read() as connection:

        def work(body: tuple[list[object], dict[str, str], object], _message: Message) -> None:
            _clear_all(client, ShiftId(body[1]["shift"]))

        queue = Queue(SCREENING, routing_key=SCREENING)
        with Consumer(connection, queues=[queue], callbacks=[work], no_ack=True):
            while True:
                heartbeat.beat(client, "judge", _now_ms())
                with contextlib.suppress(TimeoutError):
                    connection.drain_events(timeout=BEAT_EVERY_S)


def _clear_all(client: redis.Redis, shift: ShiftId) -> None:
    while isinstance(turn := turns.take(client, shift, _now_ms()), Turn):
        sample = mailbox.claim(client, turn.stream)
        if sample is not None:
            verdicts.publish(client, verdict_on(sample, 0), sample.node)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main()
