"""A pytest plugin: the run's own PostgreSQL and Redis, one pair per worker process.

Loaded before Django reads its settings (`-p tests.services`), it points the environment at a
folder of this process's own; the services start when the first test asks for them. They are
leashed to the process, and a folder left by a run that was killed is removed by the next.
"""

import atexit
import json
import os
import shutil
import signal
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import psutil

from config import layout, processes, state
from config.embedded import Services, reap
from config.layout import Layout
from config.processes import Identity

_PREFIX = "parley-test-"
_OWNER_FILE = "owner.json"
_REPOSITORY = Path(__file__).resolve().parents[1]


class TestServices:
    """Folder, secrets and addresses of this process's services; started on demand."""

    __test__ = False

    def __init__(self) -> None:
        _remove_what_killed_runs_left()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # The account the services run as must be able to pass through, not to look around.
        self.folder.chmod(0o711)
        (self.folder / _OWNER_FILE).write_text(
            json.dumps(asdict(_present(processes.identify(os.getpid())))), encoding="utf-8"
        )
        self.secrets = state.load_or_make(self.folder)
        self.place: Layout = layout.layout(self.folder / "embedded")
        # Each in a folder of its own: a test may take PostgreSQL away and leave Redis alone.
        self.redis_place: Layout = layout.layout(self.folder / "redis")
        self._database = self._services(self.place)
        self._redis = self._services(self.redis_place)
        self._is_started = False

    @property
    def environment(self) -> dict[str, str]:
        """What the settings of this run read."""
        return {
            "STATE_DIR": str(self.folder),
            # Prepared once by `make`: models are read only, so every run may share them.
            "MODELS_DIR": os.environ.get("MODELS_DIR", str(_REPOSITORY / "var" / "models")),
            **self.secrets.environment(),
            **layout.addresses(self.place.root, self.secrets),
            "REDIS_URL": layout.addresses(self.redis_place.root, self.secrets)["REDIS_URL"],
        }

    def start(self) -> None:
        """Start both, once."""
        if not self._is_started:
            self.start_database()
            self._redis.start(with_database=False)
            self._is_started = True

    def start_database(self) -> None:
        """Start PostgreSQL, with what it knew before."""
        self._database.start(with_redis=False)

    def kill_database(self) -> None:
        """Kill PostgreSQL with all its processes, as a machine does that runs out of memory."""
        server = psutil.Process(self._database.children["postgresql"].pid)
        processes.kill(processes.families([server]))
        self._database.stop()

    def pids(self) -> dict[str, int]:
        """The running services' pids by name: for tests that stall one."""
        children = self._database.children | self._redis.children
        return {name: child.pid for name, child in children.items()}

    def remove(self) -> None:
        """Stop both and delete the folder; safe to repeat."""
        for services in (self._database, self._redis):
            services.discard()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _services(self, place: Layout) -> Services:
        return Services(place, self.secrets, log_dir=self.folder / "logs", is_durable=False)


def _present(identity: Identity | None) -> Identity:
    if identity is None:
        raise RuntimeError("this very process has no entry in the process table")
    return identity


def _remove_what_killed_runs_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            owner = json.loads((folder / _OWNER_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # somebody else's, or being made this moment
        if processes.running(Identity(**owner)) is None:
            for name in ("embedded", "redis"):
                reap(layout.layout(folder / name))
            shutil.rmtree(folder, ignore_errors=True)


def _end_on_sigterm(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


services = TestServices()
os.environ.update(services.environment)
atexit.register(services.remove)
# pytest leaves SIGTERM to its default, which would skip every clean-up.
signal.signal(signal.SIGTERM, _end_on_sigterm)
