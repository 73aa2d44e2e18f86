"""Django's PostgreSQL backend, but emptying the tables means putting their first contents back.

Two things are in the way of Django's own flush: the application's role owns no table and audit
tables refuse TRUNCATE from anybody; and rows that migrations made (roles, policies) would be lost.
So a superuser empties the tables with triggers at rest and copies the rows back that were there
right after the migrations.
"""

from collections.abc import Iterable

import psycopg
from django.db.backends.postgresql import base, operations
from psycopg import sql

from config import postgresql
from config.layout import DATABASE
from tests.services import services

_BASELINE = "baseline"
_Connection = psycopg.Connection[tuple[object, ...]]


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """Ignore the statements: restore the baseline instead."""
        restore_baseline()


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations


def take_baseline() -> None:
    """Copy every table that has rows, once, after the migrations."""
    with _superuser() as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_BASELINE)))
        for table in _tables(connection, "public"):
            source = sql.Identifier("public", table)
            if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(source)).rowcount:
                connection.execute(
                    sql.SQL("CREATE TABLE {} AS TABLE {}").format(
                        sql.Identifier(_BASELINE, table), source
                    )
                )


def restore_baseline() -> None:
    """Empty every table and put the baseline's rows back; numbering goes on where it was."""
    with _superuser() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        # A test that left a transaction open would otherwise stop the run for ever.
        connection.execute("SET LOCAL lock_timeout = '10s'")
        # A test leaves rows in a few tables; TRUNCATE writes new files for all of them.
        for table in _filled(connection):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("public", table)))
        for table in _tables(connection, _BASELINE):
            connection.execute(
                sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM {}").format(
                    sql.Identifier("public", table), sql.Identifier(_BASELINE, table)
                )
            )


def _superuser() -> _Connection:
    return postgresql.superuser(services.place, services.secrets, database=DATABASE)


def _filled(connection: _Connection) -> list[str]:
    """Tables of the application with at least one row."""
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
            table, sql.Identifier("public", table)
        )
        for table in _tables(connection, "public")
    )
    return [str(name) for (name,) in connection.execute(asked)]


def _tables(connection: _Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
        [schema],
    )
    return [str(name) for (name,) in rows]
