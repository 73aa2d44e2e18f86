"""Service: what is remembered of a device and matters to a search: trust, and whom it never meets.

Read when a search begins, and kept until the next. Raises `DatabaseUnavailable`; then nobody is
looked for, and a retry may help.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chat import clock, encounters
from chat.admission import people
from chat.batches import Batch
from chat.trust import Level
from reports.ids import DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reputation:
    """`blocked` are the devices that it never meets, whoever of the two wanted it so."""

    level: Level
    blocked: Sequence[DeviceId]


async def find(device: DeviceId) -> Reputation:
    """What is known of `device`; with many others, in a few queries."""
    found = await _reputations.ask(device)
    return found[device]


def _find(devices: Sequence[DeviceId]) -> Mapping[DeviceId, Reputation]:
    levels = encounters.find_levels(devices, clock.now())
    blocked = people.blocked_devices(devices)
    return {device: Reputation(level=levels[device], blocked=blocked[device]) for device in devices}


_reputations = Batch(_find)
