"""PostgreSQL that was away for a while, as a process with a pool of connections sees it."""

from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from config.databases import disconnect
from config.settings.databases import postgresql
from tests.e2e.waiting import wait_for
from tests.services import TestServices


@pytest.mark.django_db
def test_when_it_is_back_it_is_used_at_once(services: TestServices, tmp_path: Path) -> None:
    sockets = tmp_path / "run"
    password = quote(services.secrets.app_password, safe="")
    entry = postgresql(
        f"postgresql://parley_app:{password}@/parley?host={quote(str(sockets), safe='')}",
        connect_timeout_s=1,
        statement_timeout_s=5,
        pool_size=2,
    )
    connection = ConnectionHandler({"default": {}, "away": entry})["away"]

    def answers() -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except OperationalError:
            return False
        finally:
            connection.close()
        return True

    try:
        # Somebody asks again and again, as they do; each waits a second.
        assert not any(answers() for _ in range(4))
        sockets.symlink_to(services.place.sockets)
        wait_for(answers, timeout_s=2, what="PostgreSQL answers")
    finally:
        disconnect(connection)
