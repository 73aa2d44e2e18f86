"""`manage.py up`: the whole platform under one supervisor, until Ctrl-C or SIGTERM."""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config import checks, layout, moderators, readiness, state, supervisor
from config.binaries import EmbeddedError
from config.children import programs
from config.databases import disconnect
from config.embedded import Services
from config.parts import Part
from config.supervisor import Supervisor, say_on_stdout

STOP_WITHIN_S = 4.9
SERVICES_STOP_S = 0.8
"""What is left for PostgreSQL and Redis when a child used up the time of all."""
_ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  (compared with, not bound to)


class Command(BaseCommand):
    help = "Start everything: services (in development), web, screening and ops workers."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Return when everything has stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)
        try:
            checks.refuse_unsafe_boot(Part.SUPERVISOR)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        _require_free_port()
        settings.STATE_DIR.mkdir(mode=0o711, parents=True, exist_ok=True)
        with _only_one(settings.STATE_DIR):
            services = _embedded_services()
            patience_s = STOP_WITHIN_S
            try:
                asked_at_s = _run()
                patience_s -= time.monotonic() - asked_at_s
            finally:
                services.stop(patience_s=max(patience_s, SERVICES_STOP_S))
        # Everything is over; taking a thousand modules apart would cost a busy machine a second.
        sys.stdout.flush()
        os._exit(0)


def _run() -> float:
    """Everything that needs the services; when it was asked to stop, by `time.monotonic`."""
    records = settings.STATE_DIR / "processes.json"
    supervisor.reap(records, say_on_stdout)
    call_command("migrate", verbosity=0, interactive=False)
    _make_moderator()
    disconnect(connections["default"])
    asyncio.set_child_watcher(_child_watcher())
    return asyncio.run(_supervise(records))


async def _supervise(records: Path) -> float:
    ready = asyncio.create_task(_announce())
    children = Supervisor(programs(), folder=settings.BASE_DIR, records=records, say=say_on_stdout)
    return await children.run(ready)


async def _announce() -> None:
    # "Any address" is no address to call; the loopback one is among them.
    host = "127.0.0.1" if settings.HOST in _ANY_ADDRESS else settings.HOST
    await readiness.wait(host, settings.PORT, settings.ALLOWED_HOSTS[0], say_on_stdout)
    url = f"http://localhost:{settings.PORT}"
    say_on_stdout(f"Parley is ready: {url}/ (staff: {url}/admin/). Ctrl-C stops it.")
    if settings.MAKE_MODERATOR:  # in development
        say_on_stdout("To meet yourself, open it in an ordinary and in a private window.")


def _embedded_services() -> Services:
    """Starts those of the two services whose address is the embedded one's."""
    secrets = state.load_or_make(settings.STATE_DIR)
    embedded = layout.addresses(settings.EMBEDDED_DIR, secrets)
    services = Services(
        layout.layout(settings.EMBEDDED_DIR), secrets, log_dir=settings.STATE_DIR / "logs"
    )
    try:
        services.start(
            with_database=embedded["DATABASE_URL"] == settings.DATABASE_URL,
            with_redis=embedded["REDIS_URL"] == settings.REDIS_URL,
        )
    except EmbeddedError as error:
        raise CommandError(str(error)) from None
    return services


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    with (state_dir / "up.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Parley runs already with its state in {state_dir}: stop it, or name another "
                "folder in STATE_DIR"
            ) from None
        yield


def _require_free_port() -> None:
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} can't be used ({os.strerror(error.errno or 0)}): stop what "
                f"listens there, or choose another: PORT={settings.PORT + 1} make run"
            ) from None


def _make_moderator() -> None:
    if not settings.MAKE_MODERATOR:
        return
    made = moderators.make_first()
    if made is not None:
        say_on_stdout(
            f"Moderator account: {made.address}, one-time password: {made.password} (shown once)"
        )


def _child_watcher() -> asyncio.AbstractChildWatcher:
    # Without threads where the system can: the supervisor forks.
    with contextlib.suppress(OSError, AttributeError):
        os.close(os.pidfd_open(os.getpid()))
        return asyncio.PidfdChildWatcher()
    return asyncio.ThreadedChildWatcher()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
