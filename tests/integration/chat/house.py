"""Web processes as they are in production, Daphne each, on the test run's PostgreSQL and Redis."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.e2e.waiting import wait_for
from tests.services import TestServices

GRACE_S = 3.0
"""RESUME_GRACE_S of the houses: shorter than in production, for the tests' sake."""
LEASE_S = 2.0
"""SANCTION_LEASE_S of the houses."""
ADMIT_MAX_AGE_S = 5.0
"""SCREENING_ADMIT_MAX_AGE_S of the houses: a full machine is no part of their stories."""


class House:
    """One web process. `url` is its only allowed origin, besides that of its neighbours."""

    def __init__(
        self,
        services: TestServices,
        port: int,
        origins: list[str],
        log: Path,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        environment = os.environ | services.environment
        environment |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PORT": str(port),
            "ALLOWED_ORIGINS": ",".join(origins),
            "RESUME_GRACE_S": str(GRACE_S),
            "SANCTION_LEASE_S": str(LEASE_S),
            "SCREENING_ADMIT_MAX_AGE_S": str(ADMIT_MAX_AGE_S),
            "ENTER_DEVICE_BURST": "20",
            "ENTER_PREFIX_BURST": "5000",
            "TERMS_DEVICE_BURST": "100",
            "TERMS_PREFIX_BURST": "5000",
            "CONNECTIONS_PREFIX_BURST": "5000",
            "SEARCHES_PREFIX_BURST": "5000",
            "ATTACHMENTS_PREFIX_BURST": "5000",
            "NEW_IDENTITIES_PER_HOUR": "5000",
            "LOG_LEVEL": "WARNING",
            **(settings or {}),
        }
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "daphne", "-b", "127.0.0.1", "-p", str(port)),
                    "config.asgi:application",
                ],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_open(self) -> None:
        """Until pages are served."""
        wait_for(self._answers, timeout_s=30, what=f"{self.url} is open")

    def logged(self) -> str:
        """What the process has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def die(self) -> None:
        """Die at once, without a word to anybody."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Stop as the supervisor stops it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.die()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"the house has fallen down:\n{self.logged()}")
        try:
            with urlopen(f"{self.url}/api/terms", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@contextmanager
def open_houses(
    services: TestServices, folder: Path, count: int, settings: Mapping[str, str] | None = None
) -> Iterator[list[House]]:
    """So many web processes that serve pages, each for the origins of all; they stop with the
    block. Their logs are in `folder`."""
    ports = free_ports(count)
    origins = [f"http://127.0.0.1:{port}" for port in ports]
    with ExitStack() as stack:
        houses = [
            House(services, port, origins, folder / f"{port}.log", settings) for port in ports
        ]
        for house in houses:
            stack.callback(house.close)
        for house in houses:
            house.wait_until_open()
        yield houses


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
