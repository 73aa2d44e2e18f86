"""Database work of the event loop: a few threads of our own, each call with an end.

asgiref's one shared thread is never used, so a stalled PostgreSQL stalls nobody's `pong`.

Errors: `DatabaseUnavailable` when PostgreSQL is away, too slow, or too many calls wait already.
The work may then still happen later; a retry may help.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

WAITING_MAX = 64
"""Calls under way or waiting for a thread; one more is refused at once."""

_log = logging.getLogger(__name__)
_under_way: set[object] = set()


class DatabaseUnavailable(Exception):  # noqa: N818
    """PostgreSQL did not answer in time."""


async def run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns, done in a database thread within DATABASE_ANSWER_S.

    Raises `DatabaseUnavailable`, or what `work` raises.
    """
    if len(_under_way) >= WAITING_MAX:
        raise DatabaseUnavailable("too many calls wait for the database")
    future = _threads().submit(_work, lambda: work(*args, **kwargs))
    _under_way.add(future)
    future.add_done_callback(_under_way.discard)
    try:
        async with asyncio.timeout(settings.DATABASE_ANSWER_S):
            return await asyncio.wrap_future(future)
    except TimeoutError:
        raise DatabaseUnavailable("no answer in time") from None
    except (OperationalError, InterfaceError) as error:
        _log.warning("database: %s", type(error).__name__)
        raise DatabaseUnavailable(type(error).__name__) from error


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(
        max_workers=settings.DATABASE_THREADS, thread_name_prefix="chat-database"
    )


def _work(call: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()
