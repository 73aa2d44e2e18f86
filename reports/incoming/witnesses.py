"""How many people really speak in a report. Pure: who reported in, independent groups out.

Ten browsers of one person, or ten identities made for the purpose, are one voice (I16).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

NEWCOMER_FOR = timedelta(hours=1)
"""Devices younger than this count once, all of a report's together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A reporter as far as counting goes. `prefix` is a keyed fingerprint, "" when unknown."""

    device: UUID
    prefix: str
    is_newcomer: bool


def independent(witnesses: Sequence[Witness]) -> list[frozenset[UUID]]:
    """The devices of each independent voice, in the order in which they spoke up.

    Who shares a device or a prefix is one voice, also by way of a third. Voices of newcomers
    alone are one voice together; a newcomer never joins voices that are established.
    """
    established = _voices([one for one in witnesses if not one.is_newcomer])
    newcomers: set[UUID] = set()
    for one in witnesses:
        if one.is_newcomer and not any(_is_part(one, voice) for voice in established):
            newcomers.add(one.device)
    voices = [frozenset(one.device for one in voice) for voice in established]
    return [*voices, frozenset(newcomers)] if newcomers else voices


def _voices(witnesses: Sequence[Witness]) -> list[list[Witness]]:
    voices: list[list[Witness]] = []
    for one in witnesses:
        mine = [voice for voice in voices if _is_part(one, voice)]
        rest = [voice for voice in voices if voice not in mine]
        joined = [other for voice in mine for other in voice]
        voices = [*rest, [*joined, one]]
    return voices


def _is_part(one: Witness, voice: Sequence[Witness]) -> bool:
    return any(
        one.device == other.device or (one.prefix != "" and one.prefix == other.prefix)
        for other in voice
    )
