"""What this process counts as a relay, for Prometheus; it only rises."""

from prometheus_client import Counter

_packets = Counter(
    "parley_relay_packets",
    "Packets for a partner: passed on, or dropped because the partner's socket takes no more",
    ["outcome"],
)
passed = _packets.labels("passed")
dropped = _packets.labels("dropped")
