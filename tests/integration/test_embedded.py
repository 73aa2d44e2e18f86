"""The embedded services on their own: rights, leftovers, data that somebody else's secrets made."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import binaries, layout, processes, state
from config.binaries import EmbeddedError
from config.embedded import Services, reap
from config.layout import Layout
from config.postgresql import superuser
from config.state import Secrets


@pytest.fixture
def folder() -> Iterator[Path]:
    # pytest's own would be closed to the account that the services run as under root.
    made = Path(tempfile.mkdtemp(prefix="parley-embedded-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def secrets(folder: Path) -> Secrets:
    return state.load_or_make(folder / "state")


@pytest.fixture
def place(folder: Path) -> Layout:
    return layout.layout(folder / "embedded")


@pytest.fixture
def pair(folder: Path, place: Layout, secrets: Secrets) -> Iterator[Services]:
    services = Services(place, secrets, log_dir=folder / "logs", is_durable=False)
    yield services
    services.discard()


def write_a_table(place: Layout, secrets: Secrets) -> None:
    with superuser(place, secrets) as connection:
        connection.execute("CREATE TABLE kept (word text)")


def has_the_table(place: Layout, secrets: Secrets) -> bool:
    with superuser(place, secrets) as connection:
        return bool(connection.execute("SELECT FROM pg_class WHERE relname = 'kept'").rowcount)


def test_only_their_own_account_gets_into_the_folders(pair: Services, place: Layout) -> None:
    pair.start()
    for folder in (place.data, place.sockets):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        account = binaries.service_account()
        assert account is not None
        assert place.data.stat().st_uid == account.uid != 0
        for child in pair.children.values():
            assert psutil.Process(child.pid).uids().effective == account.uid


def test_no_parent_of_the_folders_is_opened(folder: Path, pair: Services) -> None:
    pair.start()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts them as another account")
def test_a_folder_that_their_account_cannot_reach_is_refused(
    folder: Path, secrets: Secrets
) -> None:
    folder.chmod(0o700)
    closed = Services(layout.layout(folder / "embedded"), secrets, log_dir=folder / "logs")
    with pytest.raises(EmbeddedError, match="EMBEDDED_DIR"):
        closed.start()
    folder.chmod(0o711)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts them as another account")
def test_programs_that_their_account_cannot_reach_are_copied(
    pair: Services, place: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "is_open_to_all", lambda folder: folder == place.root)
    pair.start()
    server = psutil.Process(pair.children["postgresql"].pid)
    assert Path(server.exe()).is_relative_to(place.root)


def test_a_folder_in_use_is_refused(
    folder: Path, place: Layout, secrets: Secrets, pair: Services
) -> None:
    pair.start()
    with pytest.raises(EmbeddedError, match="belong to a running"):
        Services(place, secrets, log_dir=folder / "logs").start()
    psycopg.connect(layout.addresses(place.root, secrets)["DATABASE_URL"]).close()


def test_data_survives_a_restart(pair: Services, place: Layout, secrets: Secrets) -> None:
    pair.start()
    write_a_table(place, secrets)
    pair.stop()
    pair.start()
    assert has_the_table(place, secrets)


def test_data_made_with_other_secrets_is_set_aside(
    folder: Path, place: Layout, secrets: Secrets, pair: Services
) -> None:
    pair.start()
    write_a_table(place, secrets)
    pair.stop()
    others = state.load_or_make(folder / "another state")
    other = Services(place, others, log_dir=folder / "logs", is_durable=False)
    other.start()
    assert not has_the_table(place, others)
    assert (place.root / "postgresql.aside" / "PG_VERSION").exists()
    other.stop()


def test_stopping_leaves_no_process(pair: Services) -> None:
    pair.start()
    family = processes.families(psutil.Process(one.pid) for one in pair.children.values())
    assert len(family) > 2
    pair.stop()
    assert not any(map(processes.is_alive, family))


def test_a_stalled_server_is_stopped_all_the_same(pair: Services) -> None:
    pair.start()
    server = psutil.Process(pair.children["postgresql"].pid)
    server.suspend()
    pair.stop(patience_s=1.0)
    assert not processes.is_alive(server)


def test_what_is_recorded_and_still_runs_is_reaped(pair: Services, place: Layout) -> None:
    pair.start()
    left = [psutil.Process(child.pid) for child in pair.children.values()]
    reap(place)
    assert not any(map(processes.is_alive, left))


def test_a_pid_that_is_somebody_elses_by_now_is_not_reaped(pair: Services, place: Layout) -> None:
    pair.start()
    (place.records).write_text(f'[{{"pid": {os.getpid()}, "started_at_s": 1000000.0}}]')
    reap(place)
    assert processes.is_alive(psutil.Process())


def test_secrets_are_for_their_owner_alone(folder: Path, secrets: Secrets) -> None:
    path = folder / "state" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert state.load_or_make(folder / "state") == secrets
