"""Letting go of a database."""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper


def disconnect(connection: BaseDatabaseWrapper) -> None:
    """Close this thread's connection and the process's pool, with the pool's own threads."""
    connection.close()
    if isinstance(connection, DatabaseWrapper):
        connection.close_pool()


def address() -> dict[str, Any]:
    """For psycopg: a connection beside Django's and its pool."""
    wanted = connections["default"].get_connection_params()
    names = ("dbname", "user", "password", "host", "port", "sslmode")
    return {
        "connect_timeout": settings.DATABASE_CONNECT_TIMEOUT_S,
        **{name: wanted[name] for name in names if name in wanted},
    }
