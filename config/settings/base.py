"""Settings that hold everywhere; dev, test and production say only what differs."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from config.settings import env
from config.settings.apps.admission import *  # noqa: F403
from config.settings.apps.chat import *  # noqa: F403
from config.settings.apps.chat import RELAY_NODES
from config.settings.apps.limits import *  # noqa: F403
from config.settings.apps.limits import SIGN_IN_LOCK_AFTER, SIGN_IN_LOCK_S
from config.settings.apps.moderation import *  # noqa: F403
from config.settings.apps.reports import *  # noqa: F403
from config.settings.logs import logging_settings
from config.settings.places import *  # noqa: F403
from config.settings.places import BASE_DIR, STATIC_DIR
from config.settings.policies import staff, strict
from config.settings.services import *  # noqa: F403

# True makes config/checks.py stop a boot that development allows.
IS_PRODUCTION = False
SECRET_KEY = env.text("SECRET_KEY", about="Signs cookies and sessions; at least 50 characters.")
DEBUG = env.switch(
    "DEBUG", default=False, about="Django's error pages with source code; never in production."
)
ALLOWED_HOSTS = list(
    env.words(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        about="Host names this site answers to.",
    )
)
PAGES = env.choice(
    "PAGES",
    "all",
    among=("all", "public", "staff", "health"),
    about="The pages a web process serves: everybody's, the staff's, or neither (a relay node). "
    "Only one that serves the staff's may hold EVIDENCE_PRIVATE_KEY.",
)
HOST = env.text("HOST", "127.0.0.1", about="Address the web process listens on.")
PORT = env.whole("PORT", 8000, minimum=1, maximum=65535, about="Port the web process listens on.")
LOG_LEVEL = env.choice(
    "LOG_LEVEL",
    "INFO",
    among=("DEBUG", "INFO", "WARNING", "ERROR"),
    about="The least severe messages that are logged.",
)

INSTALLED_APPS = [
    "config",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "channels",
    "csp",
    "chat",
    "moderation",
    "reports",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentPolicyMiddleware",
    "config.middleware.PermissionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.outages.OutageMiddleware",
    "config.public_forms.PacedFormsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.staff_sessions.StaffSessionMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["config.lockout.LockoutBackend", "config.sign_in.PacedBackend"]
AXES_FAILURE_LIMIT = SIGN_IN_LOCK_AFTER
AXES_COOLOFF_TIME = timedelta(seconds=SIGN_IN_LOCK_S)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Who goes on guessing while locked makes it last no longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_HANDLER = "config.lockout.KeyedHandler"
AXES_USERNAME_CALLABLE = "config.lockout.keyed_name"
AXES_CLIENT_IP_CALLABLE = "config.lockout.keyed_address"
AXES_LOCKOUT_CALLABLE = "config.lockout.answer"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("id", _("Indonesian")),
    ("es", _("Spanish")),
    ("hi", _("Hindi")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = STATIC_DIR
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.static.PackageFinder",
]
# Nobody else's page needs our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False

CONTENT_SECURITY_POLICY = {"DIRECTIVES": strict(RELAY_NODES)}
STAFF_CONTENT_SECURITY_POLICY = staff()
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Tokens and statement codes are in addresses: nothing of them goes to another site.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

MAKE_MODERATOR = False
LOGGING = logging_settings(LOG_LEVEL)

# For the audit trail: what was chosen for this process, without what may be a secret.
CHOSEN_VARIABLES = env.chosen()
