"""Relay nodes: which ones there are, which are alive, and who gets which conversation.

Raises `RedisError`; a retry may help.
"""

import hashlib
from collections.abc import Iterable, Sequence

import redis.asyncio
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.stores import keys
from reports.ids import ConversationId


def urls() -> dict[str, str]:
    """URL by node name, as RELAY_NODES lists them. Raises `ImproperlyConfigured`."""
    listed: dict[str, str] = {}
    for entry in settings.RELAY_NODES:
        name, separator, url = entry.partition("=")
        if not (name and separator and url) or name in listed:
            raise ImproperlyConfigured(f"Unexpected item {entry!r} in RELAY_NODES, use name=URL")
        listed[name] = url
    return listed


async def renew(client: redis.asyncio.Redis, node: str) -> None:
    """Prolong the lease of `node`."""
    await client.set(keys.node_lease(node), b"1", px=keys.NODE_LEASE_MS)


async def release(client: redis.asyncio.Redis, node: str) -> None:
    """Give the lease up: nobody is sent to `node` any more."""
    await client.delete(keys.node_lease(node))


async def live(client: redis.asyncio.Redis, nodes: Iterable[str]) -> list[str]:
    """Those of `nodes` that hold a lease, in the same order."""
    named = list(nodes)
    if not named:
        return []
    # One by one in a pipeline: in a cluster the leases live in different slots.
    async with client.pipeline(transaction=False) as pipe:
        for node in named:
            pipe.exists(keys.node_lease(node))
        alive = await pipe.execute()
    return [node for node, is_alive in zip(named, alive, strict=True) if is_alive]


def pick(conversation: ConversationId, live_nodes: Sequence[str]) -> str | None:
    """The node for `conversation`, None when none lives (rendezvous hashing).

    Every caller with the same list picks the same node, and a node that goes away moves only its
    own conversations.
    """
    if not live_nodes:
        return None
    return max(
        live_nodes, key=lambda node: hashlib.sha256(f"{conversation}|{node}".encode()).digest()
    )
