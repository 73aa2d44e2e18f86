"""The newest verdict of each stream: numbered and stored before it is told (invariant I3)."""

import redis
import redis.asyncio

from moderation.events import decode_verdict, encode_verdict, node_channel
from moderation.samples import StreamId
from moderation.stores import keys
from moderation.stores.scripts import lua, run_now
from moderation.verdicts import Decision, Verdict

UNNUMBERED = '{"n":0,'


def publish(client: redis.Redis, draft: Verdict, node: str) -> Verdict:
    """Number `draft` (whose `n` is 0), store it, tell `node`; yields what was stored.

    After a CUT it is the CUT that is told again and yielded, whatever the draft says. Raises
    `redis.RedisError`; a retry helps, and gives the verdict another number.
    """
    body = encode_verdict(draft)
    if not body.startswith(UNNUMBERED):
        raise ValueError(f"a draft has no number yet, this one has {draft.n}")
    is_cut = draft.decision is Decision.CUT
    stored = run_now(
        client,
        lua("publish_verdict"),
        keys=[keys.verdict(draft.stream)],
        args=[
            body.removeprefix(UNNUMBERED),
            node_channel(node),
            int(is_cut),
            keys.CUT_TTL_S if is_cut else keys.VERDICT_TTL_S,
        ],
    )
    return decode_verdict(stored)


async def latest(client: redis.asyncio.Redis, stream: StreamId) -> Verdict | None:
    """The stream's newest verdict, or its CUT once there was one; None before the first."""
    stored = await client.hget(keys.verdict(stream), "json")
    return None if stored is None else decode_verdict(stored)
