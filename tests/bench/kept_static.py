"""Development, but browsers keep static files, as they keep those of production."""

from config.settings.dev import *  # noqa: F403

WHITENOISE_MAX_AGE = 3600
