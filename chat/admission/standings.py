"""Service: how a participant stands, asked for many sockets at about the same time.

Raises `DatabaseUnavailable`; a retry may help.
"""

from collections.abc import Mapping, Sequence

from chat import clock
from chat.admission import people
from chat.admission.people import Standing
from chat.batches import Batch
from reports.ids import ParticipantId


async def find(participant: ParticipantId) -> Standing | None:
    """How `participant` stands, None when nobody entered under this id."""
    found = await _standings.ask(participant)
    return found[participant]


def _find(participants: Sequence[ParticipantId]) -> Mapping[ParticipantId, Standing | None]:
    return people.find_standings(participants, clock.now())


_standings = Batch(_find)
