"""Where the embedded services live and how they are addressed."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.state import Secrets

DATABASE = "parley"
_SOCKET_DIR_MAX_BYTES = 85  # of the 107 that a Unix socket's path may have, less the file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The folders of one EMBEDDED_DIR."""

    root: Path
    sockets: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "postgresql"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def records(self) -> Path:
        """Who runs here, for the next start."""
        return self.root / "processes.json"


def embedded_dir(state_dir: Path) -> Path:
    """The default EMBEDDED_DIR.

    The services of a start by root run under another account, which may not be able to reach
    STATE_DIR; below /var/lib it can get to its folder without any other being opened.
    """
    if os.geteuid() != 0:
        return state_dir / "embedded"
    return Path("/var/lib/parley") / _digest(state_dir)


def layout(root: Path) -> Layout:
    """The layout in EMBEDDED_DIR; sockets move to the temporary folder when its path is long."""
    sockets = root / "run"
    if len(os.fsencode(sockets)) > _SOCKET_DIR_MAX_BYTES:
        sockets = Path(tempfile.gettempdir()) / f"parley-{os.geteuid()}-{_digest(root)}"
    return Layout(root=root, sockets=sockets)


def addresses(root: Path, secrets: Secrets) -> dict[str, str]:
    """The services' addresses under the names the settings read."""
    place = layout(root)
    host = quote(str(place.sockets), safe="")

    def database(role: str, password: str) -> str:
        return f"postgresql://{role}:{quote(password, safe='')}@/{DATABASE}?host={host}"

    return {
        "DATABASE_URL": database("parley_app", secrets.app_password),
        "DATABASE_OWNER_URL": database("parley_owner", secrets.owner_password),
        "REDIS_URL": f"unix://{quote(str(place.redis_socket))}?db=0",
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
