"""A judge without models for `make bench-relay`: takes the relay's tasks, clears every sample.

It takes the tasks that the relay sent from the broker's queues, the samples from the mailbox, and
publishes a CLEAR for exactly what was handed in, as a worker does. Only looking at the picture is
left out: that costs a core of its own, and `make bench-screening` measures it.
"""

import logging

import django
from celery import current_app
from kombu import Consumer, Message, Queue

from moderation.dispatch import LIVE, OPENING
from moderation.samples import StreamId
from moderation.stores import mailbox, verdicts
from moderation.stores.client import connect
from tests.rehearsal import verdict_on


def main() -> None:
    """Clear what comes until the process is ended."""
    django.setup()
    logging.disable(logging.INFO)
    with connect() as redis, current_app.connection_for_read() as connection:

        def judge(body: tuple[list[object], dict[str, str], object], _message: Message) -> None:
            sample = mailbox.claim(redis, StreamId(body[1]["stream"]))
            if sample is not None:
                verdicts.publish(redis, verdict_on(sample, 0), sample.node)

        queues = [Queue(name, routing_key=name) for name in (LIVE, OPENING)]
        with Consumer(connection, queues=queues, callbacks=[judge], no_ack=True):
            while True:
                connection.drain_events()


if __name__ == "__main__":
    main()
