"""Development: embedded services and generated secrets where the environment names none."""

import config.settings.local  # noqa: F401  (first: it completes the environment base reads)
from config.settings.base import *  # noqa: F403

MAKE_MODERATOR = True
WHITENOISE_AUTOREFRESH = True
WHITENOISE_MAX_AGE = 0
WHITENOISE_USE_FINDERS = True

# Age rules may be switched off, classes left out or added.
MODERATION_IS_STRICT = False
