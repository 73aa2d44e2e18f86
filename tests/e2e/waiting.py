"""Wait for a condition, never for a time: the one polling loop of the stories."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.05


def wait_for(
    probe: Callable[[], T | None], *, timeout_s: float, what: str, every_s: float = POLL_S
) -> T:
    """The first true answer of `probe`, asked every 50 ms unless said otherwise.

    Raises `AssertionError` naming `what` when none came within `timeout_s`.
    """
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        pause.wait(every_s)
