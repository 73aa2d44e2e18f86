"""A screening process's own things: models, connections, and the pulse that proves it lives."""

import logging
import os
import socket
import threading
from pathlib import Path

import cv2
from django.conf import settings
from redis.exceptions import RedisError

from moderation.bank.watch import BankWatch, keep_fresh
from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.dispatch import DispatchFull, shared_dispatcher, shift_order
from moderation.judging import Judge, now_ms
from moderation.prevalence import Draw
from moderation.stores import client, heartbeat, turns
from reports.keys import evidence_public_key

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 1.0


def make_judge() -> Judge:
    """A judge with models and a copy of the banks of its own. Raises what `registry` raises."""
    # One thread per process: more of them only wait for each other on a full machine.
    cv2.setNumThreads(1)
    banks = BankWatch(client.connect(), Path(settings.BANK_DIR))
    banks.refresh()
    keep_fresh(banks)
    return Judge(
        client=client.connect(),
        classifier=load_classifier(),
        rules=load_thresholds(),
        send=shared_dispatcher().send,
        shelf=banks.shelf,
        draw=_make_draw(),
    )


def _make_draw() -> Draw | None:
    """What draws frames for prevalence; None where the operator wants none, as is the default."""
    if not settings.PREVALENCE_FRAMES_PER_HOUR:
        return None
    return Draw(
        client=client.connect(),
        public_key=evidence_public_key(settings.EVIDENCE_PUBLIC_KEY),
        per_hour=settings.PREVALENCE_FRAMES_PER_HOUR,
        day_max=settings.PREVALENCE_DAY_MAX,
    )


def start_pulse() -> threading.Thread:
    """Beat once a second, until the process ends, on a connection of the thread's own.

    What waits while nobody works, because a task was lost or all workers were, gets a shift here.
    A process that hangs in a task still beats, for as long as the task's hard limit lets it.
    """
    name = f"{socket.gethostname()}:{os.getpid()}"
    thread = threading.Thread(target=_pulse, args=(name,), name="pulse", daemon=True)
    thread.start()
    return thread


def _pulse(name: str) -> None:
    never = threading.Event()
    with client.connect() as connection:
        while not never.wait(BEAT_EVERY_S):
            try:
                heartbeat.beat(connection, name, now_ms())
                shift = turns.ask_now(connection, now_ms())
                if shift is not None:
                    shared_dispatcher().send(shift_order(shift))
            except (RedisError, DispatchFull) as error:
                logger.warning("no heartbeat: %s", error)
