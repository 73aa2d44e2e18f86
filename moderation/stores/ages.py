"""Ages seen in a stream, for their median: numbers only, never a picture (invariant I9)."""

import json

import redis

from moderation.policy import AgeRecord
from moderation.samples import StreamId
from moderation.stores import keys


def load(client: redis.Redis, stream: StreamId) -> AgeRecord | None:
    """What was seen of the stream's faces so far; None before anything was judged."""
    stored = client.get(keys.ages(stream))
    if stored is None:
        return None
    fields = json.loads(stored)
    return AgeRecord(
        since_ms=int(fields["since_ms"]),
        newest_ms=int(fields["newest_ms"]),
        ages=tuple(map(float, fields["ages"])),
    )


def save(client: redis.Redis, stream: StreamId, record: AgeRecord) -> None:
    """Keep `record` for an hour, in place of the last one."""
    fields = {"since_ms": record.since_ms, "newest_ms": record.newest_ms, "ages": record.ages}
    client.set(keys.ages(stream), json.dumps(fields), ex=keys.STREAM_STATE_TTL_S)
