"""What Prometheus is told of this process as a relay, read from its rooms when somebody asks.

Labels are states and reasons, never whose they are.
"""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from chat.relay import hub
from chat.relay.counters import packets


def families() -> Iterator[Metric]:
    """The figures of this process's rooms; nothing where no relay runs."""
    node = hub.running()
    if node is None:
        return
    outcomes = CounterMetricFamily(
        "parley_relay_packets",
        "Packets for a partner: passed on, or dropped because the partner's socket takes no more",
        labels=["outcome"],
    )
    outcomes.add_metric(["passed"], packets.passed)
    outcomes.add_metric(["dropped"], packets.dropped)
    yield outcomes
    rooms = node.live_rooms()
    yield GaugeMetricFamily(
        "parley_relay_conversations", "Video conversations that go on here", value=len(rooms)
    )
    seats = [seat for room in rooms for seat in room.observe()]
    yield GaugeMetricFamily(
        "parley_relay_in_flight_bytes",
        "Bytes that were sent and not yet acknowledged",
        value=sum(seat.in_flight_bytes for seat in seats),
    )
    pictures = GaugeMetricFamily(
        "parley_relay_pictures", "Pictures by their state, and why", labels=["state", "reason"]
    )
    tally = Counter((seat.state.value, seat.reason or "") for seat in seats)
    for (state, reason), count in sorted(tally.items()):
        pictures.add_metric([state, reason], count)
    yield pictures
