from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.trail.checkpoints import START, Checkpoint, CheckpointError, load, save

KEY = Ed25519PrivateKey.generate()
REACHED = Checkpoint(sequence=7, hash="a" * 64, anchors=2, anchor_digest="b" * 64)


def test_it_refuses_one_that_was_moved_on(tmp_path: Path) -> None:
    path = tmp_path / "state"
    save(path, REACHED, KEY)
    path.write_text(path.read_text().replace('"sequence": 7', '"sequence": 8'))
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        load(path, KEY)


@pytest.mark.parametrize("junk", ["", "{}", "[]", "null", "\udcff"])
def test_it_refuses_what_is_none(tmp_path: Path, junk: str) -> None:
    path = tmp_path / "state"
    path.write_bytes(junk.encode(errors="surrogateescape"))
    with pytest.raises(CheckpointError):
        load(path, KEY)


def test_it_refuses_one_signed_by_somebody_else(tmp_path: Path) -> None:
    save(tmp_path / "state", REACHED, Ed25519PrivateKey.generate())
    with pytest.raises(CheckpointError):
        load(tmp_path / "state", KEY)


def test_the_newest_is_given_back_and_without_any_the_start(tmp_path: Path) -> None:
    path = tmp_path / "state"
    assert load(path, KEY) == START
    save(path, REACHED, KEY)
    newer = replace(REACHED, sequence=8)
    save(path, newer, KEY)
    assert load(path, KEY) == newer
    assert list(tmp_path.iterdir()) == [path]
