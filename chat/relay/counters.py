"""What became of packets for a partner, in this process; read by `chat.relay.figures`.

Plain numbers: a counter of Prometheus takes a lock, and there are thousands of packets a second.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Packets:
    """Passed on, or dropped because the partner's socket takes no more; both only rise."""

    passed: int = 0
    dropped: int = 0


packets = Packets()
