"""An index in a file that all screening processes of a machine map: built once for each snapshot.

The file holds the snapshot itself and the tables made from it. Whoever opens it hashes the
snapshot's bytes again; only processes of the same account can write to the folder.
"""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moderation.bank import index
from moderation.bank.index import Hashes, Near, Tables
from moderation.bank.snapshot import Snapshot, unpack

_ALIGNED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A snapshot that can be searched."""

    sha256: str
    snapshot: Snapshot
    tables: Tables

    def find(self, questions: Hashes) -> list[Near]:
        """Every hash within 31 bits of a question."""
        return index.find(self.snapshot.hashes, self.tables, questions)


def find_kept(folder: Path) -> str | None:
    """The digest of the snapshot that was in use here last; None where none ever was."""
    return next((path.stem for path in folder.glob("*.bank")), None)


def open_or_build(folder: Path, sha256: str, fetch: Callable[[], bytes]) -> Shelf:
    """The shelf of a snapshot; `fetch` gets its bytes when no process here has built it yet.

    Raises `SnapshotError` and what `fetch` and the disk raise.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{sha256}.bank"
    with (folder / "lock").open("ab") as lock:
        # One builds, the others of this machine wait and find it built.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            _build(path, sha256, fetch())
            _sweep(folder, path)
    return _map(path, sha256)


def _build(path: Path, sha256: str, packed: bytes) -> None:
    raw = np.frombuffer(packed, np.uint8)
    snapshot = unpack(raw, sha256)
    tables = index.shapes(len(snapshot.hashes))
    index.fill(snapshot.hashes, tables)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        for part in (np.array([len(packed)], np.uint64), raw, *_parts(tables)):
            file.write(part.tobytes())
            file.write(bytes(-file.tell() % _ALIGNED))
    partial.rename(path)


def _map(path: Path, sha256: str) -> Shelf:
    whole = np.memmap(path, np.uint8, "r")
    at = _ALIGNED
    length = int(whole[:8].view(np.uint64)[0])
    snapshot = unpack(whole[at : at + length], sha256)
    at += length + -length % _ALIGNED
    shapes = index.shapes(len(snapshot.hashes))
    mapped = []
    for shape in _parts(shapes):
        mapped.append(whole[at : at + shape.nbytes].view(shape.dtype).reshape(shape.shape))
        at += shape.nbytes + -shape.nbytes % _ALIGNED
    starts, rows, others = mapped
    return Shelf(
        sha256=sha256,
        snapshot=snapshot,
        tables=Tables(starts=starts, rows=rows, others=others),
    )


def _parts(tables: Tables) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint16]]:
    return tables.starts, tables.rows, tables.others


def _sweep(folder: Path, current: Path) -> None:
    """Forget older ones; who still has one mapped keeps it."""
    for old in folder.glob("*.bank"):
        if old != current:
            os.unlink(old)
