"""The processes of the platform: how each is started, and what it may know."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

SOCKET_MESSAGE_MAX_BYTES = 320 * 1024
"""Above the largest message of the protocol (a key frame of 256 KiB and its header), so that the
application answers with the protocol's own close code and only what is far beyond meets the
server's."""

_KEYS = ("EVIDENCE_PRIVATE_KEY", "AUDIT_ANCHOR_KEY", "DATABASE_OWNER_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child of the supervisor: its name in the output, command line and whole environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def programs() -> tuple[Program, ...]:
    """Web with the relay, the screening worker, the ops worker with beat."""
    return (
        Program(name="web", command=_web(), environment=_environment("EVIDENCE_PRIVATE_KEY")),
        Program(name="screening", command=_screening(), environment=_environment()),
        Program(name="ops", command=_ops(), environment=_environment("AUDIT_ANCHOR_KEY")),
    )


def _environment(*kept: str) -> dict[str, str]:
    """Ours, but of the keys that not every process may hold only those named.

    The others are there and empty, so that development doesn't fill them in again.
    """
    withheld = {name: "" for name in _KEYS if name not in kept}
    # One thread per process and core: the libraries' own pools would fight over them.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**threads, **_quiet_as_root(), **os.environ, **withheld, "PYTHONUNBUFFERED": "1"}


def _quiet_as_root() -> dict[str, str]:
    # Celery warns for fear of pickled tasks; ours are JSON only.
    warning = "You're running the worker with superuser privileges"
    return {"PYTHONWARNINGS": f"ignore:{warning}"} if os.geteuid() == 0 else {}


def _web() -> tuple[str, ...]:
    limit = str(SOCKET_MESSAGE_MAX_BYTES)
    return (
        *(sys.executable, "-m", "daphne"),
        *("--bind", settings.HOST, "--port", str(settings.PORT)),
        # Verbosity 0 opens no access log: it would keep addresses and tokens.
        *("--verbosity", "0", "--no-server-name"),
        *("--websocket-max-message-size", limit, "--websocket-max-frame-size", limit),
        *("--application-close-timeout", "3"),
        "config.asgi:application",
    )


def _screening() -> tuple[str, ...]:
    return (
        *_worker("screening", "live,opening"),
        *("--concurrency", str(settings.SCREENING_PROCESSES)),
        "--without-heartbeat",
    )


def _ops() -> tuple[str, ...]:
    return (*_worker("ops", "ops"), "--concurrency", "1", "--without-heartbeat", "--beat")


def _worker(name: str, queues: str) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker"),
        *("--queues", queues, "--hostname", f"{name}@%h", "--pool", "prefork"),
        *("--loglevel", settings.LOG_LEVEL, "--without-gossip", "--without-mingle"),
    )
