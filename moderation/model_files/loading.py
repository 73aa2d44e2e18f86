"""Model files as bytes that were checked: who loads a model hashes the very bytes it uses (I23).

Errors: `ModelFileError`, with the fix; a retry without it does not help.
"""

import hashlib
from pathlib import Path

from moderation.model_files.pins import LOADED, Pin

FIX = "run `manage.py fetch_models`"


class ModelFileError(Exception):
    """A model file is missing or is not the one that the code was tested with."""


def read(path: Path, pin: Pin) -> bytes:
    """The bytes of a file, when their SHA-256 is the pinned one. Raises `ModelFileError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: {error.strerror}; {FIX}") from error
    if hashlib.sha256(data).hexdigest() != pin.sha256:
        raise ModelFileError(f"{path} has not the pinned SHA-256 {pin.sha256}; {FIX}")
    return data


def verify(models_dir: Path) -> None:
    """Check every file a screening worker loads. Raises `ModelFileError`."""
    for pin in LOADED:
        read(models_dir / pin.name, pin)
