"""Where the trail's anchors are kept: lines of a file, or objects in a Django storage.

Neither is ever written over. One writer at a time: `reports.trail.anchoring` takes a lock.

`AnchorStoreError` — the place doesn't keep what it is given as it was given; a retry may help. A
place that can't be reached or read raises an `OSError`.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from reports.storages import storage_of

FILE_NAME = "anchors.jsonl"
_LINE_MAX_BYTES = 4096


class AnchorStoreError(Exception):
    """An anchor could not be kept."""


class AnchorStore(Protocol):
    """Lines, without their ends, in the order in which they came."""

    def last(self) -> bytes:
        """The newest line; empty when there is none."""

    def append(self, line: bytes) -> None:
        """Keep one more line; on return it is safe."""

    def lines(self, skip: int = 0) -> Iterator[bytes]:
        """All lines but the first `skip`."""


def anchor_store() -> AnchorStore:
    """AUDIT_ANCHOR_STORAGE, else a file in AUDIT_ANCHOR_DIR."""
    if settings.AUDIT_ANCHOR_STORAGE:
        return StorageStore(storage_of(settings.AUDIT_ANCHOR_STORAGE))
    return FileStore(settings.AUDIT_ANCHOR_DIR)


class FileStore:
    """One file to which lines are appended."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def last(self) -> bytes:
        if not self._path.exists():
            return b""
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LINE_MAX_BYTES))
            lines = file.read().split(b"\n")
        # What follows the last end of line was torn off while it was written, and never was kept.
        return lines[-2] if len(lines) > 1 else b""

    def append(self, line: bytes) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _cut_torn_line(descriptor)
            os.write(descriptor, line + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self, skip: int = 0) -> Iterator[bytes]:
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            for line in islice(lines, skip, None):
                if line.endswith(b"\n"):
                    yield line[:-1]


class StorageStore:
    """One object per line, `000/000/000/000000000001.json` and so on: a storage that refuses to
    change or delete objects for some years is the safest place there is."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def last(self) -> bytes:
        newest = self._newest()
        return self._read(newest) if newest else b""

    def append(self, line: bytes) -> None:
        name = _object_name(self._newest() + 1)
        try:
            is_kept = self._storage.save(name, ContentFile(line)) == name
        except FileExistsError:
            is_kept = False
        if not is_kept:
            raise AnchorStoreError(f"the anchor {name} was there already")

    def lines(self, skip: int = 0) -> Iterator[bytes]:
        for number in range(skip + 1, self._newest() + 1):
            yield self._read(number)

    def _newest(self) -> int:
        """The highest number; 0 for none. Looks at one folder per level."""
        path = ""
        for _level in range(3):
            folders = [name for name in self._names(path)[0] if name.isdecimal()]
            if not folders:
                return 0
            path = f"{path}{max(folders)}/"
        numbers = [name.partition(".")[0] for name in self._names(path)[1]]
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def _names(self, path: str) -> tuple[list[str], list[str]]:
        try:
            return self._storage.listdir(path)
        except FileNotFoundError:
            return [], []

    def _read(self, number: int) -> bytes:
        try:
            with self._storage.open(_object_name(number)) as file:
                data: bytes = file.read()
        except FileNotFoundError:
            return b""  # whoever checks the lines names it
        return data


def _object_name(number: int) -> str:
    name = f"{number:012d}"
    return f"{name[:3]}/{name[3:6]}/{name[6:9]}/{name}.json"


def _cut_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    start = max(0, size - _LINE_MAX_BYTES)
    tail = os.pread(descriptor, size - start, start)
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(descriptor, start + tail.rfind(b"\n") + 1)
