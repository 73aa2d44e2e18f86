"""Every Redis key of this room: who owns it, its type, and how long it lives.

What belongs to one stream shares a hash tag, so that a cluster keeps it in one slot.
"""

from uuid import UUID

from moderation.samples import StreamId
from reports.ids import ConversationId, DeviceId, FindingId, ParticipantId, ReportId

PREFIX = "parley:moderation"

MAILBOX_TTL_S = 10
FAREWELL_TTL_S = 30
VERDICT_TTL_S = 3600
CUT_TTL_S = 24 * 3600
LINES_TTL_S = 24 * 3600
STREAM_STATE_TTL_S = 3600
MARKER_TTL_S = 60
FINDING_TTL_S = 24 * 3600
BAR_TTL_S = 24 * 3600
DOUBT_TTL_S = 3600
MEDIA_TTL_S = 24 * 3600
HEARTBEAT_TTL_S = 30
BANK_TTL_S = 24 * 3600
LOOP_TTL_S = 2 * 3600
ATTEMPTS_TTL_S = 24 * 3600
REPEATS_TTL_S = 3600
TURNS_TTL_S = 60
TOTALS_TTL_S = 24 * 3600
PREVALENCE_CONSENT_TTL_S = 24 * 3600
"""As long as a stay lasts: the participant's cookie ends with it."""
PREVALENCE_TTL_S = 8 * 24 * 3600
"""A day more than the longest that retention rules allow."""

_SCREENING = f"{PREFIX}:{{screening}}"
"""What the workers share is read and written together, so it has one slot."""

_PREVALENCE = f"{PREFIX}:{{prevalence}}"
"""Consent and what rests on it are read and written together, so they have one slot."""


def mailbox(stream: StreamId) -> str:
    """Hash, one waiting window or sample: `purpose`, `deadline_ms`, `queued_ms`, `sample`. 10 s."""
    return f"{PREFIX}:{{{stream}}}:mailbox"


def farewell(stream: StreamId) -> str:
    """Hash like `mailbox`, for the last two seconds of a stream that ended. 30 s: nothing is held
    for it, so it waits until a dead worker is back."""
    return f"{PREFIX}:{{{stream}}}:farewell"


def verdict(stream: StreamId) -> str:
    """Hash: `n`, `json` (the newest verdict), `is_cut`. 1 h after the newest; 24 h for a CUT."""
    return f"{PREFIX}:{{{stream}}}:verdict"


def marker(stream: StreamId) -> str:
    """String, there while a worker decodes bytes of the stream: outlives a worker's death. 60 s."""
    return f"{PREFIX}:{{{stream}}}:decoding"


def deaths(stream: StreamId) -> str:
    """Number of workers that died decoding bytes of the stream. 60 s after the newest."""
    return f"{PREFIX}:{{{stream}}}:deaths"


def nudity(stream: StreamId) -> str:
    """String (msgpack), suspicions with small grey pictures, and what a hold waits for. 1 h after
    the newest."""
    return f"{PREFIX}:{{{stream}}}:nudity"


def ages(stream: StreamId) -> str:
    """String (JSON), ages seen in the stream, as numbers only. 1 h after the newest."""
    return f"{PREFIX}:{{{stream}}}:ages"


def lines(conversation: ConversationId) -> str:
    """List (msgpack), the newest 200 lines of a conversation. 24 h after the newest."""
    return f"{PREFIX}:{{{conversation}}}:lines"


def attempts(device: DeviceId, line_rule: str) -> str:
    """Set of conversations in which a device said lines of one kind. 24 h after the newest."""
    return f"{PREFIX}:attempts:{device}:{line_rule}"


def all_attempts(device: DeviceId) -> str:
    """Set of conversations in which a device said lines of any such kind. 24 h after the newest."""
    return f"{PREFIX}:attempts:{device}"


def repeated_by(device: DeviceId, digest: str) -> str:
    """Set of conversations in which a device said a line of that hash. 1 h after the newest."""
    return f"{PREFIX}:repeated:{digest}:{device}"


def repeated(digest: str) -> str:
    """HyperLogLog of the devices that said a line of that keyed hash. 1 h after the newest."""
    return f"{PREFIX}:repeated:{digest}"


def finding(finding_id: FindingId) -> str:
    """String (msgpack), a finding with its evidence until PostgreSQL has it. 24 h."""
    return f"{PREFIX}:finding:{finding_id}"


def pending_findings() -> str:
    """Sorted set of finding ids not yet recorded, by the ms they were found. 24 h."""
    return f"{PREFIX}:findings"


def participant_bar(participant: ParticipantId) -> str:
    """Set of finding ids that bar a participant until they are recorded. 24 h."""
    return f"{PREFIX}:bar:participant:{participant}"


def device_bar(device: DeviceId) -> str:
    """Set of finding ids that bar a device until they are recorded. 24 h."""
    return f"{PREFIX}:bar:device:{device}"


def doubt(device: DeviceId) -> str:
    """String, there while a device is screened throughout for what a person has to judge. 1 h."""
    return f"{PREFIX}:doubt:{device}"


def media(report: ReportId) -> str:
    """String (msgpack), the last packets of a reported side until they are sealed. 24 h."""
    return f"{PREFIX}:media:{report}"


def heartbeats() -> str:
    """Sorted set of screening worker names by the ms of their last beat. 30 s."""
    return f"{_SCREENING}:beats"


def bank_current() -> str:
    """Hash: `revision` and `sha256` of the banks' newest snapshot. 24 h, renewed by the ops worker
    while it lives."""
    return f"{PREFIX}:bank:current"


def bank_snapshot(sha256: str) -> str:
    """String, a snapshot of the banks: hashes and entry numbers. 24 h, renewed while current."""
    return f"{PREFIX}:bank:{{{sha256}}}"


def bank_met(stream: StreamId, entry: int, *, was_clear: bool) -> str:
    """String, there when a stream's meeting of a bank entry on trial was noted. 1 h."""
    return f"{PREFIX}:{{{stream}}}:met:{entry}:{int(was_clear)}"


def turns(rank: str) -> str:
    """Sorted set of what waits to be judged, by the ms until which it should be: `<stream>`, or
    `<stream>!` for its farewell. 60 s after the newest."""
    return f"{_SCREENING}:turns:{rank}"


def waiting_since() -> str:
    """Sorted set of the streams of both ranks by the ms at which what waits was captured, farewells
    left out: nothing is held for them. 60 s after the newest."""
    return f"{_SCREENING}:since"


def shifts() -> str:
    """Sorted set of the ids of shifts, asked for or at work, by the ms at which they count as lost.
    60 s after the newest."""
    return f"{_SCREENING}:shifts"


def opening_budget() -> str:
    """Hash: `at_ms`, `may_ms`, `owed_ms`, the time that openings may take. 60 s after its use."""
    return f"{_SCREENING}:openings"


def judged() -> str:
    """List of `<at ms>:<age ms>:<took ms>` of what was judged or given up, the newest first.
    30 s after the newest."""
    return f"{_SCREENING}:judged"


def totals() -> str:
    """Hash of whole numbers that only rise: what was judged and what it took, by label. 24 h after
    the newest."""
    return f"{_SCREENING}:totals"


def loop_track(device: DeviceId) -> str:
    """List of the newest 400 judged frames of a device, 40 bytes each: time and hash. 2 h."""
    return f"{PREFIX}:loop:track:{device}"


def loop_anchors(stream: StreamId) -> str:
    """Set of the seconds in which a frame of a stream was listed for comparison. 2 h."""
    return f"{PREFIX}:loop:anchors:{stream}"


def loop_list(slot: int, part: int, start: int) -> str:
    """String, anchors of an hour (`slot`, since 1970) whose part `part` starts with these 12 bits:
    40 bytes each, hash and the tag of a device. 2 h after the newest; 65,536 of them at most."""
    return f"{PREFIX}:loop:list:{slot}:{part}:{start}"


def loop_meetings(stream: StreamId) -> str:
    """Hash: how often, and since when, a stream met the pictures of another device. 2 h."""
    return f"{PREFIX}:loop:meetings:{stream}"


def loop_flag(device: DeviceId) -> str:
    """String, there when the device showed a loop. 2 h."""
    return f"{PREFIX}:loop:flag:{device}"


def prevalence_consent(participant: ParticipantId) -> str:
    """String, there while frames of a participant may be kept. 24 h: the stay's end."""
    return f"{_PREVALENCE}:consent:{participant}"


def prevalence_day(day: str) -> str:
    """Number of prevalence frames kept on a day (UTC, YYYYMMDD). 8 days."""
    return f"{_PREVALENCE}:day:{day}"


def prevalence_of(device: DeviceId) -> str:
    """Set of the ids of prevalence frames that show who is on a device, so that they can be taken
    back. 8 days after the newest."""
    return f"{_PREVALENCE}:of:{device}"


def prevalence_frame(frame: UUID) -> str:
    """String (msgpack), a sealed prevalence frame until it is destroyed. 8 days at most."""
    return f"{_PREVALENCE}:frame:{frame}"


def prevalence_new() -> str:
    """Sorted set of ids of prevalence frames that PostgreSQL doesn't know of yet, by the ms of
    their capture. 8 days after the newest."""
    return f"{_PREVALENCE}:new"
