"""`manage.py make_keys`: fresh secrets for a production environment, as lines of an env file."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand

from reports.keys import new_anchor_pair, new_evidence_pair


class Command(BaseCommand):
    help = "Print fresh secrets, ready for docker/.env. Each start prints others; nothing is kept."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print one NAME=value per line."""
        evidence = new_evidence_pair()
        anchor = new_anchor_pair()
        for name, value in {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "EVIDENCE_PUBLIC_KEY": evidence.public,
            "EVIDENCE_PRIVATE_KEY": evidence.private,
            "AUDIT_ANCHOR_KEY": anchor.private,
            "AUDIT_ANCHOR_PUBLIC_KEY": anchor.public,
            "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
            "DATABASE_OWNER_PASSWORD": secrets.token_urlsafe(24),
            "DATABASE_APP_PASSWORD": secrets.token_urlsafe(24),
            "REDIS_WEB_PASSWORD": secrets.token_urlsafe(24),
            "REDIS_RELAY_PASSWORD": secrets.token_urlsafe(24),
            "REDIS_SCREENING_PASSWORD": secrets.token_urlsafe(24),
            "REDIS_OPS_PASSWORD": secrets.token_urlsafe(24),
        }.items():
            self.stdout.write(f"{name}={value}")
