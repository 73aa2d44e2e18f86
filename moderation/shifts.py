"""A shift: one task's time as a judge, in which it takes turn after turn, the most urgent first.

Celery's own work for a task is done once for many samples, and what is most urgent is decided when
a worker is free, not when the task was sent. Raises `RedisError`: the shift then ends with its
lease, and the relays hold.
"""

import logging
import time

from moderation.dispatch import DispatchFull, shift_order
from moderation.judging import Judge, now_ms
from moderation.stores import figures, turns
from moderation.stores.mailbox import Overdue
from moderation.stores.turns import Pause, Rank, ShiftId, Turn
from moderation.verdicts import Decision

logger = logging.getLogger(__name__)

SHIFT_MAX_S = 1
"""Then another task goes on: a hard limit stays near to the sample that it is for, and a worker
that is to stop can."""
PAUSE_MAX_MS = 20
"""So soon somebody inside is served who comes while openings have had their share."""

NEWEST_WEIGHT = 0.2


class Pace:
    """How long a turn takes in this process: a mean in which the newest counts most."""

    def __init__(self) -> None:
        self.turn_ms = 0.0

    def note(self, took_ms: int) -> None:
        """A turn took so long."""
        weight = NEWEST_WEIGHT if self.turn_ms else 1.0
        self.turn_ms += weight * (took_ms - self.turn_ms)


def work(judge: Judge, pace: Pace, shift: ShiftId, opening_took_ms: int = 0) -> None:
    """Judge until nobody waits, or hand the shift over after a second.

    `opening_took_ms` is what the last turn took before it was handed over, if an opening's.
    """
    began_ms = now_ms()
    while (now := now_ms()) - began_ms < SHIFT_MAX_S * 1000:
        turn = turns.take(judge.client, shift, now, opening_took_ms)
        opening_took_ms = 0
        match turn:
            case None:
                return
            case Pause():
                time.sleep(min(turn.wait_ms, PAUSE_MAX_MS) / 1000)
            case Turn():
                took_ms = _judge(judge, pace, turn)
                opening_took_ms = took_ms if turn.rank is Rank.OPENING else 0
    try:
        judge.send(shift_order(shift, opening_took_ms=opening_took_ms))
    except DispatchFull:
        logger.warning("shift %s ends early: the broker is slow", shift)


def _judge(judge: Judge, pace: Pace, turn: Turn) -> int:
    """Judge what `turn` is about; the ms it took."""
    began_ms = now_ms()
    outcome: Decision | None = None
    try:
        verdict = judge.judge_next(turn.stream, round(pace.turn_ms))
    except Overdue:
        logger.info("a submission of %s came too late", turn.stream)
    else:
        if verdict is None:
            return 0
        outcome = verdict.decision
    took_ms = now_ms() - began_ms
    if outcome is not None:
        pace.note(took_ms)
    figures.note(judge.client, turn, outcome, took_ms=took_ms, now_ms=now_ms())
    return took_ms
