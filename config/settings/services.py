"""PostgreSQL, Redis, the channel layer and Celery, from two addresses."""

from urllib.parse import parse_qs, urlencode, urlsplit

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from config.settings import env
from config.settings.databases import postgresql

DATABASE_URL = env.text(
    "DATABASE_URL",
    about="PostgreSQL as the application's role, postgresql://parley_app:...@host/parley. "
    "Unset: embedded, in development only.",
)
DATABASE_OWNER_URL = env.text(
    "DATABASE_OWNER_URL",
    about="The same database as the role that owns the tables; `manage.py migrate` alone uses it.",
)
DATABASE_POOL_SIZE = env.whole(
    "DATABASE_POOL_SIZE", 8, minimum=1, about="Most database connections of one process."
)
DATABASE_CONNECT_TIMEOUT_S = env.whole(
    "DATABASE_CONNECT_TIMEOUT_S", 3, minimum=1, about="Seconds to wait for a database connection."
)
DATABASE_STATEMENT_TIMEOUT_S = env.whole(
    "DATABASE_STATEMENT_TIMEOUT_S",
    10,
    minimum=1,
    about="Seconds after which PostgreSQL gives up on a statement.",
)
REDIS_URL = env.text(
    "REDIS_URL",
    about="Redis without persistence: redis://, rediss:// or unix://. Unset: embedded, in "
    "development only.",
)
SCREENING_PROCESSES = env.whole(
    "SCREENING_PROCESSES",
    1,
    minimum=1,
    maximum=256,
    about="Processes of a screening worker, one per core that it may fill.",
)

DATABASES = {
    "default": postgresql(
        DATABASE_URL,
        connect_timeout_s=DATABASE_CONNECT_TIMEOUT_S,
        statement_timeout_s=DATABASE_STATEMENT_TIMEOUT_S,
        pool_size=DATABASE_POOL_SIZE,
    )
}

# Pub/sub, since the other layer drops what a full process can't take in a burst.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # With a timeout: whoever comes while Redis hangs is told so, and does not hang with it.
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 1.0, "socket_connect_timeout": 1.0}],
            "prefix": "parley.layer",
        },
    }
}


def broker(redis_url: str) -> str:
    """Celery's spelling of a Redis address."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    query = {"virtual_host": query.pop("db", "0")} | query
    return f"redis+socket://{parts.netloc}{parts.path}?{urlencode(query)}"


if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must start with redis://, rediss:// or unix://")

CELERY_BROKER_URL = broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "parley.celery.",
    "socket_timeout": 5.0,
    "socket_connect_timeout": 1.0,
    # Longer than any task's time limit: an ops task is not handed out again while it runs.
    "visibility_timeout": 900,
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "ops"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES = [Queue("screening"), Queue("ops")]
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"
# In memory: what beat would keep on disk is a pickle, and no task here is rarer than the hour.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "note settings and rights": {"task": "reports.tasks.note_standing", "schedule": 60.0},
    "anchor the audit trail": {"task": "reports.tasks.anchor_audit", "schedule": 60.0},
    "record findings whose task was lost": {
        "task": "moderation.tasks.resume_findings",
        "schedule": 60.0,
    },
    "take prevalence frames in": {
        "task": "moderation.tasks.take_in_prevalence",
        "schedule": 60.0,
    },
    "destroy prevalence frames that nobody judged": {
        "task": "reports.tasks.sweep_prevalence",
        "schedule": crontab(minute="47"),
    },
    "go on with waves whose task was lost": {
        "task": "reports.tasks.finish_waves",
        "schedule": 60.0,
    },
    "publish the banks": {"task": "moderation.tasks.publish_banks", "schedule": 15.0},
    "alarm about holds that nobody decided": {
        "task": "reports.tasks.alarm_overdue_holds",
        "schedule": 300.0,
    },
    "publish the months that are over": {
        "task": "reports.tasks.publish_transparency",
        "schedule": crontab(minute="37"),
    },
    # Each hour, since beat forgets what it did when it starts again; drawing is done once a day.
    "draw yesterday's decisions for a second look": {
        "task": "reports.tasks.draw_quality_samples",
        "schedule": crontab(minute="7"),
    },
    "alarm about who looks without deciding, and who lifts much": {
        "task": "reports.tasks.alarm_about_staff",
        "schedule": crontab(minute="27"),
    },
    "sweep evidence without a row": {
        "task": "reports.tasks.sweep_evidence",
        "schedule": crontab(minute="17"),
    },
}
