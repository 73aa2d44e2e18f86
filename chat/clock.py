"""The system clock, for edges: Unix time in ms, and aware datetimes."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Unix time in ms."""
    return time.time_ns() // 1_000_000


def now() -> datetime:
    """The same, as an aware datetime in UTC."""
    return datetime.now(UTC)
