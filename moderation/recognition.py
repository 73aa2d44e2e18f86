"""The judge's step between frames and banks: cut what is known, note what is on trial (I17)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import redis

from moderation import hashing
from moderation.bank.shelf import Shelf
from moderation.bank.watch import BankUnavailableError
from moderation.dispatch import NOTE_BANK_HIT, OPS, DispatchFull, Order
from moderation.hashing import HashedFrame, Sighting
from moderation.pipeline import Judged
from moderation.samples import Sample
from moderation.stores import banks as bank_store
from moderation.verdicts import Decision

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Banks:
    """What to look up in, and how to have it noted. `shelf` may raise `BankUnavailableError`."""

    shelf: Callable[[], Shelf | None]
    client: redis.Redis
    send: Callable[[Order], None]


def recognise(
    sample: Sample, frames: Sequence[HashedFrame], judged: Judged, banks: Banks
) -> Judged:
    """Hold the judged frames against the banks: a known picture is cut, whatever it shows.

    Without a bank that may be trusted nothing is clear. Raises `RedisError`.
    """
    try:
        shelf = banks.shelf()
    except BankUnavailableError:
        logger.error("stream %s is held: there is no bank to compare with", sample.stream)
        return hashing.refuse(judged)
    if shelf is None:
        return judged
    sightings = hashing.compare(frames, shelf)
    for sighting in sightings:
        if not sighting.in_force:
            was_clear = judged.judgement.decision is Decision.CLEAR
            _note(sample, sighting, banks, was_clear=was_clear)
    return hashing.cut_known(frames, judged, sightings)


def _note(sample: Sample, sighting: Sighting, banks: Banks, *, was_clear: bool) -> None:
    """Have it kept that an entry on trial met this stream; nothing follows from it."""
    match, subject = sighting.match, sample.subject
    if not bank_store.note_once(banks.client, subject.stream, match.entry, was_clear=was_clear):
        return
    kwargs: dict[str, str | int] = {
        "entry": match.entry,
        "distance": match.distance,
        "orientation": match.orientation.value,
        "crop": match.crop.value,
        "conversation": str(subject.conversation),
        "participant": str(subject.participant),
        "device": str(subject.device),
        "was_clear": int(was_clear),
        "at_ms": sample.captured_ms,
    }
    try:
        banks.send(Order(task=NOTE_BANK_HIT, kwargs=kwargs, queue=OPS))
    except DispatchFull:
        logger.warning("a hit of bank entry %s was not noted", match.entry)
