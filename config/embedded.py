"""PostgreSQL and Redis without an installation: our own children, on Unix sockets.

For development and tests. Both run in the foreground as direct children, so that whoever
supervises them sees them end, and both are leashed: they stop when we die. A record of pid and
start time lets the next start reap what was left where there are no leashes. Started by root they
run as `nobody`, in folders of mode 0700 that open none of their parents.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

import psutil
import redis

from config import binaries, postgresql, processes
from config.binaries import EmbeddedError
from config.layout import Layout
from config.postgresql import open_log
from config.processes import Identity
from config.state import Secrets

_REDIS_START_TIMEOUT_S = 10.0
_POLL_S = 0.02
_QUICK_STOP_S = 0.3
_REAP_WAIT_S = 10.0


class Services:
    """The pair of services of one folder; only one owner at a time (a lock file says who).

    Raises `EmbeddedError` with what to do, whenever they can't run. `is_durable=False` gives up
    the safety of the data for speed: tests.
    """

    def __init__(
        self, place: Layout, secrets: Secrets, *, log_dir: Path, is_durable: bool = True
    ) -> None:
        self.place = place
        self.secrets = secrets
        self._log_dir = log_dir
        self._is_durable = is_durable
        self._account = binaries.service_account()
        self._lock: IO[bytes] | None = None
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *, with_database: bool = True, with_redis: bool = True) -> None:
        """Start what is wanted and wait until it answers. Call it from the main thread."""
        self._prepare_folders()
        self._lock = _locked(self.place.root / "lock")
        try:
            reap(self.place)
            if with_database:
                self._start_postgresql()
            if with_redis:
                self._start_redis()
            if with_database:
                postgresql.wait_until_ready(self.place, self.secrets, self.children["postgresql"])
                postgresql.provide_roles(self.place, self.secrets)
        except BaseException:
            self.stop()
            raise

    def stop(self, *, patience_s: float = 3.0) -> None:
        """Stop both: in good order, near the end of `patience_s` without, then by force.

        PostgreSQL loses nothing by either, the next start only takes a little longer. Safe to
        repeat.
        """
        children = list(self.children.values())
        _signal(children, signal.SIGINT)
        if not _wait(children, patience_s - _QUICK_STOP_S):
            _signal(children, signal.SIGQUIT)
            if not _wait(children, _QUICK_STOP_S):
                processes.kill(processes.families(_alive(children)))
                _wait(children, _QUICK_STOP_S)
        self.children.clear()
        self.place.records.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def discard(self) -> None:
        """Stop and delete everything: data, sockets, copies of programs."""
        self.stop()
        shutil.rmtree(self.place.root, ignore_errors=True)
        shutil.rmtree(self.place.sockets, ignore_errors=True)

    def _prepare_folders(self) -> None:
        mode = 0o700 if self._account is None else 0o711
        self.place.root.mkdir(mode=mode, parents=True, exist_ok=True)
        self.place.root.chmod(mode)
        _check_owner(self.place.root, os.geteuid())
        self.place.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._account is None:
            _check_owner(self.place.sockets, os.geteuid())
            return
        os.chown(self.place.sockets, self._account.uid, self._account.gid)
        if not binaries.is_open_to_all(self.place.root):
            raise EmbeddedError(
                f"{self.place.root} can't be reached by the account `nobody`, which the embedded "
                "services run as when root starts them: name another folder in EMBEDDED_DIR"
            )

    def _start_postgresql(self) -> None:
        programs = binaries.postgresql_programs(self.place.root, self._account)
        postgresql.make(self.place, programs, self._account, self.secrets)
        postgresql.clear_stale_lock(self.place)
        line = postgresql.command(self.place, programs, is_durable=self._is_durable)
        # SIGINT: the fast shutdown, which keeps the data in order.
        self._spawn("postgresql", line, death_signal=signal.SIGINT)

    def _start_redis(self) -> None:
        program = binaries.redis_program(self.place.root, self._account)
        self.place.redis_socket.unlink(missing_ok=True)
        line = [str(program), "--port", "0", "--unixsocket", str(self.place.redis_socket)]
        line += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
        line += ["--daemonize", "no", "--loglevel", "warning", "--dir", str(self.place.sockets)]
        self._spawn("redis", line, death_signal=signal.SIGKILL)
        self._wait_for_redis()

    def _spawn(self, name: str, line: list[str], *, death_signal: signal.Signals) -> None:
        account = self._account
        with open_log(self._log_dir / f"{name}.log") as log:
            child = subprocess.Popen(  # noqa: S603
                line,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                # Ctrl-C in the terminal is the supervisor's to pass on.
                start_new_session=True,
                preexec_fn=processes.leash(death_signal),  # noqa: PLW1509  (one thread)
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            )
        self.children[name] = child
        _record(self.place.records, self.children)

    def _wait_for_redis(self) -> None:
        client = redis.Redis(unix_socket_path=str(self.place.redis_socket))
        deadline = time.monotonic() + _REDIS_START_TIMEOUT_S
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if self.children["redis"].poll() is not None or time.monotonic() > deadline:
                    raise EmbeddedError("Redis does not start; see redis.log") from None
            else:
                break
            time.sleep(_POLL_S)
        client.close()


def reap(place: Layout) -> None:
    """Stop what an owner that was killed left running, by its recorded pid and start time."""
    if not place.records.exists():
        return
    recorded = json.loads(place.records.read_text(encoding="utf-8"))
    left = [process for entry in recorded if (process := processes.running(Identity(**entry)))]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
    remaining = psutil.wait_procs(left, timeout=_REAP_WAIT_S)[1]
    processes.kill(processes.families(remaining))
    place.records.unlink()


def _record(path: Path, children: dict[str, "subprocess.Popen[bytes]"]) -> None:
    identities = [processes.identify(child.pid) for child in children.values()]
    path.write_text(
        json.dumps([asdict(identity) for identity in identities if identity]), encoding="utf-8"
    )


def _locked(path: Path) -> IO[bytes]:
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise EmbeddedError(
            f"The embedded services in {path.parent} belong to a running `manage.py up`: stop "
            "that one, or name other folders in STATE_DIR and EMBEDDED_DIR"
        ) from None
    return lock


def _check_owner(folder: Path, uid: int) -> None:
    # In a temporary folder anybody may have made it before us, or a link in its place.
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != uid:
        raise EmbeddedError(f"{folder} belongs to somebody else: remove it")


def _alive(children: list["subprocess.Popen[bytes]"]) -> list[psutil.Process]:
    found = []
    for child in children:
        if child.poll() is None:
            with suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(child.pid))
    return found


def _signal(children: list["subprocess.Popen[bytes]"], number: signal.Signals) -> None:
    for child in children:
        if child.poll() is None:
            child.send_signal(number)


def _wait(children: list["subprocess.Popen[bytes]"], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
    return True
