"""Makes this process's classifier and thresholds from the settings."""

from functools import partial
from pathlib import Path

from django.conf import settings

from moderation import thresholds
from moderation.classifiers import age
from moderation.classifiers.age import AgeEstimator
from moderation.classifiers.nudity import NudityDetector
from moderation.classifiers.screening import ScreeningClassifier
from moderation.classifiers.sessions import OnnxSession
from moderation.model_files.loading import read
from moderation.model_files.pins import AGE, NUDITY
from moderation.thresholds import Thresholds

# Rises when pre- or postprocessing changes what a model answers.
PROCESSING = 4


def load_classifier() -> ScreeningClassifier:
    """A classifier of this process's own, from MODELS_DIR.

    Raises `ModelFileError` for a file that is not the pinned one, `ClassifierError` for one that
    OpenVINO can't load.
    """
    models_dir = Path(settings.MODELS_DIR)
    return ScreeningClassifier(
        nudity=NudityDetector(partial(OnnxSession, read(models_dir / NUDITY.name, NUDITY))),
        age=AgeEstimator(OnnxSession(read(models_dir / AGE.name, AGE), age.INPUT_SHAPE)),
        version=f"nudenet-{NUDITY.sha256[:8]}+age-{AGE.sha256[:8]}+{PROCESSING}",
    )


def load_thresholds() -> Thresholds:
    """The thresholds that MODERATION_THRESHOLDS names. Raises `ThresholdsError`."""
    return thresholds.load(
        Path(settings.MODERATION_THRESHOLDS), is_strict=settings.MODERATION_IS_STRICT
    )
