"""The Celery application; tasks are `shared_task`s of the rooms."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.core.exceptions import ImproperlyConfigured

from config import transport
from config.checks import refuse_unsafe_boot
from config.parts import Part

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
# Celery would import every page for Django's system checks and then ignore what they found.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

transport.use()
app = Celery("config")
# Also for threads: Celery's own default would send tasks to a broker nobody has.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _refuse_unsafe_boot(sender: Any, **_signal: Any) -> None:
    """Stop the worker before it takes a task; what it may hold depends on its queues."""
    queues = set(sender.app.amqp.queues.consume_from)
    part = Part.OPS if "ops" in queues else Part.SCREENING
    try:
        refuse_unsafe_boot(part)
    except ImproperlyConfigured as error:
        # Celery logs what a signal's receiver raises and goes on; it stops for this.
        raise SystemExit(str(error)) from None
