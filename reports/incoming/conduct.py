"""What staff have confirmed about people, and what they confirmed of what people reported.

Only decided reports count: nobody learns from here that they were reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from reports.ids import DeviceId
from reports.models import Outcome, Report, Reporter, Sanction, Strike


@dataclass(slots=True, kw_only=True)
class Conduct:
    """The instants of what was upheld: against somebody, and of what they reported themselves."""

    against: list[datetime] = field(default_factory=list)
    by: list[datetime] = field(default_factory=list)


def find_conduct(devices: Sequence[DeviceId], since: datetime) -> dict[DeviceId, Conduct]:
    """The conduct of each of `devices` from `since` on, in two queries.

    What was said in one conversation counts once, however many reports it led to. Not counted:
    who was pressed for it (I10), and what was taken back on appeal.
    """
    found = {device: Conduct() for device in devices}
    taken_back = Sanction.objects.filter(strike=Strike.VOID, report__isnull=False)
    against = Report.objects.filter(
        subject_device__in=devices,
        outcome=Outcome.CONFIRMED,
        was_pressed=False,
        opened_at__gte=since,
    ).exclude(pk__in=taken_back.values("report"))
    rows = against.order_by("opened_at").values_list("subject_device", "conversation", "opened_at")
    seen: set[tuple[UUID, UUID]] = set()
    for device, conversation, at in rows:
        if (device, conversation) not in seen:
            seen.add((device, conversation))
            found[DeviceId(device)].against.append(at)
    by = Reporter.objects.filter(
        device__in=devices, report__outcome=Outcome.CONFIRMED, at__gte=since
    )
    for device, at in by.order_by("at").values_list("device", "at"):
        found[DeviceId(device)].by.append(at)
    return found
