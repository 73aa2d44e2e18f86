"""What the database lets a role do to the audit trail (invariant I19). Imports no models."""

from typing import Any, Protocol

TABLE = "reports_auditentry"


class Cursor(Protocol):
    """What is needed of a database cursor, Django's or psycopg's."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...

    def fetchone(self) -> Any: ...


def is_confined(cursor: Cursor) -> bool:
    """Whether the cursor's role can neither change the trail nor own its table."""
    cursor.execute(
        "SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')"
        " OR pg_has_role(tableowner, 'MEMBER') FROM pg_tables WHERE tablename = %s",
        [TABLE, TABLE],
    )
    row = cursor.fetchone()
    return row is not None and row[0] is False
