"""A management command in a process of its own, killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.services import TestServices

_REPOSITORY = Path(__file__).resolve().parents[3]
_PATIENCE_S = 90


def run_and_kill(
    services: TestServices,
    *command: str,
    when: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> None:
    """Start `manage.py command` and send it SIGKILL as soon as `when` is so, before it ends."""
    started = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=_REPOSITORY,
        env={
            **os.environ,
            **services.environment,
            **(environment or {}),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        },
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + _PATIENCE_S
    with started:
        try:
            while not when():
                assert started.poll() is None, "it ended before it could be killed"
                assert time.monotonic() < deadline
                time.sleep(0.002)
        finally:
            started.send_signal(signal.SIGKILL)
    assert started.returncode == -signal.SIGKILL
