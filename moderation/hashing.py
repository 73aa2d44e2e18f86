"""Judged frames against the banks of known pictures: eight orientations, whole and in two crops."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moderation import policy
from moderation.bank.index import HASH_BYTES, as_hashes
from moderation.bank.shelf import Shelf
from moderation.classifiers.base import Image
from moderation.pipeline import Judged, Picture
from moderation.verdicts import Decision, Reason
from reports.hashing import pdq
from reports.hashing.crops import QUALITY_MIN, crops
from reports.hashing.sightings import BankMatch, Crop, Orientation

HASH_BITS = HASH_BYTES * 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A frame of packet `seq` met an entry; one on trial (not `in_force`) is only noted."""

    seq: int
    match: BankMatch
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way to see a frame, and its hash of 32 bytes."""

    orientation: Orientation
    crop: Crop
    bits: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedFrame:
    """A judged picture and its views; none where there is too little to see."""

    picture: Picture
    views: tuple[View, ...]


def views(image: Image) -> list[View]:
    """The frame in its eight orientations, each whole and in two crops; fewer where there is too
    little to see for a hash to mean anything."""
    return [
        View(orientation=orientation, crop=crop, bits=found.bits)
        for crop, picture in crops(image).items()
        for orientation, found in zip(Orientation, pdq.orientations(picture), strict=True)
        if found.quality >= QUALITY_MIN
    ]


def hash_frames(pictures: Sequence[Picture], judged: Judged) -> list[HashedFrame]:
    """The judged ones of `pictures`, in order, with their hashes."""
    looked_at = {frame.seq for frame in judged.frames}
    return [
        HashedFrame(picture=picture, views=tuple(views(picture.render())))
        for picture in pictures
        if picture.seq in looked_at
    ]


def compare(frames: Sequence[HashedFrame], shelf: Shelf) -> list[Sighting]:
    """Every entry that a frame met, at its nearest; what is in force comes first, and the nearer
    before the farther."""
    best: dict[int, Sighting] = {}
    for frame in frames:
        for sighting in _sightings(frame, shelf):
            known = best.get(sighting.match.entry)
            if known is None or sighting.match.distance < known.match.distance:
                best[sighting.match.entry] = sighting
    return sorted(best.values(), key=lambda each: (not each.in_force, each.match.distance))


def cut_known(
    frames: Sequence[HashedFrame], judged: Judged, sightings: Sequence[Sighting]
) -> Judged:
    """CUT for the nearest entry in force; as it was when there is none."""
    known = next((sighting for sighting in sightings if sighting.in_force), None)
    if known is None:
        return judged
    judgement = policy.cut_known(judged.judgement, known.seq)
    offending = tuple(frame.picture for frame in frames if frame.picture.seq in judgement.offending)
    return replace(judged, judgement=judgement, offending=offending, match=known.match)


def refuse(judged: Judged) -> Judged:
    """HOLD what is clear, since nobody can say whether a frame of it is known."""
    if judged.judgement.decision is not Decision.CLEAR:
        return judged
    judgement = policy.refuse(Reason.CLASSIFIER_FAILED, judged.judgement.memory)
    return replace(judged, judgement=judgement, offending=())


def _sightings(frame: HashedFrame, shelf: Shelf) -> list[Sighting]:
    seen = frame.views
    questions = as_hashes(b"".join(view.bits for view in seen))
    return [
        Sighting(
            seq=frame.picture.seq,
            match=BankMatch(
                entry=int(shelf.snapshot.entries[near.row]),
                distance=near.distance,
                orientation=seen[near.question].orientation,
                crop=seen[near.question].crop,
            ),
            in_force=bool(shelf.snapshot.in_force[near.row]),
        )
        for near in shelf.find(questions)
    ]
