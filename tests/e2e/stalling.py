"""PostgreSQL that stands still while a story goes on."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.platform import Platform


@contextmanager
def standing_still(platform: Platform) -> Iterator[None]:
    """PostgreSQL's processes stopped, and set going again whatever happens."""
    stopped = platform.database_processes()
    assert stopped, "no PostgreSQL process was found"
    try:
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        yield
    finally:
        for process in stopped:
            if process.is_running():
                process.send_signal(signal.SIGCONT)
