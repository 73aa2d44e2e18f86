"""From PostgreSQL to the screening processes, for the ops worker: they have no database."""

import logging

import redis

from moderation.bank import snapshot
from moderation.stores import banks
from moderation.stores.banks import Current
from reports.known_pictures import banks as reports_banks

logger = logging.getLogger(__name__)


def publish(client: redis.Redis) -> bool:
    """Publish what the banks hold now; False when that was published already.

    The revision is read first: what changes meanwhile is published once more. Raises `RedisError`
    and what the database raises.
    """
    revision = reports_banks.revision()
    known = banks.load_current(client)
    if known is not None and known.revision == revision and banks.renew(client, known):
        return False
    packed = snapshot.pack(reports_banks.known_pictures())
    current = Current(revision=revision, sha256=snapshot.digest(packed))
    banks.publish(client, current, packed)
    logger.info("banks of revision %d published: %d bytes", revision, len(packed))
    return True
