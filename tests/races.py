"""A race: calls that start together, each in a thread of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, overload

from django.db import connection

START_TIMEOUT_S = 10

Answer = TypeVar("Answer")
Loss = TypeVar("Loss", bound=Exception)


@overload
def at_once(*calls: Callable[[], Answer]) -> list[Answer]: ...


@overload
def at_once(*calls: Callable[[], Answer], losing: type[Loss]) -> list[Answer | Loss]: ...


def at_once(*calls: Callable[[], object], losing: type[Exception] | tuple[()] = ()) -> list[Any]:
    """What the calls returned, in their order; `losing` is the error of who was too late.

    Any other error is raised here. What the threads opened to PostgreSQL is closed.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=START_TIMEOUT_S)
            return call()
        except losing as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
