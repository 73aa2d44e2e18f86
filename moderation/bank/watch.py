"""This process's copy of the banks, kept up with what is published.

    BankUnavailableError    a snapshot is published and none could be verified yet; a retry helps

A snapshot that can't be verified never replaces one that was: the process says so, again and again,
and goes on with the one that it has. With none at all, or before it could look, it refuses to
answer, and pictures are held. Where Redis knows of none, because it was emptied, the one that was
in use on this machine last will do; only where none ever was is there nothing to compare with.
"""

import logging
import threading
from functools import partial
from pathlib import Path

import redis
from redis.exceptions import RedisError

from moderation.bank.shelf import Shelf, find_kept, open_or_build
from moderation.bank.snapshot import SnapshotError
from moderation.stores import banks

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0


class BankUnavailableError(Exception):
    """There are banks, and this process has no copy that it may trust."""


def no_bank() -> Shelf | None:
    """For a judge that has nothing to compare with."""
    return None


class BankWatch:
    """The newest verified shelf; `refresh` looks for a newer one."""

    def __init__(self, client: redis.Redis, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._shelf: Shelf | None = None
        self._is_missing = True  # until somebody has looked

    def shelf(self) -> Shelf | None:
        """What to look up in; None when no bank was published. Raises `BankUnavailableError`."""
        if self._shelf is None and self._is_missing:
            raise BankUnavailableError("no snapshot of the banks could be verified")
        return self._shelf

    def refresh(self) -> None:
        """Take over the current snapshot if it is another one; never raises."""
        try:
            current = banks.load_current(self._client)
            sha256 = find_kept(self._folder) if current is None else current.sha256
            if sha256 is None or self._has(sha256):
                self._is_missing = False
                return
            self._is_missing = True
            fetch = partial(banks.load, self._client, sha256)
            self._shelf = open_or_build(self._folder, sha256, fetch)
            self._is_missing = False
        except (RedisError, SnapshotError, OSError) as error:
            logger.error("the banks' newest snapshot can't be used: %s", error)

    def _has(self, sha256: str) -> bool:
        return self._shelf is not None and self._shelf.sha256 == sha256


def keep_fresh(watch: BankWatch) -> threading.Thread:
    """Refresh every ten seconds until the process ends."""
    thread = threading.Thread(target=_run, args=(watch,), name="bank-watch", daemon=True)
    thread.start()
    return thread


def _run(watch: BankWatch) -> None:
    never = threading.Event()
    while not never.wait(LOOK_EVERY_S):
        watch.refresh()
