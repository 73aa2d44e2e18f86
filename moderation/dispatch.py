"""Sends Celery tasks from one thread, so that no event loop ever waits for the broker.

`apply_async` in an event loop blocked for 10.0 s while Redis was stopped for 10 s; here the loop
only puts a message into a bounded queue. Tasks are sent by name: importing them would load the
decoder and the models' runtime into every web process.

Errors: `DispatchFull`: the broker is slow or away; a retry helps later.
"""

import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import celery
from celery.app import app_or_default
from kombu import Connection
from kombu.exceptions import OperationalError

from moderation.stores.turns import SHIFT_LEASE_MS, ShiftId

logger = logging.getLogger(__name__)

JUDGE_WAITING = "moderation.tasks.judge_waiting"
RECORD_FINDING = "moderation.tasks.record_finding"
RESUME_FINDINGS = "moderation.tasks.resume_findings"
ATTACH_EVIDENCE = "moderation.tasks.attach_evidence"
NOTE_THRESHOLDS = "moderation.tasks.note_thresholds"
NOTE_BANK_HIT = "moderation.tasks.note_bank_hit"
PUBLISH_BANKS = "moderation.tasks.publish_banks"

SCREENING = "screening"
"""Queue of shifts; who is judged in them, and in which order, `moderation.stores.turns` knows."""
OPS = "ops"
"""Queue of everything that touches PostgreSQL."""

WAITING_MAX = 2000
BROKER_TIMEOUT_S = 1.0

# kombu would try to connect for ever; here a failure is logged and the next order is served.
_TRANSPORT = {
    "socket_timeout": BROKER_TIMEOUT_S,
    "socket_connect_timeout": BROKER_TIMEOUT_S,
    "max_retries": 1,
    "interval_start": 0.0,
    "interval_step": 0.0,
    "interval_max": 0.0,
}


class DispatchFull(Exception):  # noqa: N818
    """More tasks wait to be sent than may: the broker is slow or away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A task to send: its name, its keyword arguments, its queue, and when it is pointless."""

    task: str
    kwargs: Mapping[str, str | int]
    queue: str
    expires_s: float | None = None


def shift_order(shift: ShiftId, *, opening_took_ms: int = 0) -> Order:
    """The task that works `shift`; pointless once the shift counts as lost. `opening_took_ms` is
    what its last turn took, when it goes on from another task and that was an opening's."""
    return Order(
        task=JUDGE_WAITING,
        kwargs={"shift": shift, "opening_took_ms": opening_took_ms},
        queue=SCREENING,
        expires_s=SHIFT_LEASE_MS / 1000,
    )


class Dispatcher:
    """A thread that sends orders one after another; `send` never blocks."""

    def __init__(self, app: celery.Celery) -> None:
        self._app = app
        self._waiting: queue.Queue[Order | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="task-dispatcher", daemon=True)
        self._thread.start()

    def send(self, order: Order) -> None:
        """Hand `order` over. Raises `DispatchFull`."""
        try:
            self._waiting.put_nowait(order)
        except queue.Full:
            raise DispatchFull(f"{WAITING_MAX} tasks wait to be sent") from None

    @property
    def is_idle(self) -> bool:
        """Whether everything that was handed over has been sent, or has failed."""
        return self._waiting.unfinished_tasks == 0

    def close(self, timeout_s: float = 3.0) -> None:
        """Send what waits, then end the thread."""
        self._waiting.put(None, timeout=timeout_s)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        with self._app.connection_for_write(transport_options=_TRANSPORT) as connection:
            while (order := self._waiting.get()) is not None:
                self._send(order, connection)
                self._waiting.task_done()

    def _send(self, order: Order, connection: Connection) -> None:
        # A task that is not sent loses nothing for ever: relays hold what got no verdict, and the
        # sweep sends findings again.
        try:
            self._app.send_task(
                order.task,
                kwargs=dict(order.kwargs),
                queue=order.queue,
                expires=order.expires_s,
                connection=connection,
                retry=False,
                ignore_result=True,
            )
        except (OperationalError, OSError) as error:
            logger.warning("task %s was not sent: %s", order.task, error)


@cache
def shared_dispatcher() -> Dispatcher:
    """This process's dispatcher, for the current Celery app."""
    return Dispatcher(app_or_default())
