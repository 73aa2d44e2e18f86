"""The judge's step that notices replays: a clip that comes round, or somebody else's picture (I17).

A replay by itself breaks no rule. It is screened from then on, for two hours and in every
conversation of the device, and nothing else follows.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

import redis

from moderation import loops
from moderation.hashing import HashedFrame
from moderation.loops import Seen
from moderation.pipeline import Judged
from moderation.samples import Sample
from moderation.stores import loops as store
from moderation.verdicts import Decision
from reports.hashing.sightings import Crop, Orientation

logger = logging.getLogger(__name__)

STILL_BITS = 2
"""So near to the frame before, a frame says nothing new and isn't kept."""


def watch(
    sample: Sample, frames: Sequence[HashedFrame], judged: Judged, client: redis.Redis
) -> Judged:
    """Compare the judged frames with what this device and others showed within two hours, and keep
    them; `is_loop` says that the stream is to be screened. Raises `RedisError`."""
    device = sample.subject.device
    if judged.judgement.decision is Decision.CUT:
        return judged
    if store.is_flagged(client, device):
        return replace(judged, is_loop=True)
    seen = [Seen(frame.picture.captured_ms, bits) for frame in frames if (bits := _upright(frame))]
    if not seen:
        return judged
    is_own, is_others = _comes_round(sample, seen, client), _is_others(sample, seen[-1], client)
    if not is_own and not is_others:
        return judged
    if store.flag(client, device):
        what = "a clip that comes round" if is_own else "what another device showed"
        logger.warning("stream %s shows %s: screened from now on", sample.stream, what)
    return replace(judged, is_loop=True)


def _comes_round(sample: Sample, seen: Sequence[Seen], client: redis.Redis) -> bool:
    device = sample.subject.device
    track = store.load_track(client, device)
    for each in seen:
        if track and loops.bits_apart(each.bits, track[-1].bits) <= STILL_BITS:
            continue
        track.append(each)
        store.add_to_track(client, device, each)
        ours = [known for known in track if known.captured_ms >= sample.subject.started_ms]
        if loops.find_moves(ours)[-1:] == [each]:
            store.add_anchor(client, sample.stream, device, each)
    return bool(track) and loops.comes_round(track)


def _is_others(sample: Sample, newest: Seen, client: redis.Redis) -> bool:
    """Whether the pictures of one other device were met often and long enough."""
    tags = store.others_near(client, sample.subject.device, newest)
    if not tags:
        return False
    meetings = store.note_meetings(client, sample.stream, tags, newest.captured_ms)
    return any(
        meeting.times >= store.MEETINGS_MIN
        and newest.captured_ms - meeting.since_ms >= store.MEETINGS_SPAN_MS
        for meeting in meetings
    )


def _upright(frame: HashedFrame) -> bytes | None:
    """The hash of the whole frame as it is, None where there is too little to see."""
    for view in frame.views:
        if view.orientation is Orientation.UPRIGHT and view.crop is Crop.WHOLE:
            return view.bits
    return None
