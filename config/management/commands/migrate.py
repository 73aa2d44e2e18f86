"""Migrations run as the role that owns the tables; everything else runs as the application's."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config.databases import disconnect
from config.settings.databases import postgresql


class Command(migrate.Command):
    """Django's `migrate`, through DATABASE_OWNER_URL when it is set."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate as the owner and give the connection back as it was."""
        connection = connections[options["database"]]
        if not settings.DATABASE_OWNER_URL:
            super().handle(*args, **options)
            return
        usual = connection.settings_dict
        _become(connection, usual | _owner())
        try:
            super().handle(*args, **options)
        finally:
            _become(connection, usual)


def _owner() -> dict[str, Any]:
    # No pool, and no statement timeout: building an index may take its time.
    entry = postgresql(
        settings.DATABASE_OWNER_URL,
        connect_timeout_s=settings.DATABASE_CONNECT_TIMEOUT_S,
        statement_timeout_s=0,
        pool_size=1,
    )
    del entry["OPTIONS"]["pool"]
    return {
        name: entry[name]
        for name in ("NAME", "USER", "PASSWORD", "OPTIONS", "HOST", "PORT")
        if name in entry
    }


def _become(connection: BaseDatabaseWrapper, settings_dict: dict[str, Any]) -> None:
    disconnect(connection)
    connection.settings_dict = settings_dict
