"""Starts a coroutine at once, up to where it first has to wait; a task may go on from there.

What Python 3.12 calls an eager task, for Python 3.11. A socket that can be written to takes a
packet without waiting, and waking a task for it costs more than the packet.
"""

from collections.abc import Coroutine, Generator
from typing import Any


class Rest:
    """A coroutine that waits for `waited_for`; await it, once, to have the rest done."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waited_for: object) -> None:
        self._coroutine = coroutine
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, None]:
        try:
            # As the coroutine itself would have told its task.
            yield self._waited_for
            yield from self._coroutine.__await__()
        finally:
            self.drop()

    def drop(self) -> None:
        """Have the rest never done."""
        self._coroutine.close()


def start(coroutine: Coroutine[Any, Any, None]) -> Rest | None:
    """Run `coroutine` until it is done (None) or has to wait. Raises what it raises."""
    try:
        waited_for = coroutine.send(None)
    except StopIteration:
        return None
    return Rest(coroutine, waited_for)
