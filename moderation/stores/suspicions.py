"""The first frame over `cut` of a stream, remembered until a second confirms it or time passes."""

import json

import redis

from moderation.policy import Suspicion
from moderation.samples import StreamId
from moderation.stores import keys


def load(client: redis.Redis, stream: StreamId) -> Suspicion | None:
    """The stream's open suspicion, None when there is none."""
    stored = client.get(keys.suspicion(stream))
    if stored is None:
        return None
    fields = json.loads(stored)
    return Suspicion(captured_ms=int(fields["captured_ms"]), score=float(fields["score"]))


def save(client: redis.Redis, stream: StreamId, suspicion: Suspicion | None) -> None:
    """Keep `suspicion` in place of the last one; None forgets it."""
    if suspicion is None:
        client.delete(keys.suspicion(stream))
        return
    fields = {"captured_ms": suspicion.captured_ms, "score": suspicion.score}
    client.set(keys.suspicion(stream), json.dumps(fields), ex=keys.STREAM_STATE_TTL_S)
