"""Where prevalence frames are until they are destroyed: memory that no disk ever sees (I20).

The memory is Redis without persistence, which belongs to the room above: named, and not imported.

`MemoryAwayError` — each method may raise it; a retry may help.
"""

from collections.abc import Collection
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from reports.prevalence.sealing import KeptFrame


class MemoryAwayError(Exception):
    """The memory does not answer."""


class FrameMemory(Protocol):
    """What this room asks of the memory."""

    def load(self, frame: UUID) -> KeptFrame | None:
        """The frame, None when it is gone: destroyed, taken back, or lost with a restart."""
        ...

    def find_gone(self, frames: Collection[UUID]) -> set[UUID]:
        """Those of `frames` that are not there any more."""
        ...

    def discard(self, frames: Collection[UUID]) -> None:
        """Destroy these; those that are gone are passed over."""
        ...


def frame_memory() -> FrameMemory:
    """The memory that PREVALENCE_MEMORY names."""
    return cast(FrameMemory, import_string(settings.PREVALENCE_MEMORY)())
