"""Set-up of the models: from the packages that publish them into MODELS_DIR.

Nothing is downloaded but by npm, from its lock file, without running the packages' scripts.

Errors: `loading.ModelFileError`, with the fix.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from moderation.model_files import age_network, nudity_network
from moderation.model_files.loading import ModelFileError, read
from moderation.model_files.pins import (
    AGE,
    AGE_MANIFEST_SOURCE,
    AGE_WEIGHTS_SOURCE,
    NUDITY,
    NUDITY_SOURCE,
    Pin,
)

FACE_API = Path("node_modules") / "@vladmandic" / "face-api" / "model"
NPM_TIMEOUT_S = 300


def fetch(models_dir: Path, project_dir: Path, tell: Callable[[str], None]) -> None:
    """Put every model into `models_dir`; what is there and right already is left alone.

    `project_dir` holds package.json and node_modules. Raises `ModelFileError`.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    if not _is_there(models_dir, NUDITY):
        ranges = nudity_network.RANGES.read_bytes()
        _write(models_dir, NUDITY, nudity_network.build(read_detector(), ranges))
        tell(f"{NUDITY.name}: written from the network in the nudenet package")
    if not _is_there(models_dir, AGE):
        source = _face_api_dir(project_dir, tell)
        manifest = read(source / AGE_MANIFEST_SOURCE.name, AGE_MANIFEST_SOURCE)
        weights = read(source / AGE_WEIGHTS_SOURCE.name, AGE_WEIGHTS_SOURCE)
        _write(models_dir, AGE, age_network.build(manifest, weights))
        tell(f"{AGE.name}: written from the weights of face-api")


def read_detector() -> bytes:
    """NudeNet's detector as published. Raises `ModelFileError`."""
    return read(_nudenet_dir() / NUDITY_SOURCE.name, NUDITY_SOURCE)


def _is_there(models_dir: Path, pin: Pin) -> bool:
    try:
        read(models_dir / pin.name, pin)
    except ModelFileError:
        return False
    return True


def _write(models_dir: Path, pin: Pin, data: bytes) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != pin.sha256:
        raise ModelFileError(
            f"{pin.name} came out as {found} instead of {pin.sha256}: install the locked versions "
            "of the Python packages and try again"
        )
    # Renamed into place: a worker that starts meanwhile never reads half a file.
    unfinished = models_dir / f".{pin.name}.{os.getpid()}"
    unfinished.write_bytes(data)
    unfinished.replace(models_dir / pin.name)


def _nudenet_dir() -> Path:
    # Found, not imported: importing nudenet loads its own runtime.
    spec = find_spec("nudenet")
    if spec is None or spec.origin is None:
        raise ModelFileError("The Python package nudenet is not installed; install the lock file")
    return Path(spec.origin).parent


def _face_api_dir(project_dir: Path, tell: Callable[[str], None]) -> Path:
    source = project_dir / FACE_API
    if not source.is_dir():
        _npm_ci(project_dir, tell)
    return source


def _npm_ci(project_dir: Path, tell: Callable[[str], None]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ModelFileError(
            "The age model's weights come with npm, and npm is not there: install Node 20 or "
            "newer, then run `manage.py fetch_models` again"
        )
    tell("installing the packages of package-lock.json")
    try:
        subprocess.run(  # noqa: S603  fixed arguments, no shell
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=project_dir,
            check=True,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        raise ModelFileError(f"`npm ci` failed: {error.stderr.strip()[-800:]}") from error
    except subprocess.TimeoutExpired as error:
        raise ModelFileError(
            f"`npm ci` took longer than {NPM_TIMEOUT_S} s; check the network and try again"
        ) from error
