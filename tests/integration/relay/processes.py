"""Processes as they are run: a relay under Daphne or uvicorn, and a screening worker."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.clients import ORIGIN
from tests.services import TestServices


class Process:
    """A child on the test run's services; killed at the end when it doesn't stop by itself."""

    def __init__(
        self, services: TestServices, arguments: Sequence[str], log: Path, **variables: str
    ) -> None:
        self._log = log
        environment = os.environ | services.environment
        environment |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "ALLOWED_ORIGINS": ORIGIN,
            "SCREENED_S": "2",
            "LOG_LEVEL": "INFO",
            "PYTHONWARNINGS": "ignore",
            "PYTHONUNBUFFERED": "1",
        }
        environment |= variables
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def answers(self, port: int) -> bool:
        """Whether somebody listens on `port`; the process must not have ended."""
        assert self.is_running, self.logged()
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def logged(self) -> str:
        """What the process has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.send_signal(signal.SIGTERM)

    def die(self) -> None:
        """Die at once, without a word to anybody."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop it, at last with SIGKILL."""
        self.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def daphne(port: int) -> list[str]:
    return ["daphne", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application"]


def uvicorn(port: int) -> list[str]:
    """As `config.children.relay`, but with the access log and the level that print most."""
    return [
        *("uvicorn", "--host", "127.0.0.1", "--port", str(port)),
        *("--loop", "uvloop", "--ws", "chat.relay.prompt_socket:PromptSocket"),
        *("--log-level", "info", "--no-proxy-headers", "config.asgi:application"),
    ]


def screening() -> list[str]:
    return [
        *("celery", "--app", "config", "--quiet", "worker", "--queues", "screening"),
        *("--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
