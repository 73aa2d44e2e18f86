"""What a stream's judged frames left behind about nudity: suspicions, and what a hold waits for."""

import redis

from moderation.agreement import NudityRecord, Suspicion
from moderation.samples import StreamId
from moderation.stores import keys, packing


def load(client: redis.Redis, stream: StreamId) -> NudityRecord:
    """What is remembered; an empty record when nothing is. Raises `PackingError`."""
    stored = client.get(keys.nudity(stream))
    if stored is None:
        return NudityRecord()
    fields = packing.unpack(stored)
    try:
        return NudityRecord(
            suspicions=tuple(
                Suspicion(captured_ms=at_ms, score=score, has_person=has_person, look=look)
                for at_ms, score, has_person, look in fields["suspicions"]
            ),
            recent=tuple(fields["recent"]),
            clear_ms=fields["clear_ms"],
            unsure=fields["unsure"],
            unsure_ms=fields["unsure_ms"],
            is_reported=fields["is_reported"],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise packing.PackingError(f"not a record of nudity: {error!r}") from error


def save(client: redis.Redis, stream: StreamId, record: NudityRecord) -> None:
    """Keep `record` for an hour, in place of the last one."""
    packed = packing.pack(
        {
            "suspicions": [
                [one.captured_ms, one.score, one.has_person, one.look] for one in record.suspicions
            ],
            "recent": list(record.recent),
            "clear_ms": record.clear_ms,
            "unsure": record.unsure,
            "unsure_ms": record.unsure_ms,
            "is_reported": record.is_reported,
        }
    )
    client.set(keys.nudity(stream), packed, ex=keys.STREAM_STATE_TTL_S)
