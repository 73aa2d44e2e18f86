"""What `reports` tells those above: nudges only, the truth is in PostgreSQL (I14).

A consumer that gets `sanction.barred` or `sanction.lifted` reads
`in_force.active_sanction` again, and one that gets `sanction.warned` the warnings that wait to
be told. A nudge that is lost costs at most a lease.
"""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from reports.ids import DeviceId, ParticipantId

BARRED = "sanction.barred"
LIFTED = "sanction.lifted"
WARNED = "sanction.warned"


def participant_group(participant: ParticipantId) -> str:
    """The channel-layer group of a participant's sockets."""
    return f"participant.{participant.hex}"


def device_group(device: DeviceId) -> str:
    """The channel-layer group of a device's sockets."""
    return f"device.{device.hex}"


def barred(participant: ParticipantId, device: DeviceId) -> None:
    """Nudge the sockets of both once the current transaction is committed."""
    _after_commit(BARRED, participant, device)


def lifted(participant: ParticipantId, device: DeviceId) -> None:
    """Nudge the sockets of both once the current transaction is committed."""
    _after_commit(LIFTED, participant, device)


def warned(participant: ParticipantId, device: DeviceId) -> None:
    """Nudge the sockets of both once the current transaction is committed."""
    _after_commit(WARNED, participant, device)


def _after_commit(kind: str, participant: ParticipantId, device: DeviceId) -> None:
    groups = (participant_group(participant), device_group(device))
    # Robust: a channel layer that is down is logged, and undoes no sanction.
    transaction.on_commit(lambda: async_to_sync(_send)(kind, groups), robust=True)


async def _send(kind: str, groups: tuple[str, ...]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    for group in groups:
        await layer.group_send(group, {"type": kind})
