"""Processes that must not outlive us: leashes, identities that survive a reused pid, and stopping.

Linux ties a child to its parent by PR_SET_PDEATHSIG; elsewhere the record of pid and start time
that the next start reaps by has to do.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

_PR_SET_PDEATHSIG = 1
# Start times come from the clock ticks since boot; a stepped clock shifts them a little.
_SAME_START_S = 2.0
_POLL_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A process by pid and start time (Unix time in seconds), so that a reused pid is no match."""

    pid: int
    started_at_s: float


def leash(death_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets `death_signal` when the thread that started it dies.

    Start such children from the main thread only. The kernel forgets the wish when the child
    changes its user, so it has to come after that, as `preexec_fn` does.
    """
    if sys.platform != "linux":
        return _no_leash
    libc = ctypes.CDLL(None, use_errno=True)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)

    return tie


def _no_leash() -> None:
    return None


def identify(pid: int) -> Identity | None:
    """Who has this pid now; None when nobody."""
    try:
        return Identity(pid=pid, started_at_s=psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def running(identity: Identity) -> psutil.Process | None:
    """The process if it still runs (a zombie doesn't)."""
    try:
        process = psutil.Process(identity.pid)
        is_same = abs(process.create_time() - identity.started_at_s) < _SAME_START_S
    except psutil.NoSuchProcess:
        return None
    return process if is_same and is_alive(process) else None


def families(roots: Iterable[psutil.Process]) -> list[psutil.Process]:
    """The processes and all their descendants that can still be found."""
    found: dict[int, psutil.Process] = {}
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            for process in [root, *root.children(recursive=True)]:
                found[process.pid] = process
    return list(found.values())


def session_members(leader: Identity) -> list[psutil.Process]:
    """Who belongs to the session that `leader` was started with, dead leaders' included.

    A number can't be given to a new session while the old one has members; if its holder now is
    somebody else, then nobody of the old session is left.
    """
    holder = identify(leader.pid)
    if holder is not None and abs(holder.started_at_s - leader.started_at_s) >= _SAME_START_S:
        return []
    members = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError):
            if os.getsid(process.pid) == leader.pid and is_alive(process):
                members.append(process)
    return members


def kill(processes: Iterable[psutil.Process], *, wait_s: float = 2.0) -> None:
    """SIGKILL them all and wait until they are gone or zombies, at most `wait_s`.

    Nobody is waited for in the sense of the system call: whose child it is may do that.
    """
    remaining = list(processes)
    for process in remaining:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + wait_s
    while any(map(is_alive, remaining)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie doesn't."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
