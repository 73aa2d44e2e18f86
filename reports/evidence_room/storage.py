"""Where sealed evidence lies: on this machine's disk, or where EVIDENCE_STORAGE says.

Either raises an `OSError` when it can't do as it is asked; a `FileNotFoundError` says that nothing
is there.
"""

import os
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage

from reports.storages import storage_of


class SealedFileStorage(FileSystemStorage):
    """Files that are on the disk, name included, when `save` returns."""

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        saved: str = super().save(name, content, max_length=max_length)
        path = Path(self.path(saved))
        _sync(path)
        _sync(path.parent)
        return saved


def evidence_storage() -> Storage:
    """EVIDENCE_STORAGE, else a folder, EVIDENCE_DIR."""
    if settings.EVIDENCE_STORAGE:
        return storage_of(settings.EVIDENCE_STORAGE)
    return SealedFileStorage(
        location=settings.EVIDENCE_DIR,
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
