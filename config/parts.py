"""The kinds of processes that the platform is made of."""

from enum import StrEnum


class Part(StrEnum):
    """A kind of process; each may hold its own keys only (I18, I19)."""

    SUPERVISOR = "supervisor"
    WEB = "web"
    SCREENING = "screening"
    OPS = "ops"
