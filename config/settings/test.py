"""Tests: services of the test run's own, addressed by tests/services.py through the environment."""

import os

os.environ.setdefault("SECRET_KEY", "test-" + "k" * 60)
os.environ.setdefault("STAFF_SECOND_FACTOR", "off")
os.environ.setdefault("PROOF_OF_WORK", "off")
os.environ.setdefault("CAMERA_CHECK", "off")
os.environ.setdefault("ALLOWED_ORIGINS", "http://localhost:8000,http://127.0.0.1:8000")

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES

# Redis can be emptied and PostgreSQL can't: tables that refuse TRUNCATE are put back by this.
DATABASES["default"]["ENGINE"] = "tests.backend"
# Hashing a password slowly on purpose is not what the tests are about.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MODERATION_IS_STRICT = False
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# Thresholds files of tests make an innocent class count, or switch an age rule off.
MODERATION_IS_STRICT = False
