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

_OPENS_EVIDENCE = ("EVIDENCE_PRIVATE_KEY", "EVIDENCE_PRIVATE_KEYS_BEFORE")
_KEYS = (*_OPENS_EVIDENCE, "AUDIT_ANCHOR_KEY", "DATABASE_OWNER_URL")
_STORES = ("EVIDENCE_STORAGE", "AUDIT_ANCHOR_STORAGE")
"""Their settings may hold keys to a bucket."""
_NOT_FOR_SCREENING = ("SECRET_KEY", "DATABASE_URL", *_STORES)
"""It decodes what strangers send: what it doesn't hold can't be taken from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child of the supervisor: its name in the output, command line and whole environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def programs() -> tuple[Program, ...]:
    """What one machine needs: web with the relay in it, a screening worker, ops with beat."""
    return (web(), screening(), ops())


def web() -> Program:
    """Pages and sockets under Daphne."""
    limit = str(SOCKET_MESSAGE_MAX_BYTES)
    command = (
        *(sys.executable, "-m", "daphne"),
        *("--bind", settings.HOST, "--port", str(settings.PORT)),
        # Verbosity 0 opens no access log: it would keep addresses and tokens.
        *("--verbosity", "0", "--no-server-name"),
        *("--websocket-max-message-size", limit, "--websocket-max-frame-size", limit),
        *("--application-close-timeout", "3"),
        "config.asgi:application",
    )
    return Program(name="web", command=command, environment=_environment(*_OPENS_EVIDENCE))


def relay() -> Program:
    """A relay node of its own, under uvicorn: it pushes back on senders, and has a lifespan."""
    command = (
        *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
        *("--host", settings.HOST, "--port", str(settings.PORT)),
        *("--no-access-log", "--no-server-header", "--log-level", "warning"),
        # Whose word counts about addresses is TRUSTED_PROXIES' to say; uvicorn would believe
        # whoever connects from this machine.
        "--no-proxy-headers",
        *("--loop", "uvloop", "--ws", "chat.relay.prompt_socket:PromptSocket"),
        *("--ws-max-size", str(SOCKET_MESSAGE_MAX_BYTES)),
        # What goes through is compressed already.
        *("--ws-per-message-deflate", "false"),
        *("--lifespan", "on", "--timeout-graceful-shutdown", "3"),
    )
    environment = _environment() | dict.fromkeys(_STORES, "")
    return Program(name="relay", command=command, environment=environment)


def screening() -> Program:
    """A worker that judges pictures."""
    command = (
        *_worker("screening", "screening"),
        *("--concurrency", str(settings.SCREENING_PROCESSES)),
    )
    environment = _environment() | dict.fromkeys(_NOT_FOR_SCREENING, "")
    return Program(name="screening", command=command, environment=environment)


def ops() -> Program:
    """The one worker that writes findings to PostgreSQL and keeps time for everything regular."""
    command = (*_worker("ops", "ops"), "--concurrency", "1", "--beat")
    return Program(name="ops", command=command, environment=_environment("AUDIT_ANCHOR_KEY"))


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


def _worker(name: str, queues: str) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker"),
        *("--queues", queues, "--hostname", f"{name}@%h", "--pool", "prefork"),
        *("--loglevel", settings.LOG_LEVEL, "--without-gossip", "--without-mingle"),
        "--without-heartbeat",
    )
