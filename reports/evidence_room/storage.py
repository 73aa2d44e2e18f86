"""Where sealed evidence lies: Django storages, on this machine's disk unless told otherwise."""

import os
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages


class SealedFileStorage(FileSystemStorage):
    """Files that are on the disk, name included, when `save` returns."""

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        saved: str = super().save(name, content, max_length=max_length)
        path = Path(self.path(saved))
        _sync(path)
        _sync(path.parent)
        return saved


def evidence_storage() -> Storage:
    """The storage named `evidence` in STORAGES, else EVIDENCE_DIR."""
    if "evidence" in settings.STORAGES:
        return storages["evidence"]
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
