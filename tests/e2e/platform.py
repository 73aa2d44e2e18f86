"""The real platform for one run of stories: started as a person would, stopped with SIGTERM.

`Platform.start` runs `manage.py up` on a free port with state of its own, and returns when it
says that every part is ready. `stop` asserts that no process remains.

Errors: `PlatformError` with the end of the platform's own output; a retry rarely helps.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.waiting import wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
READY_WORDS = "Parley is ready"
READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 10.0
OUTPUT_SHOWN_CHARS = 4000

Environment = dict[str, str]

# The test run has services and secrets of its own in its environment; they are not the platform's.
OF_ANOTHER_RUN = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "EVIDENCE_PUBLIC_KEY",
        "EVIDENCE_PRIVATE_KEY",
        "AUDIT_ANCHOR_KEY",
        "AUDIT_ANCHOR_PUBLIC_KEY",
        "ALLOWED_ORIGINS",
        "STAFF_SECOND_FACTOR",
    }
)


class PlatformError(Exception):
    """The platform did not start, or did not do what a command asked."""


class Platform:
    """One running platform: `url` is its address, `folder` its state."""

    def __init__(self, *, folder: Path, models: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self.output_path = folder / "up.log"
        inherited = {
            name: value for name, value in os.environ.items() if name not in OF_ANOTHER_RUN
        }
        # Started by root, PostgreSQL and Redis run as nobody, who must be able to get there.
        self._embedded = Path(tempfile.mkdtemp(prefix="parley-story-"))
        self._embedded.chmod(0o711)
        self.environment: Environment = {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PORT": str(self.port),
            "STATE_DIR": str(folder / "state"),
            "MODELS_DIR": str(models),
            "EMBEDDED_DIR": str(self._embedded),
            "PYTHONUNBUFFERED": "1",
            # Two browsers and the platform share a machine that may be full.
            "SCREENING_ADMIT_MAX_AGE_S": "5",
            **settings,
        }
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run `manage.py up` and wait for its ready line; /readyz must then say the same."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.output_path.open("wb") as output:
            self._up = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(self._is_ready_or_dead, timeout_s=READY_TIMEOUT_S, what="ready")
        except AssertionError:
            raise PlatformError(self._with_output("the platform is not ready")) from None
        if self._up.poll() is not None:
            raise PlatformError(self._with_output("the platform ended while starting"))
        wait_for(
            lambda: self.readyz().get("state") == "ready",
            timeout_s=5.0,
            what=self._with_output("/readyz says what the ready line says"),
        )

    def stop(self) -> None:
        """End it with SIGTERM; every process of it must be gone afterwards."""
        if self._up is None:
            return
        mine = {process: _command(process) for process in self.processes()}
        self._up.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(list(mine), timeout=STOP_TIMEOUT_S)
        self._kill(alive)
        self._up.wait()
        self._up = None
        shutil.rmtree(self._embedded, ignore_errors=True)
        if alive:
            left = [mine[process] for process in alive]
            raise PlatformError(self._with_output(f"left behind after SIGTERM: {left}"))

    def readyz(self) -> dict[str, Any]:
        """The answer of /readyz, or an empty dictionary while nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read() or b"{}")
        except (OSError, ValueError):
            return {}
        return answer if isinstance(answer, dict) else {}

    def output(self) -> str:
        """What the platform printed so far."""
        return self.output_path.read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Every process of this platform, also those that detached themselves."""
        places = (self.environment["STATE_DIR"], str(self._embedded))
        found: dict[int, psutil.Process] = {}
        if self._up is not None and psutil.pid_exists(self._up.pid):
            supervisor = psutil.Process(self._up.pid)
            for process in [supervisor, *supervisor.children(recursive=True)]:
                found[process.pid] = process
        for process in psutil.process_iter():
            if process.pid != os.getpid() and _belongs(process, places):
                found[process.pid] = process
        return list(found.values())

    def screening_worker(self) -> psutil.Process | None:
        """The screening worker's main process, or None while there is none."""
        for process in self.processes():
            words = _command(process)
            if "celery" in words and "--queues screening" in words:
                parent = process.parent()
                if parent is None or "--queues screening" not in _command(parent):
                    return process
        return None

    def database_processes(self) -> list[psutil.Process]:
        """PostgreSQL's postmaster and all of its children."""
        servers = [item for item in self.processes() if _name(item).startswith("postgres")]
        family = {item.pid: item for item in servers}
        for server in servers:
            for child in server.children(recursive=True):
                family[child.pid] = child
        return list(family.values())

    def files_with(self, wanted: bytes) -> list[Path]:
        """The platform's files, PostgreSQL's included, that contain `wanted`."""
        places = (Path(self.environment["STATE_DIR"]), self._embedded)
        files = (path for place in places for path in place.rglob("*") if path.is_file())
        return [path for path in files if wanted in path.read_bytes()]

    def manage(
        self, *arguments: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a management command against this platform's own database and Redis."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env={**self.environment, **(extra or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def expect_an_intact_trail(self) -> None:
        """`verify_audit` finds nothing broken: 0, or 2 before the first anchor, a minute long."""
        done = self.manage("verify_audit")
        said = done.stdout + done.stderr
        assert done.returncode in {0, 2}, said
        assert "intact" in done.stdout, said

    def moderator(self) -> tuple[str, str]:
        """Address and one-time password of the account that the first start printed."""
        found = re.search(r"account: ([^\s,]+), one-time password: (\S+)", self.output())
        if found is None:
            raise PlatformError(self._with_output("no moderator account was printed"))
        return found[1], found[2]

    def _is_ready_or_dead(self) -> bool:
        assert self._up is not None
        return self._up.poll() is not None or READY_WORDS in self.output()

    def _with_output(self, words: str) -> str:
        return f"{words}\n--- {self.output_path}\n{self.output()[-OUTPUT_SHOWN_CHARS:]}"

    def _kill(self, processes: list[psutil.Process]) -> None:
        for process in processes:
            if process.is_running():
                process.kill()
        psutil.wait_procs(processes, timeout=5.0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _belongs(process: psutil.Process, places: tuple[str, str]) -> bool:
    """Whether the process works in one of the folders: by its arguments or its environment."""
    command = _command(process)
    try:
        return process.environ().get("STATE_DIR") == places[0] or any(
            place in command for place in places
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return ""


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return ""


def prepared_models() -> Path:
    """The folder of model files, MODELS_DIR or the checkout's own; prepared when they aren't."""
    models = Path(os.environ.get("MODELS_DIR") or REPOSITORY / "var" / "models")
    done = subprocess.run(
        [sys.executable, "manage.py", "fetch_models"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "MODELS_DIR": str(models),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise PlatformError(f"fetch_models failed:\n{done.stdout}{done.stderr}")
    return models
