"""The real models, prepared once where the settings say."""

from functools import partial
from pathlib import Path

import pytest
from django.conf import settings

from moderation.classifiers import age as ages
from moderation.classifiers.age import AgeEstimator
from moderation.classifiers.nudity import NudityDetector
from moderation.classifiers.sessions import OnnxSession
from moderation.model_files.fetching import fetch
from moderation.model_files.loading import read
from moderation.model_files.pins import AGE, NUDITY


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """MODELS_DIR with every model in it."""
    fetch(Path(settings.MODELS_DIR), Path(settings.BASE_DIR), lambda _line: None)
    return Path(settings.MODELS_DIR)


@pytest.fixture(scope="session")
def nudity(models_dir: Path) -> NudityDetector:
    return NudityDetector(partial(OnnxSession, read(models_dir / NUDITY.name, NUDITY)))


@pytest.fixture(scope="session")
def age(models_dir: Path) -> AgeEstimator:
    return AgeEstimator(OnnxSession(read(models_dir / AGE.name, AGE), ages.INPUT_SHAPE))
