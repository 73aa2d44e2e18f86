"""The embedded PostgreSQL: made once, started in the foreground, given its roles."""

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from config.binaries import Account, EmbeddedError
from config.layout import DATABASE, Layout
from config.state import Secrets

SUPERUSER = "postgres"
_ROLES_FILE = Path(__file__).with_name("roles.sql")
_START_TIMEOUT_S = 60.0  # crash recovery on a slow disk included
_POLL_S = 0.03


def make(place: Layout, programs: Path, account: Account | None, secrets: Secrets) -> None:
    """Initialise the data folder unless there is one of these secrets.

    A half-made one is thrown away. One that was made with other secrets (STATE_DIR was deleted,
    and the data is elsewhere) can't be opened any more: it is set aside, the last of them kept.
    """
    fingerprint = hashlib.sha256(secrets.superuser_password.encode()).hexdigest()
    made_with = place.root / "made-with"
    if (place.data / "PG_VERSION").exists():
        if made_with.exists() and made_with.read_text(encoding="ascii") == fingerprint:
            return
        aside = place.root / "postgresql.aside"
        shutil.rmtree(aside, ignore_errors=True)
        place.data.rename(aside)
    partial = place.root / "postgresql.part"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    password_file = _password_file(place.root, secrets)
    if account is not None:
        os.chown(partial, account.uid, account.gid)
        os.chown(password_file, account.uid, account.gid)
    try:
        _initdb(programs, partial, password_file, account)
    finally:
        password_file.unlink()
    made_with.write_text(fingerprint, encoding="ascii")
    partial.rename(place.data)


def _password_file(root: Path, secrets: Secrets) -> Path:
    path = root / "password.part"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.superuser_password)
    return path


def _initdb(programs: Path, data: Path, password_file: Path, account: Account | None) -> None:
    made = subprocess.run(  # noqa: S603
        [
            str(programs / "initdb"),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            "--no-sync",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )
    if made.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make its folder: {made.stderr.strip()}")


def command(place: Layout, programs: Path, *, is_durable: bool) -> list[str]:
    """The server's command line: Unix socket only, and no statement with its values in the log."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "80",
        "log_min_messages": "warning",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not is_durable:
        # What was committed outlives a server that is killed, and no power cut.
        options |= {"fsync": "off", "full_page_writes": "off"}
    settings = [item for name, value in options.items() for item in ("-c", f"{name}={value}")]
    return [str(programs / "postgres"), "-D", str(place.data), *settings]


def clear_stale_lock(place: Layout) -> None:
    """Remove a dead server's pid file: its pid may be somebody else's by now.

    Only for the holder of the folder's lock, after everything recorded has been reaped.
    """
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    for left in place.sockets.glob(".s.PGSQL.*"):
        left.unlink()


def wait_until_ready(place: Layout, secrets: Secrets, server: "subprocess.Popen[bytes]") -> None:
    """Until it answers. Raises `EmbeddedError` when it ends or takes too long."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            superuser(place, secrets).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None:
                raise EmbeddedError("PostgreSQL ended while starting; see postgresql.log") from None
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL does not answer: {error}") from None
        else:
            return
        time.sleep(_POLL_S)


def superuser(
    place: Layout, secrets: Secrets, *, database: str = "postgres"
) -> "psycopg.Connection[tuple[object, ...]]":
    """An autocommitting connection that may do everything."""
    return psycopg.connect(
        host=str(place.sockets),
        user=SUPERUSER,
        password=secrets.superuser_password,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )


def provide_roles(place: Layout, secrets: Secrets) -> None:
    """The database and the roles of the application; safe to repeat."""
    with superuser(place, secrets) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if not found.rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with superuser(place, secrets, database=DATABASE) as connection:
        connection.execute(_ROLES_FILE.read_bytes())
        for role, password in (
            ("parley_owner", secrets.owner_password),
            ("parley_app", secrets.app_password),
        ):
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )


def open_log(path: Path) -> IO[bytes]:
    """The log file, appended to, for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)
