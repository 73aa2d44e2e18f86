"""Celery's Redis transport, repaired where a worker would never take another task.

kombu logs that a message could not be acknowledged, and goes on counting it. A worker that takes
one message at a time is then full for ever: it neither asks for another nor notices that its
connection is gone. Redis that was restarted under load left screening like that.
"""

from kombu.transport import TRANSPORT_ALIASES, redis


class _QoS(redis.QoS):
    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            # The step after the one that failed: the count of what is at hand.
            super(redis.QoS, self).ack(delivery_tag)
            raise


class _Channel(redis.Channel):
    QoS = _QoS


class Transport(redis.Transport):
    """kombu's own, but a message that can't be acknowledged gives its place back."""

    Channel = _Channel


def use() -> None:
    """Let every address of a Redis be reached through this transport, however it is spelled."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
