"""Letting go of a database."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper


def disconnect(connection: BaseDatabaseWrapper) -> None:
    """Close this thread's connection and the process's pool, with the pool's own threads."""
    connection.close()
    if isinstance(connection, DatabaseWrapper):
        connection.close_pool()
